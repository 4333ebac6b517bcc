import { z } from 'zod';
import { json, JSON_TYPE, type Answer } from './answer.js';
import { refusals } from './errors.js';
import { type CallName, callNames } from './operation.js';
import { type Wire } from './wire.js';

const moment = z.enum(['before', 'after']);
const durationMs = z
  .int()
  .min(0)
  .max(10 * 60 * 1000);

/** What a fault does. "before" and "after" refer to the moment at which a write is committed. */
const action = z.discriminatedUnion(
  'kind',
  [
    /** Sends this answer. Nothing is committed. */
    z.strictObject({
      kind: z.literal('status'),
      status: z.int().min(200).max(599),
      headers: z.record(z.string().regex(/^[\w-]+$/), z.string().regex(/^[\t\x20-\x7e]*$/)).default({}),
      body: z.json().optional(),
      text: z.string().optional(),
      contentType: z.string().optional(),
    }),
    /** Closes the connection without an answer. */
    z.strictObject({ kind: z.literal('drop'), drop: moment }),
    /** Does not answer until the client closes the connection. */
    z.strictObject({ kind: z.literal('hang'), hang: moment }),
    z.strictObject({ kind: z.literal('delayMs'), delayMs: durationMs, when: moment.default('before') }),
    /** Adds members to the envelope, and to its result or to each item of the result. */
    z.strictObject({
      kind: z.literal('merge'),
      mergeBody: z.record(z.string(), z.json()).default({}),
      mergeResult: z.record(z.string(), z.json()).default({}),
    }),
    /** As if the token had been revoked. */
    z.strictObject({ kind: z.literal('refuseToken'), refuseToken: z.literal(true) }),
  ],
  'must have one of status, drop, hang, delayMs, mergeBody, mergeResult, refuseToken',
);

const faultsBody = z.strictObject({
  latencyMs: durationMs.default(0),
  rules: z
    .array(
      z.strictObject({
        /** Every operation on a zone if it is absent. */
        operation: z.enum(callNames).optional(),
        zone: z.string().optional(),
        /** The token or API key of the caller. */
        token: z.string().optional(),
        /** How often it applies; always if it is absent. */
        count: z.int().min(1).optional(),
        action: z.preprocess(withKind, action),
      }),
    )
    .default([]),
});

type Action = z.output<typeof action>;
type FaultRule = z.output<typeof faultsBody>['rules'][number];

type WithoutKind<Union> = Union extends unknown ? Omit<Union, 'kind'> : never;

/** The body of POST /__sandbox/faults. */
export interface FaultsInput {
  latencyMs?: number;
  rules?: {
    operation?: CallName;
    zone?: string;
    token?: string;
    count?: number;
    action: WithoutKind<z.input<typeof action>>;
  }[];
}

interface Target {
  operation: CallName;
  zone: string;
  token: string;
}

export class Faults {
  #latencyMs = 0;
  #rules: FaultRule[] = [];

  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** @throws z.ZodError, and leaves the rules as they were */
  replace(body: unknown): void {
    const { latencyMs, rules } = faultsBody.parse(body);
    this.#latencyMs = latencyMs;
    this.#rules = rules;
  }

  reset(): void {
    this.replace({});
  }

  /** The actions for this call, in order, up to the first that ends the call. Decrements their counts. */
  take(target: Target): Action[] {
    const taken: Action[] = [];
    for (const rule of this.#rules.filter((each) => aimsAt(each, target))) {
      if (rule.count !== undefined) rule.count -= 1;
      taken.push(rule.action);
      if (rule.action.kind !== 'delayMs' && rule.action.kind !== 'merge') break;
    }
    this.#rules = this.#rules.filter((rule) => rule.count !== 0);
    return taken;
  }
}

/**
 * @param work commits the change and returns the answer without faults
 * @returns the answer; undefined if a fault ended the call without one
 * @throws ApiError
 */
export async function underFaults(
  actions: readonly Action[],
  wire: Wire,
  work: () => { status: number; headers: Record<string, string>; body: object },
): Promise<Answer | undefined> {
  for (const each of actions) {
    if (each.kind === 'status') return injected(each);
    if (each.kind === 'refuseToken') throw refusals.authenticationError();
    if (!(await survives(each, 'before', wire))) return undefined;
  }
  const { status, headers, body } = work();
  for (const each of actions) {
    if (!(await survives(each, 'after', wire))) return undefined;
  }
  const merged = actions.reduce((envelope, each) => merge(envelope, each), body);
  return json(status, merged, headers);
}

function aimsAt(rule: FaultRule, target: Target): boolean {
  if (target.operation.endsWith('token.verify') && rule.operation === undefined) return false;
  const { operation = target.operation, zone = target.zone, token = target.token } = rule;
  return operation === target.operation && zone === target.zone && token === target.token;
}

/** @returns whether the caller can still be answered */
async function survives(each: Action, now: z.output<typeof moment>, wire: Wire): Promise<boolean> {
  if (each.kind === 'drop' && each.drop === now) {
    wire.drop();
    return false;
  }
  if (each.kind === 'hang' && each.hang === now) {
    await wire.hang();
    return false;
  }
  if (each.kind === 'delayMs' && each.when === now) await wire.pause(each.delayMs);
  return true;
}

function injected(each: Extract<Action, { kind: 'status' }>): Answer {
  const { status, headers, body = refusals.injected(status).body, text } = each;
  const type = each.contentType ?? (text === undefined ? JSON_TYPE : 'text/plain; charset=utf-8');
  return { status, headers: { 'content-type': type, ...headers }, payload: text ?? JSON.stringify(body) };
}

function merge(envelope: object, each: Action): object {
  if (each.kind !== 'merge') return envelope;
  const merged = { ...envelope, ...each.mergeBody };
  if (!('result' in envelope) || typeof envelope.result !== 'object' || envelope.result === null)
    return merged;
  const { result } = envelope;
  const withMembers = (item: object) => ({ ...item, ...each.mergeResult });
  return { ...merged, result: Array.isArray(result) ? result.map(withMembers) : withMembers(result) };
}

/** Adds `kind`, which the members tell, so that zod's message is about the right variant. */
function withKind(input: unknown): unknown {
  if (typeof input !== 'object' || input === null) return input;
  if ('mergeBody' in input || 'mergeResult' in input) return { ...input, kind: 'merge' };
  const kind = ['status', 'drop', 'hang', 'delayMs', 'refuseToken'].find((name) => name in input);
  return { ...input, kind };
}
