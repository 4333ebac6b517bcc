import {
  type Generation,
  isSame,
  isUnderWay,
  type Kept,
  type Name,
  type Outcome,
  type Reader,
  type ReaderStage,
  type Redis,
  type Replica,
  type State,
  type Writer,
  writersTerm,
  type WriterStage,
} from './state.js';

/**
 * The same string for all states that behave alike: names are numbered in the order in which they are met, times are what is left
 * of them, what can have no effect any more is left out, and the order of replicas, readers and writers that act alike does
 * not count.
 */
export function keyOf(state: State): string {
  const { redis, backup, replicas, readers, writers, strays, forget, pledges, left } = state;
  length = 0;
  for (const names of numbered) names.length = 0;
  put(left.ticks);
  put(left.flushes);
  put(left.evictions);
  put(left.failovers);
  put(left.expiries);
  put(left.clockSteps);
  put(left.strays);
  put(left.lostReplies);
  put(left.changesElsewhere);
  put(state.upstream);
  putRedis(redis, state);
  if (backup === null) put(0);
  else putRedis(backup, state);

  for (const index of inOrder(replicas, state, rankOfReplica)) {
    const replica = state.replicas[index];
    if (!replica) continue;
    // FORGET is sent by replica 0.
    put(forget.stage !== 'done' && index === 0 ? 1 : 0);
    put(replica.floor);
    if (replica.lease === null) put(0);
    else {
      put(replica.lease.until - state.now);
      putGeneration(replica.lease.generation);
    }
    putKept(isUsable(replica.copy, index, state) ? replica.copy : null);
    const own = readers.filter((reader) => reader.replica === index);
    put(own.length);
    for (const reader of inOrder(own, state, rankOfReader)) {
      putReader(own[reader] as Reader, state.now);
    }
  }
  for (const index of inOrder(writers, state, rankOfWriter)) {
    putWriter(writers[index] as Writer, state);
  }
  put(strays.length);
  for (const { intent, isBegun, isEnded } of strays) {
    put((isBegun ? 1 : 0) + (isEnded ? 2 : 0));
    put(intentIn(redis, intent));
    if (backup) put(intentIn(backup, intent));
  }
  put(forgetStages.indexOf(forget.stage));
  put(forget.value);
  for (const { value, from } of pledges) {
    put(value);
    put(from - state.now);
  }
  return out.toString('latin1', 0, length);
}

const readerStages: readonly ReaderStage[] = [
  'idle',
  'looking',
  'answered',
  'leading',
  'fetched',
  'filling',
  'filled',
];
const writerStages: readonly WriterStage[] = [
  'ready',
  'beginning',
  'calling',
  'applied',
  'refused',
  'unknown',
  'waiting',
  'behind',
  'done',
];
const allOutcomes: readonly Outcome[] = ['applied', 'refused', 'unknown', 'behind'];
const forgetStages: readonly State['forget']['stage'][] = ['ready', 'sent', 'executed', 'done'];
const kinds: readonly Reader['kind'][] = ['read', 'confirm', 'noCache'];

/** Written anew by each call of `keyOf`. */
const out = Buffer.alloc(512);
let length = 0;
const servers: Name[] = [];
const zones: Name[] = [];
const zoneEpochs: Name[] = [];
const credentialEpochs: Name[] = [];
const numbered = [servers, zones, zoneEpochs, credentialEpochs];

/** All numbers are small. */
function put(number: number): void {
  out[length++] = number;
}

function putName(names: Name[], name: Name): void {
  if (name === 0) return put(0);
  const known = names.indexOf(name);
  put(1 + (known < 0 ? names.push(name) - 1 : known));
}

function putGeneration({ zone, zoneEpoch, credentialEpoch }: Generation): void {
  putName(zones, zone);
  putName(zoneEpochs, zoneEpoch);
  putName(credentialEpochs, credentialEpoch);
}

function putKept(kept: Kept | null): void {
  if (kept === null) return put(0);
  put(1 + kept.value);
  putGeneration(kept.generation);
}

function putRedis(redis: Redis, state: State): void {
  putName(servers, redis.server);
  putName(zones, redis.zone?.generation ?? 0);
  putName(servers, redis.zone?.server ?? 0);
  putName(zoneEpochs, redis.zoneEpoch);
  putName(credentialEpochs, redis.credentialEpoch);
  putKept(redis.entry !== null && mayBecomeCurrent(redis.entry.generation, state) ? redis.entry : null);
  // Each owner of an intent says whether it is there; of the others only their number counts.
  const isOwned = (id: Name) =>
    state.writers.some(({ intent }) => intent === id) || state.strays.some(({ intent }) => intent === id);
  let live = 0;
  let expired = 0;
  for (const { id, isExpired } of redis.intents) {
    if (isOwned(id)) continue;
    if (isExpired) expired++;
    else live++;
  }
  put(live);
  put(expired);
  // What LIFT remembers is read by a writer that found the generation.
  const lifted = redis.lifted.filter(({ given }) => state.writers.some(({ found }) => found === given));
  put(lifted.length);
  for (const { given, found } of lifted) {
    putName(zones, given);
    putName(zones, found);
  }
}

