/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Access tokens in the form of RFC 9068, put together by libjwt. Issuing only: verify.h says what
 * checks.
 */
#ifndef AUTH_ISSUE_H
#define AUTH_ISSUE_H

#include "auth/signing_key.h"

struct issue_claims { /* texts are plain (jwt_is_plain) and short */
    struct str issuer, subject, client_id, audience;
    struct str scope;            /* empty: none */
    struct str thumbprint;       /* of the certificate it is bound to (RFC 8705); empty: none */
    struct str actor;            /* JSON object of `act` (RFC 8693 section 4.1); empty: none */
    int64_t issued_at, lifetime; /* UTC, seconds */
};

/* Appends a token with a random `jti` of 128 bits, which *jti (23 bytes, with a NUL) gets too.
 * FAULT_INTERNAL or FAULT_MEMORY. With RS256 most of a millisecond. Thread-safe. */
enum fault_code issue_token(const struct signing_key *key, const struct issue_claims *claims,
                            struct buf *out, char jti[23], struct fault *f)
    __attribute__((warn_unused_result));

#endif
