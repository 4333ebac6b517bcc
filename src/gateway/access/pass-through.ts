import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Identity } from '../request/identity.js';
import { type RequestContext } from '../request/request-context.js';
import { AccessPolicy } from './access-policy.js';

/** Forwards the credential of the client. Cloudflare decides what it may do. */
@Injectable()
export class PassThrough extends AccessPolicy {
  override readonly version = '';

  override allow({ identity }: RequestContext): Identity {
    if (identity instanceof GatewayError) throw identity;
    return identity;
  }
}
