/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request shows of its caller, and the challenge that a refusal carries (RFC 6750, 9449).
 *
 * One way in a request: one Authorization header with the scheme Bearer or DPoP, or one API key in
 * its header. Tokens in the query end up in logs and are refused (RFC 9700 section 4.3.2); tokens
 * in form bodies are not looked for.
 */
#ifndef AUTH_CREDENTIALS_H
#define AUTH_CREDENTIALS_H

#include "auth/certificate.h"
#include "auth/reason.h"
#include "base/header.h"

enum scheme { SCHEME_BEARER, SCHEME_DPOP, SCHEME_API_KEY };

struct credentials { /* borrowed from the request */
    enum scheme scheme;
    struct str token;      /* or the API key */
    struct str proof;      /* the field DPoP, with its scheme */
    struct str method;     /* of the request, as the next two: what a proof is made for */
    struct str base, path; /* "https://api.example/v1" and "/bills", percent-encoded */
    const struct client_certificate *certificate; /* NULL: none */
};

/* query: the raw text behind `?`, empty when there is none. key_header: where API keys come; empty:
 * nowhere. Fills scheme, token and proof only. NONE, or NO_TOKEN, OTHER_SCHEME, TWO_CREDENTIALS,
 * TOKEN_IN_QUERY, MALFORMED_HEADER, DPOP_MISSING, DPOP_SEVERAL. */
enum reason credentials_find(struct headers headers, struct str query, struct str key_header,
                             struct credentials *out) __attribute__((warn_unused_result));

struct challenge {
    struct str realm;
    struct str scope;             /* what the operation needs; empty: not told */
    struct str resource_metadata; /* URL (RFC 9728 section 5.1); empty: none */
    struct str acr_values;        /* what the operation asks of the login (RFC 9470); empty: none */
    int64_t max_age;              /* the same, in seconds; 0: none */
    enum reason reason;
    enum scheme
        scheme; /* the request's; DPOP also where there was no token and a proof is needed */
};

/* Appends the value of WWW-Authenticate for a fault with one of the statuses 400, 401 and 403:
 * without an error when the request had no token (RFC 6750 section 3.1). */
void credentials_challenge(struct buf *b, const struct challenge *c, const struct fault *f);

#endif
