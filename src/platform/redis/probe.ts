import { script } from './batch.js';
import { isNodeOfCluster } from './reasons.js';

/**
 * Runs each command that the scripts of the gateway run, so that a missing permission or a full memory shows before a change
 * needs the command. Returns the problem instead of raising it, because an error may close the connection.
 */
export const probeScript = script(`
-- KEYS a key of the probe's own. ARGV 'cluster' or 'single', by the REDIS_URL
local problem = ''
local function try(name, ...)
  local reply = redis.pcall(name, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if problem ~= '' then return nil end
  local isDenied = string.find(reply.err, 'NOPERM', 1, true) or string.find(reply.err, "can't run this command", 1, true)
  problem = string.lower(string.match(reply.err, '^%-?(%u+)') or 'err')
  if isDenied then problem = 'noperm ' .. string.lower(name) end
end
try('TIME')
local info = try('INFO', 'replication')
if info and not string.find(info, 'role:master', 1, true) then return 'readonly: a replica' end
local cluster = ARGV[1] == 'single' and try('INFO', 'cluster')
if cluster and string.find(cluster, 'cluster_enabled:1', 1, true) then return '${isNodeOfCluster}' end
local key = KEYS[1]
try('SET', key, '', 'PX', 1000)
try('GET', key)
try('PEXPIRE', key, 1000)
try('DEL', key)
try('HSET', key, 'g', '')
try('HGET', key, 'g')
try('HMGET', key, 'g')
try('DEL', key)
try('ZADD', key, 1, 'i')
try('ZCOUNT', key, 1, 1)
try('ZREMRANGEBYSCORE', key, 0, 0)
try('ZREM', key, 'i')
return problem
`);
