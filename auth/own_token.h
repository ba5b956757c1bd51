/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A token that this authorization server has made, given back to it: to be exchanged, revoked or
 * introspected. Whom it is meant for does not matter here (verify.h checks that for who wants to be
 * let in); that it is ours, and still valid, does.
 */
#ifndef AUTH_OWN_TOKEN_H
#define AUTH_OWN_TOKEN_H

#include "auth/jwt.h"
#include "auth/keyring.h"
#include "auth/revocations.h"

enum own_token_state {
    OWN_TOKEN_ACTIVE,
    OWN_TOKEN_FOREIGN, /* not one of ours, or not one at all */
    OWN_TOKEN_EXPIRED,
    OWN_TOKEN_REVOKED,
};

struct own_token { /* texts live in the arena or the text */
    struct str client_id, subject, audience, scope, jti, key_id;
    struct str thumbprint;     /* `x5t#S256` of `cnf`; empty: not bound to a certificate */
    bool bound;                /* there is a `cnf` of whatever kind */
    const struct value *actor; /* `act`; NULL: none */
    int64_t issued, expires;   /* UTC, seconds */
    struct jwt jwt;
};

/* revocations may be NULL. now: UTC in us. *out is filled unless it is FOREIGN. */
enum own_token_state own_token_read(struct arena *a, const struct keyring *keys, struct str issuer,
                                    struct revocations *revocations, struct str text, int64_t now,
                                    struct own_token *out);

#endif
