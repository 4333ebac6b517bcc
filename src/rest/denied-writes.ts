import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type AuditLog } from '../audit/log/audit-log.js';
import { type Target } from '../audit/record/event.js';
import { identifierProblem } from '../upstream/call-url.js';
import { type Operation, operations } from '../upstream/operations.js';
import { zoneRoute } from './openapi.js';

const writes = new Map<string, Operation>(
  Object.values(operations)
    .filter(({ kind }) => kind === 'write')
    .map((operation) => [`${operation.method} ${zoneRoute}${operation.path}`, operation]),
);

/** A change that ends without having been intended was refused, wherever that was: it leaves that in the audit log. */
export function auditDeniedWrites(instance: FastifyInstance, audit: AuditLog): void {
  instance.addHook('onRoute', (route) => {
    const operation = writes.get(`${String(route.method)} ${route.url}`);
    if (!operation) return;
    // Not when the connection is closed: whoever hangs up early may have a change made all the same.
    route.onSend = (request, reply, payload, done) => {
      const { ctx } = request;
      if (ctx.operationId === null) {
        const { reason = 'unknown', codes = [] } = ctx.refusal ?? {};
        const result = { http_status: reply.statusCode, codes, reason };
        audit.denied(ctx, { entry: 'rest', action: operation.name, ...targetOf(request) }, result);
      }
      done(null, payload);
    };
  });
}

/** What is no identifier is not written down: it may be anything. */
function targetOf({ params }: FastifyRequest): { target?: Target } {
  const { zone_id, certificate_id } = params as Partial<Record<string, string>>;
  if (zone_id === undefined || identifierProblem('zone_id', zone_id)) return {};
  const isId = certificate_id !== undefined && !identifierProblem('certificate_id', certificate_id);
  return { target: { zone_id, ...(isId && { certificate_id: certificate_id.toLowerCase() }) } };
}
