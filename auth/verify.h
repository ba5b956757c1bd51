/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A token's text in, a principal out, or the reason why not: the one way in.
 *
 * Order: form, type, issuer, algorithm, key, signature, and only then the claims, so that a forged
 * token learns nothing of what its claims would have met. What the header says never chooses more
 * than a key among its issuer's.
 */
#ifndef AUTH_VERIFY_H
#define AUTH_VERIFY_H

#include "auth/introspection.h"

struct issuers {
    struct issuer **items;
    unsigned n;
    struct issuer *opaque; /* the one who is asked for tokens that say nothing; NULL: nobody */
    struct introspection *introspection; /* with it */
};

/* The full check, without the cache. May park the fiber in io (keys); io may be NULL. */
struct verdict verify_token(const struct issuers *known, struct str token, const struct auth_io *io,
                            int64_t now);
/* The same behind the cache. now: UTC in us. Thread-safe. */
struct verdict verify_cached(const struct issuers *known, struct token_cache *cache,
                             struct str token, const struct auth_io *io, int64_t now);

#endif
