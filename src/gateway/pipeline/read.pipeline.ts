import { Injectable } from '@nestjs/common';
import { AccessPolicy } from '../access/access-policy.js';
import { Places } from '../cache/place.js';
import { type Place, type Refresh } from '../cache/store/store.js';
import { ZoneCache } from '../cache/zone-cache.js';
import { CallLimit } from '../limits/call-limit.js';
import { type RequestContext } from '../request/request-context.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Metrics } from '../../platform/telemetry/metrics.js';
import { type Credential } from '../../domain/cloudflare/credential.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { type Call, questionOf } from '../../domain/cloudflare/operations.js';
import { CloudflareCalls } from './cloudflare-calls.js';

/** Different reads of one request. The limits of GraphQL do not bound what mutations read in addition. */
const mostReads = 100;

/** Every read of Cloudflare takes these steps. */
@Injectable()
export class ReadPipeline {
  constructor(
    private readonly access: AccessPolicy,
    private readonly places: Places,
    private readonly cache: ZoneCache,
    private readonly calls: CloudflareCalls,
    private readonly limit: CallLimit,
    private readonly metrics: Metrics,
  ) {}

  /**
   * The kept answer, if it is known to be valid without asking any other process; else null.
   *
   * @param call the same object each time that the call is made
   */
  kept(ctx: RequestContext, call: Call): Answer | null {
    const { client } = ctx;
    const credential = client.wantsFresh ? null : this.access.allowed(ctx, call);
    if (!credential) return null;
    const place =
      client.apiVersion === undefined
        ? this.places.ofKnown(credential, call)
        : this.placeOf(credential, call, questionOf(call, client.apiVersion));
    const answer = this.cache.kept(place);
    if (answer) this.count(ctx, call, answer);
    return answer;
  }

  /**
   * Resolves to Cloudflare's answer, refusals included. Equal reads of one request are made once.
   *
   * @param options.refresh ignores the cache and the earlier reads of this request
   * @throws GatewayError
   */
  run(ctx: RequestContext, call: Call, { refresh = false } = {}): Promise<Answer> {
    const question = questionOf(call, ctx.client.apiVersion);
    const begun = ctx.reads.get(question) as Promise<Answer> | undefined;
    if (begun && !refresh) return begun;
    const read = this.read(ctx, call, question, refresh ? { for: 'gateway' } : refreshOf(ctx));
    ctx.reads.set(question, read);
    return read;
  }

  private async read(
    ctx: RequestContext,
    call: Call,
    question: string,
    refresh: Refresh | null,
  ): Promise<Answer> {
    const credential = this.access.allow(ctx, call);
    if (ctx.reads.size >= mostReads) {
      throw new GatewayError('too_many_calls', `One request may ask Cloudflare at most ${mostReads} things.`);
    }
    const { version } = this.access;
    const answer = await this.cache.read({
      place: this.placeOf(credential, call, question),
      operation: call.operation,
      refresh,
      // A change, and each of its reads, goes on when the client disconnects.
      signal: () => (ctx.change ? undefined : ctx.signal),
      isUsedUp: () => this.limit.isUsedUp(ctx, credential),
      fetch: (signal) => this.calls.send(ctx, credential, call, signal),
    });
    // Cloudflare may take long to answer, and the caller may have lost the right meanwhile.
    if (this.access.version !== version) this.access.allow(ctx, call);
    this.count(ctx, call, answer);
    return answer.ok ? answer : answer.to(call.operation);
  }

  private placeOf(credential: Credential, { params }: Call, question: string): Place {
    return this.places.of(credential, params.zone_id, question);
  }

  private count(ctx: RequestContext, call: Call, { cache }: Answer): void {
    if (!cache) return;
    ctx.readOutcomes.push({ call, cache });
    this.metrics.read(call.operation.name, cache.how);
  }
}

function refreshOf(ctx: RequestContext): Refresh | null {
  return ctx.client.wantsFresh ? { for: 'client', renewal: ctx.renewal } : null;
}
