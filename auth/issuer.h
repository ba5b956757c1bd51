/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An issuer whose tokens are accepted: what its tokens must look like, and its current keys.
 *
 * What is pinned here (algorithms, types, audiences) comes from configuration only. The key set
 * is swapped whole, while tokens are checked against the one before. It is read again every few
 * minutes, and at once when a token names an unknown key, but bounded: one fetch at a time, a pause
 * between two, and a memory of key ids that were looked for in vain. A failed fetch leaves the
 * last good set in force. No lock is held while a fetch or a pause lasts, so both may park a fiber.
 */
#ifndef AUTH_ISSUER_H
#define AUTH_ISSUER_H

#include "auth/jwks.h"
#include "auth/token_cache.h"

struct auth_fetch {
    struct str url;
    struct str form;          /* sent by POST, when there is one; else GET */
    struct str authorization; /* value of the field Authorization; empty: none */
};

/* What auth/ asks of its host; the host may park the calling fiber in both. */
struct auth_io {
    void *context;
    /* The body of a good answer, in the arena. At most a megabyte, and the host's deadline. */
    enum fault_code (*fetch)(void *context, const struct auth_fetch *q, struct arena *a,
                             struct str *body, struct fault *f);
    /* Waits that long; FAULT_CANCELLED when the exchange is. NULL: never waits. */
    enum fault_code (*pause)(void *context, unsigned milliseconds);
    /* run(data) on another thread, while the fiber waits: for what would hold up a worker. The
     * size bytes of data are copied there and back, and wiped. UNAVAILABLE when too much is
     * queued, CANCELLED, MEMORY. NULL: see auth_io_work. */
    enum fault_code (*work)(void *context, void (*run)(void *data), void *data, size_t size);
};

/* io->work, or run(data) here and now where there is none. io may be NULL. */
static inline enum fault_code
auth_io_work(const struct auth_io *io, void (*run)(void *data), void *data, size_t size)
{
    if (io && io->work)
        return io->work(io->context, run, data, size);
    run(data);
    return FAULT_NONE;
}

enum token_type { TYPE_ACCESS_TOKEN = 1, TYPE_JWT = 2, TYPE_ABSENT = 4 }; /* bits */

struct issuer_settings { /* texts are borrowed: they must outlive the issuer */
    struct str name;     /* compared with `iss` byte by byte */
    struct str *audiences;
    unsigned audience_count;
    uint32_t algorithms;            /* bit 1 << enum algorithm */
    uint8_t types;                  /* enum token_type */
    int64_t leeway;                 /* seconds */
    bool sender_constrained;        /* its tokens must be bound to their sender */
    bool audience_optional;         /* of what an introspection tells */
    int64_t max_age;                /* seconds since `iat`; 0: no limit */
    struct str jwks_file, jwks_uri; /* at most one of them; where there is none, keys are found
                                       by the issuer's name, or given by issuer_set_keys */
    bool discover;                  /* by its name (OpenID Connect Discovery, RFC 8414) */
    struct str *scope_claims;       /* where scopes may stand: the first that is there counts;
                                       none: `scope`, `scp` */
    unsigned scope_claim_count;
    bool introspects;             /* it is asked what tokens are worth (RFC 7662): */
    bool introspects_signed;      /* ... signed ones, once they are verified; else opaque ones */
    struct str introspection_url; /* empty: discovered */
    struct str authorization;     /* the gateway's own, there */
    int64_t introspection_keep_us;
    int64_t refresh_us; /* between two reads of the keys */
    int64_t retry_us;   /* least time between two fetches for unknown key ids */
};

struct issuer;

/* flushed whenever the keys change: the cache of tokens, borrowed. NULL: no memory. */
struct issuer *issuer_new(const struct issuer_settings *s, struct token_cache *flushed);
/* No thread may be using it. NULL is allowed. */
void issuer_free(struct issuer *i);
const struct issuer_settings *issuer_settings(const struct issuer *i);
/* Takes the set (NULL is ignored). Thread-safe. */
void issuer_set_keys(struct issuer *i, struct jwks *set);
/* Reads jwks_file, at load, before other threads know the issuer; mistakes go to the report. False
 * when there are no keys then. */
bool issuer_load_file(struct issuer *i, struct report *r, int64_t now);
/* Fetches the keys if that is due; called every second or so by the host, in any worker. io may be
 * NULL. now, here and below: UTC in us. */
void issuer_refresh(struct issuer *i, const struct auth_io *io, int64_t now);
/* The key for a token. NONE: *set holds a reference that the caller gives back, and *key is valid
 * while it does. Else KEY_UNKNOWN, KEY_AMBIGUOUS, KEY_UNFIT or KEYS_UNAVAILABLE. */
enum reason issuer_find_key(struct issuer *i, struct str key_id, enum algorithm algorithm,
                            const struct auth_io *io, int64_t now, struct jwks **set,
                            struct public_key **key) __attribute__((warn_unused_result));
/* Where to ask for a token, in the arena; empty while it is not known. */
struct str issuer_introspection(struct issuer *i, struct arena *a);
/* Whether keys, or what a token is worth, may come from there: over a plain connection they are
 * anybody's, but for this machine's own. */
bool issuer_is_safe_url(struct str url);
/* Fetches begun so far. */
uint64_t issuer_fetches(struct issuer *i);

#endif
