import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type BegunChange, type Receipt } from '../../request/change.js';
import { type RequestContext } from '../../request/request-context.js';
import { awayError } from '../../../platform/errors/away-error.js';
import { GatewayError, type Said } from '../../../platform/errors/gateway-error.js';
import { type Credential } from '../../../domain/cloudflare/credential.js';
import { type Answer } from '../../../domain/cloudflare/answer.js';
import { type OperationName } from '../../../domain/cloudflare/operations.js';
import { isRefusal } from '../../../domain/cloudflare/verdict.js';
import { auditedOf, deniedTarget, targetOf } from './audited-operations.js';
import { AuditWriter } from './writer.js';
import { type Caller, callerOf } from './caller.js';
import { Coalescer } from './coalescer.js';
import { type AuditEvent, type ChainedEvent, type Result, type States } from '../record/event.js';
import { inTime } from './in-time.js';
import { AuditKeys } from '../record/keys.js';
import { newEvent } from '../record/record.js';
import { recordedStates } from './recorded-states.js';
import { statesOf } from './states.js';
import { TokenIds } from './token-ids.js';
import { afterUpload, certificateOf } from './uploaded.js';
import { isLasting } from '../postgres/errors.js';
import { AUDIT_STORE, type AuditStore, AuditStoreError } from '../record/store.js';

const withinMs = 2000;
const mostCodes = 20;

/** The change that a request asks for. The identifiers are not checked yet. */
export interface Asked {
  /** `access.identify`: the request was not read, because its sender is not known. */
  readonly action: OperationName | 'access.identify';
  readonly zoneId?: unknown;
  readonly certificateId?: unknown;
}

/** A change whose intent is stored and whose outcome is not. */
export interface Intended {
  readonly ctx: RequestContext;
  readonly change: BegunChange;
  readonly event: AuditEvent;
  readonly begunAt: number;
}

/** Records every change: the intent before Cloudflare is called, the outcome after. */
@Injectable()
export class AuditLog implements OnApplicationShutdown {
  /** Coalesces denied changes and reads of the log. */
  private readonly coalescer = new Coalescer((event) => this.behind(event));

  constructor(
    @Inject(AUDIT_STORE) private readonly store: AuditStore,
    private readonly writer: AuditWriter,
    private readonly keys: AuditKeys,
    private readonly tokenIds: TokenIds,
  ) {}

  /**
   * Resolves when the intent is durable. The call is made only then.
   *
   * @param before the known states before the change
   * @throws GatewayError `audit_unavailable`
   */
  async intend(ctx: RequestContext, change: BegunChange, before: States | null): Promise<Intended> {
    const { call, operationId } = change;
    const cert = certificateOf(call, ctx.client);
    const event: AuditEvent = {
      ...newEvent('intent'),
      ...this.callerOf(ctx, true, change.credential),
      op_id: operationId,
      action: call.operation.name,
      target: targetOf(call, ctx.client),
      ...(cert !== undefined && { cert }),
      ...(before && { change: { before: recordedStates(before), after: null } }),
    };
    try {
      const stored = await inTime(withinMs, this.writer.append(event));
      // A second change must not be made under the records of the first.
      if (stored === 'duplicate') throw duplicateError(operationId);
      change.receipt = { ...stored, stage: 'intent' };
    } catch (error) {
      if (!(error instanceof AuditStoreError)) throw error;
      if (error.mayBeStored) this.behind({ ...event, ...notSent('audit_unavailable') });
      throw intentError(error);
    }
    return { ctx, change, event, begunAt: performance.now() };
  }

  /** Records that the intended call was not sent. */
  async takeBack({ change, event }: Intended, reason: string): Promise<void> {
    await this.end(change, { ...event, ...notSent(reason) });
  }

  async answered({ ctx, change, event, begunAt }: Intended, answer: Answer): Promise<void> {
    const { call } = change;
    const { result } = answer.envelope;
    const made = { ...event, ...(answer.ok && afterUpload(call, event, result, ctx.client)) };
    const subjects = answer.ok && made.target ? auditedOf(call).subjects(call, made.target) : null;
    const after = subjects && statesOf(result, subjects);
    await this.end(change, {
      ...made,
      ...outcome({
        status: answer.ok ? 'success' : answer.isRefusal ? 'failure' : 'unknown',
        http_status: answer.status,
        ...rayOf(answer.headers),
        codes: codesOf(answer.said),
        duration_ms: msSince(begunAt),
      }),
      change: { before: event.change?.before ?? null, after: recordedStates(after) },
    });
  }

  async failed({ change, event, begunAt }: Intended, error: unknown): Promise<void> {
    const { kind, details } =
      error instanceof GatewayError ? error : new GatewayError('internal', 'Not one of ours');
    const { answered } = details;
    const isUnread = kind === 'outcome_unknown' || kind === 'upstream_invalid' || kind === 'internal';
    await this.end(change, {
      ...event,
      ...outcome({
        status: isUnread && !isRefusal(answered) ? 'unknown' : 'failure',
        ...(answered && { http_status: answered.status, codes: codesOf(answered) }),
        ...rayOf(details.headers ?? {}),
        reason: kind,
        duration_ms: msSince(begunAt),
      }),
    });
  }

