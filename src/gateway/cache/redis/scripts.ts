import { randomBytes } from 'node:crypto';
import { script } from '../../../platform/redis/batch.js';

/**
 * Lua scripts, which Redis runs atomically. Times are those of Redis, in milliseconds; ARGV[1] is a nonce of the caller.
 *
 * Every zone has a hash: `g` the generation, `r` the server that it is valid on, `c` the time of the last change. All keys of a
 * zone are in one cluster slot. Any key may be lost at any time, by expiry, eviction or a restart; entries that depend on it
 * become invalid and never valid again.
 */

/**
 * `server` is the replication id. A master takes a new one when it starts and when it is promoted, so that an old generation is
 * not valid after a restart from a snapshot, a failover to a replica that lagged behind, or a failover there and back. (The
 * run id does not change in the last case.)
 */
const prelude = `
local info = redis.call('INFO', 'replication')
if not string.find(info, 'role:master', 1, true) then
  return redis.error_reply('READONLY asked of a replica')
end
local server = string.match(info, 'master_replid:(%w+)')
if not server then return redis.error_reply('ERR no replication id') end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nonce = ARGV[1]
local hour = 3600000

local function change(zone)
  redis.call('HSET', zone, 'g', nonce, 'r', server, 'c', now)
  redis.call('PEXPIRE', zone, hour)
end

-- An expired intent is removed: END has to find out that reads were let in before it.
local function isFenced(intents)
  if redis.call('ZCOUNT', intents, '-inf', '+inf') == 0 then return false end
  redis.call('ZREMRANGEBYSCORE', intents, '-inf', now)
  return redis.call('ZCOUNT', intents, '-inf', '+inf') > 0
end
`;

/** The generation of a zone and a credential. Creates what is missing. */
const standing = `
local function epochOf(key)
  local epoch = redis.call('GET', key)
  if not epoch then
    epoch = nonce
    redis.call('SET', key, epoch, 'PX', hour)
  end
  return epoch
end

local function standingIn(zoneKey, epochKey, credentialKey, credentialEpoch)
  local zone = redis.call('HMGET', zoneKey, 'g', 'r', 'c')
  if not zone[1] or zone[2] ~= server then
    zone[1] = nonce
    redis.call('HSET', zoneKey, 'g', nonce, 'r', server)
    redis.call('PEXPIRE', zoneKey, hour)
  end
  local who = credentialEpoch
  if credentialKey then who = epochOf(credentialKey) end
  return zone[1] .. '.' .. epochOf(epochKey) .. '.' .. who, zone[3]
end

-- The caller relies on the generation for a while, so that is a write: a master without its replicas refuses it. Redis checks the
-- memory at the first write of a script alone, so this one comes last.
local function lease(zoneKey)
  redis.call('PEXPIRE', zoneKey, hour)
end
`;

/** KEYS zone, intents, epoch in the zone, [credential's epoch]. */
const confirmLua = `${prelude}${standing}
-- ARGV: nonce, [epoch of the credential]
if isFenced(KEYS[2]) then return {'bypass'} end
local generation = standingIn(KEYS[1], KEYS[3], KEYS[4], ARGV[2])
lease(KEYS[1])
return {'stands', generation}
`;

/** KEYS zone, intents, epoch in the zone, entry, lock, [credential's epoch]. */
const lookLua = `${prelude}${standing}
-- ARGV: nonce, 'read', 'refresh' or 'peek', the fill that the caller has a copy of, time of a lock, settling,
-- [epoch of the credential]
if isFenced(KEYS[2]) then return {'bypass'} end
local generation, changedAt = standingIn(KEYS[1], KEYS[3], KEYS[6], ARGV[6])

local entry = redis.call('HMGET', KEYS[4], 'g', 'f', 's', 'u')
-- An entry from the future was stored before the clock was set back.
local isKept = entry[1] == generation and entry[2] and (tonumber(entry[3]) or 0) <= now
local isFresh = isKept and (tonumber(entry[4]) or 0) > now and ARGV[2] ~= 'refresh'
local fill, age, value = '', 0, ''
if isKept then
  fill = entry[2]
  age = now - (tonumber(entry[3]) or now)
  if fill ~= ARGV[3] then value = redis.call('HGET', KEYS[4], 'v') or '' end
end
if isFresh then
  lease(KEYS[1])
  return {'hit', generation, fill, age, value}
end
if ARGV[2] == 'peek' then return {'none'} end

if ARGV[2] == 'read' then
  local held = redis.call('GET', KEYS[5])
  if held and string.sub(held, -#generation - 1) == ' ' .. generation then
    lease(KEYS[1])
    return {'wait', generation, held}
  end
  redis.call('SET', KEYS[5], nonce .. ' ' .. generation, 'PX', ARGV[4])
end
-- Keys in use do not expire.
lease(KEYS[1])
redis.call('PEXPIRE', KEYS[3], hour)
if KEYS[6] then redis.call('PEXPIRE', KEYS[6], hour) end
local settling = (changedAt and now - tonumber(changedAt) < tonumber(ARGV[5])) and 1 or 0
return {'lead', generation, fill, age, value, now, settling, nonce}
`;

