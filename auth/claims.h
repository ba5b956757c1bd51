/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a token says, once it is known who says so: of a JWT whose signature is right, or of an
 * answer to an introspection. Fills in the principal.
 */
#ifndef AUTH_CLAIMS_H
#define AUTH_CLAIMS_H

#include "auth/issuer.h"

enum claims_form { /* what is required of it */
                   CLAIMS_RFC9068,
                   CLAIMS_JWT,         /* RFC 7519; a subject or a client */
                   CLAIMS_INTROSPECTED /* RFC 7662 section 2.2: the same, and `exp` may be missing
                                        */
};

struct claims {
    const struct value *all; /* an object; must outlive the principal */
    const struct issuer_settings *pinned;
    int64_t now; /* UTC, in seconds */
    enum claims_form form;
    struct principal *p;
};

/* A text that can name somebody: not empty, at most 1 KB, without control characters. NULL: no. */
bool claims_is_identifier(const struct value *v);
/* A NumericDate (RFC 7519 section 2) of this era: seconds, cut to whole ones; no exponent, no sign.
 */
bool claims_seconds(const struct value *v, int64_t *out) __attribute__((warn_unused_result));
/* Audience, times, identity, binding, scopes, in this order. */
enum reason claims_check(struct claims *c) __attribute__((warn_unused_result));
/* Who is named, as far as that is well-formed: for the records of a token that was denied. */
void claims_describe(struct claims *c);

#endif
