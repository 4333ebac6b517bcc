import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { leaseMs, outliveLeasesMs } from '../../src/gateway/cache/redis/leases.js';
import { type Place } from '../../src/gateway/cache/store/store.js';
import { StoreUnavailable } from '../../src/platform/errors/store-unavailable.js';
import {
  aPlace,
  aRedisStore,
  cachedAt,
  lead,
  patience,
  read,
  type RedisStore,
} from '../support/cache/cache-stores.js';
import { type Fleet, see, set, startFleet, zoneId } from '../support/gateway/fleet.js';
import { ask } from '../support/graphql/graphql.js';
import { call, envelopeOf } from '../support/http/http.js';
import { bearer, pathOf } from '../support/http/requests.js';
import { startCluster } from '../support/redis/redis-cluster.js';
import { type RedisStage, startRedisStage } from '../support/redis/redis-stage.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';

/** The text that a store gives without asking Redis; null without a lease or a copy. */
const given = (store: RedisStore, place: Place) => store.take(place)?.cached.answer.envelope.result ?? null;

const put = async (store: RedisStore, place: Place, text: string) =>
  expect(await store.fill(await lead(store, place), cachedAt(performance.now(), text))).not.toBeNull();

describe('Stores that give copies under leases', () => {
  const times = { intentMs: 300, lockMs: 2000, settlingMs: 400 };
  let redis: TestRedis;
  let reader: RedisStore;
  let writer: RedisStore;
  beforeAll(async () => {
    redis = await startRedis();
    [reader, writer] = [
      await aRedisStore(redis.url, { times, patience }),
      await aRedisStore(redis.url, { times, patience }),
    ];
  }, 120_000);
  afterEach(() => redis.run('CONFIG', 'SET', 'min-replicas-to-write', 0));
  afterAll(async () => {
    reader?.close();
    writer?.close();
    await redis?.close();
  });

  it('A copy that was kept between the loss of all data and the end of a change is not given after it', async () => {
    for (let time = 0; time < 5; time += 1) {
      const place = aPlace();
      await put(reader, place, 'old');
      const intent = await writer.begin(place.zone);
      await sleep(outliveLeasesMs + 10);
      await redis.flushall();
      await put(reader, place, 'old');
      await writer.end(intent);
      expect(given(reader, place)).toBeNull();
      expect(await read(reader, place)).toBe('(lead)');
    }
  });

  it('A copy that was kept after the intent of a slow change expired is not given after its end', async () => {
    for (let time = 0; time < 3; time += 1) {
      const place = aPlace();
      const intent = await writer.begin(place.zone);
      await sleep(times.intentMs + 20);
      await put(reader, place, 'old');
      await writer.end(intent);
      expect(given(reader, place)).toBeNull();
      expect(await read(reader, place)).toBe('(lead)');
    }
  });

  it('A copy is not given after the change of another process, however long that took', async () => {
    for (const takesMs of [0, 20, leaseMs, 2 * leaseMs]) {
      const place = aPlace();
      await put(reader, place, 'old');
      const intent = await writer.begin(place.zone);
      await sleep(takesMs);
      await writer.end(intent);
      expect(given(reader, place)).toBeNull();
    }
  });

  it('After a no-cache read, other processes give older copies of no part of the zone for longer than a lease', async () => {
    const first = aPlace({ what: 'first' });
    const second = aPlace({ ...first, what: 'second' });
    await put(reader, first, 'old');
    await put(reader, second, 'old');
    const turn = await lead(writer, first, { for: 'client', renewal: 'renewal' });
    expect(await writer.fill(turn, cachedAt(performance.now(), 'new'))).not.toBeNull();
    await sleep(leaseMs);
    expect(given(reader, first)).not.toBe('old');
    expect(given(reader, second)).toBeNull();
    expect(await read(reader, first)).toBe('new');
    expect(await read(reader, second)).toBe('(lead)');
  });

  it('A master that cannot reach enough replicas gives no lease', async () => {
    const place = aPlace();
    await put(writer, place, 'kept');
    await redis.run('CONFIG', 'SET', 'min-replicas-to-write', 1);
    await expect(reader.look(place)).rejects.toThrow(StoreUnavailable);
    expect(given(reader, place)).toBeNull();
    await redis.run('CONFIG', 'SET', 'min-replicas-to-write', 0);
    expect(await read(reader, place)).toBe('kept');
  });

  it('A copy is given no longer than Redis would give the entry', async () => {
    const place = aPlace();
    const storedAt = performance.now();
    await writer.fill(await lead(writer, place), cachedAt(storedAt, 'kept', { freshMs: 400, staleMs: 400 }));
    await sleep(250);
    await reader.look(place);
    // Redis counts in whole milliseconds, and got the entry some time after `storedAt`.
    expect((reader.take(place)?.cached.freshUntil ?? 0) - storedAt).toBeLessThan(400 + 100);
    await sleep(150);
    await sleep(120);
    expect(given(reader, place)).toBeNull();
    expect(await read(reader, place)).toBe('(lead)');
  });

  it('Copies are given for the time of a lease after Redis is dead, and no longer', async () => {
    const other = await startRedis();
    const store = await aRedisStore(other.url);
    const place = aPlace();
    await put(store, place, 'kept');
    await other.kill();
    await sleep(leaseMs);
    expect(given(store, place)).toBeNull();
    await expect(store.look(place)).rejects.toThrow(StoreUnavailable);
    store.close();
    await other.close();
  });

  it('In a cluster, a copy is not given if its credential was forgotten longer ago than a lease', async () => {
    await using cluster = await startCluster();
    const [one, other] = [
      await aRedisStore(cluster.url, { patience }),
      await aRedisStore(cluster.url, { patience }),
    ];
    const place = aPlace();
    const turn = await lead(one, place);
    await other.forget(place.credential);
    await sleep(leaseMs);
    await one.fill(turn, cachedAt(performance.now(), 'old'));
    expect(given(one, place)).toBeNull();
    expect(await read(one, place)).toBe('(lead)');
    expect(await read(other, place)).toBe('(lead)');
    one.close();
    other.close();
  }, 60_000);
});

