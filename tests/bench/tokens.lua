-- SPDX-License-Identifier: GPL-2.0-or-later
-- wrk: each request carries the next token of a file. wrk -s tokens.lua URL -- FILE
local requests, at = {}, 0

function init(args)
    local start = os.time() -- do not begin every round with the same tokens
    for token in io.lines(args[1]) do
        requests[#requests + 1] = wrk.format("GET", nil, {Authorization = "Bearer " .. token})
    end
    at = (start * 7919) % #requests
end

function request()
    at = at % #requests + 1
    return requests[at]
end
