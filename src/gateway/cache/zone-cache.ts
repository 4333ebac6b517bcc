import { hash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryUntil, within } from '../../platform/context/deadline.js';
import { GatewayError } from '../../platform/errors/gateway-error.js';
import { storeTimeout, StoreUnavailable } from '../../platform/errors/store-unavailable.js';
import { Answer, type CacheOutcome } from '../../domain/cloudflare/answer.js';
import { type Operation } from '../../domain/cloudflare/operations.js';
import { refusalIn, saidBy } from '../../domain/cloudflare/verdict.js';
import { Departures } from './departures.js';
import { SharedCall } from './shared-call.js';
import { type Lifetimes, lifetimeOf, standsInMs } from './lifetime.js';
import {
  type Before,
  type CachedAnswer,
  type CacheStore,
  intentLivesMs,
  leaseMs,
  type Look,
  type Place,
  type Turn,
} from './store/store.js';

export interface Question {
  readonly place: Place;
  readonly operation: Operation;
  /** Ignore the cached answer. */
  readonly refresh: boolean;
  /** Aborted when the reader stops waiting; undefined if it waits to the end. Called only if the reader has to wait. */
  readonly signal: () => AbortSignal | undefined;
  /** @param signal aborted when the last reader has stopped waiting */
  readonly fetch: (signal: AbortSignal) => Promise<Answer>;
}

/** Stands between a change and the reads of its zone. */
export interface Fence {
  /**
   * Called with the outcome of the change. After `outcome_unknown` the change may still be made: the fence stays up until its
   * intent expires. If Cloudflare refused the credential, nothing has changed, and the entries from before are valid again.
   */
  lower(outcome: unknown): Promise<void>;
}

export interface CacheRules extends Lifetimes {
  /** `relaxed`: a change that cannot be fenced is sent, and reads may be stale until their entries expire. */
  readonly fence: 'strict' | 'relaxed';
}

const pollMs = 25;
const endBeforeAnswerMs = 2000;
const endAgainMs = 50;
/** Short, because the same read's lookup may have used up the time for the store. */
const forgetBeforeAnswerMs = 15;
/** After that a waiting read fetches by itself. */
const longestWaitMs = 5000;

/** Serves reads from the store or from upstream. A read that starts after a change was acknowledged never gets an older answer. */
export class ZoneCache {
  /** The calls of this process, by place and generation. */
  private readonly flights = new Map<string, SharedCall<Answer>>();
  /** The calls of reads that refresh or bypass the cache. */
  private readonly departures = new Departures<Answer>();

  constructor(
    private readonly store: CacheStore,
    private readonly rules: CacheRules,
    private readonly now: () => number = () => performance.now(),
  ) {}

  async read(question: Question): Promise<Answer> {
    const { place } = question;
    if (question.refresh) return this.share(question, (signal) => this.refresh(question, signal));
    const giveUpAt = this.now() + longestWaitMs;
    while (this.now() < giveUpAt) {
      const look = await this.look(place, false);
      switch (look.kind) {
        case 'hit':
          return this.fromStore(look.cached, 'hit');
        case 'bypass':
          return this.bypass(question);
        case 'lead':
          return this.lead(question, look.turn, look.stale);
        case 'wait': {
          // A call of an older generation may return the state before a change.
          const flight = this.flights.get(flightOf(place, look.generation));
          if (flight && !flight.isAborted) return collapsed(await flight.join(question.signal()));
          await sleep(pollMs);
        }
      }
    }
    return this.bypass(question);
  }

  private bypass(question: Question): Promise<Answer> {
    return this.share(question, async (signal) => uncached(await question.fetch(signal)));
  }

  private async refresh(question: Question, signal: AbortSignal): Promise<Answer> {
    const look = await this.look(question.place, true);
    if (look.kind !== 'lead') return uncached(await question.fetch(signal));
    return this.fetchAndFill(question, look.turn, look.stale, signal);
  }

  private async share(
    { place, signal }: Question,
    read: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const call = this.departures.next(place.key, read);
    const { isShared } = call;
    const answer = await call.join(signal());
    return isShared ? collapsed(answer) : answer;
  }

  /** The fresh answer in the store; null without one. Takes no lock. */
  async peek(place: Place): Promise<Answer | null> {
    const cached = await this.store.peek(place).catch(ifUnavailable(null));
    return cached?.answer ?? null;
  }

  /**
   * Raises the fence of a zone before a change is sent: no answer that was fetched before is stored from now on.
   *
   * @throws StoreUnavailable if it cannot be raised: then the change may not be sent
   */
  async raise(zone: string): Promise<Fence> {
    const intent = randomUUID();
    try {
      const before = await this.store.begin(zone, intent);
      return { lower: (outcome) => this.lower(zone, intent, before, outcome) };
    } catch (error) {
      if (this.rules.fence === 'relaxed' && error instanceof StoreUnavailable) return noFence;
      throw error;
    }
  }

