import { GatewayError } from '../../platform/errors/gateway-error.js';
import { type Answer } from '../../domain/cloudflare/answer.js';
import { type Operation, type OperationName } from '../../domain/cloudflare/operations.js';
import { isPending } from '../../domain/cloudflare/pending.js';
import { lacksRarePermission, saidBy, whileLimitedSeconds } from '../../domain/cloudflare/verdict.js';

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

/** What the answer to an operation holds; null: it is not kept. */
const kept: Readonly<Record<OperationName, 'list' | 'item' | null>> = {
  'zone_certificate.list': 'list',
  'zone_certificate.get': 'item',
  'zone_certificate.upload': null,
  'zone_certificate.delete': null,
  'hostname_certificate.list': 'list',
  'hostname_certificate.get': 'item',
  'hostname_certificate.upload': null,
  'hostname_certificate.delete': null,
  'hostname.list': 'list',
  'hostname.get': 'item',
  'hostname.update': null,
  'settings.get': 'item',
  'settings.update': null,
  'global_level.get': 'item',
  'global_level.update': null,
  'token.verify': null,
  'account_token.verify': null,
};

/** Answers that were fetched together expire at different times. Only downwards: a lifetime is an upper bound. */
const jitter = 0.15;
/** For some minutes after a change Cloudflare's own answers differ from edge to edge. */
const mostWhileSettlingSeconds = 5;
/** A page that shows what its credential may not read would else call Cloudflare each time. */
const lackOfPermissionSeconds = 30;

/** How long an answer is kept; null if it is not. */
export function lifetimeOf(
  operation: Operation,
  answer: Answer,
  lifetimes: Lifetimes,
  isSettling: boolean,
): Lifetime | null {
  const base = secondsOf(operation, answer, lifetimes);
  if (base === null || base <= 0) return null;
  // Permissions do not settle.
  if (answer.status === 403) return { freshMs: 1000 * base, staleMs: 0 };
  const most = isSettling ? Math.min(base, mostWhileSettlingSeconds) : base;
  return {
    freshMs: 1000 * most * (1 - jitter * Math.random()),
    // A 404 is never shown stale: the object may exist by then.
    staleMs: answer.ok ? lifetimes.staleIfError * 1000 : 0,
  };
}

function secondsOf(operation: Operation, answer: Answer, lifetimes: Lifetimes): number | null {
  const holds = kept[operation.name];
  if (holds === null || answer.isRefusedWithin) return null;
  if (answer.status === 404) return lifetimes.notFound;
  if (answer.status === 403 && lacksRarePermission(answer.said, operation)) {
    return Math.min(lifetimes.item, lackOfPermissionSeconds);
  }
  if (answer.status !== 200) return null;
  return isPending(answer.envelope.result) ? lifetimes.pending : lifetimes[holds];
}

/**
 * How old, in milliseconds, a stale answer may be that replaces the outcome of a call (RFC 5861 §4): 0 if upstream answered and
 * did not fail. An error carries its own value.
 */
export function standsInMs(outcome: unknown): number {
  const said = saidBy(outcome);
  if (said) return said.status >= 500 ? Infinity : said.status === 429 ? whileLimitedSeconds * 1000 : 0;
  return outcome instanceof GatewayError ? (outcome.details.staleForSeconds ?? 0) * 1000 : 0;
}
