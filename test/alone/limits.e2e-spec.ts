import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { redisUrlSchema } from '../../src/platform/config/redis-url.js';
import { initKeyRing } from '../../src/platform/keys/key-ring.js';
import { startManagedStage } from '../support/access/managed-stage.js';
import { eventually } from '../support/basics/eventually.js';
import { longLifetimes } from '../support/cache/caching.js';
import { zoneId } from '../support/gateway/fleet.js';
import { type GatewayOptions, type RunningGateway } from '../support/gateway/gateway.js';
import { call } from '../support/http/http.js';
import { pathOf } from '../support/http/requests.js';
import { quantile, says } from '../support/redis/redis-stage.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';

type Role = 'viewer' | 'operator';

/** Two replicas in managed mode with one Redis, which the test may break. */
async function startReplicas(
  settings: Omit<GatewayOptions, 'upstream'>,
  {
    urlOf = ({ url }: TestRedis) => url,
    prepare,
  }: { urlOf?: (redis: TestRedis) => string; prepare?: (redis: TestRedis) => Promise<unknown> } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'limits-'));
  const keys = join(folder, 'keys.json');
  initKeyRing(keys);
  const redis = await startRedis();
  await prepare?.(redis);
  const shared = { REDIS_URL: redisUrlSchema.parse(urlOf(redis)), KEYS_FILE: keys, REPLICAS: 2, ...settings };
  const stage = await startManagedStage({}, shared, { anyZone: true });
  const replicas = [stage.gateway, await stage.replica()] as const;
  let zones = 0;
  /** Of a zone that nobody has read, so that it takes a call. */
  const read = async ({ base }: RunningGateway, role: Role = 'viewer', zone = zoneId((zones += 1))) => {
    const headers = { authorization: `Bearer ${stage.access.keys[role]}` };
    const askedAt = performance.now();
    const reply = await call(base + pathOf('/settings', zone), 'GET', { headers });
    return { ...reply, tookMs: performance.now() - askedAt };
  };
  /** From twenty connections. Resolves to how often each status came. */
  const load = async (gateway: RunningGateway, requests: number) => {
    const counts: Record<number, number> = {};
    let sent = 0;
    const client = async () => {
      while (sent < requests) {
        sent += 1;
        const { status } = await read(gateway);
        counts[status] = (counts[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: 20 }, client));
    return counts;
  };
  return {
    stage,
    redis,
    replicas,
    read,
    load,
    [Symbol.asyncDispose]: async () => {
      await stage[Symbol.asyncDispose]();
      await redis.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const statusesIn = (...counts: Record<number, number>[]) =>
  new Set(counts.flatMap((each) => Object.keys(each).map(Number)));

describe('Calls to Cloudflare per caller, with two replicas and one Redis', () => {
  it('Load on both makes at most 2 % more calls than the limit', async () => {
    await using at = await startReplicas({ CALLER_CALLS_PER_5_MINUTES: 600 });
    await Promise.all(at.replicas.map((gateway) => says(gateway, 'ready')));

    const [one, other] = await Promise.all(at.replicas.map((gateway) => at.load(gateway, 700)));

    expect(statusesIn(one!, other!)).toEqual(new Set([200, 429]));
    const made = at.stage.recorder.exchanges.length;
    expect(made).toBeLessThanOrEqual(612);
    expect(made).toBe((one![200] ?? 0) + (other![200] ?? 0));
    // A count that comes too late is taken from both, from Redis and from the share of the process.
    expect(made).toBeGreaterThan(560);
  });

  it('Redis killed under load: each replica grants its share at most, nothing else fails, and Redis is used again', async () => {
    await using at = await startReplicas({ CALLER_CALLS_PER_5_MINUTES: 200 });
    const { redis, replicas } = at;
    await Promise.all(replicas.map((gateway) => says(gateway, 'ready')));

    const loads = replicas.map((gateway) => at.load(gateway, 400));
    await eventually(() => at.stage.recorder.exchanges.length >= 40 || undefined);
    await redis.kill();
    const counts = await Promise.all(loads);

    expect(statusesIn(...counts)).toEqual(new Set([200, 429]));
    for (const { 200: granted = 0 } of counts) expect(granted).toBeLessThanOrEqual(130);
    expect(at.stage.recorder.exchanges.length).toBeLessThanOrEqual(204);
    expect((await at.read(replicas[0])).status).toBe(429);
    await redis.restart();
    // Redis has lost its data, and counts anew.
    await eventually(async () => (await at.read(replicas[0])).status === 200 || undefined);
    await eventually(async () => (await at.read(replicas[1])).status === 200 || undefined);
  });

  it('With a Redis whose user may not run the commands, readiness names it and each replica counts its share', async () => {
    const allowed = [
      'eval',
      'evalsha',
      'info',
      'time',
      'get',
      'del',
      'pexpire',
      'hset',
      'hget',
      'hmget',
      'zadd',
      'zrem',
    ];
    await using at = await startReplicas(
      { CALLER_CALLS_PER_5_MINUTES: 20 },
      {
        urlOf: ({ url }) => url.replace('://', '://gateway:pw@'),
        prepare: (redis) =>
          redis.run('ACL', 'SETUSER', 'gateway', 'on', '>pw', '~og:*', ...allowed.map((name) => `+${name}`)),
      },
    );
    const [gateway] = at.replicas;
    await says(gateway, 'degraded');

    const counts = await at.load(gateway, 30);

    expect(counts).toEqual({ 200: 10, 429: 20 });
    const { body } = await call(`${gateway.url}/health/ready`, 'GET');
    expect(JSON.parse(body.toString())).toMatchObject({
      reasons: [expect.stringContaining('redis: noperm set')],
    });
  });

  it('A read takes less than 100 ms longer while Redis hangs', async () => {
    await using at = await startReplicas({});
    const [gateway] = at.replicas;
    await says(gateway, 'ready');
    const usual = [];
    for (let time = 0; time < 15; time += 1) usual.push((await at.read(gateway)).tookMs);
    await at.redis.stop();

    const replies = [];
    for (let time = 0; time < 15; time += 1) replies.push(await at.read(gateway));

    expect(replies.map(({ status }) => status)).toEqual(Array(15).fill(200));
    const extraMs =
      quantile(
        replies.map(({ tookMs }) => tookMs),
        0.8,
      ) - quantile(usual, 0.5);
    expect(extraMs).toBeLessThan(100);
    await at.redis.cont();
  });

  it('1,000 hits take nothing from the count, and do not ask for it', async () => {
    await using at = await startReplicas({ ...longLifetimes });
    const [gateway] = at.replicas;
    await says(gateway, 'ready');
    const zone = zoneId(1_000_000);
    await at.read(gateway, 'viewer', zone);
    const [key] = (await at.redis.run('KEYS', 'og:*:calls')) as Buffer[];
    const before = String(await at.redis.run('GET', key!));
    await at.redis.run('CONFIG', 'RESETSTAT');

    for (let sent = 0; sent < 1000; sent += 100)
      await Promise.all(Array.from({ length: 100 }, () => at.read(gateway, 'viewer', zone)));

    const stats = String(await at.redis.run('INFO', 'commandstats'));
    expect(String(await at.redis.run('GET', key!))).toBe(before);
    expect(before.split(' ')[0]).toBe('1');
    // A count sets the key; what hits ask of Redis sets none.
    const sets = Number(/cmdstat_set:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    const probes = Number(/cmdstat_zcount:calls=(\d+)/.exec(stats)?.[1] ?? 0);
    expect(sets).toBeLessThanOrEqual(Math.max(probes, 4));
    expect(at.stage.recorder.exchanges.length).toBe(1);
  });

  it('A caller without calls left that begins a shared call does not refuse the others', async () => {
    await using at = await startReplicas({ CALLER_CALLS_PER_5_MINUTES: 30 });
    const [one, other] = at.replicas;
    await Promise.all(at.replicas.map((gateway) => says(gateway, 'ready')));
    await at.stage.sandbox.faults({ latencyMs: 50 });
    // The other replica does not know that none is left.
    expect((await at.load(one, 31))[429]).toBe(1);

    for (let round = 0; round < 10; round += 1) {
      const zone = zoneId(2_000_000 + round);
      const [, ...replies] = await Promise.all([
        ...Array.from({ length: 3 }, () => at.read(other, 'viewer', zone)),
        ...Array.from({ length: 10 }, () => at.read(other, 'operator', zone)),
      ]);
      expect(replies.slice(2).map(({ status }) => status)).toEqual(Array(10).fill(200));
    }
  });
});
