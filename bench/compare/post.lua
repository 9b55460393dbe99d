-- What wrk sends: every message is one of its kind, for repeats in flight would count as one.
local ffi = require("ffi")
ffi.cdef("struct moment { long seconds, nanoseconds; }; int clock_gettime(int clock, struct moment *now);")

local moment = ffi.new("struct moment")
local run, sendFor, stopAt = "", 0, nil
local sent = 0

local function now()
  ffi.C.clock_gettime(1, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

function init(args)
  run, sendFor = args[1], tonumber(args[2])
  wrk.method = "POST"
  wrk.headers["content-type"] = "application/json"
end

function request()
  stopAt = stopAt or now() + sendFor
  sent = sent + 1
  local text = string.format("disk 93 %% full on db-%d, seen by run %s", sent, run)
  local data = string.format('{"msgtype":"text","text":{"content":"%s"}}', text)
  return wrk.format(nil, nil, nil, '{"operation":"create","data":' .. data .. "}")
end

-- Before every call but a connection's first. wrk drops the calls in flight when its time is up,
-- which would close as many connections to the robot: so all are answered before that.
function delay()
  return stopAt and now() >= stopAt and 60000 or 0
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '\n{"answers":%d,"refused":%d,"lost":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests, errors.status, lost, latency:percentile(50), latency:percentile(99)
  ))
end
