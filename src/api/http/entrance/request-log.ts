import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { LOG, type Logger } from '../../../platform/telemetry/logger.js';
import { Metrics } from '../../../platform/telemetry/metrics.js';
import { isHealthRoute } from './health-route.js';

/** The logged status of a request whose caller disconnected before the answer was written. It is never sent. */
const clientClosedRequest = 499;

/** Logs and counts each request once, by its route template. Paths and bodies of requests appear in neither. */
@Injectable()
export class RequestLog {
  constructor(
    @Inject(LOG) private readonly log: Logger,
    private readonly metrics: Metrics,
  ) {}

  /** Waits for the end of a request. If its caller has disconnected, ends what it waits for. */
  follow(request: IncomingMessage, response: ServerResponse): void {
    // Not Fastify's `onResponse`: it does not run when the caller disconnects.
    response.on('close', () => {
      const isAnswered = response.writableFinished;
      if (!isAnswered) request.ctx.hangUp();
      this.record(request, isAnswered ? response.statusCode : clientClosedRequest);
    });
  }

  private record({ method = '', ctx, route = 'unmatched' }: IncomingMessage, status: number): void {
    const elapsedMs = performance.now() - ctx.begunAt;
    this.metrics.request(method, route, status, elapsedMs / 1000);
    const level = isHealthRoute(route) ? 'debug' : 'info';
    if (!this.log.isLevelEnabled(level)) return;
    this.log[level](
      {
        requestId: ctx.requestId,
        method,
        route,
        status,
        durationMs: Math.round(elapsedMs * 10) / 10,
        ...(ctx.upstreamOutcomes.length > 0 && { upstream: ctx.upstreamOutcomes }),
        ...(ctx.readOutcomes.length > 0 && { cache: ctx.readOutcomes.map(({ cache }) => cache.how) }),
        ...(ctx.graphql && { operation: ctx.graphql.name, documentHash: ctx.graphql.hash }),
        ...(ctx.change?.operationId && { operationId: ctx.change.operationId }),
        ...(ctx.change?.audited && { audit: ctx.change.audited }),
      },
      'request',
    );
  }
}
