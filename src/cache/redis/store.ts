import { type RedisHealth, RedisLink, readWithinMs } from '../../redis/link.js';
import { RedisClock, within } from '../../redis/clock.js';
import { type Copy } from './copies.js';
import { CredentialEpochs } from './epochs.js';
import { RedisFence } from './fence.js';
import { credentialKey, epochKey, keysOf, probeKeys, zoneKeys } from './keys.js';
import { RedisKept } from './kept.js';
import { nextNonce } from '../../redis/nonce.js';
import { persist } from './persist.js';
import { RedisFailure } from '../../redis/reasons.js';
import { type InTime, replyOf } from './reply.js';
import { scripts } from './scripts.js';
import { type RedisAddress } from '../../redis/url.js';
import { RedisWatch } from '../../redis/watch.js';
import { type Seal } from '../seal.js';
import {
  type Before,
  type CachedAnswer,
  type CacheStore,
  intentLivesMs,
  leaseMs,
  type Look,
  type Place,
  settlingMs,
  StoreUnavailable,
  type Turn,
} from '../store.js';

export interface RedisStoreOptions {
  readonly address: RedisAddress;
  readonly seal: Seal;
  /** For the copies in this process. */
  readonly maxBytes: number;
  readonly onHealth?: (health: RedisHealth) => void;
  /** Shorter where a test waits for them. */
  readonly times?: { readonly intentMs: number; readonly leaseMs: number; readonly settlingMs: number };
}

const usualTimes = { intentMs: intentLivesMs, leaseMs, settlingMs };

/** The cache that several processes share. Each answer it gives was confirmed by Redis for this very request. */
export class RedisStore implements CacheStore {
  private readonly link: RedisLink;
  private readonly watch: RedisWatch;
  private readonly clock = new RedisClock();
  private readonly fence: RedisFence;
  private readonly kept: RedisKept;
  /** Looks that have not been sent: who asks now may share what they bring. */
  private readonly unsent = new Map<string, Promise<Look>>();
  /** How long each look took that led: one read may wait for Redis so long in all, whatever it asks. */
  private readonly waited = new WeakMap<Turn, number>();
  private readonly times: NonNullable<RedisStoreOptions['times']>;
  /** Null where one server has all keys, and its scripts can read the epoch themselves. */
  private readonly epochs: CredentialEpochs | null;

  constructor({ address, seal, maxBytes, onHealth, times = usualTimes }: RedisStoreOptions) {
    this.watch = new RedisWatch(() => this.probe(), onHealth ?? (() => undefined));
    this.link = new RedisLink(address, (health) => this.watch.note(health));
    this.epochs = address.kind === 'cluster' ? new CredentialEpochs(this.link) : null;
    this.kept = new RedisKept(seal, maxBytes);
    this.fence = new RedisFence(this.link, this.clock, times.intentMs);
    this.times = times;
  }

  get health(): RedisHealth {
    return this.watch.health;
  }

  /** Of a cluster each master is asked: one that hangs keeps its own zones from being changed. */
  private async probe(): Promise<string | null> {
    await this.link.enter();
    const keys = this.link.keysAtEach(probeKeys());
    const problems = await Promise.all(keys.map((key) => this.probeAt(key)));
    const problem = problems.find((text) => text !== '');
    if (problem !== undefined) return problem;
    const { health } = this.link;
    return health.isUsable ? null : health.reason;
  }

  private async probeAt(key: string): Promise<string> {
    const sentAt = performance.now();
    const args = [this.epochs ? 'cluster' : 'single'];
    const reply = await this.link.read({ script: scripts.probe, keys: [key], args });
    const [problem, now] = reply as [Buffer, number];
    this.clock.learn(sentAt, now);
    return problem.toString('latin1');
  }

  async look(place: Place, refresh = false): Promise<Look> {
    if (refresh) return this.lookAlone(place, true);
    const joined = this.unsent.get(place.key);
    if (joined) return asSecond(await joined);
    const look = this.lookAlone(place, false, () => this.unsent.delete(place.key));
    this.unsent.set(place.key, look);
    return look.finally(() => {
      if (this.unsent.get(place.key) === look) this.unsent.delete(place.key);
    });
  }

  private async lookAlone(place: Place, refresh: boolean, onSend?: () => void): Promise<Look> {
    const askedAt = performance.now();
    const copy = this.kept.copy(place);
    const ask = (epoch: string) => this.ask(place, refresh, copy, epoch, onSend);
    const asking = this.epochs ? this.epochs.confirm(place.credential, ask, onSend) : ask('');
    const reply = await asking.catch(this.doubt);
    switch (reply.kind) {
      case 'bypass':
        this.fence.endStrays(place.zone);
        return { kind: 'bypass' };
      case 'wait':
        return { kind: 'wait', generation: reply.generation };
      case 'same':
        // Said only of the fill that this process named.
        if (!copy) throw new StoreUnavailable('The store answered what was not asked.');
        return { kind: 'hit', cached: copy.cached };
      case 'hit': {
        const cached = this.kept.open(place, reply);
        // It can be led at once: nobody can read what is there.
        return cached ? { kind: 'hit', cached } : this.lookAlone(place, true);
      }
      case 'lead': {
        const turn = this.turn(place, refresh, reply);
        this.waited.set(turn, performance.now() - askedAt);
        return { kind: 'lead', turn, stale: this.kept.stale(place, reply, copy) };
      }
    }
  }

