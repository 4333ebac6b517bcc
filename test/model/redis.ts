import { type Rules } from './rules.js';
import {
  type Generation,
  type Intent,
  isSame,
  type Kept,
  type Name,
  type Redis,
  type Value,
} from './state.js';

// The scripts that Redis runs, each atomically. `nonce` is the caller's, used once.

const isLive = ({ isExpired }: Intent) => !isExpired;

function isFenced({ intents }: Redis): boolean {
  return intents.some(isLive);
}

/** The generation of the zone; 0 if none is valid. Rule `generationIsOfServer`: `r` of the hash is the server that runs now. */
function zoneGeneration({ zone, server }: Redis, rules: Rules): Name {
  if (zone === null) return 0;
  return zone.server === server || !rules.generationIsOfServer ? zone.generation : 0;
}

/** A generation that was never used: all that depends on the one before is invalid for ever, unless LIFT restores it. */
function renewed(redis: Redis, nonce: Name): Redis {
  return { ...redis, zone: { generation: nonce, server: redis.server } };
}

/** What a LOOK that is executed now would hit. */
export function served(redis: Redis, rules: Rules): Kept | null {
  const { entry, zoneEpoch, credentialEpoch } = redis;
  if (entry === null || (rules.lookBypassesIntents && isFenced(redis))) return null;
  const zone = zoneGeneration(redis, rules);
  return isSame(entry.generation, { zone, zoneEpoch, credentialEpoch }) ? entry : null;
}

/** LOOK, and CONFIRM, which ignores the entry. `generation` is null for a bypass, `hit` is null for lead. */
export function look(
  before: Redis,
  nonce: Name,
  rules: Rules,
): { redis: Redis; generation: Generation | null; hit: Kept | null } {
  // Rule `lookPurges`: END has to learn that from here on leases were granted in spite of its intent.
  const intents =
    rules.lookPurges && !before.intents.every(isLive) ? before.intents.filter(isLive) : before.intents;
  const purged = { ...before, intents };
  // Rule `lookBypassesIntents`: no lease is granted after BEGIN.
  if (rules.lookBypassesIntents && isFenced(purged)) return { redis: purged, generation: null, hit: null };
  const redis = {
    ...(zoneGeneration(purged, rules) === 0 ? renewed(purged, nonce) : purged),
    zoneEpoch: purged.zoneEpoch || nonce,
    credentialEpoch: purged.credentialEpoch || nonce,
  };
  const generation = {
    zone: zoneGeneration(redis, rules),
    zoneEpoch: redis.zoneEpoch,
    credentialEpoch: redis.credentialEpoch,
  };
  return { redis, generation, hit: served(redis, rules) };
}

/** FILL of a plain read. */
export function fill(
  redis: Redis,
  turn: Generation,
  value: Value,
  rules: Rules,
): { redis: Redis; isStored: boolean } {
  const refused = { redis, isStored: false };
  if (rules.fillHeedsIntents && isFenced(redis)) return refused;
  const zone = zoneGeneration(redis, rules);
  if (zone === 0) return refused;
  const { zoneEpoch, credentialEpoch } = redis;
  if (rules.fillComparesGeneration && !isSame(turn, { zone, zoneEpoch, credentialEpoch })) return refused;
  return { redis: { ...redis, entry: { generation: turn, value } }, isStored: true };
}

/**
 * FILL of a `no-cache` read, which always writes a new epoch: copies of before, in all replicas and for all keys, are not
 * confirmed again. It stores the entry only where a plain FILL would.
 *
 * @param turn null after a bypass: writes the epoch alone
 */
export function fillNoCache(
  before: Redis,
  turn: Generation | null,
  value: Value,
  nonce: Name,
  rules: Rules,
): { redis: Redis; stored: Generation | null } {
  const zone = zoneGeneration(before, rules);
  const isOpen =
    turn !== null && zone !== 0 && turn.zone === zone && !(rules.fillHeedsIntents && isFenced(before));
  const isOfTurn =
    turn !== null && turn.zoneEpoch === before.zoneEpoch && turn.credentialEpoch === before.credentialEpoch;
  const isRenewed = rules.noCacheRenews && (isOpen || rules.noCacheRenewsUnstored);
  const redis = isRenewed ? { ...before, zoneEpoch: nonce } : before;
  // Rule `noCacheComparesEpoch`: another no-cache read, or FORGET, came between, and may know a newer value.
  if (!isOpen || (rules.noCacheComparesEpoch && !isOfTurn)) return { redis, stored: null };
  const generation = { ...turn, zoneEpoch: redis.zoneEpoch, credentialEpoch: redis.credentialEpoch };
  return { redis: { ...redis, entry: { generation, value } }, stored: generation };
}

/** BEGIN. `found` is the generation from before, 0 if none was valid. */
export function begin(
  before: Redis,
  intent: Name,
  nonce: Name,
  rules: Rules,
): { redis: Redis; given: Name; found: Name } {
  const found = zoneGeneration(before, rules);
  const redis = rules.beginRenews || found === 0 ? renewed(before, nonce) : before;
  const others = before.intents.filter(({ id, isExpired }) => id !== intent && !isExpired);
  return {
    redis: { ...redis, intents: [...others, { id: intent, isExpired: false }] },
    given: zoneGeneration(redis, rules),
    found,
  };
}

/** END. `isHeld`: the intent was there, so that no lease was granted since BEGIN, on this server. */
export function end(
  before: Redis,
  intent: Name,
  nonce: Name,
  rules: Rules,
): { redis: Redis; isHeld: boolean } {
  const intents = rules.endPurges ? before.intents.filter(isLive) : before.intents;
  const isHeld = intents.some(({ id }) => id === intent);
  // Rule `endRenews`: what was stored while the intent was lost may be from before the change.
  const redis = rules.endRenews ? renewed(before, nonce) : before;
  return { redis: { ...redis, intents: intents.filter(({ id }) => id !== intent) }, isHeld };
}

/**
 * LIFT: END of a change that upstream refused, so that what was stored before BEGIN is still true.
 *
 * `given` is the generation that BEGIN gave, and `found` the one from before, 0 if none was valid. If another change came
 * between, the generation stays; `lifted` then tells that change, if it is refused too, what to restore instead of `given`.
 */
export function lift(
  before: Redis,
  intent: Name,
  given: Name,
  found: Name,
  nonce: Name,
  rules: Rules,
): { redis: Redis; did: 'is restored' | 'stays' | 'is new' } {
  const redis = { ...before, intents: before.intents.filter(({ id }) => id !== intent) };
  const { zone, lifted } = redis;
  const restored = lifted.find((other) => other.given === found)?.found ?? found;
  const isOther = zone === null || (rules.liftComparesServer && zone.server !== redis.server);
  if (restored === 0 || isOther) return { redis: renewed(redis, nonce), did: 'is new' };
  // Rule `liftComparesGiven`: while the zone has the generation of this BEGIN, no change has begun or ended since.
  if (zone.generation === given || !rules.liftComparesGiven) {
    return { redis: { ...redis, zone: { ...zone, generation: restored } }, did: 'is restored' };
  }
  const others = lifted.filter((other) => other.given !== given);
  return { redis: { ...redis, lifted: [...others, { given, found: restored }] }, did: 'stays' };
}

/** FORGET. */
export function forget(redis: Redis, nonce: Name): Redis {
  return { ...redis, credentialEpoch: nonce };
}
