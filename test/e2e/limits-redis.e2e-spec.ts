import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/basics/eventually.js';
import { startCluster } from '../support/redis/redis-cluster.js';
import { redisWindows } from '../support/redis/redis-windows.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';

describe('RedisWindows', () => {
  let redis: TestRedis;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis?.close());

  const grantedOf = (takes: readonly { isGranted: boolean }[]) =>
    takes.filter(({ isGranted }) => isGranted).length;
  const callsOf = async (name: string) => {
    const value = await redis.run('GET', `og:{${name}}:calls`);
    return String(value).split(' ').map(Number) as [taken: number, endsAt: number];
  };

  it('grants what a window has, all processes together, and no more', async () => {
    using one = await redisWindows(redis.url);
    using other = await redisWindows(redis.url);
    const takes = [];
    for (const { windows } of [one, other, one, other, one, other, one])
      takes.push(await windows.take('shared'));
    expect(takes.map(({ isGranted, left }) => [isGranted, left])).toEqual([
      [true, 4],
      [true, 3],
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
      [false, 0],
    ]);
    expect(takes.at(-1)?.endsAt).toBeGreaterThan(performance.now() + 290_000);
  });

  it('asks once for the calls of one turn of the event loop, and grants a part of them', async () => {
    using at = await redisWindows(redis.url, { most: 50 });
    await at.windows.take('before');
    const before = await scriptsRun(redis);
    const takes = await Promise.all(Array.from({ length: 60 }, () => at.windows.take('turn')));
    // Each probe of the link is one too.
    expect((await scriptsRun(redis)) - before).toBeLessThanOrEqual(2);
    expect(grantedOf(takes)).toBe(50);
    expect(takes.slice(0, 50).every(({ isGranted }) => isGranted)).toBe(true);
    expect(await callsOf('turn')).toMatchObject([50, expect.any(Number)]);
  });

  it('begins a new window after the end of the last one', async () => {
    using at = await redisWindows(redis.url, { most: 1, lengthMs: 150 });
    expect((await at.windows.take('short')).isGranted).toBe(true);
    const refused = await at.windows.take('short');
    expect(refused.isGranted).toBe(false);
    await sleep(refused.endsAt - performance.now() + 20);
    expect((await at.windows.take('short')).isGranted).toBe(true);
  });

  it('makes no window longer if the clock of Redis was set back', async () => {
    using at = await redisWindows(redis.url, { most: 1 });
    await redis.run('SET', 'og:{back}:calls', `1 ${Date.now() + 400_000}`);
    const taken = await at.windows.take('back');
    expect(taken.isGranted).toBe(true);
    expect(taken.endsAt).toBeLessThan(performance.now() + 301_000);
  });

  it('The key expires with its window', async () => {
    using at = await redisWindows(redis.url);
    await at.windows.take('expiring');
    const ttl = Number(await redis.run('PTTL', 'og:{expiring}:calls'));
    expect(ttl).toBeGreaterThan(290_000);
    expect(ttl).toBeLessThanOrEqual(300_000);
  });

  it('counts in a cluster', async () => {
    await using cluster = await startCluster();
    using at = await redisWindows(cluster.url, { most: 2 });
    for (const name of ['a', 'b', 'c', 'd']) {
      const takes = [];
      for (let time = 0; time < 3; time += 1) takes.push(await at.windows.take(name));
      expect(grantedOf(takes)).toBe(2);
    }
  });

  it('waits 20 ms for a Redis that hangs, and does not ask it right after a script has failed', async () => {
    const own = await startRedis();
    using at = await redisWindows(own.url);
    try {
      await at.windows.take('hanging');
      await own.stop();
      const askedAt = performance.now();
      await expect(at.windows.take('hanging')).rejects.toThrow('The store did not answer in time.');
      // 20 ms, and what a busy machine adds.
      expect(performance.now() - askedAt).toBeLessThan(200);
      // That the script failed is known 60 ms after it was sent.
      await eventually(() => at.windows.isAway('hanging') || undefined);
      await expect(at.windows.take('hanging')).rejects.toThrow('The store is away.');
      await own.cont();
      const taken = () => at.windows.take('hanging').catch(() => undefined);
      expect((await eventually(taken)).isGranted).toBe(true);
    } finally {
      await own.close();
    }
  });
});

async function scriptsRun(redis: TestRedis): Promise<number> {
  const stats = String(await redis.run('INFO', 'commandstats'));
  const counts = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
