-- SPDX-License-Identifier: Apache-2.0
-- Orders of three lines, each with a key of its own. Arguments: file of product ids, access token, prefix of the keys.
local products, token, prefix, count = {}, nil, nil, 0
local body = '{"lines":[{"product_id":"%s","quantity":1},{"product_id":"%s","quantity":2},{"product_id":"%s","quantity":3}],' ..
  '"address":{"recipient":"Ada Lovelace","street":"Main street 1","postal_code":"10115","city":"Berlin","country":"DE"},' ..
  '"payment_method":"cash"}'

function init(args)
  for id in io.lines(args[1]) do
    products[#products + 1] = id
  end
  token, prefix = args[2], args[3]
  math.randomseed(os.time())
end

function request()
  count = count + 1
  local n = #products
  local first = math.random(n - 2)
  wrk.headers["Authorization"] = "Bearer " .. token
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Idempotency-Key"] = prefix .. count
  return wrk.format("POST", "/api/orders", nil, string.format(body, products[first], products[first + 1], products[first + 2]))
end

-- What did not answer 201 is counted apart: a rate of refusals is no rate.
local refused = 0
function response(status)
  if status ~= 201 then
    refused = refused + 1
    wrk.thread:set("refused", refused)
  end
end

local threads = {}
function setup(thread)
  threads[#threads + 1] = thread
end

function done()
  local sum = 0
  for _, thread in ipairs(threads) do
    sum = sum + (thread:get("refused") or 0)
  end
  io.write("refused: ", sum, "\n")
end
