import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { bytesOf, type KeptMemory, type Sized } from './kept-memory.js';
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
} from './store.js';

class StoredEntry implements Entry, Sized {
  readonly bytes: number;
  /** The endings of generations until then, when it has stood: it stands until the next one. */
  stoodAt = -1;

  constructor(
    readonly generation: string,
    readonly cached: CachedAnswer,
    readonly beganAt: number,
  ) {
    this.bytes = bytesOf(cached.answer.body.length);
  }
}

class ZoneState {
  generation = nextGeneration();
  changedAt = -Infinity;
  /** Changes under way, with the time at which each intent expires. */
  readonly intents = new Map<string, number>();
  /** The state before each refused change, by the generation that it gave; needed while other changes are under way. */
  readonly lifted = new Map<string, Pick<Intent, 'generation' | 'changedAt'>>();
}

class CredentialState {
  readonly epoch = nextGeneration();
  /** Of the zones that the credential was forgotten or refreshed in. */
  readonly zones = new Map<string, string>();
}

interface Lock {
  readonly token: string;
  readonly generation: string;
  readonly expiresAt: number;
}

/** Each is small. Dropping one invalidates the entries under it, which is safe. */
const mostStates = 100_000;
const mostZonesOfCredential = 1000;

let generations = 0;

/** Unique in this process. */
function nextGeneration(): string {
  generations += 1;
  return generations.toString(36);
}

/** The cache of one process. */
export class MemoryStore implements CacheStore {
  private readonly zones = new Map<string, ZoneState>();
  private readonly credentials = new LRUCache<string, CredentialState>({
    max: mostStates,
    dispose: () => (this.endings += 1),
  });
  private readonly locks = new Map<string, Lock>();
  /** How often a generation of any zone or credential has ended. */
  private endings = 0;
  /** What has stood, and the endings until then: it stands until the next one. */
  private readonly stood = new WeakMap<readonly Standing[], number>();

  constructor(
    private readonly memory: KeptMemory,
    private readonly now: () => number = () => performance.now(),
  ) {}

  take(place: Place): Entry | null {
    const entry = this.memory.get(place.key);
    if (!(entry instanceof StoredEntry)) return null;
    const now = this.now();
    if (entry.cached.freshUntil <= now) return null;
    if (entry.stoodAt === this.endings) return entry;
    if (entry.generation !== this.standing(place, now)) return null;
    entry.stoodAt = this.endings;
    return entry;
  }

  stand(standings: readonly Standing[]): boolean {
    if (this.stood.get(standings) === this.endings) return true;
    const now = this.now();
    const stand = standings.every((each) => each.generation === this.standing(each, now));
    if (stand) this.stood.set(standings, this.endings);
    return stand;
  }

  /** This process knows every generation. */
  confirm(): Promise<void> {
    return Promise.resolve();
  }

  look(place: Place, refresh?: Refresh): Promise<Look> {
    return Promise.resolve(this.lookNow(place, refresh));
  }

  peek(place: Place): Promise<CachedAnswer | null> {
    return Promise.resolve(this.take(place)?.cached ?? null);
  }

  private lookNow(place: Place, refresh: Refresh | undefined): Look {
    const kept = this.take(place);
    if (kept && !refresh) return { kind: 'hit', ...kept };
    const now = this.now();
    const zone = this.zone(place.zone);
    if (hasIntent(zone, now)) return { kind: 'bypass' };
    const generation = this.generationOf(place);
    const stale = this.knownUnder(generation, place, now);
    const lead = (lock: string | null): Look => {
      const isSettling = now - zone.changedAt < settlingMs;
      return {
        kind: 'lead',
        turn: { place, generation, beganAt: now, isSettling, lock, refresh: refresh ?? null, waitedMs: 0 },
        stale,
      };
    };
    if (refresh) return lead(null);
    const held = this.locks.get(place.key);
    if (held && held.generation === generation && held.expiresAt > now) return { kind: 'wait', generation };
    const token = randomUUID();
    this.locks.set(place.key, { token, generation, expiresAt: now + lockMs });
    return lead(token);
  }

  fill(turn: Turn, cached: CachedAnswer): Promise<string | null> {
    this.unlock(turn);
    const generation = hasIntent(this.zone(turn.place.zone), this.now()) ? null : this.filled(turn);
    if (generation !== null) {
      this.memory.set(turn.place.key, new StoredEntry(generation, cached, turn.beganAt));
    }
    return Promise.resolve(generation);
  }

  /** The generation that the answer of a turn is stored under; null if it may not be stored. */
  private filled({ place, generation, beganAt, refresh }: Turn): string | null {
    if (refresh?.for === 'client') return this.renewed(place, generation, refresh.renewal);
    const known = this.memory.get(place.key);
    // The answer of a later refresh may be there already.
    const isLate = known instanceof StoredEntry && known.generation === generation && known.beganAt > beganAt;
    return this.generationOf(place) === generation && !isLate ? generation : null;
  }

