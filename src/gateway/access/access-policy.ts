import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Identity } from '../request/identity.js';
import { type RequestContext } from '../request/request-context.js';
import { type Call } from '../../domain/cloudflare/operations.js';

/** Decides who may make which call. It is the first step of both pipelines. */
export abstract class AccessPolicy {
  /** Changes with each change of who may make which call. */
  abstract readonly version: string;

  /** @throws GatewayError `credentials_missing`, `credentials_malformed` if the call is not allowed */
  abstract allow(ctx: RequestContext, call: Pick<Call, 'operation' | 'params'>): Identity;

  /** As `allow`, but null if the call is not allowed. */
  allowed(ctx: RequestContext, call: Pick<Call, 'operation' | 'params'>): Identity | null {
    try {
      return this.allow(ctx, call);
    } catch (error) {
      if (error instanceof GatewayError) return null;
      throw error;
    }
  }
}
