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
    const { identity } = ctx;
    if (identity instanceof GatewayError) throw identity;
    const isNamed = identity.kind === 'principal';
    // What a credential of Cloudflare says of its holder is not verified here.
    const { fingerprint = '' } = callerOf(ctx, this.keys, false).actor ?? {};
    const rights = this.access.rightsOf(ctx);
    return {
      actor: isNamed ? identity.id : fingerprint,
      name: isNamed ? identity.name : null,
      roles: [...(rights?.roles ?? [])],
      zones: [...(rights?.zones ?? [])],
    };
  }

  /** What the caller may do in a zone. Empty where Cloudflare decides. */
  actionsIn(ctx: RequestContext, zoneId: string): Action[] {
    return [...(this.access.rightsOf(ctx)?.actionsIn(zoneId) ?? [])];
  }
}
