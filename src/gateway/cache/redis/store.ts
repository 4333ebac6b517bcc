import { retryUntil, within } from '../../../platform/context/deadline.js';
import { storeTimeout, StoreUnavailable } from '../../../platform/errors/store-unavailable.js';
import { type RedisLink, runWithinMs } from '../../../platform/redis/link.js';
import { type Seal } from '../store/seal.js';
import {
  type Before,
  type CachedAnswer,
  type CacheStore,
  intentLivesMs,
  leaseMs,
  type Look,
  type Place,
  settlingMs,
  type Turn,
} from '../store/store.js';
import { type Copy, RedisEntries } from './entries.js';
import { CredentialEpochs } from './epochs.js';
import { RedisFence } from './fence.js';
import { credentialKey, epochKey, keysOf, zoneKeys } from './keys.js';
import { type InTime, replyOf } from './reply.js';
import { nextNonce, scripts } from './scripts.js';

export interface RedisStoreOptions {
  readonly link: RedisLink;
  readonly seal: Seal;
  /** For the copies in this process. */
  readonly maxBytes: number;
  /** Tests shorten them. */
  readonly times?: { readonly intentMs: number; readonly leaseMs: number; readonly settlingMs: number };
}

/** `refresh` and `peek` take no lock; `refresh` ignores the entry that is there. */
type Mode = 'read' | 'refresh' | 'peek';

const usualTimes = { intentMs: intentLivesMs, leaseMs, settlingMs };
const unlockAgainMs = 50;

/** A cache that several processes share. Redis confirms each answer for the request that asks for it. */
export class RedisStore implements CacheStore {
  private readonly link: RedisLink;
  private readonly fence: RedisFence;
  private readonly entries: RedisEntries;
  /** Unsent looks, which reads of the same key join: with 20 concurrent reads a look costs 16 µs of CPU, else 56 µs. */
  private readonly unsent = new Map<string, Promise<Look>>();
  /** How long the look took that began a turn: all waits of one read for Redis together have one deadline. */
  private readonly waited = new WeakMap<Turn, number>();
  private readonly times: NonNullable<RedisStoreOptions['times']>;
  /** Null if one server has all keys, so that the scripts read the epoch themselves. */
  private readonly epochs: CredentialEpochs | null;

  constructor({ link, seal, maxBytes, times = usualTimes }: RedisStoreOptions) {
    this.link = link;
    this.epochs = link.isCluster ? new CredentialEpochs(link) : null;
    this.entries = new RedisEntries(seal, maxBytes);
    this.fence = new RedisFence(link, times.intentMs);
    this.times = times;
  }

  async look(place: Place, refresh = false): Promise<Look> {
    if (refresh) return this.lookAlone(place, 'refresh');
    const { unsent } = this;
    const joined = unsent.get(place.key);
    if (joined) return asSecond(await joined);
    const look = this.lookAlone(place, 'read', () => unsent.delete(place.key));
    unsent.set(place.key, look);
    return look.finally(() => {
      if (unsent.get(place.key) === look) unsent.delete(place.key);
    });
  }

  private async lookAlone(place: Place, mode: 'read' | 'refresh', onSend?: () => void): Promise<Look> {
    const askedAt = performance.now();
    const copy = this.entries.copies.get(place.key);
    const reply = await this.ask(place, mode, copy, onSend);
    switch (reply.kind) {
      case 'wait':
        return { kind: 'wait', generation: reply.generation };
      case 'same':
      case 'hit': {
        const cached = this.cached(place, reply, copy);
        // An entry that does not open is unreadable for all: refresh it at once.
        return cached ? { kind: 'hit', cached } : this.lookAlone(place, 'refresh');
      }
      case 'lead': {
        const { generation, now: beganAt, isSettling, nonce } = reply;
        const turn = { place, generation, beganAt, isSettling, lock: mode === 'read' ? nonce : null };
        this.waited.set(turn, performance.now() - askedAt);
        return { kind: 'lead', turn, stale: this.entries.stale(place, reply, copy) };
      }
      default:
        this.fence.endOrphans(place.zone);
        return { kind: 'bypass' };
    }
  }

  async peek(place: Place): Promise<CachedAnswer | null> {
    const copy = this.entries.copies.get(place.key);
    const reply = await this.ask(place, 'peek', copy);
    return reply.kind === 'same' || reply.kind === 'hit' ? this.cached(place, reply, copy) : null;
  }

  /** The reply `same` confirms the copy that the request named. */
  private cached(place: Place, reply: InTime & { kind: 'same' | 'hit' }, copy?: Copy): CachedAnswer | null {
    if (reply.kind === 'hit') return this.entries.open(place, reply);
    if (!copy) throw new StoreUnavailable('The store answered what was not asked.');
    return copy.cached;
  }

