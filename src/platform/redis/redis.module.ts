import { Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Readiness } from '../health/readiness.js';
import { AwayLog } from '../telemetry/away-log.js';
import { LOG, type Logger } from '../telemetry/logger.js';
import { RedisLink } from './link.js';

function linkFor({ REDIS_URL }: Settings, readiness: Readiness, log: Logger): RedisLink | null {
  if (!REDIS_URL) return null;
  const awayLog = new AwayLog(log, { name: 'redis', level: 'warn', knownAfterMs: 500 });
  return new RedisLink(REDIS_URL, (health) => {
    readiness.trouble('redis', health.isUsable ? null : health.reason);
    if (health.isUsable) awayLog.back();
    else awayLog.away(health.reason);
  });
}

/** Provides the `RedisLink`; null without a `REDIS_URL`. */
@Module({
  providers: [{ provide: RedisLink, inject: [SETTINGS, Readiness, LOG], useFactory: linkFor }],
  exports: [RedisLink],
})
export class RedisModule implements OnModuleInit, OnApplicationShutdown {
  constructor(@Inject(RedisLink) private readonly link: RedisLink | null) {}

  onModuleInit(): void {
    this.link?.connect();
  }

  onApplicationShutdown(): void {
    this.link?.close();
  }
}
