/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/header.h"

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

unsigned
header_count(struct headers h, struct str name)
{
    unsigned n = 0;

    for (unsigned i = 0; i < h.n; i++)
        n += str_eq_nocase(h.items[i].name, name);
    return n;
}
