import { type INestApplication } from '@nestjs/common';
import { Counter } from 'prom-client';
import { Readiness } from './platform/health/readiness.js';
import { logOutput } from './platform/telemetry/logger.js';
import { Metrics } from './platform/telemetry/metrics.js';

/** Reports a log that cannot be written: the reason at `/health/ready`, the number of dropped lines as a metric. */
export function watchLog(app: INestApplication): void {
  const readiness = app.get(Readiness);
  logOutput.watch((trouble) => readiness.trouble('log', trouble));
  new Counter({
    name: 'log_lines_dropped_total',
    help: 'Lines of the log that could not be written.',
    registers: [app.get(Metrics).registry],
    collect() {
      this.reset();
      this.inc(logOutput.dropped);
    },
  });
}
