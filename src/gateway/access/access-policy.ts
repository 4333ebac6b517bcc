import { type Identity } from '../request/identity.js';
import { type RequestContext } from '../request/request-context.js';
import { type Call } from '../../domain/cloudflare/operations.js';

/** Who may make which call. Both pipelines ask it before anything else. */
export abstract class AccessPolicy {
  /**
   * Who makes the call, where that is allowed.
   *
   * @throws GatewayError `credentials_missing`, `credentials_malformed`
   */
  abstract allow(ctx: RequestContext, call: Pick<Call, 'operation' | 'params'>): Identity;
}
