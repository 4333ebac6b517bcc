import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { zoneKeys } from '../../src/gateway/cache/redis/keys.js';
import { type Place } from '../../src/gateway/cache/store/store.js';
import { StoreUnavailable } from '../../src/platform/errors/store-unavailable.js';
import {
  aPlace,
  aRedisStore,
  aRedisStoreNotAwaited,
  cachedAt,
  lead,
  read,
  refresh,
  type RedisStore,
} from '../support/cache/cache-stores.js';
import { eventually } from '../support/basics/eventually.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';

describe('The cache store in Redis where Redis fails', () => {
  let redis: TestRedis;
  const opened: RedisStore[] = [];
  const open = async (url = redis.url) => {
    const store = await aRedisStore(url);
    opened.push(store);
    return store;
  };
  beforeAll(async () => void (redis = await startRedis()), 120_000);
  afterEach(() => opened.splice(0).forEach((store) => store.close()));
  afterAll(() => redis?.close());

  const put = async (store: RedisStore, place: Place, text: string) =>
    expect(await store.fill(await lead(store, place), cachedAt(performance.now(), text))).not.toBeNull();
  const change = async (store: RedisStore, zone: string) => {
    await store.end(await store.begin(zone));
  };
  /** How long it takes to reject with StoreUnavailable. */
  const refusedAfter = async (ask: () => Promise<unknown>) => {
    const start = performance.now();
    await expect(ask()).rejects.toThrow(StoreUnavailable);
    return performance.now() - start;
  };
  /** How long until a read succeeds. */
  const backAfter = async (store: RedisStore, place: Place) => {
    const start = performance.now();
    await eventually(() =>
      read(store, place).then(
        () => true,
        () => undefined,
      ),
    );
    return performance.now() - start;
  };

  /** Looks of a store at some places, which it gives up before Redis goes on and runs them. */
  const lookDuringAStop = async () => {
    const store = await open();
    const places = Array.from({ length: 30 }, () => aPlace());
    await redis.stop();
    const asked = await Promise.allSettled(places.map((place) => store.look(place)));
    await redis.cont();
    expect(asked.every(({ status }) => status === 'rejected')).toBe(true);
    return { store, places };
  };

  it('A store misses, and refuses earlier fills, after Redis restarts empty', async () => {
    const store = await open();
    const place = aPlace();
    await put(store, place, 'old');
    const late = await lead(store, place, refresh);
    await redis.restart();
    expect(await backAfter(store, place)).toBeLessThan(1000);
    expect(await store.fill(late, cachedAt(performance.now(), 'old'))).toBeNull();
    expect(await read(store, place)).toBe('(lead)');
  });

  it('A store ignores entries of a snapshot from before a change', async () => {
    const store = await open();
    const place = aPlace();
    await put(store, place, 'old');
    const snapshot = await redis.snapshot();
    await change(store, place.zone);
    await redis.restart({ snapshot });
    expect(await redis.run('DBSIZE')).toBeGreaterThan(0);
    await backAfter(store, place);
    expect(await read(store, place)).toBe('(lead)');
    expect(await read(await open(), place)).toBe('(lead)');
  });

  it('A store ignores entries of a master that was a replica in between', async () => {
    const other = await startRedis();
    const store = await open();
    const place = aPlace();
    await put(store, place, 'old');
    await other.run('REPLICAOF', ...redis.peer);
    const synced = (of: TestRedis) => async () =>
      String(await of.run('INFO', 'replication')).includes('master_link_status:up') || undefined;
    await eventually(synced(other));
    await other.run('REPLICAOF', 'NO', 'ONE');
    await redis.run('REPLICAOF', ...other.peer);
    await eventually(synced(redis));
    await expect(store.look(place)).rejects.toThrow(StoreUnavailable);
    // A change at the other, which is lost with it.
    await redis.run('REPLICAOF', 'NO', 'ONE');
    await backAfter(store, place);
    expect(await read(store, place)).toBe('(lead)');
    await other.close();
  });

  it('A store reports within 150 ms that Redis hangs, and uses it again afterwards', async () => {
    const store = await open();
    const [place, ...others] = Array.from({ length: 50 }, () => aPlace());
    await put(store, place!, 'kept');
    await redis.stop();
    for (let i = 0; i < 20; i += 1) {
      // The event loop of a test under load is late itself.
      expect(await refusedAfter(() => store.look(place!))).toBeLessThan(150);
    }
    const asked = await Promise.allSettled(others.map((other) => store.look(other)));
    expect(asked.every(({ status }) => status === 'rejected')).toBe(true);
    // Another zone: Redis may run this command in time when it goes on, and the entries of the zone are lost then.
    expect(await refusedAfter(() => store.begin(aPlace().zone))).toBeLessThan(450);
    expect(store.health.isUsable).toBe(false);
    await redis.cont();
    expect(await backAfter(store, place!)).toBeLessThan(1000);
    expect(await read(store, place!)).toBe('kept');
    await eventually(() => store.health.isUsable || undefined);
    // No lock stays of the looks that failed while Redis hung.
    for (const other of others) expect(await read(store, other)).toBe('(lead)');
  });

  it('A change that is refused while Redis hangs leaves no fence', async () => {
    const store = await open();
    const place = aPlace();
    await put(store, place, 'kept');
    await redis.stop();
    await expect(store.begin(place.zone)).rejects.toThrow(StoreUnavailable);
    // Soon enough for Redis to run the waiting commands in time.
    await redis.cont();
    const start = performance.now();
    // The entry is lost where Redis ran the fence in time, and stays where it was too late.
    await eventually(async () => {
      const what = await read(store, place).catch(() => undefined);
      const fences = await redis.run('ZCARD', zoneKeys(place).intents);
      return (fences === 0 && (what === '(lead)' || what === 'kept')) || undefined;
    });
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('A short stop of Redis leaves no lock without a leader', async () => {
    const { store, places } = await lookDuringAStop();
    await backAfter(store, places[0]!);
    // Well within the lease.
    const start = performance.now();
    for (const place of places)
      await eventually(async () => (await read(store, place)) === '(lead)' || undefined);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('A short stop of Redis leaves no lock that other processes wait for', async () => {
    const { places } = await lookDuringAStop();
    const start = performance.now();
    for (const place of places) {
      // Redis runs the looks that waited, and each takes a lock.
      await eventually(async () => (await redis.run('EXISTS', zoneKeys(place).zone)) || undefined);
      await eventually(async () => (await redis.run('EXISTS', zoneKeys(place).lock)) === 0 || undefined);
    }
    // Well within the term of a lock.
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('A store reports within 150 ms that Redis is dead, and uses it after a restart', async () => {
    const store = await open();
    const place = aPlace();
    await redis.kill();
    expect(await refusedAfter(() => store.look(place))).toBeLessThan(150);
    expect(await refusedAfter(() => store.begin(place.zone))).toBeLessThan(450);
    expect(store.health).toEqual({ isUsable: false, reason: expect.stringMatching(/^connection/) });
    await redis.restart();
    expect(await backAfter(store, place)).toBeLessThan(1000);
  });

  it('A store connects to a Redis that starts later', async () => {
    await redis.kill();
    const store = aRedisStoreNotAwaited(redis.url);
    opened.push(store);
    const place = aPlace();
    expect(await refusedAfter(() => store.look(place))).toBeLessThan(150);
    await redis.restart();
    expect(await backAfter(store, place)).toBeLessThan(1000);
  });

  it('A store works after SCRIPT FLUSH and after FLUSHALL', async () => {
    const store = await open();
    const place = aPlace();
    await put(store, place, 'kept');
    await redis.run('SCRIPT', 'FLUSH');
    expect(await read(store, place)).toBe('kept');
    await redis.flushall();
    expect(await read(store, place)).toBe('(lead)');
  });

  it('A store reports a wrong password, and does not show it', async () => {
    const said: unknown[] = [];
    const store = aRedisStoreNotAwaited(redis.url.replace('://', '://user:pass-7f3a@'), {
      onHealth: (health) => said.push(health),
    });
    opened.push(store);
    await eventually(() => said.length > 1 || undefined);
    const error = await store.look(aPlace()).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(store.health).toEqual({ isUsable: false, reason: 'wrongpass' });
    const shown = JSON.stringify([said, { ...(error as Error) }]) + String((error as Error).stack);
    expect(shown).not.toContain('pass-7f3a');
    expect((error as Error).cause).toBeUndefined();
  });

  it('A store is unusable while Redis is a replica, and usable when it is a master again', async () => {
    const store = await open();
    const place = aPlace();
    await put(store, place, 'kept');
    await redis.run('REPLICAOF', '127.0.0.1', '1');
    await expect(store.look(place)).rejects.toThrow(StoreUnavailable);
    await expect(store.begin(place.zone)).rejects.toThrow(StoreUnavailable);
    expect(store.health.isUsable).toBe(false);
    await redis.run('REPLICAOF', 'NO', 'ONE');
    expect(await backAfter(store, place)).toBeLessThan(1000);
  });

  it('A store refuses changes while the memory of Redis is full, and reads entries afterwards', async () => {
    const store = await open();
    const [kept, other] = [aPlace(), aPlace()];
    await put(store, kept, 'kept');
    await redis.run('CONFIG', 'SET', 'maxmemory', '1');
    await expect(store.begin(kept.zone)).rejects.toThrow(StoreUnavailable);
    await expect(store.look(other)).rejects.toThrow(StoreUnavailable);
    await redis.run('CONFIG', 'SET', 'maxmemory', '0');
    await backAfter(store, kept);
    expect(await read(store, kept)).toBe('kept');
  });

  it('One of 1,000 concurrent looks at two replicas leads', async () => {
    const [one, two] = [await open(), await open()];
    const place = aPlace();
    const looks = await Promise.all(Array.from({ length: 1000 }, (_, i) => (i % 2 ? one : two).look(place)));
    const kinds = looks.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'lead')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'wait')).toHaveLength(999);
  });

  it('A replica sees fills, changes and forgotten credentials of another replica', async () => {
    const [one, two] = [await open(), await open()];
    const place = aPlace();
    await put(one, place, 'first');
    expect(await read(two, place)).toBe('first');
    const turn = await lead(two, place, refresh);
    await two.fill(turn, cachedAt(performance.now(), 'second'));
    expect(await read(one, place)).toBe('second');
    await change(two, place.zone);
    expect(await read(one, place)).toBe('(lead)');
    await put(one, place, 'third');
    await two.forget(place.credential);
    expect(await read(one, place)).toBe('(lead)');
  });
});
