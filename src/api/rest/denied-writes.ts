import { type onSendHookHandler } from 'fastify';
import { type AuditLog } from '../../gateway/audit/log/audit-log.js';

/** Records in the audit log each change that ends before it was begun: it was refused, wherever that was. */
export function auditDeniedWrites(audit: AuditLog): onSendHookHandler {
  // Not when the connection is closed: a change goes on when its client disconnects.
  return ({ ctx, params, routeOptions }, reply, payload, done) => {
    const { change } = ctx;
    if (routeOptions.config.operation && change?.operationId === null) {
      const { reason = 'unknown', codes = [] } = change.refusal ?? {};
      const { zone_id: zoneId, certificate_id: certificateId } = params as Record<string, unknown>;
      const asked = { entry: 'rest', action: change.operation.name, zoneId, certificateId } as const;
      audit.denied(ctx, asked, { http_status: reply.statusCode, codes, reason });
    }
    done(null, payload);
  };
}
