import { Injectable } from '@nestjs/common';
import { AccessPolicy } from '../access/access-policy.js';
import { Places } from '../cache/place.js';
import { ZoneCache } from '../cache/zone-cache.js';
import { CallLimit } from '../limits/call-limit.js';
import { Metrics } from '../../platform/telemetry/metrics.js';
import { type RequestContext } from '../request/request-context.js';
import { type Credential } from '../../domain/cloudflare/credential.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { type Call, tokenVerification } from '../../domain/cloudflare/operations.js';
import { explain } from '../upstream/policies/explain.js';
import { limitReads } from '../upstream/policies/limit-reads.js';
import { observe } from '../upstream/policies/observe.js';
import { pace } from '../upstream/policies/pace.js';
import { type OutgoingCall, type Policy, type Send } from '../upstream/policies/policy.js';
import { resendReads } from '../upstream/policies/resend-reads.js';
import { takeTurns } from '../upstream/policies/turns.js';
import { Transport } from '../upstream/transport.js';
import { Admissions } from './admissions.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { refusalIn } from '../../domain/cloudflare/verdict.js';
import { heedRefusals } from './heed-refusals.js';

const verifiedWithinMs = 5000;

/** The only way to Cloudflare. Every call passes the policies below, in their order. */
@Injectable()
export class CloudflareCalls {
  private readonly heed: ReturnType<typeof heedRefusals>;
  private readonly pass: Send;

  constructor(
    private readonly transport: Transport,
    private readonly places: Places,
    private readonly access: AccessPolicy,
    cache: ZoneCache,
    admissions: Admissions,
    limit: CallLimit,
    metrics: Metrics,
  ) {
    this.heed = heedRefusals(cache, places, admissions, !access.isUpToCloudflare);
    const policies: Policy[] = [
      limitReads(limit),
      takeTurns(metrics),
      pace(),
      observe(metrics),
      explain(transport.isProxied),
      resendReads,
    ];
    const send: Send = (outgoing) => transport.send(outgoing);
    this.pass = policies.reduceRight<Send>((next, policy) => (outgoing) => policy(outgoing, next), send);
  }

  /**
   * Resolves to Cloudflare's answer, refusals included.
   *
   * @param signal ends a read early
   * @throws GatewayError `malformed_identifier`, `rate_limited`, `overloaded`, `upstream_unreachable`, `upstream_timeout`,
   * `upstream_invalid`, `outcome_unknown`; the reason of the signal
   */
  async send(ctx: RequestContext, credential: Credential, call: Call, signal?: AbortSignal): Promise<Answer> {
    const outgoing: OutgoingCall = {
      ctx,
      credential,
      call,
      signal,
      url: this.transport.urlOf(call),
      caller: this.places.caller(ctx, credential),
      withinMs: this.transport.withinMs(call),
      connection: call.operation.kind === 'read' ? 'kept' : 'fresh',
    };
    const answer = await this.heed(this.places.credential(credential), call, () => this.pass(outgoing));
    const refused = this.refusedCredential(answer, credential);
    if (refused)
      throw new GatewayError(refused.kind, refused.message, { ...refused.details, answered: answer.said });
    return answer;
  }

  /** A credential of the gateway is verified again where Cloudflare's answer may be about it. */
  private refusedCredential({ said }: Answer, credential: Credential): GatewayError | null {
    const mayBeOfCredential = refusalIn(said) === 'of the credential';
    const refused = mayBeOfCredential ? this.access.refused(credential) : null;
    return refusalIn(said, true) === 'of the credential' ? refused : null;
  }

  /**
   * Resolves to what Cloudflare says of an API token. No refusal is heeded, because it says nothing of the token: one that an
   * account owns is refused with 401, and is valid.
   *
   * @throws GatewayError as `send` does
   */
  async verifyToken(ctx: RequestContext, credential: Credential, accountId?: string): Promise<Answer> {
    const call = tokenVerification(accountId);
    return this.pass({
      ctx,
      credential,
      call,
      signal: undefined,
      url: this.transport.urlOf(call),
      caller: this.places.credential(credential),
      withinMs: verifiedWithinMs,
      // A kept connection is left to the read that admits the change.
      connection: 'fresh',
    });
  }
}
