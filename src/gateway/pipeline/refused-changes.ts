import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { within } from '../../platform/context/deadline.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { Answer } from '../../domain/cloudflare/answer.js';
import { type PermissionArea } from '../../domain/cloudflare/operations.js';
import { refusalIn, saidBy } from '../../domain/cloudflare/verdict.js';

/** How long a refusal is repeated before Cloudflare is asked again. */
const repeatedForMs = 1000;
/** Changes of one credential, over all zones, that may be refused within that time. */
const mostRefused = 10;
/** For a credential that has changed some zone, and that Cloudflare has refused nothing for a second. */
const mostTried = 64;
const mostWaiting = 256;
const longestWaitMs = 5000;
const max = 10_000;

/** Who changes what: credential and zone by the names that the cache gives them. */
interface Changing {
  readonly who: string;
  readonly zone: string;
  /** What the change needs a permission for. */
  readonly area: PermissionArea;
}

/** The answer, or the error of an answer that cannot be passed on. */
type Refusal = Answer | GatewayError;

/** The changes of one credential whose permission is not known yet. */
class Trials {
  readonly underWay = new Set<Promise<void>>();
  /** When each of the last refusals stops to count. */
  readonly refusedUntil: number[] = [];
  /** Whether Cloudflare has let the credential change any zone. */
  isPermittedSomewhere = false;
  waiting = 0;
}

/**
 * Bounds the cost of a credential that may not change a zone: each change costs two records on the disk and a fence that takes
 * the zone out of the cache. Until Cloudflare has let a change of a credential in a zone pass, one is tried at a time;
 * for a second after a refusal the refusal is repeated; and a credential has ten refusals a second over all zones, for which
 * the next changes wait.
 */
@Injectable()
export class RefusedChanges {
  /** By credential, zone and permission: those whose last change was not refused. */
  private readonly permitted = new LRUCache<string, true>({ max });
  private readonly refused = new LRUCache<string, Refusal>({ max, ttl: repeatedForMs });
  private readonly tried = new Map<string, Promise<void>>();
  private readonly credentials = new LRUCache<string, Trials>({ max });

  /**
   * Runs a change, or repeats the refusal of a change of the same credential in the same zone, which needed the same permission,
   * within the last second.
   *
   * @param onRepeated called with the refusal that is repeated
   * @throws GatewayError as the change does; the refusal that is repeated; `overloaded`
   */
  async run(
    { who, zone, area }: Changing,
    change: () => Promise<Answer>,
    onRepeated: (refusal: Refusal) => void,
  ): Promise<Answer> {
    const name = `${who} ${zone} ${area}`;
    const giveUpAt = performance.now() + longestWaitMs;
    for (;;) {
      const refusal = this.refused.get(name);
      if (refusal) {
        onRepeated(refusal);
        return repeated(refusal);
      }
      const trials = this.trialsOf(who);
      if (this.permitted.has(name)) return this.attempt(name, trials, change);
      const other = this.tried.get(name);
      const left = giveUpAt - performance.now();
      if (!isFull(trials) && (!other || left <= 0)) return this.attempt(name, trials, change);
      if (trials.waiting >= mostWaiting || left <= 0) throw tooMany();
      await wait(trials, other, left);
    }
  }

  private attempt(name: string, trials: Trials, change: () => Promise<Answer>): Promise<Answer> {
    const changing = change();
    const end = (outcome: unknown) => {
      this.learn(name, trials, outcome);
      trials.underWay.delete(trial);
      if (this.tried.get(name) === trial) this.tried.delete(name);
    };
    const trial = changing.then(end, end);
    if (this.permitted.has(name)) return changing;
    this.tried.set(name, trial);
    trials.underWay.add(trial);
    return changing;
  }

  private learn(name: string, trials: Trials, outcome: unknown): void {
    const said = saidBy(outcome);
    if (refusalIn(said) !== null) {
      this.permitted.delete(name);
      this.refused.set(name, outcome as Refusal);
      trials.refusedUntil.push(performance.now() + repeatedForMs);
    } else if (said) {
      this.permitted.set(name, true);
      trials.isPermittedSomewhere = true;
    }
  }

  private trialsOf(who: string): Trials {
    const trials = this.credentials.get(who) ?? new Trials();
    this.credentials.set(who, trials);
    const now = performance.now();
    while ((trials.refusedUntil[0] ?? Infinity) <= now) trials.refusedUntil.shift();
    return trials;
  }
}

/** Waits until a change has ended or a refusal no longer counts, at most `ms`. */
async function wait(trials: Trials, other: Promise<void> | undefined, ms: number): Promise<void> {
  const nextFree = (trials.refusedUntil[0] ?? Infinity) - performance.now();
  const ended = Promise.race(other ? [other] : trials.underWay);
  trials.waiting += 1;
  await within(ended, Math.max(1, Math.min(ms, nextFree)), tooMany).catch(() => undefined);
  trials.waiting -= 1;
}

function isFull({ underWay, refusedUntil, isPermittedSomewhere }: Trials): boolean {
  const most = isPermittedSomewhere && refusedUntil.length === 0 ? mostTried : mostRefused;
  return underWay.size + refusedUntil.length >= most;
}

/** Without the headers, which belong to the first call. */
function repeated(refusal: Refusal): Answer {
  if (refusal instanceof Answer) return new Answer(refusal.status, refusal.body, {}, refusal.envelope);
  throw new GatewayError(refusal.kind, refusal.message, { ...refusal.details, headers: {} });
}

function tooMany(): GatewayError {
  const message =
    'Cloudflare has refused your last changes, or has not answered them yet, and more wait than are held here. Nothing was changed. Try again in a second.';
  return new GatewayError('overloaded', message, { headers: { 'retry-after': '1' } });
}