/**
 * KEYS as LOOK. Returns the generation that the entry was stored under, or an empty string.
 *
 * The fill of a client's refresh gives the credential a new epoch in the zone. An earlier fill of the same request may have done so.
 */
const fillLua = `${prelude}
-- ARGV: nonce (becomes the fill's name), lock, generation, began at, value, fresh for, kept for,
-- [renewed epoch, generation with it]
if redis.call('GET', KEYS[5]) == ARGV[2] then redis.call('DEL', KEYS[5]) end
if isFenced(KEYS[2]) then return '' end
local zone = redis.call('HMGET', KEYS[1], 'g', 'r')
if not zone[1] or zone[2] ~= server then return '' end
local epoch = redis.call('GET', KEYS[3]) or ''
local function isCurrent(generation)
  local current = zone[1] .. '.' .. epoch .. '.'
  if KEYS[6] then return generation == current .. (redis.call('GET', KEYS[6]) or '') end
  return string.sub(generation, 1, #current) == current
end

local generation, renewal, renewed = ARGV[3], ARGV[8], ARGV[9]
if not isCurrent(generation) and not (renewal and isCurrent(renewed)) then return '' end
if renewal then
  redis.call('SET', KEYS[3], renewal, 'PX', hour)
  generation = renewed
end
local known = redis.call('HMGET', KEYS[4], 'g', 'b')
if known[1] == generation and (tonumber(known[2]) or 0) > tonumber(ARGV[4]) then return '' end
redis.call('HSET', KEYS[4], 'g', generation, 'b', ARGV[4], 'v', ARGV[5], 'f', nonce, 's', now, 'u', now + ARGV[6])
redis.call('PEXPIRE', KEYS[4], ARGV[7])
redis.call('PEXPIRE', KEYS[1], hour)
return generation
`;

/** KEYS zone, intents. Returns the zone's generation before, empty if none is valid, and the time of its last change. */
const beginLua = `${prelude}
-- ARGV: nonce, intent, how long it lives
local zone = redis.call('HMGET', KEYS[1], 'g', 'r', 'c')
local before = zone[2] == server and zone[1] or ''
change(KEYS[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2])
redis.call('PEXPIRE', KEYS[2], hour)
return {'begun', before, zone[3] or '0', server}
`;

/**
 * KEYS zone, intents. Returns 1 if the intent has held since BEGIN. If it has not, because the server lost it or it expired, reads
 * may have been let in meanwhile.
 */
const endLua = `${prelude}
-- ARGV: nonce, intent, server of BEGIN
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local hasHeld = redis.call('ZREM', KEYS[2], ARGV[2]) == 1 and server == ARGV[3]
change(KEYS[1])
return hasHeld and 1 or 0
`;

/**
 * KEYS zone, intents, what was lifted under the generation that the change gave, the same under the one that it found. If another
 * change came between, the zone keeps its generation; if that change is lifted too, it restores the one from before both.
 */
const liftLua = `${prelude}
-- ARGV: nonce, intent, how long others may be under way, generation given, generation found, when it was changed
redis.call('ZREM', KEYS[2], ARGV[2])
local before, changedAt = ARGV[5], ARGV[6]
local lifted = redis.call('GET', KEYS[4])
if lifted then before, changedAt = string.match(lifted, '^(%S*) (%S*)$') end
local zone = redis.call('HMGET', KEYS[1], 'g', 'r')
if before == '' or zone[2] ~= server then
  change(KEYS[1])
elseif zone[1] == ARGV[4] then
  redis.call('HSET', KEYS[1], 'g', before, 'c', changedAt)
else
  redis.call('SET', KEYS[3], before .. ' ' .. changedAt, 'PX', ARGV[3])
end
return 1
`;

/** KEYS entry, lock. Ends a turn, and removes the entry of a generation. */
const dropLua = `
-- ARGV: lock or its beginning, generation; empty to remove nothing
local lock = redis.call('GET', KEYS[2])
if lock and ARGV[1] ~= '' and string.sub(lock, 1, #ARGV[1]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
if redis.call('HGET', KEYS[1], 'g') ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])
`;

/**
 * KEYS a credential's epoch, which in a cluster is in a slot of its own. The server is part of the epoch, because the generation
 * of a zone on another server does not change when this server loses data.
 */
const epochLua = `${prelude}${standing}
local epoch = epochOf(KEYS[1])
redis.call('PEXPIRE', KEYS[1], hour)
return epoch .. '@' .. string.sub(server, 1, 12)
`;

/** KEYS an epoch. */
const forgetLua = `${prelude}
redis.call('SET', KEYS[1], nonce, 'PX', hour)
return 1
`;

export const scripts = {
  confirm: script(confirmLua),
  look: script(lookLua),
  fill: script(fillLua),
  begin: script(beginLua),
  end: script(endLua),
  lift: script(liftLua),
  drop: script(dropLua),
  epoch: script(epochLua),
  forget: script(forgetLua),
};

const ofThisProcess = randomBytes(12).toString('base64url');
let count = 0;

/** Whether a name begins with a nonce of this process. */
export function isOfThisProcess(name: string): boolean {
  return name.startsWith(ofThisProcess);
}

/** A name that is used once: unique among processes by its random part, and within this one by a counter. */
export function nextNonce(): string {
  count += 1;
  return ofThisProcess + count.toString(36);
}
