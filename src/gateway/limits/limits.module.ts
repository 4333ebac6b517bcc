import { Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../../platform/config/settings.js';
import { RedisLink } from '../../platform/redis/link.js';
import { RedisModule } from '../../platform/redis/redis.module.js';
import { Metrics } from '../../platform/telemetry/metrics.js';
import { CacheModule } from '../cache/cache.module.js';
import { Places } from '../cache/place.js';
import { CallLimit, windowSeconds } from './call-limit.js';
import { RedisWindows } from './redis-windows.js';
import { RequestLimit } from './request-limit.js';
import { Windows } from './windows.js';

/** In managed mode half of Cloudflare's 1,200. Else Cloudflare counts: the limits stop a client that is out of control. */
const defaults: Readonly<Record<Settings['MODE'], { readonly calls: number; readonly requests: number }>> = {
  managed: { calls: 600, requests: 1000 },
  passthrough: { calls: 1_000_000, requests: 100_000 },
};

function callLimitFor(
  { MODE, CALLER_CALLS_PER_5_MINUTES, REPLICAS }: Settings,
  places: Places,
  link: RedisLink | null,
  metrics: Metrics,
): CallLimit {
  const isManaged = MODE === 'managed';
  const most = CALLER_CALLS_PER_5_MINUTES ?? defaults[MODE].calls;
  const lengthMs = windowSeconds * 1000;
  return new CallLimit({
    // In pass-through a miss does not pay for a trip to Redis: each credential has the limit of Cloudflare for itself.
    shared: isManaged && link ? new RedisWindows(link, most, lengthMs) : null,
    own: new Windows(Math.ceil(most / REPLICAS), lengthMs),
    places,
    metrics,
    isTold: isManaged,
  });
}

/** What each caller may take: calls to Cloudflare, and requests. */
@Module({
  imports: [CacheModule, RedisModule],
  providers: [
    { provide: CallLimit, inject: [SETTINGS, Places, RedisLink, Metrics], useFactory: callLimitFor },
    {
      provide: RequestLimit,
      inject: [SETTINGS, Places, Metrics],
      useFactory: ({ MODE, CALLER_REQUESTS_PER_SECOND }: Settings, places: Places, metrics: Metrics) =>
        new RequestLimit(CALLER_REQUESTS_PER_SECOND ?? defaults[MODE].requests, places, metrics),
    },
  ],
  exports: [CallLimit, RequestLimit],
})
export class LimitsModule {}