  /** Retries for 2 s before the answer, then in the background. An intent that cannot be ended expires. */
  private async lower(zone: string, intent: string, before: Before, outcome: unknown): Promise<void> {
    if (outcome instanceof GatewayError && outcome.kind === 'outcome_unknown') return;
    const isRefused = refusalIn(saidBy(outcome)) !== null;
    const end = () => (isRefused ? this.store.lift(zone, intent, before) : this.store.end(zone, intent));
    const endedAt = performance.now();
    try {
      await retryUntil(endedAt + endBeforeAnswerMs, endAgainMs, end);
    } catch {
      retryUntil(endedAt + intentLivesMs, endAgainMs, end).catch(nothing);
    }
  }

  /** @throws StoreUnavailable after a short wait; the store continues in the background */
  async forget(credential: string, zone?: string): Promise<void> {
    await within(this.store.forget(credential, zone), forgetBeforeAnswerMs, storeTimeout);
  }

  private look(place: Place, refresh: boolean): Promise<Look> {
    return this.store.look(place, refresh).catch(ifUnavailable<Look>({ kind: 'bypass' }));
  }

  private lead(question: Question, turn: Turn, stale: CachedAnswer | null): Promise<Answer> {
    const name = flightOf(question.place, turn.generation);
    const flight = new SharedCall((signal) => this.fetchAndFill(question, turn, stale, signal));
    if (turn.lock !== null) this.flights.set(name, flight);
    void flight.ended.then(() => {
      if (this.flights.get(name) === flight) this.flights.delete(name);
    });
    return flight.join(question.signal());
  }

  private async fetchAndFill(
    { operation, fetch }: Question,
    turn: Turn,
    stale: CachedAnswer | null,
    signal: AbortSignal,
  ): Promise<Answer> {
    const renewal = setInterval(() => void this.store.renew(turn).catch(nothing), leaseMs / 3);
    try {
      const answer = await fetch(signal);
      return (await this.staleInstead(turn, answer, stale)) ?? (await this.keep(operation, turn, answer));
    } catch (error) {
      const known = await this.staleInstead(turn, error, stale);
      if (known) return known;
      // Aborted: no reader waited, and upstream has said nothing.
      if (signal.aborted) await this.store.giveUp(turn).catch(nothing);
      else await this.endTurn(turn, error);
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  private async keep(operation: Operation, turn: Turn, answer: Answer): Promise<Answer> {
    const lifetime = lifetimeOf(operation, answer, this.rules, turn.isSettling);
    if (!lifetime) {
      await this.endTurn(turn, answer);
      return uncached(answer, 'miss');
    }
    const storedAt = this.now();
    const cached: CachedAnswer = {
      answer: new Answer(answer.status, answer.body, {}, answer.envelope),
      etag: etagOf(answer.body),
      storedAt,
      freshUntil: storedAt + lifetime.freshMs,
      staleUntil: storedAt + lifetime.staleMs,
    };
    const stored = await this.store.fill(turn, cached).catch(() => false);
    return stored ? answer.as({ ...this.outcomeOf(cached, 'miss'), stored }) : uncached(answer, 'miss');
  }

  /** Ends the turn with the stale answer if upstream failed and the stale answer may replace its answer; else null. */
  private async staleInstead(
    turn: Turn,
    outcome: unknown,
    stale: CachedAnswer | null,
  ): Promise<Answer | null> {
    const now = this.now();
    if (!stale || stale.staleUntil <= now || now - stale.storedAt >= standsInMs(outcome)) return null;
    await this.store.giveUp(turn).catch(nothing);
    return this.fromStore(stale, 'stale');
  }

  /** The entry stays only if upstream failed. */
  private async endTurn(turn: Turn, outcome: unknown): Promise<void> {
    const end = standsInMs(outcome) > 0 ? this.store.giveUp(turn) : this.store.drop(turn);
    await end.catch(nothing);
  }

  private fromStore(cached: CachedAnswer, how: 'hit' | 'stale'): Answer {
    return cached.answer.as(this.outcomeOf(cached, how));
  }

  private outcomeOf({ storedAt, freshUntil, etag }: CachedAnswer, how: CacheOutcome['how']): CacheOutcome {
    const now = this.now();
    return {
      how,
      stored: false,
      collapsed: false,
      ageSeconds: Math.max(0, Math.floor((now - storedAt) / 1000)),
      ttlSeconds: Math.floor((freshUntil - now) / 1000),
      etag,
    };
  }
}

function uncached(answer: Answer, how: 'bypass' | 'miss' = 'bypass'): Answer {
  return answer.as({ how, stored: false, collapsed: false, ageSeconds: 0, ttlSeconds: null, etag: null });
}

function collapsed(answer: Answer): Answer {
  return answer.cache ? answer.as({ ...answer.cache, collapsed: true }) : answer;
}

function flightOf({ key }: Place, generation: string): string {
  return `${key} ${generation}`;
}

function etagOf(body: Buffer): string {
  return `"${hash('sha256', body, 'base64url').slice(0, 27)}"`;
}

function ifUnavailable<T>(value: T) {
  return (error: unknown): T => {
    if (error instanceof StoreUnavailable) return value;
    throw error;
  };
}

function nothing(): void {
  // The store is unavailable: locks and intents expire.
}

const noFence: Fence = { lower: () => Promise.resolve() };
