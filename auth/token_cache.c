/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set-associative table: a token's hash names a shard and in it a row of eight slots; a new
 * entry takes a free slot of its row, or the one that was used longest ago. The hash is made of
 * the signature's end, which a client cannot choose for a token that verifies, so 16 bytes are
 * enough; those of a token that does not verify are never kept.
 */
#include "auth/token_cache.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SHARDS 32
#define WAYS   8

struct slot {
    struct principal *principal; /* NULL: free */
    uint64_t hash;
    uint64_t generation;
    uint64_t used; /* the shard's tick at its last use */
    int64_t since, until;
};

struct shard {
    pthread_mutex_t lock;
    struct slot *slots;
    uint64_t tick, hits, misses, entries;
    size_t bytes, hand;
} __attribute__((aligned(64)));

struct token_cache {
    struct shard shards[SHARDS];
    size_t rows;        /* per shard */
    size_t shard_bytes; /* ceiling of each */
    int64_t ttl_us;
    atomic_uint_fast64_t generation;
};

struct token_cache *
token_cache_new(size_t entries, size_t bytes, int64_t ttl_us)
{
    struct token_cache *c = aligned_alloc(64, sizeof *c);

    if (!c)
        return NULL;
    memset(c, 0, sizeof *c);
    c->rows = (entries + SHARDS * WAYS - 1) / (SHARDS * WAYS);
    c->shard_bytes = bytes / SHARDS;
    c->ttl_us = ttl_us;
    atomic_init(&c->generation, 1);
    for (unsigned i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&c->shards[i].lock, NULL);
        c->shards[i].slots = calloc(c->rows * WAYS, sizeof(struct slot));
        if (!c->shards[i].slots) {
            token_cache_free(c);
            return NULL;
        }
    }
    return c;
}

void
token_cache_free(struct token_cache *c)
{
    if (!c)
        return;
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *s = &c->shards[i];

        for (size_t j = 0; s->slots && j < c->rows * WAYS; j++)
            principal_unref(s->slots[j].principal);
        free(s->slots);
    }
    free(c);
}

static uint64_t
hash_of(struct str token)
{
    uint64_t a = 0, b = 0;

    if (token.n >= 16) {
        memcpy(&a, token.p + token.n - 16, 8);
        memcpy(&b, token.p + token.n - 8, 8);
    }
    a = (a ^ token.n) * 0x9e3779b97f4a7c15u;
    b = (b ^ a >> 29) * 0xbf58476d1ce4e5b9u;
    return b ^ b >> 32;
}

static struct slot *
row_of(const struct token_cache *c, struct shard *s, uint64_t hash)
{
    return s->slots + (hash / SHARDS) % c->rows * WAYS;
}

/* Frees the slot; the caller lets go of what it held once the lock is given back. */
static struct principal *
slot_clear(struct shard *s, struct slot *slot)
{
    struct principal *p = slot->principal;

    if (p) {
        s->bytes -= principal_size(p);
        s->entries--;
    }
    *slot = (struct slot){0};
    return p;
}

static bool
is_current(const struct slot *slot, uint64_t generation, int64_t now)
{
    /* A clock that was set back must not lengthen a life: hence `since`. */
    return slot->generation == generation && slot->since <= now && now < slot->until;
}

static struct slot *
find_slot(struct slot *row, uint64_t hash, struct str token)
{
    for (unsigned i = 0; i < WAYS; i++)
        if (row[i].hash == hash && row[i].principal && str_eq(row[i].principal->token, token))
            return &row[i];
    return NULL;
}

struct principal *
token_cache_find(struct token_cache *c, struct str token, int64_t now)
{
    uint64_t hash = hash_of(token), generation = token_cache_generation(c);
    struct shard *s = &c->shards[hash % SHARDS];
    struct principal *found = NULL, *stale = NULL;
    struct slot *slot;

    pthread_mutex_lock(&s->lock);
    slot = find_slot(row_of(c, s, hash), hash, token);
    if (slot && is_current(slot, generation, now)) {
        slot->used = ++s->tick;
        found = principal_ref(slot->principal);
        s->hits++;
    } else {
        if (slot)
            stale = slot_clear(s, slot);
        s->misses++;
    }
    pthread_mutex_unlock(&s->lock);
    principal_unref(stale);
    return found;
}

/* The slot for a new entry: the token's own, a free one, or the one used longest ago. */
static struct slot *
choose(struct slot *row, uint64_t hash, struct str token)
{
    struct slot *oldest = find_slot(row, hash, token);

    if (oldest)
        return oldest;
    oldest = row;
    for (unsigned i = 0; i < WAYS; i++) {
        if (!row[i].principal)
            return &row[i];
        if (row[i].used < oldest->used)
            oldest = &row[i];
    }
    return oldest;
}

/* Makes room for `size` bytes, slot by slot; gives back what was dropped, chained in dropped[]. */
static unsigned
make_room(const struct token_cache *c, struct shard *s, size_t size, struct principal **dropped,
          unsigned most)
{
    unsigned n = 0;

    while (s->entries > 0 && s->bytes + size > c->shard_bytes && n < most) {
        struct principal *p = slot_clear(s, &s->slots[s->hand++ % (c->rows * WAYS)]);

        if (p)
            dropped[n++] = p;
    }
    return n;
}

void
token_cache_add(struct token_cache *c, struct principal *p, uint64_t generation, int64_t now)
{
    uint64_t hash = hash_of(p->token);
    struct shard *s = &c->shards[hash % SHARDS];
    struct principal *dropped[64];
    size_t size = principal_size(p);
    int64_t until = now + c->ttl_us;
    unsigned n = 0;

    if (p->expires < until / 1000000)
        until = p->expires * 1000000;
    if (p->cache_until && p->cache_until < until)
        until = p->cache_until;
    if (until <= now || size > c->shard_bytes || c->rows == 0)
        return;
    pthread_mutex_lock(&s->lock);
    if (generation == token_cache_generation(c)) {
        struct slot *slot = choose(row_of(c, s, hash), hash, p->token);

        dropped[n++] = slot_clear(s, slot);
        n += make_room(c, s, size, dropped + n, 63);
        if (s->bytes + size <= c->shard_bytes) {
            *slot = (struct slot){principal_ref(p), hash, generation, ++s->tick, now, until};
            s->bytes += size;
            s->entries++;
        }
    }
    pthread_mutex_unlock(&s->lock);
    while (n > 0)
        principal_unref(dropped[--n]);
}

uint64_t
token_cache_generation(const struct token_cache *c)
{
    return atomic_load_explicit(&c->generation, memory_order_acquire);
}

void
token_cache_flush(struct token_cache *c)
{
    atomic_fetch_add_explicit(&c->generation, 1, memory_order_acq_rel);
}

struct token_cache_counts
token_cache_counts(struct token_cache *c)
{
    struct token_cache_counts sum = {0};

    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *s = &c->shards[i];

        pthread_mutex_lock(&s->lock);
        sum.hits += s->hits;
        sum.misses += s->misses;
        sum.entries += s->entries;
        sum.bytes += s->bytes;
        pthread_mutex_unlock(&s->lock);
    }
    return sum;
}
