import { type FastifyInstance } from 'fastify';
import { type Logger } from '../logging/logger.js';
import { type Metrics } from '../metrics/metrics.js';

/** One line and one observation a request, by the template of its route: what was sent is in neither. */
export function logRequests(instance: FastifyInstance, log: Logger, metrics: Metrics): void {
  instance.addHook('onResponse', (request, reply, done) => {
    const { method, ctx } = request;
    const route = request.routeOptions.url ?? 'unmatched';
    const durationMs = Math.round(reply.elapsedTime * 10) / 10;
    metrics.request(method, route, reply.statusCode, reply.elapsedTime / 1000);
    log[route.startsWith('/health/') ? 'debug' : 'info'](
      {
        requestId: ctx.requestId,
        method,
        route,
        status: reply.statusCode,
        durationMs,
        ...(ctx.upstreamOutcomes.length > 0 && { upstream: ctx.upstreamOutcomes }),
        ...(ctx.operationId && { operationId: ctx.operationId }),
      },
      'request',
    );
    done();
  });
}
