import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import {
  type Before,
  type CachedAnswer,
  type CacheStore,
  intentLivesMs,
  keptBytesOf,
  leaseMs,
  type Look,
  type Place,
  settlingMs,
  type Turn,
} from './store.js';

interface Entry {
  readonly generation: string;
  readonly beganAt: number;
  readonly cached: CachedAnswer;
}

class ZoneState {
  generation: string = randomUUID();
  changedAt = -Infinity;
  /** Changes under way, with the time at which each intent expires. */
  readonly intents = new Map<string, number>();
  /** The state before each refused change, by the generation that it gave; needed while other changes are under way. */
  readonly lifted = new Map<string, Pick<Before, 'generation' | 'changedAt'>>();
}

interface Lock {
  readonly token: string;
  readonly generation: string;
  expiresAt: number;
}

/** Each is small. Dropping one invalidates the entries under it, which is safe. */
const mostStates = 100_000;

/** The cache of one process. */
export class MemoryStore implements CacheStore {
  private readonly zones = new Map<string, ZoneState>();
  private readonly epochs = new LRUCache<string, string>({ max: mostStates });
  private readonly locks = new Map<string, Lock>();
  private readonly entries: LRUCache<string, Entry>;

  constructor(
    maxSize: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.entries = new LRUCache({ maxSize, sizeCalculation: ({ cached }) => keptBytesOf(cached) });
  }

  look(place: Place, refresh = false): Promise<Look> {
    return Promise.resolve(this.lookNow(place, refresh));
  }

  peek(place: Place): Promise<CachedAnswer | null> {
    const now = this.now();
    if (hasIntent(this.zone(place.zone), now)) return Promise.resolve(null);
    const kept = this.kept(place, this.generationOf(place), now);
    return Promise.resolve(kept && kept.freshUntil > now ? kept : null);
  }

  private lookNow(place: Place, refresh: boolean): Look {
    const now = this.now();
    const zone = this.zone(place.zone);
    if (hasIntent(zone, now)) return { kind: 'bypass' };
    const generation = this.generationOf(place);
    const kept = this.kept(place, generation, now);
    const lead = (lock: string | null): Look => ({
      kind: 'lead',
      turn: { place, generation, beganAt: now, isSettling: now - zone.changedAt < settlingMs, lock },
      stale: kept,
    });
    if (refresh) return lead(null);
    if (kept && kept.freshUntil > now) return { kind: 'hit', cached: kept };
    const held = this.locks.get(place.key);
    if (held && held.generation === generation && held.expiresAt > now) return { kind: 'wait', generation };
    const token = randomUUID();
    this.locks.set(place.key, { token, generation, expiresAt: now + leaseMs });
    return lead(token);
  }

  fill(turn: Turn, cached: CachedAnswer): Promise<boolean> {
    this.unlock(turn);
    const { place, generation, beganAt } = turn;
    const known = this.entries.get(place.key);
    const isCurrent =
      !hasIntent(this.zone(place.zone), this.now()) &&
      this.generationOf(place) === generation &&
      // The answer of a later refresh may be there already.
      !(known && known.generation === generation && known.beganAt > beganAt);
    if (isCurrent) this.entries.set(place.key, { generation, beganAt, cached });
    return Promise.resolve(isCurrent);
  }

  giveUp(turn: Turn): Promise<void> {
    this.unlock(turn);
    return Promise.resolve();
  }

  renew({ place, lock }: Turn): Promise<void> {
    const held = this.locks.get(place.key);
    if (held && held.token === lock) held.expiresAt = this.now() + leaseMs;
    return Promise.resolve();
  }

  drop(turn: Turn): Promise<void> {
    const { place, generation } = turn;
    if (this.entries.get(place.key)?.generation === generation) this.entries.delete(place.key);
    return this.giveUp(turn);
  }

  begin(zoneKey: string, intent: string): Promise<Before> {
    const { generation, changedAt } = this.zone(zoneKey);
    const zone = this.change(zoneKey);
    zone.intents.set(intent, this.now() + intentLivesMs);
    return Promise.resolve({ given: zone.generation, generation, changedAt });
  }

  end(zoneKey: string, intent: string): Promise<void> {
    const zone = this.change(zoneKey);
    zone.intents.delete(intent);
    if (zone.intents.size === 0) zone.lifted.clear();
    return Promise.resolve();
  }

  lift(zoneKey: string, intent: string, { given, generation, changedAt }: Before): Promise<void> {
    const zone = this.zone(zoneKey);
    zone.intents.delete(intent);
    const before = zone.lifted.get(generation) ?? { generation, changedAt };
    // If a change that began after this one is refused too, it restores the state from before both.
    if (zone.generation === given) Object.assign(zone, before);
    else if (zone.intents.size > 0) zone.lifted.set(given, before);
    if (zone.intents.size === 0) zone.lifted.clear();
    return Promise.resolve();
  }

  forget(credential: string, zone = ''): Promise<void> {
    this.epochs.set(credential + zone, randomUUID());
    return Promise.resolve();
  }

  private change(key: string): ZoneState {
    const zone = this.zone(key);
    zone.generation = randomUUID();
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
      if (!hasIntent(zone, this.now())) return void this.zones.delete(key);
    }
  }

  private generationOf({ zone, credential }: Place): string {
    return `${this.zone(zone).generation} ${this.epoch(credential)} ${this.epoch(credential + zone)}`;
  }

  private epoch(key: string): string {
    const known = this.epochs.get(key) ?? randomUUID();
    this.epochs.set(key, known);
    return known;
  }

  private kept({ key }: Place, generation: string, now: number): CachedAnswer | null {
    const entry = this.entries.get(key);
    if (!entry) return null;
    const { freshUntil, staleUntil } = entry.cached;
    if (entry.generation === generation && Math.max(freshUntil, staleUntil) > now) return entry.cached;
    this.entries.delete(key);
    return null;
  }

  private unlock({ place, lock }: Turn): void {
    if (lock !== null && this.locks.get(place.key)?.token === lock) this.locks.delete(place.key);
  }
}

function hasIntent({ intents }: ZoneState, now: number): boolean {
  for (const [intent, until] of intents) {
    if (until > now) return true;
    intents.delete(intent);
  }
  return false;
}