describe('Gateways that give copies under leases', () => {
  let redis: TestRedis;
  let fleet: Fleet;
  beforeAll(async () => {
    redis = await startRedis();
    fleet = await startFleet({ redisUrl: redis.url });
  }, 120_000);
  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await redis?.close();
  });

  it('A gateway that stood still in a lease shows the change that was made meanwhile', async () => {
    const [one, other] = fleet.gateways as [Fleet['gateways'][0], Fleet['gateways'][0]];
    const zone = zoneId(1);
    for (let time = 0; time < 10; time += 1) {
      const enabled = time % 2 === 0;
      await see(one, zone);
      await see(one, zone);
      process.kill(one.pid, 'SIGSTOP');
      try {
        expect(await set(other, zone, enabled)).toBe(200);
        const seen = see(one, zone);
        await sleep(10);
        process.kill(one.pid, 'SIGCONT');
        expect((await seen).enabled).toBe(enabled);
      } finally {
        process.kill(one.pid, 'SIGCONT');
      }
    }
  });
});

describe('A mutation under leases', () => {
  let stage: RedisStage;
  beforeAll(async () => void (stage = await startRedisStage({ anyZone: true })), 120_000);
  afterAll(async () => void (await stage?.[Symbol.asyncDispose]()));

  it('What a mutation selects, and what the other gateway answers after it, shows the change', async () => {
    const [one, other] = [await stage.start(), await stage.start()];
    const zone = 'd'.repeat(32);
    const selected = `{ zone(id: "${zone}") { settings { enabled } } }`;
    await stage.sandbox.faults({ latencyMs: 0 });
    for (const enabled of [true, false, true, false, true, false]) {
      // Both have leases when the change begins.
      let isChanged = false;
      const reading = [one, other].map(async (gateway) => {
        while (!isChanged) await ask(gateway, selected);
      });
      await sleep(leaseMs);
      const changed = await ask<{ updateZoneSettings: { settings: object } }>(
        one,
        `mutation { updateZoneSettings(input: { zoneId: "${zone}", enabled: ${enabled} }) { userErrors { message } settings { enabled } } }`,
      );
      const seen = await call(other.base + pathOf('/settings', zone), 'GET', { headers: bearer });
      isChanged = true;
      await Promise.all(reading);
      expect(changed.errors).toEqual([]);
      expect(changed.data?.updateZoneSettings.settings).toEqual({ enabled });
      expect(envelopeOf(seen).result).toMatchObject({ enabled });
    }
  });
});
