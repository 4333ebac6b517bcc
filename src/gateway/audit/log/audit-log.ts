import { randomUUIDv7 } from 'node:crypto';
import { type BegunChange } from '../../request/change.js';
import { type RequestContext } from '../../request/request-context.js';
import { awayError } from '../../../platform/errors/away-error.js';
import { GatewayError, type Said } from '../../../platform/errors/gateway-error.js';
import { type Answer } from '../../../domain/cloudflare/answer.js';
import { type OperationName } from '../../../domain/cloudflare/operations.js';
import { isRefusal } from '../../../domain/cloudflare/verdict.js';
import { auditedOf, targetOf } from './audited-operations.js';
import { type AuditWriter } from './writer.js';
import { type Caller, callerOf } from './caller.js';
import { Coalescer } from './coalescer.js';
import { type AuditEvent, type ChainedEvent, type Head, type Result, type States } from '../record/event.js';
import { inTime } from './in-time.js';
import { type AuditKeys } from '../record/keys.js';
import { recordedStates } from './recorded-states.js';
import { afterUpload, certificateOf, deniedTarget } from './recorded.js';
import { statesOf } from './states.js';
import { isLasting } from '../postgres/errors.js';
import { type AuditStore, AuditStoreError } from '../record/store.js';

const withinMs = 2000;
const mostCodes = 20;

/** The change that a request asks for, as far as it can be read. Identifiers may be anything. */
export interface Asked {
  readonly action: OperationName;
  readonly zoneId?: unknown;
  readonly certificateId?: unknown;
}

/** A change whose intent is stored, and whose outcome is to be recorded. */
export interface Intended {
  readonly ctx: RequestContext;
  readonly change: BegunChange;
  readonly event: AuditEvent;
  readonly begunAt: number;
}

/** The record of every change: the intent before Cloudflare is called, the outcome after. */
export class AuditLog {
  private readonly denials: Coalescer;

  constructor(
    private readonly store: AuditStore,
    private readonly writer: AuditWriter,
    private readonly keys: AuditKeys,
  ) {
    this.denials = new Coalescer((event) => this.behind(event), randomUUIDv7);
  }

  /**
   * Resolves when the intent is durable: the call may be made then.
   *
   * @param before the states before the change, as far as they are known
   * @throws GatewayError `audit_unavailable`: then nothing may be sent
   */
  async intend(ctx: RequestContext, change: BegunChange, before: States | null): Promise<Intended> {
    const { call, operationId } = change;
    const cert = certificateOf(call, ctx.client);
    const event: AuditEvent = {
      ...this.eventOf(callerOf(ctx, this.keys, true), 'intent', operationId),
      action: call.operation.name,
      target: targetOf(call, ctx.client),
      ...(cert !== undefined && { cert }),
      ...(before && { change: { before: recordedStates(before), after: null } }),
    };
    try {
      const stored = await inTime(withinMs, this.writer.append(event));
      if (stored === 'duplicate') throw duplicateError(operationId);
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
      ...this.outcome(begunAt, {
        status: answer.ok ? 'success' : answer.isRefusal ? 'failure' : 'unknown',
        http_status: answer.status,
        ...rayOf(answer.headers),
        codes: codesOf(answer.said),
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
      ...this.outcome(begunAt, {
        status: isUnread && !isRefusal(answered) ? 'unknown' : 'failure',
        ...(answered && { http_status: answered.status, codes: codesOf(answered) }),
        ...rayOf(details.headers ?? {}),
        reason: kind,
      }),
    });
  }

  /** Records a change that was refused before its intent. It is stored in the background, a flood of them in few events. */
  denied(
    ctx: RequestContext,
    asked: Asked & Pick<AuditEvent, 'entry'>,
    result: Omit<Result, 'status'>,
  ): void {
    const { entry, action } = asked;
    const caller = { ...callerOf(ctx, this.keys, false), ...(entry && { entry }) };
    const target = deniedTarget(asked, ctx.client);
    const who = caller.credential?.fingerprint ?? caller.actor?.ip;
    const kind = JSON.stringify(['denied', who, action, target?.zone_id, result.reason, result.codes]);
    const event = this.eventOf(caller, 'denied', randomUUIDv7());
    this.denials.add(kind, {
      ...event,
      action,
      ...(target && { target }),
      result: { status: 'denied', ...result },
    });
  }

  /** Records that the log was read: once a minute for each caller and zone. */
  wasRead(ctx: RequestContext, zoneId: string): void {
    const caller = callerOf(ctx, this.keys, true);
    const kind = JSON.stringify(['read', caller.credential?.fingerprint, zoneId]);
    const event = this.eventOf(caller, 'read', randomUUIDv7());
    this.denials.add(kind, { ...event, action: 'audit.read', target: { zone_id: zoneId } });
  }

  async close(): Promise<void> {
    this.denials.flush();
    await this.writer.close();
  }

  /**
   * Resolves when the outcome is durable, or after 2 s: then it is stored in the background, and the answer says so. A
   * client that disconnects does not cancel it.
   */
  private async end(change: BegunChange, event: AuditEvent): Promise<void> {
    const stored = this.writer.keep(event).then(async (stored) => {
      change.audited = stored !== 'duplicate' ? stored : await this.correct(event);
      return true;
    });
    change.isAuditPending = !(await inTime(withinMs, stored).catch(() => false));
  }

  /**
   * The store already has an outcome: either this one (an earlier attempt succeeded after all), or the recovery's
   * `unknown`, which a `late` record corrects. Resolves to where the true outcome stands.
   */
  private async correct(event: AuditEvent): Promise<Head | null> {
    const known = await this.store.find(event);
    if (!known) return null;
    const { entry, writer, seq } = JSON.parse(known.body) as ChainedEvent;
    if (entry !== 'recovery') return { writer, seq, hash: known.hash };
    const late = await this.writer.keep({ ...event, stage: 'late' });
    return late === 'duplicate' ? null : late;
  }

  private behind(event: AuditEvent): void {
    // An event that it cannot take is lost. Readiness reports then that the store is away.
    this.writer.keep(event).catch(() => undefined);
  }

  private eventOf(caller: Caller, stage: AuditEvent['stage'], opId: string): AuditEvent {
    return { op_id: opId, stage, ts: now(), ...caller };
  }

  private outcome(begunAt: number, result: Result): Pick<AuditEvent, 'stage' | 'ts' | 'result'> {
    const duration = Math.round(performance.now() - begunAt);
    return { stage: 'outcome', ts: now(), result: { ...result, duration_ms: duration } };
  }
}

function notSent(reason: string): Pick<AuditEvent, 'stage' | 'ts' | 'result'> {
  return { stage: 'not_sent', ts: now(), result: { status: 'failure', reason } };
}

/** JSON may hold numbers that are no safe integers. */
function codesOf({ codes }: Said): number[] {
  return codes.filter((code) => Number.isSafeInteger(code)).slice(0, mostCodes);
}

function rayOf(headers: Readonly<Record<string, string>>): { cf_ray?: string } {
  const ray = headers['cf-ray'];
  return ray !== undefined && /^[0-9A-Za-z-]{1,64}$/.test(ray) ? { cf_ray: ray } : {};
}

function now(): string {
  return new Date().toISOString();
}

/** One operation id names one change: a second one must not be made under the records of the first. */
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
