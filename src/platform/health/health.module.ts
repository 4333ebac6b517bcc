import { Module } from '@nestjs/common';
import { Metrics } from '../telemetry/metrics.js';
import { Readiness } from './readiness.js';

@Module({ providers: [Readiness], exports: [Readiness] })
export class HealthModule {
  constructor(readiness: Readiness, metrics: Metrics) {
    metrics.watchComponents(() => readiness.usable);
  }
}
