import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { failureOf } from '../failures/failure.js';
import { proxyFailure } from '../failures/proxy-failure.js';
import { type Policy } from './policy.js';

/** Turns the error of a call without an answer into one for the caller. */
export function explain(isProxied: boolean): Policy {
  return async (outgoing, next) => {
    try {
      return await next(outgoing);
    } catch (error) {
      const { ctx, call, url, signal } = outgoing;
      if (signal?.aborted) throw signal.reason;
      if (error instanceof GatewayError) throw error;
      const ofProxy = isProxied ? proxyFailure(call.operation, error) : null;
      throw ofProxy ?? failureOf(ctx, call.operation, url, error);
    }
  };
}
