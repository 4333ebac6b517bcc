import { createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Credential } from '../../src/domain/cloudflare/credential.js';
import { Places } from '../../src/gateway/cache/place.js';
import { keptMemory } from '../../src/gateway/cache/store/kept-memory.js';
import { zoneKeys } from '../../src/gateway/cache/redis/keys.js';
import { type Place } from '../../src/gateway/cache/store/store.js';
import { Secret } from '../../src/platform/context/secret.js';
import { operations, questionOf } from '../../src/domain/cloudflare/operations.js';
import {
  aPlace,
  aRedisStore,
  patience,
  aSeal,
  cachedAt,
  lead,
  read,
  type RedisStore,
} from '../support/cache/cache-stores.js';
import { startRedis, type TestRedis } from '../support/redis/redis.js';

describe('Sealed cache entries in Redis', () => {
  let redis: TestRedis;
  let store: RedisStore;
  /** Holds no copies in memory, so that it reads from Redis. */
  let reader: RedisStore;
  let unopened = 0;
  beforeAll(async () => {
    redis = await startRedis();
    store = await aRedisStore(redis.url, { patience });
    reader = await aRedisStore(redis.url, {
      patience,
      memory: keptMemory(0),
      seal: aSeal(() => (unopened += 1)),
    });
  }, 120_000);
  afterAll(async () => {
    store?.close();
    reader?.close();
    await redis?.close();
  });

  const put = async (place: Place, text: string) =>
    expect(await store.fill(await lead(store, place), cachedAt(performance.now(), text))).not.toBeNull();
  const entry = (place: Place) => zoneKeys(place).entry;

  it('An entry that is overwritten with garbage is a miss and is counted', async () => {
    const place = aPlace();
    for (const garbage of ['', 'x', 'x'.repeat(5000)]) {
      await put(place, 'kept');
      expect(await read(reader, place)).toBe('kept');
      unopened = 0;
      await redis.run('HSET', entry(place), 'v', garbage);
      expect(await read(reader, place)).toBe('(lead)');
      expect(unopened).toBeGreaterThan(0);
      await redis.run('DEL', entry(place));
    }
  });

  it('An entry that is copied from another credential or generation is a miss', async () => {
    const mine = aPlace();
    const theirs = aPlace({ zone: mine.zone });
    await put(mine, 'mine');
    await put(theirs, 'theirs');
    const sealed = (await redis.run('HGET', entry(theirs), 'v')) as Buffer;
    await redis.run('HSET', entry(mine), 'v', sealed);
    unopened = 0;
    expect(await read(reader, mine)).toBe('(lead)');
    expect(unopened).toBeGreaterThan(0);

    const old = (await redis.run('HGET', entry(theirs), 'v')) as Buffer;
    await store.end(await store.begin(theirs.zone));
    await put(theirs, 'new');
    await redis.run('HSET', entry(theirs), 'v', old);
    expect(await read(reader, theirs)).toBe('(lead)');
  });

  it('A reader replaces an entry that it cannot open', async () => {
    const place = aPlace();
    await put(place, 'kept');
    await redis.run('HSET', entry(place), 'v', 'garbage');
    const turn = await lead(reader, place);
    expect(await reader.fill(turn, cachedAt(performance.now(), 'again'))).not.toBeNull();
    expect(await read(store, place)).toBe('again');
  });

  it('Redis holds no zone id, no token and no part of an answer in plain text', async () => {
    const zoneId = '023e105f4ecef8ad9ca31a8372d0c353';
    const token = 'token-7fa1c0ffee5ecret';
    const text = '-----BEGIN CERTIFICATE-----MIIBcanary';
    const places = new Places(createSecretKey(Buffer.alloc(32, 1)));
    const credential: Credential = { kind: 'token', token: new Secret(token) };
    const operation = operations['zone_certificate.list'];
    const place = places.of(credential, zoneId, questionOf({ operation, params: { zone_id: zoneId } }));
    await put(place, text);
    await lead(store, aPlace({ zone: place.zone, credential: place.credential, what: 'locked' }));
    await store.begin(place.zone);
    await store.forget(place.credential, place.zone);
    await store.forget(place.credential);
    const dump = (await redis.snapshot()).toString('latin1');
    const everything = [dump, ...(await everyKeyAndValue())].join('\n');
    expect(everything).toContain(place.zone);
    for (const secret of [zoneId, token, text, 'canary', 'BEGIN CERT', '"success"']) {
      for (const form of [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '')]) {
        expect(everything).not.toContain(form);
      }
    }
  });

  async function everyKeyAndValue(): Promise<string[]> {
    const keys = (await redis.run('KEYS', '*')) as Buffer[];
    const values = keys.map(async (key) => {
      const type = String(await redis.run('TYPE', key));
      const ask = { hash: ['HGETALL'], string: ['GET'], zset: ['ZRANGE', 0, -1] }[type];
      // It has expired since it was listed.
      if (type === 'none') return [];
      if (!ask) throw new Error(`No test knows how to read a ${type}.`);
      const [command = '', ...rest] = ask;
      return [key, await redis.run(String(command), key, ...rest)]
        .flat()
        .map((part) => (part as Buffer).toString('latin1'));
    });
    return (await Promise.all(values)).flat();
  }
});
