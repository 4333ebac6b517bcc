import { randomUUIDv7 } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccessPolicy } from '../access/access-policy.js';
import { auditedOf, targetOf } from '../audit/log/audited-operations.js';
import { AuditLog, type Intended } from '../audit/log/audit-log.js';
import { type State, type States } from '../audit/record/event.js';
import { statesOf } from '../audit/log/states.js';
import { Places } from '../cache/place.js';
import { type Fence } from '../cache/fence.js';
import { ZoneCache } from '../cache/zone-cache.js';
import { awayError } from '../../platform/errors/away-error.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { StoreUnavailable } from '../../platform/errors/store-unavailable.js';
import { CallLimit } from '../limits/call-limit.js';
import { type BegunChange, Change } from '../request/change.js';
import { type RequestContext } from '../request/request-context.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { type Call, type Operation, questionOf } from '../../domain/cloudflare/operations.js';
import { saidBy } from '../../domain/cloudflare/verdict.js';
import { CloudflareCalls } from './cloudflare-calls.js';
import { RefusedChanges } from './refused-changes.js';
import { ZoneAdmission } from './zone-admission.js';

/** A change may name thousands of hostnames, and each lookup delays other requests. */
const mostReadsBefore = 500;

/** Every change at Cloudflare takes these steps. */
@Injectable()
export class WritePipeline {
  /** The changes that have begun: each is completed, also if the client disconnects or the process stops. */
  private readonly begun = new Set<Promise<unknown>>();

  constructor(
    private readonly access: AccessPolicy,
    private readonly admission: ZoneAdmission,
    private readonly refusedChanges: RefusedChanges,
    private readonly places: Places,
    private readonly cache: ZoneCache,
    private readonly audit: AuditLog,
    private readonly calls: CloudflareCalls,
    private readonly limit: CallLimit,
  ) {}

  /**
   * Resolves to Cloudflare's answer, refusals included.
   *
   * @param check refuses by throwing, after the client is known to be allowed to make this call
   * @throws GatewayError
   */
  async run(ctx: RequestContext, call: Call, check?: () => void): Promise<Answer> {
    const change = (ctx.change ??= new Change(call.operation));
    const credential = this.access.allow(ctx, call);
    check?.();
    // Else an invalid token could empty the cache of any zone.
    const { operation, params } = call;
    const refusal = await this.admission
      .admit(ctx, params.zone_id, operation.area)
      .catch((error: unknown) => {
        throw ofTheChange(error, operation);
      });
    if (refusal) {
      change.refuse({ reason: 'not_admitted', codes: refusal.said.codes });
      return refusal.to(operation);
    }
    const answer = await this.refusedChanges.run(
      {
        who: this.places.caller(ctx, credential),
        zone: this.places.zone(params.zone_id),
        area: operation.area,
      },
      () => this.track(this.begin(ctx, change, call)),
      (refused) => change.refuse({ reason: 'refused_before', codes: saidBy(refused)?.codes ?? [] }),
    );
    return answer.to(operation);
  }

  /** Resolves when no change is under way. */
  async idle(): Promise<void> {
    while (this.begun.size > 0) await Promise.allSettled(this.begun);
  }

  private track<T>(making: Promise<T>): Promise<T> {
    this.begun.add(making);
    const forget = () => this.begun.delete(making);
    making.then(forget, forget);
    return making;
  }

  /** A change above the limit of its caller is refused before anything is recorded of it but the refusal. */
  private async begin(ctx: RequestContext, change: Change, call: Call): Promise<Answer> {
    // Asked again, because the change may have waited: the right to it may be gone, and the token another one.
    const credential = this.access.allow(ctx, call);
    await this.limit.take(ctx, credential, 'write');
    return this.make(ctx, change.begin(call, randomUUIDv7(), credential));
  }

  /**
   * In this order: record the intent, raise the fence, call Cloudflare, record the outcome, lower the fence. Goes on if the
   * client disconnects.
   */
  private async make(ctx: RequestContext, change: BegunChange): Promise<Answer> {
    const { call, credential } = change;
    const intended = await this.audit.intend(ctx, change, await this.before(ctx, call));
    const fence = await this.raise(call, intended);
    try {
      const answer = await this.calls.send(ctx, credential, call);
      await this.audit.answered(intended, answer);
      await fence.lower(answer);
      return answer;
    } catch (error) {
      await this.audit.failed(intended, error);
      await fence.lower(error);
      throw error;
    } finally {
      // The reads of this request may be from before the change.
      ctx.reads.clear();
    }
  }

  private async raise(call: Call, intended: Intended): Promise<Fence> {
    try {
      return await this.cache.raise(this.places.zone(call.params.zone_id));
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      await this.audit.takeBack(intended, 'cache_fence_unavailable');
      throw fenceError(error);
    }
  }

  /** The states before the change that the cache has for this client. */
  private async before(ctx: RequestContext, call: Call): Promise<States | null> {
    const reads = auditedOf(call).readsBefore(call, targetOf(call, ctx.client));
    const lookups = reads.slice(0, mostReadsBefore).map(async ({ read, subjects }) => {
      const credential = this.access.allowed(ctx, read);
      if (!credential) return [];
      const question = questionOf(read, ctx.client.apiVersion);
      const answer = await this.cache.peek(this.places.of(credential, read.params.zone_id, question));
      return answer?.ok ? Object.entries(statesOf(answer.envelope.result, subjects) ?? {}) : [];
    });
    const known = new Map<string, State>();
    for (const [name, state] of (await Promise.all(lookups)).flat()) {
      if (!known.has(name)) known.set(name, state);
    }
    return known.size > 0 ? Object.fromEntries(known) : null;
  }
}

/** Words the failure of the read that admits a change as that of the change: both may be sent again in the same cases. */
function ofTheChange(error: unknown, { permission }: Operation): unknown {
  if (!(error instanceof GatewayError)) return error;
  const { details } = error;
  return new GatewayError(error.kind, `${error.message} Nothing was changed.`, {
    ...details,
    ...(details.requiredPermission && { requiredPermission: permission }),
  });
}

function fenceError(error: StoreUnavailable): GatewayError {
  return awayError('cache_fence_unavailable', {
    what: 'The cache cannot be told of a change',
    effect: ', so nothing was sent',
    isLasting: error.isLasting,
    cause: error,
  });
}
