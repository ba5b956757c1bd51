/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who calls: what a verified token says.
 *
 * A principal is immutable once verified and counted, so that the cache of verified tokens and any
 * number of exchanges share one without copying. An exchange ties principal_unref to its arena.
 */
#ifndef AUTH_PRINCIPAL_H
#define AUTH_PRINCIPAL_H

#include "auth/signature.h"
#include "base/value.h"

struct principal {
    _Atomic unsigned references;
    struct arena *arena; /* holds the principal itself and everything below */
    struct str token;    /* the whole token: for the cache to compare, never to be logged */
    struct str issuer, key_id;
    struct str subject;   /* empty: the token has none */
    struct str client_id; /* `client_id`, `azp`, `appid` or `cid`; empty: none */
    struct str jti;       /* empty: none */
    struct str scope;     /* as one text, a space between; empty: none */
    struct str *scopes;
    unsigned scope_count;
    enum algorithm algorithm;
    bool api_key;                 /* known by an API key, not by a token */
    int64_t expires;              /* `exp`, UTC in seconds */
    struct str bound_certificate; /* `cnf` `x5t#S256` (RFC 8705 section 3.1); empty: not bound */
    struct str bound_key;         /* `cnf` `jkt` (RFC 9449 section 6.1); empty: not bound */
    struct value claims;          /* all of them, an object */
    _Atomic uint64_t checked;     /* generation of the revocations that it was last looked up in */
    int64_t cache_until;          /* how long it may be remembered, UTC in us; 0: the cache says */
    char token_hash[65]; /* SHA-256 of header and payload, in hex: names the token in a log */
};

/* A new one with its arena and a copy of the token; one reference, the caller's. NULL: no memory.
 */
struct principal *principal_new(struct str token);
/* One reference more, or less; thread-safe. NULL is allowed. */
struct principal *principal_ref(struct principal *p);
void principal_unref(struct principal *p);
/* principal_unref for arena_defer. */
void principal_release(void *p);
/* Bytes it keeps. */
size_t principal_size(const struct principal *p);

#endif
