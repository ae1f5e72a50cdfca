-- SPDX-License-Identifier: Apache-2.0
-- Products by id, in turn, from the file named in the arguments.
local requests, at = {}, 0

function init(args)
  for id in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", "/api/products/" .. id)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end
