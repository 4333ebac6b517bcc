import { GatewayError } from './gateway-error.js';

interface Away {
  /** What cannot be done, as the beginning of a sentence. */
  readonly what: string;
  /** What that means for the request, to go on in the same sentence. */
  readonly effect?: string;
  /** Whether it lasts until something is configured otherwise: no retry mends it. */
  readonly isLasting: boolean;
  readonly cause: unknown;
}

/** What the gateway stands on cannot be used: whether it is of use to try again is told in the text and by `x-should-retry`. */
export function awayError(
  kind: 'cache_fence_unavailable' | 'audit_unavailable',
  { what, effect = '', isLasting, cause }: Away,
): GatewayError {
  return isLasting
    ? new GatewayError(kind, `${what} until its settings are mended${effect}. /health/ready says why.`, {
        cause,
        retry: false,
      })
    : new GatewayError(kind, `${what} now${effect}. Try again in a moment.`, { cause });
}