  private async ask(place: Place, mode: Mode, copy: Copy | undefined, onSend?: () => void): Promise<InTime> {
    const ask = (epoch: string) => this.askUnder(epoch, place, mode, copy, onSend);
    try {
      return await (this.epochs ? this.epochs.confirm(place.credential, ask, onSend) : ask(''));
    } catch (error) {
      this.link.watch.check();
      throw error;
    }
  }

  private async askUnder(
    epoch: string,
    place: Place,
    mode: Mode,
    copy: Copy | undefined,
    onSend?: () => void,
  ): Promise<InTime> {
    const { clock } = this.link;
    const nonce = nextNonce();
    const sentAt = performance.now();
    const { leaseMs, settlingMs } = this.times;
    const args = [nonce, clock.deadline(runWithinMs), mode, copy?.fill ?? '', leaseMs, settlingMs, epoch];
    const run = { script: scripts.look, keys: keysOf(place, !this.link.isCluster), args, onSend };
    const raw = await this.link.run(run, (late) => this.unlockLate(place, nonce, late));
    const reply = replyOf(raw, nonce);
    clock.learn(sentAt, reply.now);
    if (reply.kind === 'late' || reply.kind === 'begun')
      throw new StoreUnavailable('The store was asked too late.');
    return reply;
  }

  /** A reply after the deadline may have taken a lock. */
  private unlockLate(place: Place, nonce: string, raw: unknown): void {
    const reply = replyOf(raw, nonce);
    if (reply.kind !== 'lead') return;
    const lock = `${nonce} ${reply.generation}`;
    this.link.retry(scripts.lock, [zoneKeys(place).lock], () => [lock, 0]).catch(nothing);
  }

  async fill(turn: Turn, cached: CachedAnswer): Promise<boolean> {
    const { place, generation, beganAt } = turn;
    const entry = this.entries.close(turn, cached);
    if (!entry) {
      await this.giveUp(turn);
      return false;
    }
    const fill = nextNonce();
    const keys = keysOf(place, !this.link.isCluster);
    const args = [fill, lockOf(turn), generation, beganAt, entry.value, entry.freshMs, entry.keptMs];
    const filling = this.link.run({ script: scripts.fill, keys, args }).then((stored) => {
      if (stored === 1) this.entries.copies.set(place.key, { fill, cached });
      return stored === 1;
    });
    return this.inTime(turn, filling);
  }

  async giveUp(turn: Turn): Promise<void> {
    await this.inTime(turn, this.lock(turn, 0));
  }

  async drop(turn: Turn): Promise<void> {
    this.entries.copies.delete(turn.place.key);
    const { entry, lock } = zoneKeys(turn.place);
    const args = [lockOf(turn), turn.generation];
    await this.inTime(turn, this.link.run({ script: scripts.drop, keys: [entry, lock], args }));
  }

  async renew(turn: Turn): Promise<void> {
    await this.lock(turn, this.times.leaseMs);
  }

  /** Waits for the end of a turn. If it fails, the lock is released in the background, or expires. */
  private inTime<T>(turn: Turn, ended: Promise<T>): Promise<T> {
    ended.catch(() => {
      const until = performance.now() + this.times.leaseMs;
      retryUntil(until, unlockAgainMs, () => this.lock(turn, 0)).catch(nothing);
    });
    return within(ended, runWithinMs - (this.waited.get(turn) ?? 0), storeTimeout);
  }

  /** @param ms how much longer the lock is held; 0 releases it */
  private async lock(turn: Turn, ms: number): Promise<void> {
    if (turn.lock === null) return;
    const { lock } = zoneKeys(turn.place);
    await this.link.run({ script: scripts.lock, keys: [lock], args: [lockOf(turn), ms] });
  }

  begin(zone: string, intent: string): Promise<Before> {
    return this.fence.begin(zone, intent);
  }

  end(zone: string, intent: string): Promise<void> {
    return this.fence.end(zone, intent);
  }

  lift(zone: string, intent: string, before: Before): Promise<void> {
    return this.fence.lift(zone, intent, before);
  }

  async forget(credential: string, zone?: string): Promise<void> {
    if (zone === undefined) this.epochs?.forget(credential);
    const key = zone === undefined ? credentialKey(credential) : epochKey(zone, credential);
    await this.link.retry(scripts.forget, [key], () => [nextNonce()]);
  }
}

/** Of the reads that joined a look, one leads and the others wait for it. */
function asSecond(look: Look): Look {
  return look.kind === 'lead' ? { kind: 'wait', generation: look.turn.generation } : look;
}

function lockOf({ lock, generation }: Turn): string {
  return `${lock ?? ''} ${generation}`;
}

function nothing(): void {
  // The lock expires.
}
