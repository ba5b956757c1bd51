/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Demonstrating proof of possession (RFC 9449): whether the sender of a token holds the key that
 * the token is bound to.
 *
 * One for all workers: a proof that one has taken, another refuses. Nonces, where they are asked
 * for, are the time under a key of this process: nothing is kept of them.
 */
#ifndef AUTH_DPOP_H
#define AUTH_DPOP_H

#include "auth/credentials.h"
#include "base/arena.h"

struct dpop;

struct dpop_options {
    int64_t lifetime_us; /* how old a proof may be */
    bool nonce;          /* ask for one */
    size_t replays;      /* proofs that are remembered, so that none is taken twice */
};

/* NULL: no memory, or no randomness. */
struct dpop *dpop_new(const struct dpop_options *o);
/* No thread may be using it. NULL is allowed. */
void dpop_free(struct dpop *d);

/* Checks c->proof for the request in c (section 4.3) and against the `jkt` that c->token is bound
 * to; when all is well the proof is used up. *stale: the nonce, though good, is due for a new one.
 * now: UTC in us. Thread-safe. NONE, one of the reasons DPOP_*, or OUT_OF_MEMORY. */
enum reason dpop_check(struct dpop *d, struct arena *a, const struct credentials *c,
                       struct str bound_key, int64_t now, bool *stale)
    __attribute__((warn_unused_result));
/* A new nonce for the client (section 8), in the arena; empty where none is asked for. */
struct str dpop_nonce(const struct dpop *d, struct arena *a, int64_t now);

/* Whether `htu` names the resource at base and path: normalized (RFC 3986 section 6.2), its query
 * and fragment ignored. */
bool dpop_url_matches(struct str htu, struct str base, struct str path);

#endif
