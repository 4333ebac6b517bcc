import { type Credential } from '../../domain/cloudflare/credential.js';
import { type ErrorDetails, GatewayError } from '../../platform/errors/gateway-error.js';

/** The refusal of a credential of Cloudflare, sent where none is taken. It is recorded by its fingerprint, and never used. */
export class ForeignCredential extends GatewayError {
  constructor(
    readonly credential: Credential,
    message: string,
    details: ErrorDetails,
  ) {
    super('unauthenticated', message, details);
  }
}
