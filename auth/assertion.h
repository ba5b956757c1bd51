/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's signed word that it is who it is: private_key_jwt (RFC 7523 sections 2.2 and 3).
 *
 * assertion_read takes the text apart, with every check that needs no key; assertion_verify checks
 * the signature by a key of the client. That it is used once only is the caller's to see to.
 */
#ifndef AUTH_ASSERTION_H
#define AUTH_ASSERTION_H

#include "auth/jwks.h"
#include "auth/jwt.h"

#define ASSERTION_LIFETIME 3600 /* seconds from now that `exp` may lie ahead */

struct assertion {
    struct jwt jwt;
    struct str client; /* `iss` and `sub`, which are the same */
    struct str jti;
    int64_t issued, expires; /* UTC, seconds */
    int64_t acceptable;      /* the last second at which it is still taken: `exp` and the leeway */
};

/* Fills *out, whose texts live in the text and the arena. audiences: the names of this server, of
 * which each `aud` must be one. now: UTC in seconds. NULL, or a static text that says what is
 * wrong. */
const char *assertion_read(struct arena *a, struct str text, const struct str *audiences,
                           unsigned audience_count, int64_t now, struct assertion *out)
    __attribute__((warn_unused_result));
/* NULL when one of the keys has signed it; else what is wrong. */
const char *assertion_verify(const struct assertion *a, const struct jwks *keys)
    __attribute__((warn_unused_result));

#endif
