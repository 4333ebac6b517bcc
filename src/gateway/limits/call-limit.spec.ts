import { describe, expect, it } from '@jest/globals';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { StoreUnavailable } from '../../platform/errors/store-unavailable.js';
import { Places } from '../cache/place.js';
import { aHolder, aRequestOf, aService, tokenCredential } from '../../../test/support/access/callers.js';
import { CallLimit } from './call-limit.js';
import { type Taken, Windows } from './windows.js';

const lengthMs = 300_000;
const upstream = tokenCredential('upstream');

/** A limit with a clock, and a count of all replicas that the test takes away. */
function aLimit({ most = 4, share = 2, isShared = true, isTold = true } = {}) {
  let now = 0;
  let isAway = false;
  let asked = 0;
  const together = new Windows(most, lengthMs, () => now);
  const shared = {
    isAway: () => isAway,
    take: (name: string): Promise<Taken> => {
      asked += 1;
      return isAway ? Promise.reject(new StoreUnavailable('Away.')) : Promise.resolve(together.take(name));
    },
  };
  const limit = new CallLimit({
    shared: isShared ? shared : null,
    own: new Windows(share, lengthMs, () => now),
    places: new Places(),
    metrics: { refusedByLimit: () => undefined },
    isTold,
    now: () => now,
  });
  const ctx = (name = 'a') => aRequestOf(aService(name));
  /** How many of so many calls are granted. */
  const take = async (calls: number, name = 'a', credential = upstream) => {
    const taking = Array.from({ length: calls }, () => limit.take(ctx(name), credential, 'read'));
    const outcomes = await Promise.allSettled(taking);
    return outcomes.filter(({ status }) => status === 'fulfilled').length;
  };
  return {
    limit,
    ctx,
    take,
    isUsedUp: (name = 'a') => limit.isUsedUp(ctx(name), upstream),
    asked: () => asked,
    setAway: (away: boolean) => (isAway = away),
    advance: (ms: number) => (now += ms),
  };
}

describe('CallLimit', () => {
  it('Its refusal says which limit, when to try again, and that nothing was changed', async () => {
    const { limit, ctx, take, advance } = aLimit({ most: 2 });
    await take(2);
    advance(259_500);
    const refused = ctx();
    const refusal = await limit
      .take(refused, upstream, 'write')
      .catch((error: unknown) => error as GatewayError);
    expect(refusal).toMatchObject({
      kind: 'rate_limited',
      message:
        'You have made the 2 calls to Cloudflare that a caller may make in 5 minutes. Nothing was changed. Try again in 41 s.',
      details: { headers: { 'retry-after': '41' }, staleForSeconds: 60 },
    });
    expect(refused.callsLeft).toEqual({ most: 2, windowSeconds: 300, left: 0, resetSeconds: 41 });
  });

  it('counts each caller with each credential', async () => {
    const { take } = aLimit({ most: 2 });
    expect(await take(3)).toBe(2);
    expect(await take(3, 'b')).toBe(2);
    expect(await take(3, 'a', tokenCredential('other'))).toBe(2);
  });

  it('A caller that has none left is refused without asking until its window ends', async () => {
    const { take, asked, isUsedUp, advance } = aLimit({ most: 1 });
    await take(2);
    expect(isUsedUp()).toBe(true);
    expect(isUsedUp('b')).toBe(false);
    expect(await take(10)).toBe(0);
    expect(asked()).toBe(2);
    advance(lengthMs);
    expect(isUsedUp()).toBe(false);
    expect(await take(1)).toBe(1);
  });

  it('While the common count is away a process grants its share, with what it had before', async () => {
    const { take, setAway, isUsedUp } = aLimit({ most: 10, share: 5 });
    expect(await take(3)).toBe(3);
    setAway(true);
    expect(await take(9)).toBe(2);
    expect(isUsedUp()).toBe(true);
    setAway(false);
    expect(isUsedUp()).toBe(false);
    expect(await take(20)).toBe(7);
    setAway(true);
    expect(await take(1)).toBe(0);
  });

  it('Without a common count it is the share alone', async () => {
    const { take, isUsedUp } = aLimit({ isShared: false, share: 3 });
    expect(await take(5)).toBe(3);
    expect(isUsedUp()).toBe(true);
  });

  it('In pass-through it counts by credential, and tells of nothing but refusals', async () => {
    const { limit } = aLimit({ isShared: false, share: 1, isTold: false });
    const first = aRequestOf(aHolder('one'));
    await limit.take(first, tokenCredential('one'), 'read');
    expect(first.callsLeft).toBeNull();
    await expect(limit.take(first, tokenCredential('one'), 'read')).rejects.toThrow(GatewayError);
    expect(first.callsLeft).toMatchObject({ most: 1, left: 0 });
    await limit.take(first, tokenCredential('two'), 'read');
  });
});
