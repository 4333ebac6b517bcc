import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { aRedisStore } from '../support/cache/cache-stores.js';
import { strangerBearer } from '../support/cache/caching.js';
import { eventually } from '../support/basics/eventually.js';
import { startCluster } from '../support/redis/redis-cluster.js';
import {
  backAfterMs,
  change,
  quantile,
  readiness,
  says,
  startRedisStage,
  timedRead,
  upstreamTakesMs,
} from '../support/redis/redis-stage.js';

describe('A Redis that hangs', () => {
  // Both wait for the check of an idle connection, so they run beside each other.
  it.concurrent(
    'An idle gateway is degraded within 12 s after Redis hangs, and ready again later',
    async () => {
      await using stage = await startRedisStage();
      const gateway = await stage.start();
      await says(gateway, 'ready');
      await stage.redis.stop();
      await eventually(async () => (await readiness(gateway)).status === 'degraded' || undefined, {
        seconds: 12,
      });
      await stage.redis.cont();
      await says(gateway, 'ready');
    },
  );

  it.concurrent('An idle store is unusable within 12 s after one node of its cluster hangs', async () => {
    await Promise.all([0, 1, 2].map(hangOneNode));
  });

  it('A read takes less than 100 ms longer where Redis hangs before and after the call upstream', async () => {
    await using stage = await startRedisStage();
    const { redis, sandbox } = stage;
    const gateway = await stage.start();
    await says(gateway, 'ready');
    const extraMs: number[] = [];
    for (let page = 1; page <= 5; page += 1) {
      await sandbox.reset();
      await sandbox.faults({ latencyMs: 50 });
      await redis.stop();
      const reading = timedRead(gateway, `/hostnames?page=${page}`);
      await sleep(60);
      await redis.cont();
      await eventually(async () => (await sandbox.calls())['hostname.list']);
      await redis.stop();
      extraMs.push((await reading).tookMs - 50);
      await redis.cont();
      await backAfterMs(gateway);
    }
    expect(quantile(extraMs, 0.5)).toBeLessThan(100);
  });

  it('A read with a refused credential takes less than 100 ms longer while Redis hangs', async () => {
    await using stage = await startRedisStage();
    const gateway = await stage.start();
    await says(gateway, 'ready');
    await stage.redis.stop();
    const tookMs: number[] = [];
    for (let turn = 0; turn < 15; turn += 1) {
      const answer = await timedRead(gateway, '/settings', strangerBearer);
      expect(answer.status).toBe(403);
      tookMs.push(answer.tookMs);
    }
    expect(quantile(tookMs, 0.8) - upstreamTakesMs).toBeLessThan(100);
  });

  it.each([
    ['goes on at once after it hung', 0, true],
    ['goes on 1.2 s later, and never answered the gateway before', 1200, false],
  ])('A refused change leaves no fence in a Redis that %s', async (_, longerMs, wasAsked) => {
    await using stage = await startRedisStage();
    const gateway = await stage.start();
    // So that Redis has the scripts, and runs the commands that wait when it goes on.
    const other = await stage.start();
    await Promise.all([says(gateway, 'ready'), says(other, 'ready')]);
    expect((await change(other)).status).toBe(200);
    if (wasAsked) await timedRead(gateway, '/settings');
    await stage.redis.stop();
    expect((await change(gateway)).status).toBe(503);
    await sleep(longerMs);
    await stage.redis.cont();
    expect(await backAfterMs(gateway)).toBeLessThan(1000);
  });
});

/** A cluster of its own for each node, since each wait is several seconds long. */
async function hangOneNode(index: number): Promise<void> {
  await using cluster = await startCluster();
  const node = cluster.nodes[index]!;
  const store = await aRedisStore(cluster.url);
  try {
    await node.stop();
    await eventually(() => !store.health.isUsable || undefined, { seconds: 12 });
    await node.cont();
    await eventually(() => store.health.isUsable || undefined, { seconds: 12 });
  } finally {
    store.close();
  }
}
