import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { KEY_RING, SETTINGS } from '../config/config.module.js';
import { type KeyRing } from '../config/key-ring.js';
import { type Settings, SettingsError } from '../config/settings.js';
import { HealthModule } from '../health/health.module.js';
import { Readiness } from '../health/readiness.js';
import { AwayLog } from '../logging/away-log.js';
import { type Logger } from '../logging/logger.js';
import { LOG } from '../logging/logging.module.js';
import { Metrics } from '../metrics/metrics.js';
import { MemoryStore } from './memory-store.js';
import { Places } from './place.js';
import { RedisStore } from './redis/store.js';
import { parseRedisUrl, redisUrlForms } from '../redis/url.js';
import { Seal } from './seal.js';
import { type CacheStore } from './store.js';
import { ZoneCache } from './zone-cache.js';

const STORE = Symbol('cache store');

function storeFor(
  settings: Settings,
  ring: KeyRing,
  readiness: Readiness,
  metrics: Metrics,
  log: Logger,
): CacheStore {
  const maxBytes = settings.CACHE_MEMORY_MIB * 1024 * 1024;
  if (!settings.REDIS_URL) return new MemoryStore(maxBytes);
  const address = parseRedisUrl(settings.REDIS_URL.reveal());
  if (!address) throw new SettingsError([`REDIS_URL: ${redisUrlForms}`]);
  const inLog = new AwayLog(log, { name: 'redis', level: 'warn', knownAfterMs: 500 });
  return new RedisStore({
    address,
    maxBytes,
    seal: new Seal({ current: ring.current, key: (kid) => ring.derive(kid, 'cache-seal') }, () =>
      metrics.unopened(),
    ),
    onHealth: (health) => {
      readiness.trouble('redis', health.isUsable ? null : health.reason);
      if (health.isUsable) inLog.back();
      else inLog.away(health.reason);
    },
  });
}

/** The cache: in memory, or in Redis where there is one. */
@Module({
  imports: [HealthModule],
  providers: [
    { provide: STORE, inject: [SETTINGS, KEY_RING, Readiness, Metrics, LOG], useFactory: storeFor },
    {
      provide: Places,
      inject: [KEY_RING],
      // By the root key, which no rotation changes: replicas have to name a zone alike.
      useFactory: (ring: KeyRing) => new Places(ring.derive(ring.root, 'cache-names')),
    },
    {
      provide: ZoneCache,
      inject: [STORE, SETTINGS],
      useFactory: (store: CacheStore, settings: Settings) =>
        new ZoneCache(store, {
          fence: settings.CACHE_FENCE,
          list: settings.CACHE_TTL_LIST_SECONDS,
          item: settings.CACHE_TTL_ITEM_SECONDS,
          pending: settings.CACHE_TTL_PENDING_SECONDS,
          notFound: settings.CACHE_TTL_NOT_FOUND_SECONDS,
          staleIfError: settings.STALE_IF_ERROR_SECONDS,
        }),
    },
  ],
  exports: [Places, ZoneCache],
})
export class CacheModule implements OnApplicationShutdown {
  constructor(@Inject(STORE) private readonly store: CacheStore) {}

  onApplicationShutdown(): void {
    this.store.close();
  }
}
