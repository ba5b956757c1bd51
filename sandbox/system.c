/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of systems, one row each, and what they ask of a request. */
#include "sandbox/system.h"

const struct system *const systems[SYSTEM_COUNT] = {
    &customers_system,
    &billing_system,
};

int
system_find(struct str name)
{
    for (int i = 0; i < SYSTEM_COUNT; i++)
        if (str_eq(systems[i]->name, name))
            return i;
    return -1;
}

struct str
request_query(const struct request *r, struct str name)
{
    for (unsigned i = 0; i < r->query.n; i++)
        if (str_eq(r->query.items[i].name, name))
            return r->query.items[i].value;
    return STR_NONE;
}

struct str
request_type(const struct request *r)
{
    struct str type = header_value(r->headers, STR("content-type"));
    return str_trim(str_head(type, str_find(type, ';')));
}