  /** Records a change that was refused before its intent: in the background, many in few events. */
  denied(
    ctx: RequestContext,
    asked: Asked & Pick<AuditEvent, 'entry'>,
    result: Omit<Result, 'status'>,
  ): void {
    const { entry, action } = asked;
    const caller = { ...this.callerOf(ctx, false), ...(entry && { entry }) };
    const target = deniedTarget(asked, ctx.client);
    const who = whoIs(caller);
    const kind = JSON.stringify(['denied', who, action, target?.zone_id, result.reason, result.codes]);
    this.coalescer.add(kind, {
      ...newEvent('denied'),
      ...caller,
      action,
      ...(target && { target }),
      result: { status: 'denied', ...result },
    });
  }

  /** Records that the access file has changed, or at the start which one is in force. */
  accessChanged(access: NonNullable<AuditEvent['access']>): void {
    this.behind({
      ...newEvent('access'),
      action: 'access.change',
      actor: { type: 'system', verified: true },
      access,
    });
  }

  /** Records that the log was read, once a minute for each caller and zone; null: all zones. */
  wasRead(ctx: RequestContext, zoneId: string | null): void {
    const caller = this.callerOf(ctx, true);
    const kind = JSON.stringify(['read', whoIs(caller), zoneId]);
    const target = zoneId !== null && { target: { zone_id: zoneId } };
    const action = zoneId === null ? 'audit.search' : 'audit.read';
    this.coalescer.add(kind, { ...newEvent('read'), ...caller, action, ...target });
  }

  async onApplicationShutdown(): Promise<void> {
    this.coalescer.flush();
    await this.writer.close();
  }

  private callerOf(ctx: RequestContext, verified: boolean, used?: Credential): Caller {
    return this.withTokenId(callerOf(ctx, this.keys, verified, used));
  }

  /** With the id of the token, if Cloudflare has said it by now. */
  private withTokenId<T extends Caller>(caller: T): T {
    const { credential } = caller;
    return credential ? { ...caller, credential: this.tokenIds.addedTo(credential) } : caller;
  }

  /** Resolves when the outcome is durable, or after 2 s: then it is stored in the background, and the answer says so. */
  private async end(change: BegunChange, event: AuditEvent & End): Promise<void> {
    try {
      const stored = await inTime(withinMs, this.keep(this.withTokenId(event)));
      change.receipt = stored ?? change.receipt;
    } catch {
      change.isAuditPending = true;
    }
  }

  /**
   * Stores the last event of a change. The store may have an outcome already: either this one (an earlier attempt succeeded after
   * all), or the recovery's `unknown`, which a `late` record corrects. Null if it is not known where the event stands.
   */
  private async keep(event: AuditEvent & Pick<Receipt, 'stage'>): Promise<Receipt | null> {
    const { stage } = event;
    const stored = await this.writer.keep(event);
    if (stored !== 'duplicate') return { ...stored, stage };
    const known = await this.store.find(event);
    if (!known) return null;
    const { entry, writer, seq } = JSON.parse(known.body) as ChainedEvent;
    return entry === 'recovery'
      ? this.keep({ ...event, stage: 'late' })
      : { writer, seq, hash: known.hash, stage };
  }

  private behind(event: AuditEvent): void {
    // An event that the full queue rejects is lost. Readiness reports then that the store is away.
    this.writer.keep(event).catch(() => undefined);
  }
}

/** Of one caller, so that its events may be counted together. */
function whoIs({ actor, credential }: Caller): string | undefined {
  return credential?.fingerprint ?? actor?.fingerprint ?? actor?.ip;
}

type End = Pick<AuditEvent, 'ts' | 'result'> & { readonly stage: 'outcome' | 'not_sent' };

function outcome(result: Result): End {
  return { stage: 'outcome', ts: new Date().toISOString(), result };
}

function notSent(reason: string): End {
  return { ...outcome({ status: 'failure', reason }), stage: 'not_sent' };
}

function msSince(start: number): number {
  return Math.round(performance.now() - start);
}

/** A number in JSON need not be a safe integer. */
function codesOf({ codes }: Said): number[] {
  return codes.filter((code) => Number.isSafeInteger(code)).slice(0, mostCodes);
}

function rayOf(headers: Readonly<Record<string, string>>): { cf_ray?: string } {
  const ray = headers['cf-ray'];
  return ray !== undefined && /^[0-9A-Za-z-]{1,64}$/.test(ray) ? { cf_ray: ray } : {};
}

function duplicateError(operationId: string): GatewayError {
  const message = `The audit log already has a change with the operation id ${operationId}, so nothing was sent.`;
  return new GatewayError('audit_unavailable', message, { retry: false });
}

function intentError({ message }: AuditStoreError): GatewayError {
  return awayError('audit_unavailable', {
    what: 'The audit log cannot be written',
    effect: ', so nothing was sent',
    isLasting: isLasting(message),
    cause: { code: message },
  });
}
