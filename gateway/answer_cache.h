/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers that one worker remembers: an outcome by a key, which is compared whole, until a time.
 * Each is one block of memory of its own, the body as JSON text, so that lexemes and order stay and
 * nothing refers to the exchange it was made in. Bounded in bytes; the least recently used goes
 * first. What is asked, and by whom, is the key's matter: recall.c.
 */
#ifndef GATEWAY_ANSWER_CACHE_H
#define GATEWAY_ANSWER_CACHE_H

#include <stdatomic.h>

#include "contract/operation.h"

struct answer_cache;

struct answer_counts { /* of one worker; read by others */
    atomic_ullong hits, misses, bytes;
};

struct answer_key {
    struct str text; /* borrowed */
    uint64_t hash;
};

struct remembered {
    struct outcome outcome;
    int64_t since_us, until_us;
};

/* limit: bytes of all answers, keys and tables of them included; one is at most an eighth of that.
 * counts: borrowed; `bytes` is kept. One thread's, like all that follows. NULL: no memory. */
struct answer_cache *answer_cache_new(uint64_t limit, struct answer_counts *counts);
/* NULL is allowed. */
void answer_cache_free(struct answer_cache *c);
/* Forgets all answers. */
void answer_cache_clear(struct answer_cache *c);
/* The most that one answer may take with its key, in bytes. */
size_t answer_cache_most(const struct answer_cache *c);
struct answer_key answer_cache_key(const struct answer_cache *c, struct str text);
/* A copy in the arena; false when there is none (any more), or no memory for it. now: in the same
 * clock as what follows, in us. */
bool answer_cache_find(struct answer_cache *c, const struct answer_key *key, int64_t now_us,
                       struct arena *a, struct remembered *out);
/* In place of what is there of that key. False when it is not kept: it is too large, has come to
 * its end, or there is no memory; nothing is remembered by that key then. */
bool answer_cache_add(struct answer_cache *c, const struct answer_key *key,
                      const struct remembered *r);

#endif
