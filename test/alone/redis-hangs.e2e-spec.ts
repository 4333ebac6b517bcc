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
  it('makes an idle gateway degraded within 12 s, and ready again', async () => {
    await using stage = await startRedisStage();
    const gateway = await stage.start();
    await says(gateway, 'ready');
    await stage.redis.stop();
    await eventually(async () => (await readiness(gateway)).status === 'degraded' || undefined, {
      seconds: 12,
    });
    await stage.redis.cont();
    await says(gateway, 'ready');
  });

  it('as one node of an idle cluster makes the gateway degraded within 12 s', async () => {
    await using cluster = await startCluster();
    const store = await aRedisStore(cluster.url);
    try {
      for (const node of cluster.nodes) {
        await node.stop();
        await eventually(() => !store.health.isUsable || undefined, { seconds: 12 });
        await node.cont();
        await eventually(() => store.health.isUsable || undefined, { seconds: 12 });
      }
    } finally {
      store.close();
    }
  });

  it('costs a read no more where it hangs twice, before the call upstream and after it', async () => {
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

  it('costs no more where Cloudflare refuses the credential', async () => {
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
    ['until then', 0, true],
    ['longer, before it was ever asked', 1200, false],
  ])('%s leaves no fence behind of a change that was refused', async (_, longerMs, wasAsked) => {
    await using stage = await startRedisStage();
    const gateway = await stage.start();
    // So that Redis has the scripts, and does what it finds when it goes on.
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
