import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { StoreUnavailable } from '../../platform/errors/store-unavailable.js';
import { eventually } from '../../../test/support/basics/eventually.js';
import { Answer } from '../../domain/cloudflare/answer.js';
import { operations } from '../../domain/cloudflare/operations.js';
import { keptMemory } from './store/kept-memory.js';
import { MemoryStore } from './store/memory-store.js';
import { type Place, type Refresh } from './store/store.js';
import { ZoneCache } from './zone-cache.js';

const rules = { fence: 'strict' as const, list: 15, item: 30, pending: 2, notFound: 5, staleIfError: 600 };
const place: Place = { zone: 'zone', credential: 'who', key: 'what' };

function answerOf(result: unknown, status = 200): Answer {
  const success = status < 300;
  return new Answer(status, Buffer.from(JSON.stringify({ success, result })), {});
}

const noCache = { for: 'client', renewal: 'one' } as const;

/** A cache with a clock and an upstream that the test controls. */
function aCache() {
  let now = 1_000_000;
  const clock = () => now;
  const store = new MemoryStore(keptMemory(1024 * 1024), clock);
  const cache = new ZoneCache(store, rules, clock);
  const fetches: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  const fetch = () => new Promise<Answer>((resolve, reject) => fetches.push({ resolve, reject }));
  const read = (refresh: Refresh | null = null, at = place) =>
    cache.read({ place: at, operation: operations['settings.get'], refresh, signal: () => undefined, fetch });
  const change = async <T>(zone: string, send: () => Promise<T>): Promise<T> => {
    const fence = await cache.raise(zone);
    try {
      const outcome = await send();
      await fence.lower(outcome);
      return outcome;
    } catch (error) {
      await fence.lower(error);
      throw error;
    }
  };
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const readNow = async (answer: Answer, refresh: Refresh | null = null) => {
    const reading = read(refresh);
    await settled();
    fetches.at(-1)?.resolve(answer);
    return reading;
  };
  return { cache, change, store, fetches, read, readNow, settled, advance: (ms: number) => (now += ms) };
}

describe('ZoneCache', () => {
  it('The second read is a hit with the answer that the first read fetched', async () => {
    const { read, readNow, fetches, advance } = aCache();
    const first = await readNow(answerOf(1));
    expect(first.cache).toMatchObject({ how: 'miss', stored: true, ageSeconds: 0 });
    advance(3000);
    const second = await read();
    expect(second.body).toBe(first.body);
    expect(second.cache).toMatchObject({ how: 'hit', ageSeconds: 3, etag: first.cache?.etag });
    expect(fetches).toHaveLength(1);
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

  it('A refresh fetches from upstream and stores the answer', async () => {
    const { read, readNow } = aCache();
    await readNow(answerOf('old'));
    expect((await readNow(answerOf('changed elsewhere'), noCache)).envelope.result).toBe('changed elsewhere');
    expect((await read()).envelope.result).toBe('changed elsewhere');
  });

  it('Refreshes that come during a fetch share the next fetch', async () => {
    const { read, fetches, settled } = aCache();
    const first = read(noCache);
    await settled();
    const next = Array.from({ length: 200 }, () => read(noCache));
    await settled();
    expect(fetches).toHaveLength(1);
    fetches[0]?.resolve(answerOf('from before they came'));
    expect((await first).envelope.result).toBe('from before they came');
    await settled();
    expect(fetches).toHaveLength(2);
    fetches[1]?.resolve(answerOf('new'));
    const answers = await Promise.all(next);
    expect(new Set(answers.map(({ envelope }) => envelope.result))).toEqual(new Set(['new']));
    expect(answers.filter(({ cache }) => cache?.collapsed)).toHaveLength(199);
  });

  it('A refresh begins its own fetch when the fetch before it hangs', async () => {
    const { read, fetches } = aCache();
    const hanging = read(noCache);
    const next = read(noCache);
    await eventually(() => fetches.length === 2 || undefined);
    fetches[1]?.resolve(answerOf('new'));
    expect((await next).envelope.result).toBe('new');
    fetches[0]?.resolve(answerOf('old'));
    await hanging;
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
    const late = cache.read({ place, operation, refresh: null, signal: () => leaving.signal, fetch });
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
