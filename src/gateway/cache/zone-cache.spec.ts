import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { StoreUnavailable } from '../../platform/errors/store-unavailable.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { operations } from '../../domain/cloudflare/operations.js';

import { aCache, answerOf, place } from '../../../test/support/cache/zone-cache.js';
describe('ZoneCache', () => {
  it('The second read is a hit with the answer that the first read fetched', async () => {
    const { read, readNow, fetches, advance } = aCache();
    const first = await readNow(answerOf(1));
    expect(first.cache).toMatchObject({ how: 'miss', stored: true, ageSeconds: 0 });
    advance(3000);
    const second = await read();
    expect(second.body).toEqual(first.body);
    expect(second.cache).toMatchObject({ how: 'hit', ageSeconds: 3, etag: first.cache?.etag });
    expect(fetches).toHaveLength(1);
  });

  it('A kept answer holds no memory besides its own bytes, and a large one is not copied', async () => {
    const { read, readNow } = aCache();
    const small = await readNow(answerOf('x'));
    expect(small.body.buffer.byteLength).toBeGreaterThan(small.body.length);
    const kept = await read();
    expect(kept.body.buffer.byteLength).toBe(kept.body.length);
    const other = aCache();
    const large = await other.readNow(answerOf('x'.repeat(100_000)));
    expect((await other.read()).body).toBe(large.body);
  });

  it('1,000 concurrent reads share one fetch (single flight)', async () => {
    const { read, fetches, settled } = aCache();
    const reads = Array.from({ length: 1000 }, () => read());
    await settled();
    expect(fetches).toHaveLength(1);
    fetches[0]?.resolve(answerOf(1));
    expect(new Set((await Promise.all(reads)).map(({ body }) => body.toString())).size).toBe(1);
  });

  it('A read that began before a change stores no answer after the change', async () => {
    const { change, read, readNow, fetches, settled } = aCache();
    const slow = read();
    await settled();
    await change('zone', () => Promise.resolve());
    fetches[0]?.resolve(answerOf('old'));
    await slow;
    expect((await readNow(answerOf('new'))).envelope.result).toBe('new');
    expect((await read()).envelope.result).toBe('new');
  });

  it('A read that begins after a change does not join a fetch from before the change', async () => {
    const { change, read, fetches, settled } = aCache();
    const before = read();
    await settled();
    await change('zone', () => Promise.resolve());
    const after = read();
    await settled();
    expect(fetches).toHaveLength(2);
    fetches[0]?.resolve(answerOf('old'));
    fetches[1]?.resolve(answerOf('new'));
    expect((await before).envelope.result).toBe('old');
    expect((await after).envelope.result).toBe('new');
  });

  it('A read during a change is a bypass and stores nothing', async () => {
    const { change, readNow } = aCache();
    await readNow(answerOf('before'));
    await change('zone', async () => {
      expect((await readNow(answerOf('during'))).cache).toMatchObject({ how: 'bypass', stored: false });
    });
    expect((await readNow(answerOf('after'))).cache).toMatchObject({ how: 'miss', stored: true });
  });

  it('After a change with outcome_unknown, reads are a bypass for 60 s', async () => {
    const { change, readNow, advance } = aCache();
    const fate = new GatewayError('outcome_unknown', 'Nobody knows.');
    await expect(change('zone', () => Promise.reject(fate))).rejects.toBe(fate);
    expect((await readNow(answerOf(1))).cache).toMatchObject({ how: 'bypass' });
    advance(60_001);
    expect((await readNow(answerOf(2))).cache).toMatchObject({ how: 'miss', stored: true });
  });

  it('After a change that did not reach upstream, the next read is stored', async () => {
    const { change, readNow } = aCache();
    const failure = new GatewayError('upstream_unreachable', 'Away.');
    await expect(change('zone', () => Promise.reject(failure))).rejects.toBe(failure);
    expect((await readNow(answerOf(1))).cache).toMatchObject({ how: 'miss', stored: true });
  });

  it('A read whose fetch fails returns the last known answer as stale, with its age', async () => {
    const { read, readNow, fetches, settled, advance } = aCache();
    await readNow(answerOf('known'));
    advance(100_000);
    const failing = read();
    await settled();
    fetches.at(-1)?.reject(new GatewayError('upstream_timeout', 'Slow.', { staleForSeconds: Infinity }));
    const stale = await failing;
    expect(stale.envelope.result).toBe('known');
    expect(stale.cache).toMatchObject({ how: 'stale', ageSeconds: 100 });
    expect(stale.cache?.ttlSeconds).toBeLessThan(0);
    expect((await readNow(answerOf(null, 503))).cache).toMatchObject({ how: 'stale' });
  });

  it('A stale answer replaces a 500 for 600 s, a 429 for 60 s, and nothing after a change', async () => {
    const { change, read, readNow, fetches, settled, advance } = aCache();
    await readNow(answerOf('known'));
    advance(59_000);
    expect((await readNow(answerOf(null, 429))).cache).toMatchObject({ how: 'stale' });
    advance(2000);
    expect((await readNow(answerOf(null, 429))).status).toBe(429);
    expect((await readNow(answerOf(null, 500))).cache).toMatchObject({ how: 'stale' });
    advance(540_000);
    expect((await readNow(answerOf(null, 500))).status).toBe(500);

    await readNow(answerOf('known again'));
    await change('zone', () => Promise.resolve());
    const failing = read();
    await settled();
    const failure = new GatewayError('upstream_unreachable', 'Away.');
    fetches.at(-1)?.reject(failure);
    await expect(failing).rejects.toBe(failure);
  });

  it('An answer without an envelope counts for stale-if-error by its status: 429, 502, 403', async () => {
    const { read, readNow, fetches, settled, advance } = aCache();
    const failed = async (status: number) => {
      const reading = read();
      await settled();
      const error = new GatewayError('upstream_invalid', 'No envelope.', { answered: { status, codes: [] } });
      fetches.at(-1)?.reject(error);
      return reading.then(
        ({ cache }) => cache?.how,
        () => 'failed',
      );
    };
    await readNow(answerOf('known'));
    advance(59_000);
    expect(await failed(429)).toBe('stale');
    advance(2000);
    expect(await failed(429)).toBe('failed');
    expect(await failed(502)).toBe('stale');
    expect(await failed(403)).toBe('failed');
    expect(await failed(502)).toBe('failed');
  });

  it.each([401, 403, 404])('A stale answer never replaces a %i', async (status) => {
    const { readNow, advance } = aCache();
    await readNow(answerOf('known'));
    advance(60_000);
    expect((await readNow(answerOf(null, status))).status).toBe(status);
  });

  it('Reads during a change share fetches, and a read after the change does not join them', async () => {
    const { change, read, fetches, settled } = aCache();
    let during: Promise<Answer>[] = [];
    await change('zone', async () => {
      during = Array.from({ length: 100 }, () => read());
      await settled();
    });
    const after = read();
    await settled();
    expect(fetches).toHaveLength(2);
    fetches[1]?.resolve(answerOf('new'));
    expect((await after).envelope.result).toBe('new');
    fetches[0]?.resolve(answerOf('old'));
    await settled();
    expect(fetches).toHaveLength(3);
    fetches[2]?.resolve(answerOf('new'));
    await Promise.all(during);
  });

  it('A fetch that is aborted at the deadline of its only reader keeps the stale answer', async () => {
    const { cache, read, readNow, fetches, settled, advance } = aCache();
    await readNow(answerOf('known'));
    advance(100_000);
    const leaving = new AbortController();
    const fetch = (signal: AbortSignal) =>
      new Promise<Answer>((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    const operation = operations['settings.get'];
    const late = cache.read({
      place,
      operation,
      refresh: null,
      signal: () => leaving.signal,
      isUsedUp: () => false,
      fetch,
    });
    await settled();
    leaving.abort(new GatewayError('upstream_timeout', 'The time is over.'));
    await expect(late).rejects.toMatchObject({ kind: 'upstream_timeout' });
    await settled();
    const failing = read();
    await settled();
    fetches.at(-1)?.reject(new GatewayError('upstream_timeout', 'Slow.', { staleForSeconds: Infinity }));
    expect((await failing).cache).toMatchObject({ how: 'stale' });
  });

  it('forget() removes the answers of a credential in one zone or in all zones', async () => {
    const { cache, readNow } = aCache();
    await readNow(answerOf(1));
    await cache.forget('who', 'zone');
    expect((await readNow(answerOf(2))).cache).toMatchObject({ how: 'miss' });
    await cache.forget('who');
    expect((await readNow(answerOf(3))).cache).toMatchObject({ how: 'miss' });
    await cache.forget('somebody else');
    expect((await readNow(answerOf(4))).cache).toMatchObject({ how: 'hit' });
  });

  it('With a strict fence and no store, a read is a bypass and a change is not sent', async () => {
    const { change, store, readNow } = aCache();
    store.look = () => Promise.reject(new StoreUnavailable('Away.'));
    expect((await readNow(answerOf(1))).cache).toMatchObject({ how: 'bypass' });
    store.begin = () => Promise.reject(new StoreUnavailable('Away.'));
    let sent = false;
    const changing = change('zone', () => {
      sent = true;
      return Promise.resolve();
    });
    await expect(changing).rejects.toBeInstanceOf(StoreUnavailable);
    expect(sent).toBe(false);
  });
});
