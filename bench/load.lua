-- What wrk sends and reports. Environment: REQUESTS, a file of requests to send in turn, each
-- ended by the byte 30; CHECK, to look for `"retCode":0` in every answer.

local threads = {}
wrong = 0

function setup(thread)
  table.insert(threads, thread)
end

local path = os.getenv("REQUESTS")
if path then
  local file = assert(io.open(path, "rb"))
  local requests, at = {}, 0
  for text in file:read("*a"):gmatch("([^\30]+)\30") do
    requests[#requests + 1] = text
  end
  file:close()
  function request()
    at = at % #requests + 1
    return requests[at]
  end
end

if os.getenv("CHECK") then
  function response(_, _, body)
    if not body:find('"retCode":0,', 1, true) then
      wrong = wrong + 1
    end
  end
end

function done(summary, latency)
  local errors, total = summary.errors, 0
  for _, thread in ipairs(threads) do
    total = total + thread:get("wrong")
  end
  io.write(string.format(
    '\n@{"requests":%d,"micros":%d,"bytes":%d,"failed":%d,"not_2xx":%d,"wrong":%d,'
      .. '"p50":%d,"p99":%d,"worst":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status, total,
    latency:percentile(50), latency:percentile(99), latency.max))
end
