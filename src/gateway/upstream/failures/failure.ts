import { RequestError, TimeoutError } from 'got';
import { type RequestContext } from '../../request/request-context.js';
import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Operation } from '../../../domain/cloudflare/operations.js';
import { isRefusal } from '../../../domain/cloudflare/verdict.js';

/** An answer that grew past what is taken. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
  readonly code = 'ERR_ANSWER_TOO_LARGE';
}

/**
 * What a call without an answer means to the caller. Got's error carries the whole request, credential and body
 * included, so none of it goes further than this function: only its code does.
 */
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
  const staleForSeconds = Infinity;
  if (error instanceof AnswerTooLargeError) {
    return new GatewayError('upstream_invalid', 'Cloudflare answered with more than 2 MiB.', {
      cause,
      retry,
    });
  }
  if (error instanceof TimeoutError) {
    return new GatewayError(
      'upstream_timeout',
      `Cloudflare did not answer in time.${unsent(operation.kind)}`,
      { cause, retry, staleForSeconds },
    );
  }
  return new GatewayError(
    'upstream_unreachable',
    `Cloudflare could not be reached.${unsent(operation.kind)}`,
    { cause, retry, staleForSeconds },
  );
}

/** Whether a connection that was used before ended without an answer: upstream closed it as it was taken again. */
export function endedBeforeAnswer(error: unknown): boolean {
  return (
    error instanceof RequestError &&
    !(error instanceof TimeoutError) &&
    error.request?.reusedSocket === true &&
    error.response === undefined
  );
}

/** A change that was sent may have been made, where its answer says nothing that can be understood. */
export function notUnderstood(ctx: RequestContext, { kind }: Operation, status: number): GatewayError {
  const message = `Cloudflare answered ${status} with something that cannot be understood.`;
  return kind === 'write'
    ? new GatewayError('outcome_unknown', `${message} ${outcomeIsUnknown(ctx)}`, {
        operationId: operationIdOf(ctx),
      })
    : new GatewayError('upstream_invalid', message, { retry: true });
}

/** An answer that cannot be read, as that to a change: only a 4xx says for certain that nothing was changed. */
export function unreadableAfterChange(ctx: RequestContext, failure: GatewayError): GatewayError {
  if (isRefusal(failure.details.answered)) return failure;
  return new GatewayError(failure.kind, `${failure.message} ${outcomeIsUnknown(ctx)}`, {
    ...failure.details,
    operationId: operationIdOf(ctx),
  });
}

/** What the caller of a change is told where Cloudflare may have made it. */
export function outcomeIsUnknown(ctx: RequestContext): string {
  return `Whether this change was made is not known. Look at the zone before sending it again. Operation ${operationIdOf(ctx)}.`;
}

function operationIdOf({ change }: RequestContext): string | null {
  return change?.operationId ?? null;
}

/** Where too many calls are made: longer, and the holder of a revoked token could read on by flooding. */
export const whileLimitedSeconds = 60;

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
    `The earlier calls of this credential to Cloudflare took too long, and this one was not sent.${unsent(kind)}`,
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
