import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../../platform/context/deadline.js';
import { storeTimeout, StoreUnavailable } from '../../platform/errors/store-unavailable.js';
import { Answer, type CacheOutcome } from '../../domain/cloudflare/answer.js';
import { type Operation } from '../../domain/cloudflare/operations.js';
import { collapsed, etagOf, keptOf, uncached } from './outcomes.js';
import { Departures } from './departures.js';
import { type Fence, raiseFence } from './fence.js';
import { fetchFor, OfOneCaller, ownAnswer } from './of-one-caller.js';
import { SharedCall } from './shared-call.js';
import { inOwnMemory } from './store/kept-memory.js';
import { type Lifetimes, lifetimeOf, standsInMs } from './lifetime.js';
import {
  type CachedAnswer,
  type CacheStore,
  type Entry,
  type Look,
  type Place,
  type Refresh,
  type Standing,
  type Turn,
} from './store/store.js';

export interface Question {
  readonly place: Place;
  readonly operation: Operation;
  /** Whether the cached answer is ignored, and for whom. */
  readonly refresh: Refresh | null;
  /** Aborted when the reader stops waiting; undefined if it waits to the end. Called only if the reader has to wait. */
  readonly signal: () => AbortSignal | undefined;
  /** Whether it is known that `fetch` would be refused by a limit of the reader's own. */
  readonly isUsedUp: () => boolean;
  /** @param signal aborted when the last reader has stopped waiting */
  readonly fetch: (signal: AbortSignal) => Promise<Answer>;
}

export interface CacheRules extends Lifetimes {
  /** `relaxed`: a change that cannot be fenced is sent, and reads may be stale until their entries expire. */
  readonly fence: 'strict' | 'relaxed';
}

