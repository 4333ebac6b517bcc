import { randomUUID } from 'node:crypto';
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
  readonly bytes: number;
}

interface ZoneState {
  generation: string;
  /** Changes under way, until when each counts. */
  readonly intents: Map<string, number>;
  changedAt: number;
  /** What refused changes had found, by the generations that they gave: kept while other changes are under way. */
  readonly lifted: Map<string, Pick<Before, 'generation' | 'changedAt'>>;
}

interface Lock {
  readonly token: string;
  readonly generation: string;
  expiresAt: number;
}

/** States are small, and one that is dropped is only a new generation. */
const mostStates = 100_000;

/** The cache of one process: nothing to install, nothing shared. */
export class MemoryStore implements CacheStore {
  private readonly zones = new Map<string, ZoneState>();
  private readonly epochs = new Map<string, string>();
  private readonly locks = new Map<string, Lock>();
  /** In the order of use, the least recent first. */
  private readonly entries = new Map<string, Entry>();
  private bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  look(place: Place, refresh = false): Promise<Look> {
    return Promise.resolve(this.lookNow(place, refresh));
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
      // A refresh that was asked for later may be there already.
      !(known && known.generation === generation && known.beganAt > beganAt);
    if (isCurrent) this.keep(place.key, { generation, beganAt, cached, bytes: keptBytesOf(cached) });
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
    const entry = this.entries.get(place.key);
    if (entry?.generation === generation) this.remove(place.key, entry);
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
    // A change that began after this one, and is refused as well, goes back past this one.
    if (zone.generation === given) Object.assign(zone, before);
    else if (zone.intents.size > 0) zone.lifted.set(given, before);
    if (zone.intents.size === 0) zone.lifted.clear();
    return Promise.resolve();
  }

  forget(credential: string, zone = ''): Promise<void> {
    bounded(this.epochs, credential + zone, randomUUID());
    return Promise.resolve();
  }

  close(): void {
    this.entries.clear();
    this.bytes = 0;
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
    const zone: ZoneState = {
      generation: randomUUID(),
      changedAt: -Infinity,
      intents: new Map(),
      lifted: new Map(),
    };
    this.dropOldZone();
    this.zones.set(key, zone);
    return zone;
  }

  /** The oldest that no change holds: what was kept under it is lost, and nothing else. */
  private dropOldZone(): void {
    if (this.zones.size < mostStates) return;
    for (const [key, zone] of this.zones) {
      if (hasIntent(zone, this.now())) continue;
      this.zones.delete(key);
      return;
    }
  }

  private generationOf({ zone, credential }: Place): string {
    return `${this.zone(zone).generation} ${this.epoch(credential)} ${this.epoch(credential + zone)}`;
  }

  private epoch(key: string): string {
    return this.epochs.get(key) ?? bounded(this.epochs, key, randomUUID());
  }

  private kept({ key }: Place, generation: string, now: number): CachedAnswer | null {
    const entry = this.entries.get(key);
    if (!entry) return null;
    if (
      entry.generation !== generation ||
      Math.max(entry.cached.freshUntil, entry.cached.staleUntil) <= now
    ) {
      this.remove(key, entry);
      return null;
    }
    this.entries.delete(key);
    this.entries.set(key, entry);
    return entry.cached;
  }

  private keep(key: string, entry: Entry): void {
    const known = this.entries.get(key);
    if (known) this.remove(key, known);
    this.entries.set(key, entry);
    this.bytes += entry.bytes;
    for (const [oldest, old] of this.entries) {
      if (this.bytes <= this.maxBytes) return;
      this.remove(oldest, old);
    }
  }

  private remove(key: string, entry: Entry): void {
    this.entries.delete(key);
    this.bytes -= entry.bytes;
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

/** Sets, and drops the oldest where there are too many. */
function bounded(map: Map<string, string>, key: string, value: string): string {
  map.delete(key);
  map.set(key, value);
  if (map.size > mostStates) map.delete(map.keys().next().value ?? '');
  return value;
}
