import { Injectable } from '@nestjs/common';
import { type Credential } from '../../domain/cloudflare/credential.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type RequestContext } from '../request/request-context.js';
import { AccessPolicy, type AuditView } from './access-policy.js';

/** Forwards the credential of the client. Cloudflare decides what it may do. */
@Injectable()
export class PassThrough extends AccessPolicy {
  override readonly isUpToCloudflare = true;
  override readonly version = '';

  override allow({ identity }: RequestContext): Credential {
    if (identity instanceof GatewayError) throw identity;
    if (identity.kind === 'principal') throw new Error('Callers have credentials of Cloudflare here.');
    return identity.credential;
  }

  override allowAudit(ctx: RequestContext, zoneId: string | null): AuditView {
    this.allow(ctx);
    if (zoneId !== null) return 'masked';
    throw new GatewayError(
      'forbidden',
      'Events of all zones are shown to auditors alone, whom MODE=managed has: name a zone.',
    );
  }

  override rightsOf(): null {
    return null;
  }

  override begin(): Promise<void> {
    return Promise.resolve();
  }

  override refused(): null {
    return null;
  }
}
