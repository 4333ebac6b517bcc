import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { aCache, answerOf, noCache, place } from '../../../test/support/cache/zone-cache.js';

const limited = () => new GatewayError('rate_limited', 'You have none left.', { staleForSeconds: 60 });

describe('ZoneCache, where a limit refuses the reader who began a shared call', () => {
  it.each([
    ['a read', null],
    ['a read that wants no cached answer', noCache],
  ])('Others who wait for %s make the call', async (_, refresh) => {
    const { read, fetches, settled } = aCache();
    const first = refusalOf(read(refresh));
    // A read that wants no cached answer joins the next one, not the one under way.
    const second = refresh ? refusalOf(read(refresh)) : null;
    const others = [read(refresh), read(refresh)];
    await settled();
    fetches[0]!.reject(limited());
    expect(await first).toMatchObject({ kind: 'rate_limited' });
    await settled();
    if (second) fetches[1]!.reject(limited());
    if (second) expect(await second).toMatchObject({ kind: 'rate_limited' });
    await settled();
    fetches.at(-1)!.resolve(answerOf('fresh'));
    const answers = await Promise.all(others);
    expect(answers.map(({ envelope }) => envelope.result)).toEqual(['fresh', 'fresh']);
    expect(fetches.length).toBe(second ? 3 : 2);
  });

  it('Those who have none left either are refused without beginning one call after the other', async () => {
    const { cache, store, read, fetches, settled } = aCache();
    let looks = 0;
    const look = store.look.bind(store);
    store.look = (...args) => {
      looks += 1;
      return look(...args);
    };
    const readers = Array.from({ length: 100 }, () => refusalOf(read(null, place, () => true)));
    await settled();
    fetches[0]!.reject(limited());
    await settled();
    for (const { reject } of fetches.slice(1)) reject(limited());
    const refusals = await Promise.all(readers);
    expect(refusals.every((refusal) => refusal?.kind === 'rate_limited')).toBe(true);
    expect(looks).toBe(100);
    expect(cache.kept(place)).toBeNull();
  });

  it('The one who is refused gets the last known answer for a minute, and others a fresh one', async () => {
    const { read, readNow, fetches, settled, advance } = aCache();
    await readNow(answerOf('known'));
    advance(40_000);
    const first = read(null, place, () => true);
    const other = read();
    await settled();
    fetches.at(-1)!.reject(limited());
    expect((await first).cache).toMatchObject({ how: 'stale' });
    await settled();
    fetches.at(-1)!.resolve(answerOf('fresh'));
    expect((await other).envelope.result).toBe('fresh');
    advance(70_000);
    const late = refusalOf(read());
    await settled();
    fetches.at(-1)!.reject(limited());
    expect(await late).toMatchObject({ kind: 'rate_limited' });
  });
});

function refusalOf(reading: Promise<unknown>): Promise<GatewayError | null> {
  return reading.then(
    () => null,
    (error: unknown) => error as GatewayError,
  );
}
