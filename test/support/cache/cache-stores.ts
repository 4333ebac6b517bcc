import { createHash, createSecretKey } from 'node:crypto';
import { keptMemory } from '../../../src/gateway/cache/store/kept-memory.js';
import { MemoryStore } from '../../../src/gateway/cache/store/memory-store.js';
import { RedisStore as Store, type RedisStoreOptions } from '../../../src/gateway/cache/redis/store.js';
import { Seal } from '../../../src/gateway/cache/store/seal.js';
import {
  type CachedAnswer,
  type CacheStore,
  type Place,
  type Refresh,
  type Turn,
} from '../../../src/gateway/cache/store/store.js';
import { RedisLink, type RedisPatience } from '../../../src/platform/redis/link.js';
import { redisUrlSchema } from '../../../src/platform/config/redis-url.js';
import { type RedisHealth } from '../../../src/platform/redis/watch.js';
import { Answer } from '../../../src/domain/cloudflare/answer.js';
import { eventually } from '../basics/eventually.js';
import { redisUrl } from '../redis/redis.js';

/** A store and its clock. */
export interface StoreBench {
  readonly store: CacheStore;
  now(): number;
  /** Lets time pass until there is an answer. */
  until<T>(ask: () => Promise<T | undefined>): Promise<T>;
  close(): Promise<void>;
}

const mostBytes = 1024 * 1024;

function memoryBench(): Promise<StoreBench> {
  let now = Date.now();
  return Promise.resolve({
    store: new MemoryStore(keptMemory(mostBytes), () => now),
    now: () => now,
    until: async (ask) => {
      for (let steps = 0; steps < 10_000; steps += 1) {
        const answer = await ask();
        if (answer !== undefined) return answer;
        now += 100;
      }
      throw new Error('It did not come about within 1,000 s.');
    },
    close: () => Promise.resolve(),
  });
}

/** For tests of what a store answers, not of when: Redis may be late on a busy machine. */
export const patience: RedisPatience = { runMs: 3000, retryMs: 5000 };

/** Short enough for a test to wait for. */
const shortTimes = { intentMs: 300, lockMs: 300, settlingMs: 400 };

async function redisBench(): Promise<StoreBench> {
  const redis = await redisUrl();
  const store = await aRedisStore(redis.url, { times: shortTimes, patience });
  return {
    store,
    now: () => performance.now(),
    until: eventually,
    close: async () => {
      store.close();
      await redis.close();
    },
  };
}

/** The stores that behave alike, by name. */
export const storeBenches: [string, () => Promise<StoreBench>][] = [
  ['in memory', memoryBench],
  ['in Redis', redisBench],
];

/** A store with a link of its own. */
export class RedisStore extends Store {
  readonly #link: RedisLink;

  constructor(options: RedisStoreOptions) {
    super(options);
    this.#link = options.link;
  }

  get health(): RedisHealth {
    return this.#link.watch.health;
  }

  close(): void {
    this.#link.close();
  }
}

interface StoreOptions extends Partial<Omit<RedisStoreOptions, 'link'>> {
  readonly onHealth?: (health: RedisHealth) => void;
  readonly patience?: RedisPatience;
}

const sealingKey = createSecretKey(createHash('sha256').update('a test').digest());

export function aSeal(onUnopened?: () => void): Seal {
  return new Seal({ current: 'one', key: (kid) => (kid === 'one' ? sealingKey : undefined) }, onUnopened);
}

/** Resolves when it is connected. */
export async function aRedisStore(url: string, options: StoreOptions = {}): Promise<RedisStore> {
  const store = aRedisStoreNotAwaited(url, options);
  await eventually(() => Promise.resolve(store.health.isUsable || undefined));
  return store;
}

export function aRedisStoreNotAwaited(
  url: string,
  { onHealth, patience, ...options }: StoreOptions = {},
): RedisStore {
  const link = new RedisLink(redisUrlSchema.parse(url), onHealth, patience);
  link.connect();
  return new RedisStore({ link, seal: aSeal(), memory: keptMemory(mostBytes), ...options });
}

/** A read of the gateway's own, which ignores the entry that is there. */
export const refresh: Refresh = { for: 'gateway' };

let places = 0;

/** A place that no other test uses, with the given parts. */
export function aPlace({
  zone,
  credential,
  what,
}: { zone?: string; credential?: string; what?: string } = {}): Place {
  places += 1;
  const where = zone ?? `zone-${process.pid}-${places}`;
  const who = credential ?? `credential-${process.pid}-${places}`;
  const key = createHash('sha256')
    .update([where, who, what ?? ''].join())
    .digest('base64url');
  return { zone: where, credential: who, key };
}

export function cachedAt(
  now: number,
  text: string,
  { status = 200, freshMs = 30_000, staleMs = 600_000 } = {},
): CachedAnswer {
  const body = Buffer.from(JSON.stringify({ success: true, result: text }));
  return {
    answer: new Answer(status, body, {}),
    etag: `"${text.slice(0, 20)}"`,
    storedAt: now,
    freshUntil: now + freshMs,
    staleUntil: now + staleMs,
  };
}

export async function lead(store: CacheStore, place: Place, refresh?: Refresh): Promise<Turn> {
  const look = await store.look(place, refresh);
  if (look.kind !== 'lead') throw new Error(`It answered ${look.kind} where it should let us lead.`);
  return look.turn;
}

/** The text of a hit, or the kind of another look in parentheses. */
export async function read(store: CacheStore, place: Place): Promise<unknown> {
  const look = await store.look(place);
  if (look.kind === 'lead') await store.giveUp(look.turn);
  return look.kind === 'hit' ? look.cached.answer.envelope.result : `(${look.kind})`;
}
