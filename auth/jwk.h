/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One public key as a JSON Web Key (RFC 7517, 7518 section 6, 8037): to verify with, and its name
 * (RFC 7638). */
#ifndef AUTH_JWK_H
#define AUTH_JWK_H

#include "auth/signature.h"
#include "base/arena.h"

#define JWK_THUMBPRINT 43 /* characters */

struct jwk { /* its members, as they stand there; empty: not there */
    struct str kty, crv, n, e, x, y;
};

/* NULL, and *wrong says why (static), for a key that cannot verify here: of another kind,
 * malformed, or too short. The arena is used meanwhile. */
struct public_key *jwk_key(struct arena *a, const struct jwk *jwk, const char **wrong);
/* Whether a member of that name is part of a private or symmetric key. */
bool jwk_is_secret(struct str member);
/* Of a key that jwk_key accepts. False when OpenSSL or memory fails. */
bool jwk_thumbprint(const struct jwk *jwk, char out[JWK_THUMBPRINT])
    __attribute__((warn_unused_result));

#endif
