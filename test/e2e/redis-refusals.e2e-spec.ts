import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { type RedisHealth } from '../../src/platform/redis/watch.js';
import { StoreUnavailable } from '../../src/platform/errors/store-unavailable.js';
import { aRedisStoreNotAwaited, type RedisStore } from '../support/cache/cache-stores.js';
import { eventually } from '../support/basics/eventually.js';
import { freePort } from '../support/redis/redis-binary.js';
import { startCluster, type TestCluster } from '../support/redis/redis-cluster.js';
import { startWatched, type Watched } from '../support/redis/redis-sentinel.js';
import { change, says, startRedisStage } from '../support/redis/redis-stage.js';
import { startRedisProcess, type TestRedis } from '../support/redis/redis.js';

const commands = [
  ...['eval', 'evalsha', 'info', 'time', 'get', 'set', 'del', 'pexpire', 'hset', 'hget', 'hmget'],
  ...['zadd', 'zrem', 'zcount', 'zremrangebyscore'],
];

describe('A REDIS_URL that no retry repairs', () => {
  let redis: TestRedis;
  /** A server of its own: the reader may write keys there, and the other databases have to stay empty. */
  let redisOfReader: TestRedis;
  let watched: Watched;
  let cluster: TestCluster;
  beforeAll(async () => {
    [redis, redisOfReader] = [await startRedisProcess(), await startRedisProcess()];
    [watched, cluster] = await Promise.all([startWatched(), startCluster()]);
    await redis.run('ACL', 'SETUSER', 'gateway', 'on', '>pw', '~og:*', ...commands.map((name) => `+${name}`));
    const readers = commands.filter((name) => !name.startsWith('z'));
    const rights = readers.map((name) => `+${name}`);
    await redisOfReader.run('ACL', 'SETUSER', 'reader', 'on', '>pw', '~og:*', ...rights);
  });
  afterAll(async () => {
    await Promise.all([redis?.close(), redisOfReader?.close()]);
    await watched?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  const open = (url: string) => {
    const said: RedisHealth[] = [];
    const store = aRedisStoreNotAwaited(url, { onHealth: (health) => said.push(health) });
    return { store, said, [Symbol.dispose]: () => store.close() };
  };
  const local = (port: number, kind = 'redis') => `${kind}://127.0.0.1:${port}`;

  it.concurrent.each([
    ['an unknown database', () => `${redis.url}/99`, 'no such database'],
    [
      'a database of a user without SELECT',
      () => `redis://gateway:pw@127.0.0.1:${redis.port}/3`,
      'noperm select',
    ],
    ['an unknown database behind a sentinel', () => `${watched.url}/99`, 'no such database'],
    [
      'a user without the rights that a change needs',
      () => `redis://reader:pw@127.0.0.1:${redisOfReader.port}`,
      'noperm zadd',
    ],
    ['a replica', () => local(watched.replica.port), 'readonly: a replica'],
    [
      'a node of a cluster as a single server',
      () => local(cluster.nodes[0]!.port),
      'it is a node of a cluster',
    ],
    ['another node of the cluster', () => local(cluster.nodes[2]!.port), 'it is a node of a cluster'],
    [
      'a database at a node of a cluster',
      () => `${local(cluster.nodes[1]!.port)}/1`,
      'it is a node of a cluster',
    ],
    ['a single server as a cluster', () => local(redis.port, 'redis+cluster'), 'it is no cluster'],
    [
      'a single server as a sentinel',
      () => `${local(redis.port, 'redis+sentinel')}/main`,
      'it is no sentinel',
    ],
    ['a sentinel as a single server', () => local(watched.sentinel.port), 'it is a sentinel'],
    [
      'a master that its sentinel does not know',
      () => watched.url.replace(/main$/, 'other'),
      'no master of that name',
    ],
  ])('The reason for %s stays the same, and names it', async (_, urlOf, reason) => {
    using opened = open(urlOf());
    const { store, said } = opened;
    await eventually(() => reasonOf(store).includes(reason) || undefined);
    await expect(store.begin('zone')).rejects.toThrow(StoreUnavailable);
    const known = said.length;
    for (let look = 0; look < 30; look += 1) {
      expect(reasonOf(store)).toContain(reason);
      await sleep(50);
    }
    expect(said).toHaveLength(known);
    expect(said.some((health) => health.isUsable)).toBe(false);
    if (!/database|select/.test(reason)) return;
    for (const server of [redis, watched.master]) expect(await server.run('DBSIZE')).toBe(0);
  });

  it('The gateway logs one line and stores nothing until its user may select the database', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    await using stage = await startRedisStage();
    await redis.run('ACL', 'SETUSER', 'other', 'on', '>pw', '~og:*', ...commands.map((name) => `+${name}`));
    const gateway = await stage.start({ log }, `redis://other:pw@127.0.0.1:${redis.port}/3`);
    const about = (text: string) => lines.filter((line) => line.includes(text));
    await eventually(() => about('redis away').length > 0 || undefined);
    await says(gateway, 'degraded');
    expect((await change(gateway)).status).toBe(503);
    expect(about('redis away')).toEqual([expect.stringContaining('noperm select')]);
    await redis.run('ACL', 'SETUSER', 'other', '+select');
    await says(gateway, 'ready');
    expect((await change(gateway)).status).toBe(200);
    const kept = String(await redis.run('INFO', 'keyspace'));
    expect(kept).toMatch(/^db3:/m);
    expect(kept).not.toMatch(/^db0:/m);
    expect([about('redis away'), about('redis back')].map(({ length }) => length)).toEqual([1, 1]);
  });

  it.concurrent.each([
    ['a closed port', async () => `redis://127.0.0.1:${await freePort()}`, 'ECONNREFUSED'],
    ['an unknown name', () => Promise.resolve('redis://nosuch.invalid:6379'), 'ENOTFOUND'],
    ['a cluster of unknown names', () => Promise.resolve('redis+cluster://nosuch.invalid:6379'), 'ENOTFOUND'],
    [
      'sentinels of unknown names',
      () => Promise.resolve('redis+sentinel://nosuch.invalid/main'),
      'ENOTFOUND',
    ],
    [
      'a cluster at a closed port',
      async () => `redis+cluster://127.0.0.1:${await freePort()}`,
      'ECONNREFUSED',
    ],
  ])('The reason for %s holds the code of the error', async (_, urlOf, code) => {
    using opened = open(await urlOf());
    const { store } = opened;
    const expected = new RegExp(`connection \\((${code}|EAI_AGAIN)\\)`);
    await eventually(() => expected.test(reasonOf(store)) || undefined);
  });
});

function reasonOf({ health }: RedisStore): string {
  return health.isUsable ? '' : health.reason;
}
