import { RequestError, TimeoutError } from 'got';
import { type RequestContext } from '../../request/request-context.js';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Operation } from '../../../domain/cloudflare/operations.js';
import { isRefusal, whileLimitedSeconds } from '../../../domain/cloudflare/verdict.js';

export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
  readonly code = 'ERR_ANSWER_TOO_LARGE';
}

/** The caller's error for a call without an answer. Got's error holds the whole request: only its code goes further. */
export function failureOf(ctx: RequestContext, operation: Operation, url: URL, error: unknown): GatewayError {
  const cause = { code: codeOf(error) };
  if (operation.kind === 'write' && mayHaveBeenSent(error, url)) {
    return new GatewayError(
      'outcome_unknown',
      `Cloudflare was sent this change and gave no answer that is whole. ${outcomeIsUnknown(ctx)}`,
      { cause, operationId: operationIdOf(ctx) },
    );
  }
  // Nothing was changed: the call is a read, or was not sent.
  const retry = true;
  if (error instanceof AnswerTooLargeError) {
    const message = 'Cloudflare answered with more than 2 MiB.';
    return new GatewayError('upstream_invalid', message, { cause, retry });
  }
  const [kind, problem] =
    error instanceof TimeoutError
      ? (['upstream_timeout', 'did not answer in time'] as const)
      : (['upstream_unreachable', 'could not be reached'] as const);
  const message = `Cloudflare ${problem}.${unsent(operation.kind)}`;
  return new GatewayError(kind, message, { cause, retry, staleForSeconds: Infinity });
}

/** Whether upstream closed a kept connection without an answer while the request was sent. */
export function endedBeforeAnswer(error: unknown): boolean {
  return (
    error instanceof RequestError &&
    !(error instanceof TimeoutError) &&
    error.request?.reusedSocket === true &&
    error.response === undefined
  );
}

/** A change may have been made if its answer cannot be understood. */
export function notUnderstood(ctx: RequestContext, { kind }: Operation, status: number): GatewayError {
  const message = `Cloudflare answered ${status} with something that cannot be understood.`;
  if (kind === 'read') return new GatewayError('upstream_invalid', message, { retry: true });
  const operationId = operationIdOf(ctx);
  return new GatewayError('outcome_unknown', `${message} ${outcomeIsUnknown(ctx)}`, { operationId });
}

/** The failure of a change whose answer cannot be read: only a 4xx says for certain that nothing was changed. */
export function unreadableAfterChange(ctx: RequestContext, failure: GatewayError): GatewayError {
  if (isRefusal(failure.details.answered)) return failure;
  return new GatewayError(failure.kind, `${failure.message} ${outcomeIsUnknown(ctx)}`, {
    ...failure.details,
    operationId: operationIdOf(ctx),
  });
}

/** For the caller of a change that Cloudflare may have made. */
export function outcomeIsUnknown(ctx: RequestContext): string {
  return `Whether this change was made is not known. Look at the zone before sending it again. Operation ${operationIdOf(ctx)}.`;
}

function operationIdOf({ change }: RequestContext): string | null {
  return change?.operationId ?? null;
}

export function overloaded(kind: Operation['kind']): GatewayError {
  return new GatewayError(
    'overloaded',
    `Too many calls to Cloudflare wait for their turn. Send fewer at once, or again in a moment.${unsent(kind)}`,
    { headers: { 'retry-after': '1' }, staleForSeconds: whileLimitedSeconds },
  );
}

export function waitedTooLong(kind: Operation['kind']): GatewayError {
  return new GatewayError(
    'upstream_timeout',
    `Your earlier calls to Cloudflare took too long, and this one was not sent.${unsent(kind)}`,
    { retry: true, staleForSeconds: whileLimitedSeconds },
  );
}

function unsent(kind: Operation['kind']): string {
  return kind === 'write' ? ' Nothing was changed.' : '';
}

/** Only a connection that was never made proves that nothing was sent. */
function mayHaveBeenSent(error: unknown, url: URL): boolean {
  if (!(error instanceof RequestError)) return true;
  const connected = url.protocol === 'https:' ? error.timings?.secureConnect : error.timings?.connect;
  return connected !== undefined;
}

function codeOf(error: unknown): string {
  const code: unknown = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown';
}
