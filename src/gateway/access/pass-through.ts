import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Identity } from '../request/identity.js';
import { type RequestContext } from '../request/request-context.js';
import { AccessPolicy } from './access-policy.js';

/**
 * The credential of the client is forwarded, and Cloudflare decides what it may do: here is decided only whether there is
 * one.
 */
@Injectable()
export class PassThrough extends AccessPolicy {
  override allow({ identity }: RequestContext): Identity {
    if (identity instanceof GatewayError) throw identity;
    return identity;
  }
}
