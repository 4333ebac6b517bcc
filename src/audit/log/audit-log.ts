import { randomUUIDv7 } from 'node:crypto';
import { type RequestContext } from '../../context/request-context.js';
import { awayError } from '../../errors/away-error.js';
import { GatewayError, type Said } from '../../errors/gateway-error.js';
import { type Answer } from '../../upstream/answer.js';
import { isRefusal } from '../../upstream/verdict.js';
import { type Call } from '../../upstream/operations.js';
import { type AuditWriter } from './writer.js';
import { type Caller, callerOf } from './caller.js';
import { Coalescer } from './coalescer.js';
import {
  type AuditEvent,
  type ChainedEvent,
  type Head,
  type Result,
  type States,
  type Target,
} from '../record/event.js';
import { inTime } from './in-time.js';
import { type AuditKeys } from '../record/keys.js';
import { recordedStates } from './recorded-states.js';
import { afterUpload, certificateOf, deniedTarget, targetOf } from './recorded.js';
import { statesOf, subjectsOf } from './states.js';
import { isLasting } from '../postgres/errors.js';
import { type AuditStore, AuditStoreError } from '../record/store.js';

const withinMs = 2000;
const mostCodes = 20;

/** An intent that is stored: what has to be said of how it ended. */
export interface Intended {
  readonly event: AuditEvent;
  readonly call: Call;
  readonly begunAt: number;
}

/** The record of every change: first what is meant to be done, then what came of it. */
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
   * Resolves when it is durable that this call is about to be made.
   *
   * @throws GatewayError `audit_unavailable`: then nothing may be sent
   */
  async intend(
    ctx: RequestContext,
    call: Call,
    opId: string,
    before: (target: Target) => Promise<States | null>,
  ): Promise<Intended> {
    const target = targetOf(call, ctx.headers);
    const cert = certificateOf(call, ctx.headers);
    const known = await before(target);
    const event: AuditEvent = {
      ...this.eventOf(callerOf(ctx, this.keys, true), 'intent', opId),
      action: call.operation.name,
      target,
      ...(cert !== undefined && { cert }),
      ...(known && { change: { before: recordedStates(known), after: null } }),
    };
    try {
      await inTime(withinMs, this.writer.append(event));
    } catch (error) {
      if (!(error instanceof AuditStoreError)) throw error;
      if (error.mayBeStored) this.behind({ ...event, ...notSent('audit_unavailable') });
      throw intentError(error);
    }
    return { event, call, begunAt: performance.now() };
  }

  /** Nothing was sent after all. */
  async takeBack(ctx: RequestContext, { event }: Intended, reason: string): Promise<void> {
    await this.end(ctx, { ...event, ...notSent(reason) });
  }

  async answered(ctx: RequestContext, intended: Intended, answer: Answer): Promise<void> {
    const { event, call, begunAt } = intended;
    const { result } = answer.envelope;
    const made = { ...event, ...(answer.ok && afterUpload(call, event, result, ctx.headers)) };
    const after = answer.ok && made.target ? statesOf(result, subjectsOf(call, made.target)) : null;
    await this.end(ctx, {
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

  async failed(ctx: RequestContext, { event, begunAt }: Intended, error: unknown): Promise<void> {
    const { kind, details } =
      error instanceof GatewayError ? error : new GatewayError('internal', 'Not one of ours');
    const { answered } = details;
    const isUnread = kind === 'outcome_unknown' || kind === 'upstream_invalid' || kind === 'internal';
    await this.end(ctx, {
      ...event,
      ...this.outcome(begunAt, {
        status: isUnread && !isRefusal(answered) ? 'unknown' : 'failure',
        ...(answered && { http_status: answered.status, codes: codesOf(answered) }),
        ...rayOf(details.headers ?? {}),
        reason: kind,
      }),
    });
  }

  /** A change that was refused before anything was intended. Told behind, and a flood of them in few events. */
  denied(
    ctx: RequestContext,
    what: Pick<AuditEvent, 'entry' | 'action' | 'target'>,
    result: Omit<Result, 'status'>,
  ): void {
    const caller = callerOf(ctx, this.keys, false);
    const target = deniedTarget(what.target, ctx.headers);
    const who = caller.credential?.fingerprint ?? caller.actor?.ip;
    const kind = JSON.stringify(['denied', who, what.action, target?.zone_id, result.reason, result.codes]);
    const event = this.eventOf(caller, 'denied', randomUUIDv7());
    const { entry, action } = what;
    this.denials.add(kind, {
      ...event,
      ...(entry && { entry }),
      ...(action && { action }),
      ...(target && { target }),
      result: { status: 'denied', ...result },
    });
  }

  /** Somebody looked into the log: told once a minute for each caller and zone. */
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
   * Resolves when the outcome is durable, or after 2 s: then it is tried for behind, and the caller is told so. Nothing
   * that a caller does can cancel it.
   */
  private async end(ctx: RequestContext, event: AuditEvent): Promise<void> {
    const stored = this.writer.keep(event).then(async (stored) => {
      ctx.audited = stored !== 'duplicate' ? stored : await this.correct(event);
      return true;
    });
    ctx.isAuditPending = !(await inTime(withinMs, stored).catch(() => false));
  }

  /** There is one already: perhaps this very one, after all; perhaps the recovery had given it up. Resolves to where it stands. */
  private async correct(event: AuditEvent): Promise<Head | null> {
    const known = await this.store.find(event);
    if (!known) return null;
    const { entry, writer, seq } = JSON.parse(known.body) as ChainedEvent;
    if (entry !== 'recovery') return { writer, seq, hash: known.hash };
    const late = await this.writer.keep({ ...event, stage: 'late' });
    return late === 'duplicate' ? null : late;
  }

  private behind(event: AuditEvent): void {
    // What it could not take then is lost, and the readiness says that the store is away.
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

/** In JSON a number may be too large to be one. */
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

function intentError({ message }: AuditStoreError): GatewayError {
  return awayError('audit_unavailable', {
    what: 'The audit log cannot be written',
    effect: ', so nothing was sent',
    isLasting: isLasting(message),
    cause: { code: message },
  });
}
