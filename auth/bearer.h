/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a token comes from in a request, and the challenge that a refusal carries (RFC 6750).
 *
 * One way in: one Authorization header with the scheme Bearer. Tokens in the query end up in logs
 * and are refused (RFC 9700 section 4.3.2); tokens in form bodies are not looked for.
 */
#ifndef AUTH_BEARER_H
#define AUTH_BEARER_H

#include "auth/reason.h"
#include "base/header.h"

/* query: the raw text behind `?`, empty when there is none. NONE and *token, a slice of the
 * header; or NO_TOKEN, OTHER_SCHEME, TWO_CREDENTIALS, TOKEN_IN_QUERY, MALFORMED_HEADER. */
enum reason bearer_find(struct headers headers, struct str query, struct str *token)
    __attribute__((warn_unused_result));

struct challenge {
    struct str realm;
    struct str scope;             /* what the operation needs; empty: not told */
    struct str resource_metadata; /* URL (RFC 9728 section 5.1); empty: none */
};

/* Appends the value of WWW-Authenticate for a fault with one of the statuses 400, 401 and 403:
 * without an error when the request had no token (RFC 6750 section 3.1). */
void bearer_challenge(struct buf *b, const struct challenge *c, const struct fault *f);

#endif
