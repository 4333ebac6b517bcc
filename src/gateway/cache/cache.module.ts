import { Module } from '@nestjs/common';
import { KEY_RING, type KeyRing } from '../../platform/keys/key-ring.js';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { Metrics } from '../../platform/telemetry/metrics.js';
import { RedisLink } from '../../platform/redis/link.js';
import { RedisModule } from '../../platform/redis/redis.module.js';
import { keptMemory, type KeptMemory } from './store/kept-memory.js';
import { MemoryStore } from './store/memory-store.js';
import { Places } from './place.js';
import { RedisStore } from './redis/store.js';
import { Seal } from './store/seal.js';
import { WholeAnswers } from './whole-answers.js';
import { ZoneCache } from './zone-cache.js';

const KEPT_MEMORY = Symbol('kept memory');

function cacheFor(
  settings: Settings,
  memory: KeptMemory,
  ring: KeyRing,
  link: RedisLink | null,
  metrics: Metrics,
): ZoneCache {
  const keys = { current: ring.current, key: (kid: string) => ring.derive(kid, 'cache-seal') };
  const seal = new Seal(keys, () => metrics.unopened());
  const store = link
    ? new RedisStore({ link, memory, seal, leases: settings.CACHE_LEASES })
    : new MemoryStore(memory);
  return new ZoneCache(store, {
    fence: settings.CACHE_FENCE,
    list: settings.CACHE_TTL_LIST_SECONDS,
    item: settings.CACHE_TTL_ITEM_SECONDS,
    pending: settings.CACHE_TTL_PENDING_SECONDS,
    notFound: settings.CACHE_TTL_NOT_FOUND_SECONDS,
    staleIfError: settings.STALE_IF_ERROR_SECONDS,
  });
}

/** The cache: in Redis if there is a `REDIS_URL`, else in memory. */
@Module({
  imports: [RedisModule],
  providers: [
    {
      provide: Places,
      inject: [KEY_RING],
      // Derived from the root key, which no rotation changes: all replicas need the same names.
      useFactory: (ring: KeyRing) => new Places(ring.derive(ring.root, 'cache-names')),
    },
    {
      provide: ZoneCache,
      inject: [SETTINGS, KEPT_MEMORY, KEY_RING, RedisLink, Metrics],
      useFactory: cacheFor,
    },
    {
      provide: KEPT_MEMORY,
      inject: [SETTINGS],
      useFactory: ({ CACHE_MEMORY_MIB }: Settings) => keptMemory(CACHE_MEMORY_MIB * 1024 * 1024),
    },
    {
      provide: WholeAnswers,
      inject: [KEPT_MEMORY, ZoneCache],
      useFactory: (memory: KeptMemory, cache: ZoneCache) => new WholeAnswers(memory, cache),
    },
  ],
  exports: [Places, WholeAnswers, ZoneCache],
})
export class CacheModule {}
