import { type Answer } from '../upstream/answer.js';
import { type Operation } from '../upstream/operations.js';

/** Seconds. Settings `CACHE_TTL_*_SECONDS` and `STALE_IF_ERROR_SECONDS`. */
export interface Lifetimes {
  readonly list: number;
  readonly item: number;
  readonly pending: number;
  readonly notFound: number;
  readonly staleIfError: number;
}

export interface Lifetime {
  readonly freshMs: number;
  /** After it was stored, not after it ceased to be fresh. */
  readonly staleMs: number;
}

/** So that answers that were fetched together are not all fetched again together; only downwards, since a lifetime is a bound. */
const jitter = 0.15;
/** For some minutes after a change Cloudflare's own answers still differ from edge to edge. */
const mostWhileSettlingSeconds = 5;

/** How long an answer is kept; null where it is not. */
export function lifetimeOf(
  operation: Operation,
  answer: Answer,
  lifetimes: Lifetimes,
  isSettling: boolean,
): Lifetime | null {
  const base = secondsOf(operation, answer, lifetimes);
  if (base === null || base <= 0) return null;
  const most = isSettling ? Math.min(base, mostWhileSettlingSeconds) : base;
  return {
    freshMs: 1000 * most * (1 - jitter * Math.random()),
    // That something is not there is worth nothing when it cannot be asked again.
    staleMs: answer.ok ? lifetimes.staleIfError * 1000 : 0,
  };
}

function secondsOf(operation: Operation, answer: Answer, lifetimes: Lifetimes): number | null {
  if (operation.kind !== 'read' || answer.isRefusedWithin) return null;
  if (answer.status === 404) return lifetimes.notFound;
  if (answer.status !== 200) return null;
  if (answer.body.includes('"pending_')) return lifetimes.pending;
  return operation.name.endsWith('.list') ? lifetimes.list : lifetimes.item;
}
