-- SPDX-License-Identifier: Apache-2.0
-- Requests made beforehand, in turn. Arguments: their file, where in it to begin, a prefix of keys. A request is a block of the file that
-- ends with a line of its own, "--"; "{key}" in it becomes the prefix and a number. Ends with "BENCH requests microseconds bad".
local requests, at, prefix, count = {}, 0, nil, 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  for block in file:read("a"):gmatch("(.-)\n%-%-\n") do
    local before, after = block:match("^(.-){key}(.*)$")
    requests[#requests + 1] = before and { before, after } or block
  end
  file:close()
  at, prefix = tonumber(args[2]), args[3]
end

function request()
  at = at % #requests + 1
  local block = requests[at]
  if type(block) == "string" then
    return block
  end
  count = count + 1
  return block[1] .. prefix .. count .. block[2]
end

function done(summary)
  local errors = summary.errors
  io.write(string.format("BENCH %d %d %d\n", summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.timeout + errors.status))
end
