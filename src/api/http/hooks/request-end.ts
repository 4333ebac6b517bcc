import { type FastifyReply, type FastifyRequest, type onRequestHookHandler } from 'fastify';
import { type Logger } from '../../../platform/telemetry/logger.js';
import { type Metrics } from '../../../platform/telemetry/metrics.js';
import { isHealthRoute } from '../health/health.controller.js';

/** The logged status of a request whose caller disconnected before the answer was written. It is never sent. */
const clientClosedRequest = 499;

/**
 * At the end of each request: ends what the request waits for if its caller has disconnected, and logs and counts it once, by its
 * route template. Paths and bodies of requests appear in neither.
 */
export function followRequests(log: Logger, metrics: Metrics): onRequestHookHandler {
  const record = ({ method, ctx, routeOptions }: FastifyRequest, status: number) => {
    const route = routeOptions.url ?? 'unmatched';
    const elapsedMs = performance.now() - ctx.begunAt;
    metrics.request(method, route, status, elapsedMs / 1000);
    const level = isHealthRoute(route) ? 'debug' : 'info';
    if (!log.isLevelEnabled(level)) return;
    log[level](
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
  };
  const end = (request: FastifyRequest, { raw }: FastifyReply) => {
    if (!raw.writableFinished) request.ctx.hangUp();
    record(request, raw.writableFinished ? raw.statusCode : clientClosedRequest);
  };
  return (request, reply, done) => {
    // Not `onResponse`: Fastify does not run it when the caller disconnects.
    reply.raw.on('close', () => end(request, reply));
    done();
  };
}
