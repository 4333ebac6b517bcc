import { type Answer } from '../../domain/cloudflare/answer.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';

/** A shared call that a limit of the caller who began it refuses. Others who wait for it have limits of their own. */
export class OfOneCaller extends Error {
  override readonly name = 'OfOneCaller';

  /** @param lastKnown the stale answer that the caller gets in place of the refusal */
  constructor(
    readonly refusal: GatewayError,
    readonly lastKnown: Answer | null = null,
  ) {
    super(refusal.message);
  }
}

/** @throws OfOneCaller if a limit of the caller refuses it */
export async function fetchFor(
  fetch: (signal: AbortSignal) => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    return await fetch(signal);
  } catch (error) {
    if (error instanceof GatewayError && error.kind === 'rate_limited') throw new OfOneCaller(error);
    throw error;
  }
}

/** For the reader who began the call. */
export function ownAnswer(error: unknown): Answer {
  if (!(error instanceof OfOneCaller)) throw error;
  if (error.lastKnown) return error.lastKnown;
  throw error.refusal;
}
