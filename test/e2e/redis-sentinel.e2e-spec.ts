import { beforeAll, describe, expect, it } from '@jest/globals';
import { runHistory } from '../history/history.js';
import { aCertificate } from '../support/certificates/certificates.js';
import { eventually } from '../support/basics/eventually.js';
import { reports, see, set, startFleet, zoneId } from '../support/gateway/fleet.js';
import { redisBinary } from '../support/redis/redis-binary.js';
import { leaveBehind, startWatched } from '../support/redis/redis-sentinel.js';

const zones = Array.from({ length: 20 }, (_, index) => zoneId(index));

describe('Two gateways on a Redis behind sentinels', () => {
  // An installation of Redis does not count as time of a test.
  beforeAll(() => redisBinary());

  // Both tests mostly wait for a failover.
  it.concurrent(
    'After a failover the gateways show no value older than a change that the replica lost',
    async () => {
      await using redis = await startWatched();
      await using fleet = await startFleet({ redisUrl: redis.url });
      const everywhere = fleet.gateways.flatMap((gateway) => zones.map((zone) => ({ gateway, zone })));
      const seeAll = () => Promise.all(everywhere.map(({ gateway, zone }) => see(gateway, zone)));
      const setAll = (enabled: boolean) =>
        Promise.all(zones.map((zone, index) => set(fleet.gateways[index % 2]!, zone, enabled)));
      const isKeptEverywhere = async () => (await seeAll()).every(({ how }) => how === 'hit') || undefined;
      expect(new Set(await setAll(false))).toEqual(new Set([200]));
      await eventually(isKeptEverywhere);
      await redis.master.run('WAIT', 1, 1000);
      await leaveBehind(redis);
      expect(new Set(await setAll(true))).toEqual(new Set([200]));
      await redis.master.run('SET', 'later', '1');
      await redis.master.kill();
      await redis.replica.cont();
      const died = performance.now();

      const kept = (await redis.replica.run('KEYS', 'og:*:v:*')) as unknown[];
      expect(kept).toHaveLength(zones.length);
      expect(await redis.replica.run('GET', 'later')).toBeNull();
      const seen: Awaited<ReturnType<typeof seeAll>> = [];
      let hasFailedOver = false;
      const failover = redis.failedOver().then(() => (hasFailedOver = true));
      await eventually(async () => {
        const all = await seeAll();
        seen.push(...all);
        return (hasFailedOver && all.every(({ how }) => how === 'hit')) || undefined;
      });
      await failover;
      report({ reads: seen.length, backAfterMs: Math.round(performance.now() - died) });
      expect(seen.filter(({ enabled }) => !enabled)).toHaveLength(0);
      expect(new Set(await setAll(false))).toEqual(new Set([200]));
      expect((await seeAll()).every(({ enabled }) => !enabled)).toBe(true);
    },
  );

  it.concurrent(
    'Under load the gateways show no stale read while the old master hangs and returns',
    async () => {
      await using redis = await startWatched();
      await using fleet = await startFleet({ redisUrl: redis.url });
      const { sandbox, gateways } = fleet;
      let hasEnded = false;
      const history = runHistory(
        { sandbox, gateways: gateways.map(({ url }) => url), zones: 4, readers: 8, hasEnded: () => hasEnded },
        aCertificate,
      );
      const writes = async () => (await sandbox.calls())['hostname.update'] ?? 0;
      const moreWrites = async (many: number) => {
        const before = await writes();
        // How fast they are is for other tests: half of the time the writers pause.
        await eventually(async () => (await writes()) >= before + many || undefined, { seconds: 60 });
      };
      await moreWrites(20);
      await leaveBehind(redis);
      await moreWrites(20);
      await redis.master.stop();
      await redis.replica.cont();
      await redis.failedOver();
      await moreWrites(20);
      await redis.master.cont();
      expect(String(await redis.master.run('INFO', 'replication'))).toContain('role:master');
      await moreWrites(100);
      hasEnded = true;
      const done = await history;
      report(done);
      expect(done).toMatchObject({ stale: 0, failed: 0 });
      expect(await Promise.all(gateways.map((gateway) => reports(gateway, 'ready')))).toEqual([true, true]);
    },
  );
});

function report(figures: object): void {
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}
