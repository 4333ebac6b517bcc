import { type DynamicModule, Global, Module } from '@nestjs/common';
import { SETTINGS, type Settings } from './config/settings.js';
import { Load } from './load/load.js';
import { LoopDelay } from './load/loop-delay.js';
import { Readiness } from './health/readiness.js';
import { KEY_RING } from './keys/key-ring.js';
import { openKeyRing } from './keys/open-key-ring.js';
import { LOG, type Logger } from './telemetry/logger.js';
import { Metrics } from './telemetry/metrics.js';

/** What every module may inject without importing it. */
@Global()
@Module({
  providers: [Load, Metrics, Readiness, { provide: LoopDelay, useFactory: () => new LoopDelay() }],
  exports: [Load, Metrics, Readiness],
})
export class PlatformModule {
  static forRoot(settings: Settings, log: Logger): DynamicModule {
    return {
      module: PlatformModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: LOG, useValue: log },
        { provide: KEY_RING, useFactory: () => openKeyRing(settings, log) },
      ],
      exports: [SETTINGS, LOG, KEY_RING],
    };
  }

  constructor(readiness: Readiness, metrics: Metrics) {
    metrics.watchComponents(() => readiness.usable);
  }
}
