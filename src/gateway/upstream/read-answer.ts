import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Answer, codesIn, type Envelope, parseAnswer } from '../../domain/cloudflare/answer.js';
import { type Operation } from '../../domain/cloudflare/operations.js';
import { reasonsIn } from '../../domain/cloudflare/reasons.js';
import { headersToPassOn } from './passed-on-headers.js';
import { mayHoldPrivateKey, withoutPrivateKeys } from './private-key-members.js';
import { isRedirect } from '../../domain/cloudflare/verdict.js';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * Decides what of an upstream answer is passed on: the bytes as received, unless a private key stands in them.
 *
 * @throws GatewayError `upstream_invalid`: a 2xx that is no successful envelope, a redirect, or an error that is not JSON
 * (which keeps its status).
 */
export function readAnswer(operation: Operation, raw: RawAnswer): Answer {
  const text = raw.body.toString('utf8');
  const value = parsed(text);
  if (!isEnvelope(value)) throw notAnEnvelope(operation, raw, value ?? text);
  const envelope = value;
  if (raw.status < 200 || isRedirect(raw.status))
    throw invalid(operation, raw, 'a redirect', codesIn(envelope));
  if (raw.status < 300 && typeof envelope.success !== 'boolean')
    throw invalid(operation, raw, 'an envelope without success', codesIn(envelope));
  const headers = headersToPassOn(raw.headers);
  if (!mayHoldPrivateKey(text)) return new Answer(raw.status, raw.body, headers, envelope);
  const cleaned = withoutPrivateKeys(envelope);
  return new Answer(raw.status, Buffer.from(JSON.stringify(cleaned)), headers, cleaned);
}

/** @param value what the body is as JSON, else its text */
function notAnEnvelope(operation: Operation, raw: RawAnswer, value: unknown): GatewayError {
  const text = raw.body.toString('utf8').trim();
  if (text === '') return invalid(operation, raw, 'nothing');
  // Reasons have been seen without an envelope around them.
  const reasons = typeof value === 'string' || Array.isArray(value) ? reasonsIn({ errors: value }) : [];
  const codes = reasons.flatMap(({ code }) => code ?? []);
  const what = `something that is no JSON envelope${quoted(reasons.map(({ message }) => message).join(' '))}`;
  return invalid(operation, raw, what, codes);
}

/** A short text, such as `error code: 1015`, without what may be a piece of a secret. */
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
  return new GatewayError('upstream_invalid', `Cloudflare answered ${raw.status} with ${what}.`, {
    headers: headersToPassOn(raw.headers),
    answered: { status: raw.status, codes },
    ...(isError && { status: raw.status }),
    retry: mayBeSentAgain(operation, raw.status),
  });
}

/** What Cloudflare has not begun to carry out: the request came too slowly, beside another change, or among too many. */
const notCarriedOut = [408, 409, 429];

/** Asking again does not mend a refusal, and a change may have been made where another answer cannot be read. */
function mayBeSentAgain({ kind }: Operation, status: number): boolean {
  if (notCarriedOut.includes(status)) return true;
  return kind === 'read' && (status < 400 || status >= 500);
}

/** Undefined where it is not JSON. */
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
