import { type Run } from '../../../platform/redis/batch.js';
import { within } from '../../../platform/context/deadline.js';
import { storeTimeout } from '../../../platform/errors/store-unavailable.js';
import { type RedisLink } from '../../../platform/redis/link.js';
import { type KeptMemory } from '../store/kept-memory.js';
import { type Seal } from '../store/seal.js';
import {
  type CachedAnswer,
  type CacheStore,
  type Entry,
  type Intent,
  intentLivesMs,
  lockMs,
  type Look,
  type Place,
  type Refresh,
  renewedGeneration,
  settlingMs,
  type Standing,
  type Turn,
} from '../store/store.js';
import { Copy, RedisEntries } from './entries.js';
import { RedisFence } from './fence.js';
import { Generations } from './generations.js';
import { keysOf, zoneKeys } from './keys.js';
import { type Clocks, Leases, mostLeases } from './leases.js';
import { textOf } from './reply.js';
import { isOfThisProcess, nextNonce, scripts } from './scripts.js';
import { Unsent } from './unsent.js';

export interface RedisStoreOptions {
  readonly link: RedisLink;
  readonly seal: Seal;
  /** For the copies in this process. */
  readonly memory: KeptMemory;
  /** Tests shorten them. */
  readonly times?: { readonly intentMs: number; readonly lockMs: number; readonly settlingMs: number };
  readonly clocks?: Clocks;
  /** Whether a reply of Redis is relied on for longer than for the reads that asked. */
  readonly leases?: boolean;
}

/** `refresh` and `peek` take no lock; `refresh` ignores the entry that is there. */
type Mode = 'read' | 'refresh' | 'peek';

/** The locks of this process that are asked for, and those whose turns have not ended, by their nonces. */
const locksInUse = new Set<string>();

const usualTimes = { intentMs: intentLivesMs, lockMs, settlingMs };

/**
 * A cache that several processes share. Redis says which generation stands; each answer of Redis gives a lease, under which this
 * process gives its copies of that generation without asking again.
 */
export class RedisStore implements CacheStore {
  private readonly link: RedisLink;
  private readonly fence: RedisFence;
  private readonly entries: RedisEntries;
  private readonly generations: Generations;
  private readonly looks = new Unsent<Look>();
  private readonly times: NonNullable<RedisStoreOptions['times']>;

  constructor({ link, seal, memory, times = usualTimes, clocks, leases = true }: RedisStoreOptions) {
    this.link = link;
    this.generations = new Generations(link, new Leases(clocks, leases ? mostLeases : 0));
    this.entries = new RedisEntries(seal, memory);
    this.fence = new RedisFence(link, times.intentMs);
    this.times = times;
  }

  take(place: Place): Entry | null {
    const copy = this.entries.copy(place);
    if (!copy) return null;
    const now = this.generations.now();
    if (copy.cached.freshUntil <= now.monotonic) return null;
    return this.generations.stands(place, copy.generation, now) ? copy : null;
  }

  stand(standings: readonly Standing[]): boolean {
    return this.generations.stand(standings);
  }

  confirm(standings: readonly Standing[]): Promise<void> {
    return this.generations.confirm(standings);
  }

  async look(place: Place, refresh?: Refresh): Promise<Look> {
    if (refresh) return this.lookAlone(place, refresh);
    const joined = this.looks.get(place.key);
    if (joined) return asSecond(await joined);
    return this.looks.begin(place.key, (onSend) => this.lookAlone(place, undefined, onSend));
  }

  private async lookAlone(place: Place, refresh?: Refresh, onSend?: () => void): Promise<Look> {
    const askedAt = performance.now();
    const copy = this.entries.copy(place);
    const { reply, sent } = await this.find(place, refresh ? 'refresh' : 'read', copy, onSend);
    switch (reply.kind) {
      case 'wait':
        // A lock of this process without a turn: its reply was late, or could not be answered.
        if (isOfThisProcess(reply.lock) && !locksInUse.has(nonceOf(reply.lock)))
          return this.lookAlone(place, { for: 'gateway' });
        return { kind: 'wait', generation: reply.generation };
      case 'hit': {
        const entry = this.entries.found(place, reply, copy, sent.monotonic);
        // An entry that does not open is unreadable for all: refresh it at once.
        return entry ? { kind: 'hit', ...entry } : this.lookAlone(place, { for: 'gateway' });
      }
      case 'lead': {
        const { generation, now: beganAt, isSettling, nonce } = reply;
        const lock = refresh ? null : `${nonce} ${generation}`;
        const stale = this.entries.found(place, reply, copy, sent.monotonic)?.cached ?? null;
        return {
          kind: 'lead',
          turn: {
            place,
            generation,
            beganAt,
            isSettling,
            lock,
            refresh: refresh ?? null,
            waitedMs: performance.now() - askedAt,
          },
          stale,
        };
      }
      default:
        this.fence.endOrphans(place.zone);
        return { kind: 'bypass' };
    }
  }

