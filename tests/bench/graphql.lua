-- SPDX-License-Identifier: GPL-2.0-or-later
-- wrk: each request is the question of a file. wrk -s graphql.lua URL -- FILE
local question

function init(args)
    local headers = {["Content-Type"] = "application/json"}
    local body = io.open(args[1]):read("a")
    question = wrk.format("POST", nil, headers, body)
end

function request()
    return question
end
