/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens that were verified a moment ago, shared by all workers.
 *
 * Only tokens that passed are kept, for at most a minute and never past their `exp`. The whole
 * token is compared, never a hash alone. When keys change (or, one day, a token is revoked) the
 * generation moves on and nothing of before is found again. Bounded in entries and in bytes.
 * One cache for all workers rather than one each: a hit takes one uncontended lock out of 32, and
 * a token is verified and kept once, not once per worker.
 */
#ifndef AUTH_TOKEN_CACHE_H
#define AUTH_TOKEN_CACHE_H

#include "auth/principal.h"

struct token_cache;

struct token_cache_counts {
    uint64_t hits, misses, entries, bytes;
};

/* ttl_us: how long an entry may serve. NULL: no memory. */
struct token_cache *token_cache_new(size_t entries, size_t bytes, int64_t ttl_us);
/* No thread may be using it. NULL is allowed. */
void token_cache_free(struct token_cache *c);
/* A reference that the caller gives back with principal_unref, or NULL. now: UTC in us. */
struct principal *token_cache_find(struct token_cache *c, struct str token, int64_t now);
/* Keeps a reference of its own. generation: what token_cache_generation said before the token's
 * key was looked up; an entry of an older one is not kept. */
void token_cache_add(struct token_cache *c, struct principal *p, uint64_t generation, int64_t now);
uint64_t token_cache_generation(const struct token_cache *c);
/* From now on nothing of before is found. Thread-safe, O(1). */
void token_cache_flush(struct token_cache *c);
struct token_cache_counts token_cache_counts(struct token_cache *c);

#endif
