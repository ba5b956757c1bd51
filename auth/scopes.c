/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scopes compare byte by byte (RFC 6749 section 3.3). */
#include "auth/scopes.h"

static bool
has_scope(const struct principal *p, struct str scope)
{
    for (unsigned i = 0; i < p->scope_count; i++)
        if (str_eq(p->scopes[i], scope))
            return true;
    return false;
}

bool
scopes_cover(const struct principal *p, struct scope_set set)
{
    for (unsigned i = 0; i < set.n; i++)
        if (!has_scope(p, set.items[i]))
            return false;
    return true;
}

enum reason
scopes_check(const struct principal *p, const struct scope_set *alternatives, unsigned n)
{
    if (n == 0)
        return REASON_NONE;
    if (!p)
        return REASON_NO_TOKEN;
    for (unsigned i = 0; i < n; i++)
        if (scopes_cover(p, alternatives[i]))
            return REASON_NONE;
    return REASON_SCOPE;
}

void
scopes_put(struct buf *b, struct scope_set set)
{
    for (unsigned i = 0; i < set.n; i++) {
        if (i)
            buf_put_char(b, ' ');
        buf_str(b, set.items[i]);
    }
}
