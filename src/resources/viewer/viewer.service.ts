import { Injectable } from '@nestjs/common';
import { type Action } from '../../gateway/access/actions.js';
import { AccessPolicy } from '../../gateway/access/access-policy.js';
import { callerOf } from '../../gateway/audit/log/caller.js';
import { AuditKeys } from '../../gateway/audit/record/keys.js';
import { type RequestContext } from '../../gateway/request/request-context.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type ViewerFields } from './viewer.schema.js';

/** The caller of a request. No call to Cloudflare is made. */
@Injectable()
export class ViewerService {
  constructor(
    private readonly access: AccessPolicy,
    private readonly keys: AuditKeys,
  ) {}

  /** @throws GatewayError if the caller is not known */
  get(ctx: RequestContext): ViewerFields {
    if (ctx.identity instanceof GatewayError) throw ctx.identity;
    const { actor } = callerOf(ctx, this.keys, false);
    const rights = this.access.rightsOf(ctx);
    return {
      actor: actor?.id ?? '',
      name: actor?.name ?? null,
      roles: [...(rights?.roles ?? [])],
      zones: [...(rights?.zones ?? [])],
    };
  }

  /** What the caller may do in a zone. Empty where Cloudflare decides. */
  actionsIn(ctx: RequestContext, zoneId: string): Action[] {
    return [...(this.access.rightsOf(ctx)?.actionsIn(zoneId) ?? [])];
  }
}
