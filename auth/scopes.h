/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operation asks of a token: alternatives, of which one must be covered whole (OpenAPI's
 * `security`: OR between its entries, AND inside one).
 */
#ifndef AUTH_SCOPES_H
#define AUTH_SCOPES_H

#include "auth/principal.h"

struct scope_set { /* one alternative; borrowed */
    const struct str *items;
    unsigned n; /* 0: any token will do */
};

/* True when the token has every scope of the set. */
bool scopes_cover(const struct principal *p, struct scope_set set);
/* NONE or SCOPE; NO_TOKEN for p == NULL. No alternatives: nothing is asked, not even a token. */
enum reason scopes_check(const struct principal *p, const struct scope_set *alternatives,
                         unsigned n) __attribute__((warn_unused_result));
/* Whether the login behind a token was as an operation demands (RFC 9470): one of these `acr`s (n =
 * 0: any), and no longer ago than max_age (seconds; 0: whenever). now: UTC in us. NONE or STEP_UP.
 */
enum reason scopes_check_login(const struct principal *p, const struct str *acr, unsigned n,
                               int64_t max_age, int64_t now) __attribute__((warn_unused_result));
/* Appends the scopes with a space between, for a challenge. */
void scopes_put(struct buf *b, struct scope_set set);

#endif
