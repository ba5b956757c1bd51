/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/trusted.h"

#include <stdlib.h>

#include "graphql/prepared.h"

bool
trusted_is_id(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (str_hex_digit(text.p[i]) < 0 || (text.p[i] >= 'A' && text.p[i] <= 'F'))
            return false;
    return text.n == TRUSTED_ID;
}

static int
compare(const void *a, const void *b)
{
    const struct trusted_document *x = a, *y = b;

    return memcmp(x->id.p, y->id.p, TRUSTED_ID);
}

void
trusted_sort(struct trusted *t)
{
    if (t->count)
        qsort(t->documents, t->count, sizeof(*t->documents), compare);
}

struct str
trusted_find(const struct trusted *t, struct str name)
{
    struct trusted_document key = {.id = name};
    const struct trusted_document *found;

    if (str_starts(name, STR("sha256:")))
        key.id = str_from(name, 7);
    if (!t || !t->count || !trusted_is_id(key.id))
        return STR_NONE;
    found = bsearch(&key, t->documents, t->count, sizeof(*t->documents), compare);
    return found ? found->text : STR_NONE;
}

bool
trusted_check(const struct schema *s, const struct graphql_limits *limits, struct str text,
              struct arena *a, struct error *why)
{
    struct errors errors = {.arena = a};

    if (prepared_get(NULL, s, limits, text, a, &errors))
        return true;
    *why = errors.first ? *errors.first : (struct error){.message = STR("out of memory")};
    return false;
}
