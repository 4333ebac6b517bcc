import { randomUUIDv7 } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessService } from '../access/access.service.js';
import { type Credential } from '../access/credential.js';
import { AuditLog } from '../audit/log/audit-log.js';
import { type State, type States } from '../audit/record/event.js';
import { type ReadBefore, readsBefore, statesOf } from '../audit/log/states.js';
import { Places } from '../cache/place.js';
import { StoreUnavailable } from '../cache/store.js';
import { ZoneCache } from '../cache/zone-cache.js';
import { type RequestContext } from '../context/request-context.js';
import { awayError } from '../errors/away-error.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type Answer } from '../upstream/answer.js';
import { type Call, questionOf } from '../upstream/operations.js';
import { saidBy } from '../upstream/verdict.js';
import { AskUpstream } from './ask-upstream.js';
import { InFlight } from './in-flight.js';
import { type Pair, RefusedChanges } from './refused-changes.js';
import { ZoneAdmission } from './zone-admission.js';

/** A change may name thousands of hostnames, and a look at what is kept of each keeps other requests waiting. */
const mostReadsBefore = 500;

/** Every change at Cloudflare takes these steps. */
@Injectable()
export class WritePipeline {
  constructor(
    private readonly access: AccessService,
    private readonly admission: ZoneAdmission,
    private readonly refusedChanges: RefusedChanges,
    private readonly places: Places,
    private readonly cache: ZoneCache,
    private readonly audit: AuditLog,
    private readonly upstream: AskUpstream,
    private readonly inFlight: InFlight,
  ) {}

  /**
   * Resolves to whatever Cloudflare answered, refusals included.
   *
   * @param check refuses by throwing, once it is known that the caller may call at all
   * @throws GatewayError
   */
  async run(ctx: RequestContext, call: Call, check?: () => void): Promise<Answer> {
    const credential = this.access.allow(ctx);
    check?.();
    // Else any made-up token could empty the cache of any zone.
    const refusal = await this.admission.admit(ctx, call.params.zone_id).catch((error: unknown) => {
      throw ofTheChange(error);
    });
    if (refusal) {
      ctx.refusal = { reason: 'not_admitted', codes: refusal.said.codes };
      return refusal;
    }
    return this.refusedChanges.run(
      this.pairOf(credential, call),
      () => {
        const operationId = (ctx.operationId = randomUUIDv7());
        return this.inFlight.track(this.change(ctx, credential, call, operationId));
      },
      (refusal) => (ctx.refusal = { reason: 'refused_before', codes: saidBy(refusal)?.codes ?? [] }),
    );
  }

  private pairOf(credential: Credential, { params }: Call): Pair {
    return { who: this.places.credential(credential), zone: this.places.zone(params.zone_id) };
  }

  /** Intent, fence, call, outcome, and the fence is down again: whatever the caller does meanwhile. */
  private async change(
    ctx: RequestContext,
    credential: Credential,
    call: Call,
    operationId: string,
  ): Promise<Answer> {
    const intended = await this.audit.intend(ctx, call, operationId, (target) =>
      this.before(ctx, credential, readsBefore(call, target)),
    );
    try {
      return await this.cache.change(this.places.zone(call.params.zone_id), async () => {
        try {
          const answer = await this.upstream.send(ctx, credential, call);
          await this.audit.answered(ctx, intended, answer);
          return answer;
        } catch (error) {
          await this.audit.failed(ctx, intended, error);
          throw error;
        }
      });
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      await this.audit.takeBack(ctx, intended, 'cache_fence_unavailable');
      throw fenceError(error);
    } finally {
      // What this request has read may be as it was before.
      ctx.reads.clear();
    }
  }

  /** How things stand, as far as it is kept for this caller: nobody is asked for it. */
  private async before(
    ctx: RequestContext,
    credential: Credential,
    reads: readonly ReadBefore[],
  ): Promise<States | null> {
    const looks = reads.slice(0, mostReadsBefore).map(async ({ read, subjects }) => {
      const question = questionOf(read, ctx.apiVersion);
      const answer = await this.cache.peek(this.places.of(credential, read.params.zone_id, question));
      return answer?.ok ? Object.entries(statesOf(answer.envelope.result, subjects) ?? {}) : [];
    });
    const known = new Map<string, State>();
    for (const [name, state] of (await Promise.all(looks)).flat()) {
      if (!known.has(name)) known.set(name, state);
    }
    return known.size > 0 ? Object.fromEntries(known) : null;
  }
}

/** The failure of a read, as that of the change which it stood before: what may be sent again of the one may of the other. */
function ofTheChange(error: unknown): unknown {
  if (!(error instanceof GatewayError)) return error;
  return new GatewayError(error.kind, `${error.message} Nothing was changed.`, error.details);
}

function fenceError(error: StoreUnavailable): GatewayError {
  return awayError('cache_fence_unavailable', {
    what: 'The cache cannot be told of a change',
    effect: ', so nothing was sent',
    isLasting: error.isLasting,
    cause: error,
  });
}