  /** The new generation, for a client's refresh. An earlier read of the same request may have given it. */
  private renewed(place: Place, generation: string, renewal: string): string | null {
    const current = this.generationOf(place);
    if (current === renewedGeneration(generation, renewal)) return current;
    if (current !== generation) return null;
    this.renew(place, renewal);
    return this.generationOf(place);
  }

  giveUp(turn: Turn): Promise<void> {
    this.unlock(turn);
    return Promise.resolve();
  }

  drop(turn: Turn): Promise<void> {
    const { place, generation } = turn;
    const known = this.memory.get(place.key);
    if (known instanceof StoredEntry && known.generation === generation) this.memory.delete(place.key);
    return this.giveUp(turn);
  }

  begin(zoneKey: string): Promise<Intent> {
    const { generation, changedAt } = this.zone(zoneKey);
    const zone = this.change(zoneKey);
    const id = randomUUID();
    zone.intents.set(id, this.now() + intentLivesMs);
    return Promise.resolve({ zone: zoneKey, id, given: zone.generation, generation, changedAt });
  }

  end({ zone: zoneKey, id }: Intent): Promise<void> {
    const zone = this.change(zoneKey);
    zone.intents.delete(id);
    if (zone.intents.size === 0) zone.lifted.clear();
    return Promise.resolve();
  }

  lift({ zone: zoneKey, id, given, generation, changedAt }: Intent): Promise<void> {
    const zone = this.zone(zoneKey);
    this.endings += 1;
    zone.intents.delete(id);
    const before = zone.lifted.get(generation) ?? { generation, changedAt };
    // If a change that began after this one is refused too, it restores the state from before both.
    if (zone.generation === given) Object.assign(zone, before);
    else if (zone.intents.size > 0) zone.lifted.set(given, before);
    if (zone.intents.size === 0) zone.lifted.clear();
    return Promise.resolve();
  }

  forget(credential: string, zone?: string): Promise<void> {
    if (zone === undefined) this.credentials.delete(credential);
    else this.renew({ credential, zone }, nextGeneration());
    return Promise.resolve();
  }

  private change(key: string): ZoneState {
    const zone = this.zone(key);
    this.endings += 1;
    zone.generation = nextGeneration();
    zone.changedAt = this.now();
    return zone;
  }

  private zone(key: string): ZoneState {
    const known = this.zones.get(key);
    if (known) return known;
    if (this.zones.size >= mostStates) this.dropOldZone();
    const zone = new ZoneState();
    this.zones.set(key, zone);
    return zone;
  }

  /** The oldest zone without a change under way: only its entries are lost. */
  private dropOldZone(): void {
    for (const [key, zone] of this.zones) {
      if (hasIntent(zone, this.now())) continue;
      this.endings += 1;
      return void this.zones.delete(key);
    }
  }

  /** The generation; null while a change is under way. */
  private standing(of: Pick<Standing, 'zone' | 'credential'>, now: number): string | null {
    return hasIntent(this.zone(of.zone), now) ? null : this.generationOf(of);
  }

  private generationOf({ zone, credential }: Pick<Standing, 'zone' | 'credential'>): string {
    const { epoch, zones } = this.credential(credential);
    return `${this.zone(zone).generation}.${zones.get(zone) ?? ''}.${epoch}`;
  }

  private credential(name: string): CredentialState {
    const known = this.credentials.get(name);
    if (known) return known;
    const state = new CredentialState();
    this.credentials.set(name, state);
    return state;
  }

  private renew({ zone, credential }: Pick<Standing, 'zone' | 'credential'>, epoch: string): void {
    // Without its state, no entry of the credential is valid.
    if (this.credential(credential).zones.size >= mostZonesOfCredential) this.credentials.delete(credential);
    this.endings += 1;
    this.credential(credential).zones.set(zone, epoch);
  }

  /** What is there under a generation, fresh or stale. What is of no use any more is removed. */
  private knownUnder(generation: string, { key }: Place, now: number): CachedAnswer | null {
    const entry = this.memory.get(key);
    if (!(entry instanceof StoredEntry)) return null;
    const { freshUntil, staleUntil } = entry.cached;
    if (entry.generation === generation && Math.max(freshUntil, staleUntil) > now) return entry.cached;
    this.memory.delete(key);
    return null;
  }

  private unlock({ place, lock }: Turn): void {
    if (lock !== null && this.locks.get(place.key)?.token === lock) this.locks.delete(place.key);
  }
}

function hasIntent({ intents }: ZoneState, now: number): boolean {
  if (intents.size === 0) return false;
  for (const [intent, until] of intents) {
    if (until > now) return true;
    intents.delete(intent);
  }
  return false;
}
