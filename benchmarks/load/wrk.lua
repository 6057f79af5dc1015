-- Sends the requests of a plan (benchmarks/plan.py, its path in LOAD_PLAN), exactly `count` of them.
--
-- wrk stops by the clock, which would leave requests in flight. So when all have been handed out, a
-- connection gets an empty request and falls silent; it asks for one only after its last answer has
-- been read. When all connections are silent, everything is answered: the script says "drained" and
-- the parent interrupts wrk's sleep.

local file = assert(io.open(os.getenv("LOAD_PLAN"), "rb"))
local numbers = {}
for word in file:read("*l"):gmatch("%d+") do numbers[#numbers + 1] = tonumber(word) end
local count, start, cycle, connections, pipeline, base, step, span, how_many = unpack(numbers)

local templates = {}
for i = 1, how_many do
  local text = file:read(tonumber(file:read("*l")))
  local parts, from = {}, 1
  while true do
    local at = text:find("@@@@@@@@", from, true)
    if not at then break end
    parts[#parts + 1] = text:sub(from, at - 1)
    from = at + 8
  end
  parts[#parts + 1] = text:sub(from)
  templates[i] = parts
end
file:close()

local concat, format = table.concat, string.format
local handed_out, reserved, silent, verified = 0, 0, 0, false

local function make(n)
  local number, parts
  if cycle > 0 then
    number = n * step % cycle
    parts = templates[math.floor(n / cycle) % how_many + 1]
  else
    number = n % span
    parts = templates[n % how_many + 1]
  end
  if #parts == 1 then return parts[1] end
  return concat(parts, format("%d", base + number))
end

local function batch(n)
  if pipeline == 1 then return make(n) end
  local requests = {}
  for i = 1, pipeline do requests[i] = make(n + i - 1) end
  return concat(requests)
end

-- An empty write is an error to OpenSSL, so over TLS a connection falls silent by a long delay.
local by_delay = wrk.scheme == "https"

local function fall_silent()
  silent = silent + 1
  if silent == connections then
    io.stdout:write("drained\n")
    io.stdout:flush()
    wrk.thread:stop()
  end
end

if by_delay then
  function delay() -- called before every request
    if reserved < count then
      reserved = reserved + pipeline
      return 0
    end
    fall_silent()
    return 1000000
  end
end

function request()
  if not verified then -- wrk asks once before it starts, to learn how many requests are in one
    verified = true
    return batch(start)
  end
  if handed_out >= count then
    fall_silent()
    return ""
  end
  local bytes = batch(start + handed_out)
  handed_out = handed_out + pipeline
  return bytes
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.stdout:write(format(
    'result {"answered": %d, "failed": %d, "refused": %d, "p50": %d, "p99": %d}\n',
    summary.requests, errors.connect + errors.read + errors.write + errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(99)))
  io.stdout:flush()
end
