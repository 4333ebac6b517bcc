import { type FastifyReply, type FastifyRequest, type onRequestHookHandler } from 'fastify';
import { type Logger } from '../../../platform/telemetry/logger.js';
import { type Metrics } from '../../../platform/telemetry/metrics.js';
import { isHealthRoute } from '../health/health.controller.js';

/** The logged status of a request whose caller disconnected before the answer was written. It is never sent. */
const clientClosedRequest = 499;

/** Logs and counts each request once, by its route template: paths and bodies of requests appear in neither. */
export function logRequests(log: Logger, metrics: Metrics): onRequestHookHandler {
  const record = ({ method, ctx, routeOptions }: FastifyRequest, { raw, statusCode }: FastifyReply) => {
    const route = routeOptions.url ?? 'unmatched';
    const status = raw.writableFinished ? statusCode : clientClosedRequest;
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
        ...(ctx.cacheOutcomes.length > 0 && { cache: ctx.cacheOutcomes.map(({ how }) => how) }),
        ...(ctx.graphql && { operation: ctx.graphql.name, documentHash: ctx.graphql.hash }),
        ...(ctx.change?.operationId && { operationId: ctx.change.operationId }),
        ...(ctx.change?.audited && { audit: ctx.change.audited }),
      },
      'request',
    );
  };
  return (request, reply, done) => {
    // Not `onResponse`: Fastify does not run it when the caller disconnects.
    reply.raw.on('close', () => record(request, reply));
    done();
  };
}
