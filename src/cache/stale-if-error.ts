import { GatewayError } from '../errors/gateway-error.js';
import { saidBy } from '../upstream/verdict.js';

/** Where too much was asked for: else a revoked token could read on by flooding. */
const whileLimitedMs = 60_000;

/**
 * How old the last known answer may be, in milliseconds, to stand in for what came of a call (RFC 5861 §4). 0 where upstream
 * did not fail but said something else, in whatever form.
 */
export function standsInMs(outcome: unknown): number {
  const said = saidBy(outcome);
  if (said) return said.status >= 500 ? Infinity : said.status === 429 ? whileLimitedMs : 0;
  if (!(outcome instanceof GatewayError)) return 0;
  switch (outcome.kind) {
    case 'upstream_unreachable':
    case 'upstream_timeout':
      return outcome.details.hasOnlyWaited ? whileLimitedMs : Infinity;
    case 'overloaded':
      return whileLimitedMs;
    default:
      return 0;
  }
}
