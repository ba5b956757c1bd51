/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scopes compare byte by byte (RFC 6749 section 3.3). */
#include "auth/scopes.h"

#include "auth/claims.h"

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

static bool
has_acr(const struct value *v, const struct str *acr, unsigned n)
{
    for (unsigned i = 0; v && v->kind == VALUE_STRING && i < n; i++)
        if (str_eq(value_text(v), acr[i]))
            return true;
    return n == 0;
}

enum reason
scopes_check_login(const struct principal *p, const struct str *acr, unsigned n, int64_t max_age,
                   int64_t now)
{
    const struct value *at = value_get(&p->claims, STR("auth_time"));
    int64_t seconds;

    if (!has_acr(value_get(&p->claims, STR("acr")), acr, n))
        return REASON_STEP_UP;
    if (max_age == 0)
        return REASON_NONE;
    if (!at || !claims_seconds(at, &seconds) || now / 1000000 - seconds > max_age)
        return REASON_STEP_UP;
    return REASON_NONE;
}
