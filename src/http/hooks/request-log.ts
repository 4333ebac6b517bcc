import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Logger } from '../../logging/logger.js';
import { type Metrics } from '../../metrics/metrics.js';

/** What a line says of a caller that hung up before it was answered; no such status is ever sent. */
const clientClosedRequest = 499;

/** One line and one observation a request, by the template of its route: what was sent is in neither. */
export function logRequests(instance: FastifyInstance, log: Logger, metrics: Metrics): void {
  const record = ({ method, ctx, routeOptions }: FastifyRequest, { raw, statusCode }: FastifyReply) => {
    const route = routeOptions.url ?? 'unmatched';
    const status = raw.writableFinished ? statusCode : clientClosedRequest;
    const elapsedMs = performance.now() - ctx.begunAt;
    metrics.request(method, route, status, elapsedMs / 1000);
    const level = route.startsWith('/health/') ? 'debug' : 'info';
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
        ...(ctx.operationId && { operationId: ctx.operationId }),
        ...(ctx.audited && { audit: ctx.audited }),
      },
      'request',
    );
  };
  instance.addHook('onRequest', (request, reply, done) => {
    // Not `onResponse`: that one does not come when a caller hangs up.
    reply.raw.on('close', () => record(request, reply));
    done();
  });
}
