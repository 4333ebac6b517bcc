import { type IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { LOG, type Logger } from '../../../platform/telemetry/logger.js';
import { Metrics } from '../../../platform/telemetry/metrics.js';
import { isHealthRoute } from './health-route.js';

/** Logs and counts each request once, by its route template. Paths and bodies of requests appear in neither. */
@Injectable()
export class RequestLog {
  constructor(
    @Inject(LOG) private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  record({ method = '', ctx, route = 'unmatched' }: IncomingMessage, status: number): void {
    const elapsedMs = performance.now() - ctx.begunAt;
    this.metrics.request(method, route, status, elapsedMs / 1000);
    for (const field of ctx.graphql?.deprecatedFields ?? []) this.metrics.deprecatedField(field);
    const level = isHealthRoute(route) ? 'debug' : 'info';
    if (!this.log.isLevelEnabled(level)) return;
    const ip = ctx.client.address;
    this.log[level](
      {
        requestId: ctx.requestId,
        ...(ip !== '' && { ip }),
        method,
        route,
        status,
        durationMs: Math.round(elapsedMs * 10) / 10,
        ...(ctx.upstreamOutcomes.length > 0 && { upstream: ctx.upstreamOutcomes }),
        ...(ctx.readOutcomes.length > 0 && { cache: ctx.readOutcomes.map(({ cache }) => cache.how) }),
        ...(ctx.graphql && { operation: ctx.graphql.name, documentHash: ctx.graphql.hash }),
        ...(ctx.change?.operationId && { operationId: ctx.change.operationId }),
        ...(ctx.change?.receipt && { audit: ctx.change.receipt }),
      },
      'request',
    );
  }
}
