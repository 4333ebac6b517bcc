import { GatewayError } from '../../../platform/errors/gateway-error.js';
import { type Metrics } from '../../../platform/telemetry/metrics.js';
import { type Policy } from './policy.js';

/** Counts and times each call, and notes for the log line of its request how it ended. */
export function observe(metrics: Metrics): Policy {
  return async (outgoing, next) => {
    const { ctx, call } = outgoing;
    const end = metrics.startUpstreamCall(call.operation.name);
    const note = (status: number | null, headers: Readonly<Record<string, string>> = {}) =>
      ctx.upstreamOutcomes.push({ status, cfRay: headers['cf-ray'] ?? null });
    try {
      const answer = await next(outgoing);
      end(classOf(answer.status));
      note(answer.status, answer.headers);
      return answer;
    } catch (error) {
      const { kind, details } = error instanceof GatewayError ? error : { kind: 'aborted', details: {} };
      const status = details.answered?.status ?? null;
      end(status === null ? kind : classOf(status));
      note(status, details.headers);
      throw error;
    }
  };
}

/** As in `2xx`. */
function classOf(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
