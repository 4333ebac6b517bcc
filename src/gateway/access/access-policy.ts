import { type Call } from '../../domain/cloudflare/operations.js';
import { type Credential } from '../../domain/cloudflare/credential.js';
import { type Action } from './actions.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type RequestContext } from '../request/request-context.js';

/** What a call is allowed by. */
export type AllowedCall = Pick<Call, 'operation' | 'params'>;

/** What Cloudflare says of a token. */
export type TokenVerdict =
  | { readonly status: 'active'; readonly id: string | null; readonly expiresAt: Date | null }
  | { readonly status: 'refused'; readonly reason: string }
  /** Cloudflare did not answer, or not as it should. */
  | { readonly status: 'unknown'; readonly reason: string };

/** @param accountId of the account that owns the token; a user owns it without one */
export type VerifyToken = (credential: Credential, accountId: string | undefined) => Promise<TokenVerdict>;

/** Of the events of a zone: all members, or those of others without what names them. */
export type AuditView = 'whole' | 'masked';

/** What a caller may do. */
export interface CallerRights {
  readonly roles: readonly string[];
  /** The zones that are granted by their ids, and `*` if all are. */
  readonly zones: readonly string[];
  actionsIn(zoneId: string): ReadonlySet<Action>;
}

/** Decides who may make which call. It is the first step of both pipelines. */
export abstract class AccessPolicy {
  /** Whether Cloudflare decides what a caller may do, and is asked before a change. Else the gateway decides. */
  abstract readonly isUpToCloudflare: boolean;

  /** Changes with each change of who may make which call. */
  abstract readonly version: string;

  /**
   * The credential that the call is to be made with.
   *
   * @throws GatewayError `credentials_missing`, `credentials_malformed`, `unauthenticated`, `forbidden`
   */
  abstract allow(ctx: RequestContext, call: AllowedCall): Credential;

  /**
   * How a caller may see the audit events of a zone.
   *
   * @param zoneId null: of all zones
   * @throws GatewayError as `allow` does
   */
  abstract allowAudit(ctx: RequestContext, zoneId: string | null): AuditView;

  /**
   * What a caller may do; null where Cloudflare decides.
   *
   * @throws GatewayError if the caller is not known
   */
  abstract rightsOf(ctx: RequestContext): CallerRights | null;

  /** As `allow`, but null if the call is not allowed. */
  allowed(ctx: RequestContext, call: AllowedCall): Credential | null {
    try {
      return this.allow(ctx, call);
    } catch (error) {
      if (error instanceof GatewayError) return null;
      throw error;
    }
  }

  /** Begins to look after the credentials of the gateway itself, if it has its own. */
  abstract begin(verify: VerifyToken): Promise<void>;

  /** Called when Cloudflare may have refused the credential itself. Returns the error for the caller; null: Cloudflare's answer is given. */
  abstract refused(credential: Credential): GatewayError | null;
}