  async peek(place: Place): Promise<CachedAnswer | null> {
    const known = this.take(place);
    if (known) return known.cached;
    const copy = this.entries.copy(place);
    const { reply, sent } = await this.find(place, 'peek', copy);
    return reply.kind === 'hit'
      ? (this.entries.found(place, reply, copy, sent.monotonic)?.cached ?? null)
      : null;
  }

  private async find(place: Place, mode: Mode, copy: Copy | undefined, onSend?: () => void) {
    const { lockMs, settlingMs } = this.times;
    /** Each may name a lock. */
    const nonces: string[] = [];
    let isSent = false;
    const sending = () => {
      isSent = true;
      onSend?.();
    };
    const run = (epoch: string): Run => {
      const nonce = nextNonce();
      nonces.push(nonce);
      if (mode === 'read') locksInUse.add(nonce);
      return {
        script: scripts.look,
        keys: keysOf(place, !this.link.isCluster),
        args: [nonce, mode, copy?.fill ?? '', lockMs, settlingMs, epoch],
      };
    };
    let lead = '';
    try {
      const asked = await this.generations.ask(place, mode === 'peek' ? 'no lease' : 'lease', run, sending);
      if (asked.reply.kind === 'lead') lead = asked.reply.nonce;
      return asked;
    } catch (error) {
      // The script may run later: other processes need not wait until its lock expires.
      if (mode === 'read' && isSent) this.releaseLater(place, nonces);
      throw error;
    } finally {
      for (const nonce of nonces) if (nonce !== lead) locksInUse.delete(nonce);
    }
  }

  private releaseLater(place: Place, nonces: readonly string[]): void {
    const { entry, lock } = zoneKeys(place);
    for (const nonce of nonces)
      this.link.post({ script: scripts.drop, keys: [entry, lock], args: [`${nonce} `, ''] });
  }

  async fill(turn: Turn, cached: CachedAnswer): Promise<string | null> {
    const { place, refresh } = turn;
    const generation =
      refresh?.for === 'client' ? renewedGeneration(turn.generation, refresh.renewal) : turn.generation;
    const entry = this.entries.close(place, generation, cached);
    if (!entry) {
      await this.giveUp(turn);
      return null;
    }
    const fill = nextNonce();
    const args = [
      fill,
      turn.lock ?? '',
      turn.generation,
      turn.beganAt,
      entry.value,
      entry.freshMs,
      entry.keptMs,
    ];
    if (refresh?.for === 'client') args.push(refresh.renewal, generation);
    const keys = keysOf(place, !this.link.isCluster);
    release(turn);
    const { raw, sent } = await this.inTimeOf(
      turn,
      this.generations.run({ script: scripts.fill, keys, args }),
    );
    if (textOf(raw) === '') return null;
    this.entries.keep(place, new Copy(generation, cached, fill));
    this.generations.grant(place, generation, sent);
    return generation;
  }

  giveUp(turn: Turn): Promise<void> {
    return turn.lock === null ? Promise.resolve() : this.endTurn(turn, '');
  }

  drop(turn: Turn): Promise<void> {
    this.entries.forget(turn.place);
    return this.endTurn(turn, turn.generation);
  }

  /** @param generation that of the entry to remove; empty to remove none */
  private async endTurn(turn: Turn, generation: string): Promise<void> {
    const { entry, lock } = zoneKeys(turn.place);
    release(turn);
    const run = { script: scripts.drop, keys: [entry, lock], args: [turn.lock ?? '', generation] };
    await this.inTimeOf(turn, this.link.run(run));
  }

  /** All waits of one read for Redis have one deadline together. */
  private inTimeOf<T>({ waitedMs }: Turn, ending: Promise<T>): Promise<T> {
    return within(ending, this.link.patience.runMs - waitedMs, storeTimeout);
  }

  async begin(zone: string): Promise<Intent> {
    try {
      return await this.fence.begin(zone);
    } finally {
      // Also if it fails: with a relaxed fence the change is made nevertheless.
      this.generations.endLeases(zone);
    }
  }

  end(intent: Intent): Promise<void> {
    return this.fence.end(intent);
  }

  lift(intent: Intent): Promise<void> {
    return this.fence.lift(intent);
  }

  forget(credential: string, zone?: string): Promise<void> {
    return this.generations.forget(credential, zone);
  }
}

/** Of the reads that joined a look, one leads and the others wait for it. */
function asSecond(look: Look): Look {
  return look.kind === 'lead' ? { kind: 'wait', generation: look.turn.generation } : look;
}

/** Called when a turn ends: if its lock is still in Redis later, no read of this process holds it. */
function release({ lock }: Turn): void {
  if (lock !== null) locksInUse.delete(nonceOf(lock));
}

function nonceOf(lock: string): string {
  return lock.slice(0, lock.indexOf(' '));
}
