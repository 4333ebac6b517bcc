import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { failureOf } from '../failures/failure.js';
import { proxyFailure } from '../failures/proxy-failure.js';
import { type Policy } from './policy.js';

/** Says what a call without an answer means to the caller. Errors of Got hold the whole request, and go no further. */
export function explain(isProxied: boolean): Policy {
  return async (outgoing, next) => {
    try {
      return await next(outgoing);
    } catch (error) {
      const { ctx, call, url, signal } = outgoing;
      if (signal?.aborted) throw signal.reason;
      if (error instanceof GatewayError) throw error;
      throw (
        (isProxied ? proxyFailure(call.operation, error) : null) ?? failureOf(ctx, call.operation, url, error)
      );
    }
  };
}
