import { RequestError, TimeoutError } from 'got';
import { type RequestContext } from '../context/request-context.js';
import { GatewayError } from '../errors/gateway-error.js';
import { type Operation } from './operations.js';

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
      `Cloudflare was sent this change and gave no answer, so whether it was made is not known. ` +
        `Look at the zone before sending it again. Operation ${ctx.operationId}.`,
      { cause },
    );
  }
  const retry = operation.kind === 'read';
  if (error instanceof AnswerTooLargeError) {
    return new GatewayError('upstream_invalid', 'Cloudflare answered with more than 2 MiB.', {
      cause,
      retry,
    });
  }
  const unsent = operation.kind === 'write' ? ' Nothing was changed.' : '';
  if (error instanceof TimeoutError) {
    return new GatewayError('upstream_timeout', `Cloudflare did not answer in time.${unsent}`, {
      cause,
      retry,
    });
  }
  return new GatewayError('upstream_unreachable', `Cloudflare could not be reached.${unsent}`, {
    cause,
    retry,
  });
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