  private async ask(
    place: Place,
    refresh: boolean,
    copy: Copy | undefined,
    epoch: string,
    onSend?: () => void,
  ): Promise<InTime> {
    const nonce = nextNonce();
    const sentAt = performance.now();
    const { leaseMs, settlingMs } = this.times;
    const deadline = this.clock.deadline(readWithinMs);
    const args = [nonce, deadline, refresh ? 1 : 0, copy?.fill ?? '', leaseMs, settlingMs, epoch];
    const keys = keysOf(place, this.epochs === null);
    const raw = await this.link.read({ script: scripts.look, keys, args, onSend }, (late) =>
      this.giveBack(place, nonce, late),
    );
    const reply = replyOf(raw, nonce);
    this.clock.learn(sentAt, reply.now);
    if (reply.kind === 'late' || reply.kind === 'begun')
      throw new StoreUnavailable('The store was asked too late.');
    return reply;
  }

  /** Nobody waits for this reply any more, and it may hold a lock. */
  private giveBack(place: Place, nonce: string, raw: unknown): void {
    const reply = replyOf(raw, nonce);
    if (reply.kind !== 'lead') return;
    const lock = `${nonce} ${reply.generation}`;
    this.link.fence(scripts.lock, [zoneKeys(place).lock], () => [lock, 0]).catch(() => undefined);
  }

  private turn(place: Place, refresh: boolean, reply: InTime & { kind: 'lead' }): Turn {
    const { generation, now, isSettling, nonce } = reply;
    return { place, generation, beganAt: now, isSettling, lock: refresh ? null : nonce };
  }

  async fill(turn: Turn, cached: CachedAnswer): Promise<boolean> {
    const { place, generation, beganAt } = turn;
    const fillable = this.kept.close(turn, cached);
    if (!fillable) {
      await this.giveUp(turn);
      return false;
    }
    const { value, freshMs, keptMs } = fillable;
    const fill = nextNonce();
    const args = [fill, lockOf(turn), generation, beganAt, value, freshMs, keptMs];
    const keys = keysOf(place, this.epochs === null);
    const filling = this.link.read({ script: scripts.fill, keys, args }).then((kept) => {
      if (kept === 1) this.kept.keep(place, { fill, cached });
      return kept === 1;
    });
    filling.catch(() => void this.unlock(turn));
    return this.inTime(turn, filling);
  }

  async giveUp(turn: Turn): Promise<void> {
    const unlocking = this.lock(turn, 0);
    unlocking.catch(() => void this.unlock(turn));
    await this.inTime(turn, unlocking);
  }

  async drop(turn: Turn): Promise<void> {
    this.kept.forget(turn.place);
    const { entry, lock } = zoneKeys(turn.place);
    const args = [lockOf(turn), turn.generation];
    const dropping = this.link.read({ script: scripts.drop, keys: [entry, lock], args });
    dropping.catch(() => void this.unlock(turn));
    await this.inTime(turn, dropping);
  }

  private inTime<T>(turn: Turn, done: Promise<T>): Promise<T> {
    return within(done, readWithinMs - (this.waited.get(turn) ?? 0));
  }

  /** As long as it would be held otherwise: who asks next would wait for nobody. */
  private unlock(turn: Turn): Promise<void> {
    return persist(this.times.leaseMs, () => this.lock(turn, 0));
  }

  async renew(turn: Turn): Promise<void> {
    await this.lock(turn, this.times.leaseMs);
  }

  private async lock(turn: Turn, ms: number): Promise<void> {
    if (turn.lock === null) return;
    const { lock } = zoneKeys(turn.place);
    await this.link.read({ script: scripts.lock, keys: [lock], args: [lockOf(turn), ms] });
  }

  begin(zone: string, intent: string): Promise<Before> {
    return this.fence.begin(zone, intent).catch(this.doubt).catch(this.explain);
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
    await this.link.fence(scripts.forget, [key], () => [nextNonce()]);
  }

  private readonly doubt = (error: unknown): never => {
    this.watch.doubt();
    throw error;
  };

  /** The last of many tries may have ended for want of time: what is known of the server says more. */
  private readonly explain = (error: unknown): never => {
    const reason = this.watch.lastingReason;
    throw reason === null ? error : new RedisFailure(reason);
  };

  close(): void {
    this.watch.close();
    this.link.close();
  }
}

/** One leads; who asked together with it waits for it. */
function asSecond(look: Look): Look {
  return look.kind === 'lead' ? { kind: 'wait', generation: look.turn.generation } : look;
}

function lockOf({ lock, generation }: Turn): string {
  return `${lock ?? ''} ${generation}`;
}
