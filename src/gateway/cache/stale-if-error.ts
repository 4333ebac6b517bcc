import { GatewayError } from '../../platform/errors/gateway-error.js';
import { saidBy } from '../../domain/cloudflare/verdict.js';
import { whileLimitedSeconds } from '../upstream/failures/failure.js';

/**
 * How old the last known answer may be, in milliseconds, to stand in for the outcome of a call (RFC 5861 §4): 0 where upstream
 * answered, in whatever form, and did not fail. An error says it itself.
 */
export function standsInMs(outcome: unknown): number {
  const said = saidBy(outcome);
  if (said) return said.status >= 500 ? Infinity : said.status === 429 ? whileLimitedSeconds * 1000 : 0;
  return outcome instanceof GatewayError ? (outcome.details.staleForSeconds ?? 0) * 1000 : 0;
}