const pollMs = 25;
/** Short, because the same read's lookup may have used up the time for the store. */
const forgetBeforeAnswerMs = 15;
/** If the store is away for longer, older answers stay valid until it has forgotten them, which is tried in the background. */
const renewWithinMs = 60;
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

  /** The fresh answer, if it is known to be valid without asking any other process; else null. */
  kept(place: Place): Answer | null {
    const entry = this.store.take(place);
    return entry && this.hit(place, entry);
  }

  async read(question: Question): Promise<Answer> {
    const { place, refresh } = question;
    if (refresh) return this.share(question, (signal) => this.refresh(question, refresh, signal));
    const giveUpAt = this.now() + longestWaitMs;
    while (this.now() < giveUpAt) {
      const look = await this.look(place);
      switch (look.kind) {
        case 'hit':
          return this.hit(place, look);
        case 'bypass':
          return this.bypass(question);
        case 'lead':
          return this.lead(question, look.turn, look.stale);
        case 'wait': {
          const flight = this.flightOf(place, look.generation);
          if (flight) return this.follow(question, flight, () => this.read(question));
          await sleep(pollMs);
        }
      }
    }
    return this.bypass(question);
  }

  /** Whether every generation is known to stand at this moment. */
  stand(standings: readonly Standing[]): boolean {
    return this.store.stand(standings);
  }

  /** Asks the store for the generations that are not known. */
  async confirm(standings: readonly Standing[]): Promise<void> {
    await this.store.confirm(standings).catch(ifUnavailable(undefined));
  }

  private bypass(question: Question): Promise<Answer> {
    return this.share(question, async (signal) => uncached(await fetchFor(question.fetch, signal)));
  }

  private async refresh(question: Question, refresh: Refresh, signal: AbortSignal): Promise<Answer> {
    const { place } = question;
    const look = await this.look(place, refresh);
    const answer =
      look.kind === 'lead'
        ? await this.fetchAndFill(question, look.turn, look.stale, signal)
        : uncached(await fetchFor(question.fetch, signal));
    // The client knows what Cloudflare says now: no older answer may be valid. An answer that is stored has ended them.
    if (refresh.for === 'client' && answer.cache?.how !== 'stale' && !answer.cache?.stored)
      await within(this.store.forget(place.credential, place.zone), renewWithinMs, storeTimeout).catch(
        nothing,
      );
    return answer;
  }

  private async share(question: Question, read: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const { place, refresh, signal } = question;
    const call = this.departures.next(`${place.key} ${refresh?.for ?? ''}`, read);
    if (call.isShared) return this.follow(question, call, () => this.share(question, read));
    return call.join(signal()).catch(ownAnswer);
  }

  /**
   * Waits for a call that another reader began.
   *
   * @param again reads anew, where the call was refused by a limit of that reader
   */
  private async follow(
    question: Question,
    call: SharedCall<Answer>,
    again: () => Promise<Answer>,
  ): Promise<Answer> {
    try {
      return collapsed(await call.join(question.signal()));
    } catch (error) {
      if (!(error instanceof OfOneCaller)) throw error;
      // Else many readers of one caller would begin calls that are refused, one after the other.
      if (!question.isUsedUp()) return again();
      return error.lastKnown ?? question.fetch(question.signal() ?? new AbortController().signal);
    }
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
  raise(zone: string): Promise<Fence> {
    return raiseFence(this.store, this.rules.fence, zone);
  }

  /** @throws StoreUnavailable after a short wait; the store continues in the background */
  async forget(credential: string, zone?: string): Promise<void> {
    await within(this.store.forget(credential, zone), forgetBeforeAnswerMs, storeTimeout);
  }

  private look(place: Place, refresh?: Refresh): Promise<Look> {
    return this.store.look(place, refresh).catch(ifUnavailable<Look>({ kind: 'bypass' }));
  }

  private async lead(question: Question, turn: Turn, stale: CachedAnswer | null): Promise<Answer> {
    const { place, signal } = question;
    const slow = this.flightOf(place, turn.generation);
    // The lock of a slow call of this process has expired: it goes on under the new one.
    if (slow) {
      void slow.ended.then(() => this.store.giveUp(turn)).catch(nothing);
      return this.follow(question, slow, () => this.read(question));
    }
    const name = nameOf(place, turn.generation);
    const flight = new SharedCall((ending) => this.fetchAndFill(question, turn, stale, ending));
    this.flights.set(name, flight);
    void flight.ended.then(() => {
      if (this.flights.get(name) === flight) this.flights.delete(name);
    });
    return flight.join(signal()).catch(ownAnswer);
  }

  /** The call of this process for a place. A call of an older generation may return the state before a change. */
  private flightOf(place: Place, generation: string): SharedCall<Answer> | null {
    const flight = this.flights.get(nameOf(place, generation));
    return flight && !flight.isAborted ? flight : null;
  }

  private async fetchAndFill(
    question: Question,
    turn: Turn,
    stale: CachedAnswer | null,
    signal: AbortSignal,
  ): Promise<Answer> {
    try {
      const answer = await fetchFor(question.fetch, signal);
      return (
        (await this.staleInstead(turn, answer, stale)) ?? (await this.keep(question.operation, turn, answer))
      );
    } catch (thrown) {
      const error = thrown instanceof OfOneCaller ? thrown.refusal : thrown;
      const known = await this.staleInstead(turn, error, stale);
      if (thrown instanceof OfOneCaller && known) throw new OfOneCaller(thrown.refusal, known);
      if (known) return known;
      // Aborted: no reader waited, and upstream has said nothing.
      if (signal.aborted) await this.store.giveUp(turn).catch(nothing);
      else await this.endTurn(turn, error);
      throw thrown;
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
      answer: new Answer(answer.status, inOwnMemory(answer.body), {}, answer.envelope),
      etag: etagOf(answer.body),
      storedAt,
      freshUntil: storedAt + lifetime.freshMs,
      staleUntil: storedAt + lifetime.staleMs,
    };
    const generation = await this.store.fill(turn, cached).catch(() => null);
    if (generation === null) return uncached(answer, 'miss');
    const outcome = this.outcomeOf(cached, 'miss');
    return answer.as({ ...outcome, stored: true, kept: keptOf(turn.place, { generation, cached }) });
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
    return stale.answer.as(this.outcomeOf(stale, 'stale'));
  }

  /** The entry stays only if upstream failed. */
  private async endTurn(turn: Turn, outcome: unknown): Promise<void> {
    const end = standsInMs(outcome) > 0 ? this.store.giveUp(turn) : this.store.drop(turn);
    await end.catch(nothing);
  }

  private hit(place: Place, entry: Entry): Answer {
    const { cached } = entry;
    return cached.answer.as({ ...this.outcomeOf(cached, 'hit'), kept: keptOf(place, entry) });
  }

  private outcomeOf({ storedAt, freshUntil, etag }: CachedAnswer, how: CacheOutcome['how']): CacheOutcome {
    const now = this.now();
    const ttlSeconds = Math.floor((freshUntil - now) / 1000);
    return {
      how,
      stored: false,
      collapsed: false,
      ageSeconds: Math.max(0, Math.floor((now - storedAt) / 1000)),
      ttlSeconds: how === 'stale' ? ttlSeconds : Math.max(0, ttlSeconds),
      etag,
      kept: null,
    };
  }
}

function nameOf({ key }: Place, generation: string): string {
  return `${key} ${generation}`;
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
