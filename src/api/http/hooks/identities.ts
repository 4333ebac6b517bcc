import { type FastifyRequest, type onRequestHookHandler } from 'fastify';
import { type Identification } from '../../../gateway/access/identification.js';
import { forbidden } from '../../../gateway/access/refusals.js';
import { type AuditLog } from '../../../gateway/audit/log/audit-log.js';
import { ForeignCredential } from '../../../gateway/request/foreign-credential.js';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { graphqlPath } from '../../graphql/schema/graphql-path.js';
import { isForPage, ruleOf } from './route-rules.js';

/** Refuses a request whose sender has to be known and is not, before anything runs. */
export function requireIdentity({ isRequired }: Identification, audit: AuditLog): onRequestHookHandler {
  const check = async (request: FastifyRequest): Promise<void> => {
    const rule = ruleOf(request.routeOptions);
    if (rule === 'anyone' || isForPage(request)) return;
    const identity = await request.ctx.identify();
    if (identity instanceof GatewayError) {
      record(request, identity, audit);
      throw identity;
    }
    if (rule === null) throw forbidden();
  };
  return (request, _reply, done) => {
    if (isRequired) void check(request).then(() => done(), done);
    else done();
  };
}

/** Where no change is known that would be recorded as denied: the document of an operation is not read. */
function record(
  { ctx, routeOptions: { url } }: FastifyRequest,
  refusal: GatewayError,
  audit: AuditLog,
): void {
  const isForeign = refusal instanceof ForeignCredential;
  const isOperation = url === graphqlPath;
  if (!isOperation && (!isForeign || ctx.change)) return;
  const asked = { entry: isOperation ? 'graphql' : 'rest', action: 'access.identify' } as const;
  audit.denied(ctx, asked, {
    http_status: 401,
    codes: [],
    reason: isForeign ? 'foreign_credential' : refusal.kind,
  });
}
