import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Answer } from '../../domain/cloudflare/answer.js';
import { refusalIn, saidBy } from '../../domain/cloudflare/verdict.js';

/** How long a refusal is given again before Cloudflare is asked anew. */
const repeatedForMs = 1000;
/** Changes of one credential, over all zones, that may be refused within that time. */
const mostRefused = 10;
/** Of a credential that Cloudflare has let change some zone, and has refused nothing since a second. */
const mostTried = 64;
const mostWaiting = 256;
const longestWaitMs = 5000;
const mostRemembered = 10_000;

/** Who changes what: both by the names that the cache gives them. */
export interface Pair {
  readonly who: string;
  readonly zone: string;
}

/** What Cloudflare refused: an answer, or the error of one that cannot be passed on. */
type Refusal = Answer | GatewayError;

/** The changes of one credential whose permission is not known yet. */
interface Trials {
  readonly underWay: Set<Promise<void>>;
  /** When each of the last refusals ceases to count. */
  readonly refusedUntil: number[];
  /** Whether Cloudflare has let the credential change any zone. */
  isPermittedSomewhere: boolean;
  waiting: number;
}

/**
 * Keeps a credential that may not change a zone from costing others anything: each change costs two records on the disk and a
 * fence that takes the zone out of the cache. So one change of a credential in a zone is tried at a time until Cloudflare has
 * let one pass; for a second after a refusal the same refusal is given again; and a credential has ten refusals a second over
 * all zones, for which the next changes wait.
 */
@Injectable()
export class RefusedChanges {
  /** Where the last change was not refused. */
  private readonly permitted = new Set<string>();
  private readonly refused = new Map<string, { readonly refusal: Refusal; readonly until: number }>();
  private readonly tried = new Map<string, Promise<void>>();
  private readonly credentials = new Map<string, Trials>();

  /**
   * Runs a change, or resolves to the refusal that a change of the same credential in the same zone met within the last second.
   *
   * @param onRepeated called with what Cloudflare said where the change is not run
   * @throws GatewayError as the change does; the refusal that is given again; `overloaded`
   */
  async run(
    { who, zone }: Pair,
    change: () => Promise<Answer>,
    onRepeated: (refusal: Refusal) => void,
  ): Promise<Answer> {
    const pair = `${who} ${zone}`;
    const giveUpAt = performance.now() + longestWaitMs;
    for (;;) {
      const refusal = this.refusalOf(pair);
      if (refusal) {
        onRepeated(refusal);
        return repeated(refusal);
      }
      if (this.permitted.has(pair)) return this.attempt(pair, this.trialsOf(who), change);
      const trials = this.trialsOf(who);
      const other = this.tried.get(pair);
      const left = giveUpAt - performance.now();
      if (!isFull(trials) && (!other || left <= 0)) return this.attempt(pair, trials, change);
      if (trials.waiting >= mostWaiting || left <= 0) throw tooMany();
      await wait(trials, other, left);
    }
  }

  private attempt(pair: string, trials: Trials, change: () => Promise<Answer>): Promise<Answer> {
    const changing = change();
    const end = (outcome: unknown) => {
      this.learn(pair, trials, outcome);
      trials.underWay.delete(trial);
      if (this.tried.get(pair) === trial) this.tried.delete(pair);
    };
    const trial = changing.then(end, end);
    if (this.permitted.has(pair)) return changing;
    this.tried.set(pair, trial);
    trials.underWay.add(trial);
    return changing;
  }

  private learn(pair: string, trials: Trials, outcome: unknown): void {
    const said = saidBy(outcome);
    if (refusalIn(said) !== null) {
      const until = performance.now() + repeatedForMs;
      this.permitted.delete(pair);
      this.refused.delete(pair);
      this.refused.set(pair, { refusal: outcome as Refusal, until });
      trials.refusedUntil.push(until);
    } else if (said) {
      bounded(this.permitted).add(pair);
      trials.isPermittedSomewhere = true;
    }
  }

  private refusalOf(pair: string): Refusal | null {
    const now = performance.now();
    for (const [key, { until }] of this.refused) {
      // They stand in the order in which they end.
      if (until > now) break;
      this.refused.delete(key);
    }
    return this.refused.get(pair)?.refusal ?? null;
  }

  private trialsOf(who: string): Trials {
    const known = this.credentials.get(who);
    const trials = known ?? {
      underWay: new Set(),
      refusedUntil: [],
      isPermittedSomewhere: false,
      waiting: 0,
    };
    if (!known) bounded(this.credentials).set(who, trials);
    const now = performance.now();
    while ((trials.refusedUntil[0] ?? Infinity) <= now) trials.refusedUntil.shift();
    return trials;
  }
}

/** Until something may have changed, and at the most so many milliseconds. */
async function wait(trials: Trials, other: Promise<void> | undefined, ms: number): Promise<void> {
  const nextFree = (trials.refusedUntil[0] ?? Infinity) - performance.now();
  const over = new AbortController();
  const time = sleep(Math.max(1, Math.min(ms, nextFree)), undefined, { signal: over.signal });
  trials.waiting += 1;
  try {
    await Promise.race([time.catch(() => undefined), ...(other ? [other] : trials.underWay)]);
  } finally {
    trials.waiting -= 1;
    over.abort();
  }
}

function isFull({ underWay, refusedUntil, isPermittedSomewhere }: Trials): boolean {
  const most = isPermittedSomewhere && refusedUntil.length === 0 ? mostTried : mostRefused;
  return underWay.size + refusedUntil.length >= most;
}

/** Without the headers, which were true of the call that was made. */
function repeated(refusal: Refusal): Answer {
  if (refusal instanceof Answer) return new Answer(refusal.status, refusal.body, {}, refusal.envelope);
  throw new GatewayError(refusal.kind, refusal.message, { ...refusal.details, headers: {} });
}

function tooMany(): GatewayError {
  const message =
    'Cloudflare has refused the last changes of this credential, or has not answered them yet, and more wait than are held here. Nothing was changed. Try again in a second.';
  return new GatewayError('overloaded', message, { headers: { 'retry-after': '1' } });
}

/** Makes room for one more: the oldest goes. */
function bounded<T extends Map<string, unknown> | Set<string>>(kept: T): T {
  if (kept.size >= mostRemembered) kept.delete(kept.keys().next().value ?? '');
  return kept;
}
