/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/header.h"

/* By the length of the name, so that most names are told apart without a look at them. */
static const struct known {
    const char *name;
    enum header_role role;
} by_length[][2] = {
    [2] = {{"te", HEADER_HOP}},
    [4] = {{"host", HEADER_REQUEST}, {"dpop", HEADER_CALLER}},
    [6] = {{"expect", HEADER_REQUEST}, {"cookie", HEADER_CALLER}},
    [7] = {{"trailer", HEADER_HOP}, {"upgrade", HEADER_HOP}},
    [10] = {{"connection", HEADER_HOP}, {"keep-alive", HEADER_HOP}},
    [12] = {{"x-correlator", HEADER_GATEWAY}},
    [13] = {{"authorization", HEADER_CALLER}},
    [14] = {{"content-length", HEADER_HOP}},
    [16] = {{"proxy-connection", HEADER_HOP}},
    [17] = {{"transfer-encoding", HEADER_HOP}},
    [18] = {{"proxy-authenticate", HEADER_PROXY}},
    [19] = {{"proxy-authorization", HEADER_PROXY}},
};

enum header_role
header_role(struct str name)
{
    if (name.n >= sizeof(by_length) / sizeof(by_length[0]))
        return HEADER_PASSES;
    for (unsigned i = 0; i < 2 && by_length[name.n][i].name; i++) {
        const struct known *k = &by_length[name.n][i];

        if (str_eq_nocase(name, (struct str){k->name, name.n}))
            return k->role;
    }
    return HEADER_PASSES;
}

const struct header *
header_find(struct headers h, struct str name)
{
    for (unsigned i = 0; i < h.n; i++)
        if (str_eq_nocase(h.items[i].name, name))
            return &h.items[i];
    return NULL;
}

struct str
header_value(struct headers h, struct str name)
{
    const struct header *found = header_find(h, name);

    return found ? found->value : STR_NONE;
}

static bool
is_listed(struct str list, struct str word)
{
    struct str part;

    while (list.n && str_split(&list, ',', &part))
        if (str_eq_nocase(str_trim(part), word))
            return true;
    return false;
}

bool
header_lists(struct headers h, struct str name, struct str word)
{
    for (unsigned i = 0; i < h.n; i++)
        if (str_eq_nocase(h.items[i].name, name) && is_listed(h.items[i].value, word))
            return true;
    return false;
}

unsigned
header_count(struct headers h, struct str name)
{
    unsigned n = 0;

    for (unsigned i = 0; i < h.n; i++)
        n += str_eq_nocase(h.items[i].name, name);
    return n;
}
