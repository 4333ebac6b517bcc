import { Injectable } from '@nestjs/common';
import { type RequestContext } from '../request/request-context.js';
import { credentialFrom, type Credential } from './credential-from.js';

/**
 * Who may call, and as whom Cloudflare is asked. In pass-through mode the caller's own credential is forwarded and
 * Cloudflare decides what it may do, so all that is decided here is whether there is one.
 */
@Injectable()
export class AccessService {
  /** @throws GatewayError `credentials_missing`, `credentials_malformed` */
  allow(ctx: RequestContext): Credential {
    return credentialFrom(ctx.headers);
  }
}
