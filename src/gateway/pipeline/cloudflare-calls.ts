import { Injectable } from '@nestjs/common';
import { Places } from '../cache/place.js';
import { ZoneCache } from '../cache/zone-cache.js';
import { Metrics } from '../../platform/telemetry/metrics.js';
import { type Identity } from '../request/identity.js';
import { type RequestContext } from '../request/request-context.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { type Call } from '../../domain/cloudflare/operations.js';
import { explain } from '../upstream/policies/explain.js';
import { observe } from '../upstream/policies/observe.js';
import { pace } from '../upstream/policies/pace.js';
import { type Policy, type Send } from '../upstream/policies/policy.js';
import { resendReads } from '../upstream/policies/resend-reads.js';
import { takeTurns } from '../upstream/policies/turns.js';
import { Transport } from '../upstream/transport.js';
import { Admissions } from './admissions.js';
import { heedRefusals } from './heed-refusals.js';

/** The only way to Cloudflare. Every call passes the policies below, in their order. */
@Injectable()
export class CloudflareCalls {
  private readonly pass: Send;

  constructor(
    private readonly transport: Transport,
    private readonly places: Places,
    cache: ZoneCache,
    admissions: Admissions,
    metrics: Metrics,
  ) {
    const policies: Policy[] = [
      heedRefusals(cache, places, admissions),
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
   * @throws GatewayError `malformed_identifier`, `overloaded`, `upstream_unreachable`, `upstream_timeout`,
   * `upstream_invalid`, `outcome_unknown`; the reason of the signal
   */
  async send(ctx: RequestContext, identity: Identity, call: Call, signal?: AbortSignal): Promise<Answer> {
    return this.pass({
      ctx,
      identity,
      call,
      signal,
      url: this.transport.urlOf(call),
      who: this.places.credential(identity.credential),
      withinMs: this.transport.withinMs(call),
      connection: call.operation.kind === 'read' ? 'kept' : 'fresh',
    });
  }
}
