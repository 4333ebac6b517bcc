import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Answer, codesIn, type Envelope, parseAnswer } from '../../domain/cloudflare/answer.js';
import { type Operation } from '../../domain/cloudflare/operations.js';
import { reasonsIn } from '../../domain/cloudflare/reasons.js';
import { mayHoldPrivateKey, withoutPrivateKeys } from './private-key-members.js';
import { isRedirect, requiredPermission } from '../../domain/cloudflare/verdict.js';

export interface RawAnswer {
  readonly status: number;
  /** Only those that are passed on. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** In managed mode those of the rate limit are not: they are about a credential that all callers share. */
const passedOn = {
  passthrough: /^(?:cf-ray|retry-after|cf-auditlog-id|(?:x-)?ratelimit.*)$/,
  managed: /^(?:cf-ray|retry-after|cf-auditlog-id)$/,
};

export function headersToPassOn(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  mode: keyof typeof passedOn,
): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => passedOn[mode].test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, [value].flat().join(', ')]));
}

/**
 * The bytes as received, unless they hold a private key.
 *
 * @throws GatewayError `upstream_invalid` for a 2xx without an envelope, a redirect, or an error that is not JSON (which keeps
 * its status)
 */
export function readAnswer(operation: Operation, raw: RawAnswer): Answer {
  const { status, headers, body } = raw;
  const text = body.toString('utf8');
  const envelope = parsed(text);
  if (!isEnvelope(envelope)) throw notAnEnvelope(operation, raw, envelope ?? text);
  if (isRedirect(status)) throw invalid(operation, raw, 'a redirect', codesIn(envelope));
  if (status < 300 && typeof envelope.success !== 'boolean')
    throw invalid(operation, raw, 'an envelope without success', codesIn(envelope));
  if (!mayHoldPrivateKey(text)) return new Answer(status, body, headers, envelope);
  const cleaned = withoutPrivateKeys(envelope);
  return new Answer(status, Buffer.from(JSON.stringify(cleaned)), headers, cleaned);
}

/** @param value the parsed body, or its text if it is not JSON */
function notAnEnvelope(operation: Operation, raw: RawAnswer, value: unknown): GatewayError {
  const text = raw.body.toString('utf8').trim();
  if (text === '') return invalid(operation, raw, 'nothing');
  // Reasons have been seen without an envelope around them.
  const reasons = typeof value === 'string' || Array.isArray(value) ? reasonsIn({ errors: value }) : [];
  const codes = reasons.flatMap(({ code }) => code ?? []);
  const what = `something that is no JSON envelope${quoted(reasons.map(({ message }) => message).join(' '))}`;
  return invalid(operation, raw, what, codes);
}

/** A short text, such as `error code: 1015`, that holds no piece of a secret. */
function quoted(text: string): string {
  const line = text.trim();
  return /^[\w .,:;()'-]{1,80}$/.test(line) && !/[\w-]{16}/.test(line) ? `: ${line}` : '';
}

function invalid(
  operation: Operation,
  raw: RawAnswer,
  what: string,
  codes: readonly number[] = [],
): GatewayError {
  const isError = raw.status >= 400;
  const answered = { status: raw.status, codes };
  return new GatewayError('upstream_invalid', `Cloudflare answered ${raw.status} with ${what}.`, {
    headers: raw.headers,
    answered,
    requiredPermission: requiredPermission(answered, operation),
    ...(isError && { status: raw.status }),
    retry: mayBeSentAgain(operation, raw.status),
  });
}

/** Statuses after which Cloudflare has not begun: too slow a request, a conflicting change, too many requests. */
const notCarriedOut = [408, 409, 429];

/** A retry does not help after a refusal, and a change may have been made if its answer cannot be read. */
function mayBeSentAgain({ kind }: Operation, status: number): boolean {
  if (notCarriedOut.includes(status)) return true;
  return kind === 'read' && (status < 400 || status >= 500);
}

/** Undefined if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return parseAnswer(text);
  } catch {
    return undefined;
  }
}

function isEnvelope(value: unknown): value is Envelope {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
