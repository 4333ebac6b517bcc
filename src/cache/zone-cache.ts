import { hash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayError } from '../errors/gateway-error.js';
import { Answer, type CacheOutcome } from '../upstream/answer.js';
import { type Operation } from '../upstream/operations.js';
import { type Lifetimes, lifetimeOf } from './lifetime.js';
import {
  type CachedAnswer,
  type CacheStore,
  intentLivesMs,
  leaseMs,
  type Look,
  type Place,
  StoreUnavailable,
  type Turn,
} from './store.js';

export interface Question {
  readonly place: Place;
  readonly operation: Operation;
  /** What is kept is not good enough: ask upstream. */
  readonly refresh: boolean;
  readonly fetch: () => Promise<Answer>;
}

export interface CacheRules extends Lifetimes {
  /** `relaxed`: a change goes on where it cannot be fenced, and reads may be stale until what is kept ends. */
  readonly fence: 'strict' | 'relaxed';
}

const pollMs = 25;
const endBeforeAnswerMs = 2000;
const endAgainMs = 50;
/** It stands before the answer to a read, whose look may have cost all the time there is for the store. */
const forgetBeforeAnswerMs = 15;
/** A waiter asks for itself then: whoever leads takes too long. */
const longestWaitMs = 5000;
/** Stale for a short time alone where Cloudflare said "too many": else a revoked token could read on by flooding. */
const staleAfter429Ms = 60_000;

/** Answers out of the store or from upstream, so that no answer from before a change is given to who asks after it. */
export class ZoneCache {
  /** What this process is fetching, by place and by the generation it will count under. */
  private readonly flights = new Map<string, Promise<Answer>>();

  constructor(
    private readonly store: CacheStore,
    private readonly rules: CacheRules,
    private readonly now: () => number = Date.now,
  ) {}

  async read(question: Question): Promise<Answer> {
    const { place, refresh, fetch } = question;
    const giveUpAt = this.now() + longestWaitMs;
    while (this.now() < giveUpAt) {
      const look = await this.look(place, refresh);
      switch (look.kind) {
        case 'hit':
          return this.fromStore(look.cached, 'hit');
        case 'bypass':
          return uncached(await fetch());
        case 'lead':
          return this.lead(question, look.turn, look.stale);
        case 'wait': {
          // Only under the generation seen now: an older flight may bring what was before a change.
          const flight = this.flights.get(flightOf(place, look.generation));
          if (flight) return collapsed(await flight);
          await sleep(pollMs);
        }
      }
    }
    return uncached(await fetch());
  }

  /** What is kept and fresh; null where there is nothing. Nothing is fetched for it. */
  async peek(place: Place): Promise<Answer | null> {
    const look = await this.look(place, false);
    if (look.kind === 'lead') await this.store.giveUp(look.turn).catch(nothing);
    return look.kind === 'hit' ? look.cached.answer : null;
  }

  /**
   * Runs a change between its fences. Where its fate is not known (`outcome_unknown`) it may still be made: then the
   * fence stays up until its intent expires, and nothing is kept meanwhile.
   *
   * @throws StoreUnavailable where it cannot be fenced: nothing was sent then
   */
  async change<T>(zone: string, send: () => Promise<T>): Promise<T> {
    const intent = randomUUID();
    try {
      await this.store.begin(zone, intent);
    } catch (error) {
      if (this.rules.fence === 'relaxed' && error instanceof StoreUnavailable) return send();
      throw error;
    }
    try {
      const result = await send();
      await this.endFence(zone, intent);
      return result;
    } catch (error) {
      const mayStillBeMade = error instanceof GatewayError && error.kind === 'outcome_unknown';
      if (!mayStillBeMade) await this.endFence(zone, intent);
      throw error;
    }
  }

  /** Tried for 2 s before the answer, then behind it; an intent that cannot be ended expires. */
  private async endFence(zone: string, intent: string): Promise<void> {
    const answerAt = this.now() + endBeforeAnswerMs;
    const giveUpAt = this.now() + intentLivesMs;
    const tryAgain = async (until: number): Promise<boolean> => {
      while (this.now() < until) {
        if (await this.store.end(zone, intent).then(always, never)) return true;
        await sleep(endAgainMs);
      }
      return false;
    };
    if (!(await tryAgain(answerAt))) void tryAgain(giveUpAt);
  }

  /** Waited for shortly; the store goes on behind the answer. */
  async forget(credential: string, zone?: string): Promise<void> {
    await Promise.race([this.store.forget(credential, zone), sleep(forgetBeforeAnswerMs)]);
  }

  private async look(place: Place, refresh: boolean): Promise<Look> {
    try {
      return await this.store.look(place, refresh);
    } catch (error) {
      if (error instanceof StoreUnavailable) return { kind: 'bypass' };
      throw error;
    }
  }

  private lead(question: Question, turn: Turn, stale: CachedAnswer | null): Promise<Answer> {
    const name = flightOf(question.place, turn.generation);
    const flight = this.fetchAndFill(question, turn, stale).finally(() => {
      if (this.flights.get(name) === flight) this.flights.delete(name);
    });
    if (turn.lock !== null) this.flights.set(name, flight);
    return flight;
  }

  private async fetchAndFill(
    { operation, fetch }: Question,
    turn: Turn,
    stale: CachedAnswer | null,
  ): Promise<Answer> {
    const renewal = setInterval(() => void this.store.renew(turn).catch(nothing), leaseMs / 3);
    try {
      const answer = await fetch();
      const known = this.staleFor(answer, stale);
      if (known) return await this.instead(turn, known);
      return await this.keep(operation, turn, answer);
    } catch (error) {
      const known = stale && stale.staleUntil > this.now() ? stale : null;
      await this.store.giveUp(turn).catch(nothing);
      if (known) return this.fromStore(known, 'stale');
      throw error;
    } finally {
      clearInterval(renewal);
    }
  }

  private async keep(operation: Operation, turn: Turn, answer: Answer): Promise<Answer> {
    const lifetime = lifetimeOf(operation, answer, this.rules, turn.isSettling);
    if (!lifetime) {
      await this.store.giveUp(turn).catch(nothing);
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
    const stored = await this.store.fill(turn, cached).catch(never);
    return stored ? answer.as({ ...this.outcomeOf(cached, 'miss'), stored }) : uncached(answer, 'miss');
  }

  private async instead(turn: Turn, known: CachedAnswer): Promise<Answer> {
    await this.store.giveUp(turn).catch(nothing);
    return this.fromStore(known, 'stale');
  }

  /** What may be shown instead of a failure of upstream; null where it is no failure, or there is nothing to show. */
  private staleFor({ status }: Answer, stale: CachedAnswer | null): CachedAnswer | null {
    if (!stale || stale.staleUntil <= this.now()) return null;
    if (status >= 500) return stale;
    return status === 429 && this.now() - stale.storedAt < staleAfter429Ms ? stale : null;
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
      ageSeconds: Math.floor((now - storedAt) / 1000),
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

function nothing(): void {
  // The store is unavailable: there is a lease on the lock, and nothing to tell the reader.
}

const always = () => true;
const never = () => false;