/** Whether Redis has the generation, or may have it again by LIFT or a failover. */
function mayBecomeCurrent({ zone, zoneEpoch, credentialEpoch }: Generation, state: State): boolean {
  const { redis, backup, readers } = state;
  return (
    (redis.zoneEpoch === zoneEpoch ||
      backup?.zoneEpoch === zoneEpoch ||
      readers.some(({ epoch }) => epoch === zoneEpoch)) &&
    (redis.credentialEpoch === credentialEpoch || backup?.credentialEpoch === credentialEpoch) &&
    (isNamed(redis, zone) ||
      (backup !== null && isNamed(backup, zone)) ||
      state.writers.some(({ given, found }) => given === zone || found === zone))
  );
}

function isNamed({ zone, lifted }: Redis, name: Name): boolean {
  return zone?.generation === name || lifted.some(({ found }) => found === name);
}

/** A copy is of use under a lease of its generation: one that the replica has, or one that it may get. */
function isUsable(copy: Kept | null, index: number, state: State): boolean {
  if (copy === null) return false;
  const { generation } = copy;
  const lease = state.replicas[index]?.lease ?? null;
  return (
    (lease !== null && isSame(lease.generation, generation)) ||
    mayBecomeCurrent(generation, state) ||
    state.readers.some(
      (reader) =>
        reader.replica === index && reader.generation !== null && isSame(reader.generation, generation),
    )
  );
}

function putReader(reader: Reader, now: number): void {
  put(readerStages.indexOf(reader.stage));
  put(reader.left.length);
  for (const kind of reader.left) put(kinds.indexOf(kind));
  if (reader.stage === 'idle') return;
  put(kinds.indexOf(reader.kind));
  put(ageOf(reader, now));
  put(reader.value + 1);
  put(reader.isVoid ? 1 : 0);
  putName(zoneEpochs, reader.epoch);
  if (reader.generation === null) put(0);
  else putGeneration(reader.generation);
}

/** The time since LOOK or FILL was sent counts up to the term of a lease, and only while it is under way. */
function ageOf({ stage, sentAt }: Reader, now: number): number {
  return isUnderWay(stage) ? Math.min(now - sentAt, 2 * writersTerm) : 0;
}

function putWriter(writer: Writer, state: State): void {
  put(writerStages.indexOf(writer.stage));
  put(waitOf(writer, state.now));
  put(writer.value + 1);
  put(outcomesOf(writer));
  putName(zones, writer.given);
  putName(zones, writer.found);
  putName(servers, writer.server);
  put(intentIn(state.redis, writer.intent));
  if (state.backup) put(intentIn(state.backup, writer.intent));
}

/** What may still come: of a change that was made, whether it is acknowledged before END. */
function outcomesOf({ stage, outcomes }: Writer): number {
  if (stage === 'applied') return outcomes.includes('behind') ? 1 : 0;
  if (stage !== 'ready' && stage !== 'beginning' && stage !== 'calling') return 0;
  return outcomes.reduce((sum, outcome) => sum + 2 ** allOutcomes.indexOf(outcome), 0);
}

function waitOf({ stage, waitsUntil }: Writer, now: number): number {
  return stage === 'beginning' ? Math.min(now - waitsUntil, writersTerm) : Math.max(0, waitsUntil - now);
}

function intentIn({ intents }: Redis, id: Name): number {
  if (id === 0) return 0;
  const intent = intents.find((known) => known.id === id);
  if (!intent) return 0;
  return intent.isExpired ? 1 : 2;
}

// A rank has no names in it, so that it does not depend on their numbers. Where ranks are equal, the order stays: two states
// that are alike may then have two keys, which costs time and nothing else.

function rankOfReplica(replica: Replica, state: State): number {
  const index = state.replicas.indexOf(replica);
  let rank = state.forget.stage !== 'done' && index === 0 ? 1 : 0;
  rank = rank * 8 + replica.floor;
  rank = rank * 8 + (replica.lease === null ? 0 : 1 + replica.lease.until - state.now);
  rank = rank * 8 + (replica.copy === null ? 0 : 1 + replica.copy.value);
  for (const reader of state.readers) {
    if (reader.replica === index) rank += 4096 * (1 + rankOfReader(reader, state));
  }
  return rank;
}

function rankOfReader(reader: Reader, { now }: State): number {
  let rank = readerStages.indexOf(reader.stage);
  for (const kind of reader.left) rank = rank * 4 + 1 + kinds.indexOf(kind);
  if (reader.stage === 'idle') return rank;
  return ((rank * 3 + kinds.indexOf(reader.kind)) * 8 + ageOf(reader, now)) * 8 + reader.value + 1;
}

function rankOfWriter(writer: Writer, state: State): number {
  let rank = outcomesOf(writer) * 16 + writerStages.indexOf(writer.stage);
  rank = (rank * 8 + waitOf(writer, state.now)) * 8 + writer.value + 1;
  return rank * 3 + intentIn(state.redis, writer.intent);
}

/** The indices of a list, by rank. */
function inOrder<T>(
  list: readonly T[],
  state: State,
  rankOf: (member: T, state: State) => number,
): readonly number[] {
  const [first, second] = list;
  if (first === undefined) return [];
  if (second === undefined) return [0];
  if (list.length === 2) return rankOf(first, state) <= rankOf(second, state) ? [0, 1] : [1, 0];
  const ranks = list.map((member) => rankOf(member, state));
  return ranks.map((_, index) => index).sort((a, b) => (ranks[a] ?? 0) - (ranks[b] ?? 0));
}
