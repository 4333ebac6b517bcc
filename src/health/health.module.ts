import { Module } from '@nestjs/common';
import { Metrics } from '../metrics/metrics.js';
import { HealthController } from '../http/health.controller.js';
import { Readiness } from './readiness.js';

@Module({ controllers: [HealthController], providers: [Readiness], exports: [Readiness] })
export class HealthModule {
  constructor(readiness: Readiness, metrics: Metrics) {
    metrics.watchComponents(() => readiness.usable);
  }
}
