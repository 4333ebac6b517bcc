-- Sends the requests of a file in turn. Arguments: the file; how many requests to skip, so that no two runs send the same;
-- the mean delay between requests of a connection in ms, 0 for none.
local heads, tails, count, position = {}, {}, 0, 0
local floor, format = math.floor, string.format
local placeholder = '{rotation}'

-- Each request is preceded by its length in bytes and a newline.
local function read(path)
  local file = assert(io.open(path, 'rb'))
  local line = file:read('*l')
  while line do
    local request = file:read(tonumber(line))
    count = count + 1
    local from, to = request:find(placeholder, 1, true)
    heads[count] = from and request:sub(1, from - 1) or request
    tails[count] = from and request:sub(to + 1)
    line = file:read('*l')
  end
  file:close()
end

local function nextRequest()
  local index = position % count + 1
  local head, tail = heads[index], tails[index]
  if tail then head = head .. format('%016x', floor(position / count)) .. tail end
  position = position + 1
  return head
end

function init(args)
  read(args[1])
  position = tonumber(args[2])
  local meanMs = tonumber(args[3])
  if count > 1 or tails[1] then
    request = nextRequest
  else
    -- wrk sends a request that is always the same without asking Lua again.
    wrk.format = function() return heads[1] end
  end
  if meanMs > 0 then
    math.randomseed(position)
    -- Exponential, so that requests come independently of one another.
    delay = function() return floor(-meanMs * math.log(1 - math.random()) + 0.5) end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(format(
    'bench {"requests":%d,"microseconds":%d,"bytes":%d,"p50":%d,"p99":%d,"mean":%d,'
      .. '"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}\n',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), latency.mean,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
