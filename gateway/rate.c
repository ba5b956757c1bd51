/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/rate.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/siphash.h"

enum { SHARDS = 64, WAYS = 8, RULE_ROWS = 8 };

struct slot {
    uint64_t hash; /* of rule and caller; with a secret key, so that none can be made to collide */
    int64_t full;  /* ns: when all is refilled; in the past: free */
};

struct shard {
    pthread_mutex_t lock;
    struct slot *slots; /* rows of WAYS */
} __attribute__((aligned(64)));

struct table {
    struct shard shards[SHARDS];
    uint64_t mask; /* rows of a shard, less one */
};

struct rates {
    struct table callers, rules; /* rules: those for all callers together */
    uint8_t key[16];
};

/* What one rule of a request comes down to. */
struct claim {
    const struct rate *rule;
    struct shard *shard;
    struct slot *row;
    uint64_t hash;
};

static bool
table_init(struct table *t, size_t rows)
{
    t->mask = rows - 1;
    for (unsigned i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&t->shards[i].lock, NULL);
        t->shards[i].slots = calloc(rows * WAYS, sizeof(struct slot));
        if (!t->shards[i].slots)
            return false;
    }
    return true;
}

struct rates *
rates_new(size_t entries)
{
    struct rates *t = aligned_alloc(64, sizeof *t);
    size_t rows = 1;

    if (!t)
        return NULL;
    memset(t, 0, sizeof *t);
    while (rows * WAYS * SHARDS < entries)
        rows *= 2;
    if (table_init(&t->callers, rows) && table_init(&t->rules, RULE_ROWS) &&
        getrandom(t->key, sizeof t->key, 0) == sizeof t->key)
        return t;
    rates_free(t);
    return NULL;
}

void
rates_free(struct rates *t)
{
    if (!t)
        return;
    for (unsigned i = 0; i < SHARDS; i++) {
        free(t->callers.shards[i].slots);
        free(t->rules.shards[i].slots);
    }
    free(t);
}

/* --- who is counted --- */

/* Of IPv6 the network: who has one address of a /64 has them all. */
static void
put_address(struct siphash *s, struct str address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char text[INET6_ADDRSTRLEN] = "";
    uint8_t bytes[16];

    memcpy(text, address.p ? address.p : "", address.n < sizeof text ? address.n : 0);
    if (inet_pton(AF_INET, text, bytes) == 1)
        siphash_put(s, bytes, 4);
    else if (inet_pton(AF_INET6, text, bytes) != 1)
        siphash_put(s, address.p, address.n);
    else if (memcmp(bytes, mapped, sizeof mapped) == 0)
        siphash_put(s, bytes + 12, 4);
    else
        siphash_put(s, bytes, 8);
}

/* Lengths and kinds stand before what they are of, so that no two callers make one text. */
static uint64_t
hash_of(const struct rates *t, const struct rate *r, const struct rate_caller *caller)
{
    struct str name = caller->client.n ? caller->client : caller->subject;
    bool named = r->whom == RATE_OF_CLIENT && name.n;
    const uint64_t kind = named ? 1 + (caller->client.n > 0) : 0;
    const uint64_t head[] = {r->id, kind, named ? caller->issuer.n : 0};
    struct siphash s;

    siphash_begin(&s, t->key);
    siphash_put(&s, head, sizeof head);
    if (named) {
        siphash_put(&s, caller->issuer.p, caller->issuer.n);
        siphash_put(&s, name.p, name.n);
    } else if (r->whom != RATE_OF_ALL) {
        put_address(&s, caller->address);
    }
    return siphash_end(&s);
}

static struct claim
claim_of(struct rates *t, const struct rate *r, const struct rate_caller *caller)
{
    struct table *table = r->whom == RATE_OF_ALL ? &t->rules : &t->callers;
    struct claim c = {.rule = r, .hash = hash_of(t, r, caller)};

    c.shard = &table->shards[c.hash % SHARDS];
    c.row = c.shard->slots + (c.hash / SHARDS & table->mask) * WAYS;
    return c;
}

/* --- counting, with the locks held --- */

/* Its own slot, or the one to take: the free ones have the earliest times. */
static struct slot *
slot_of(const struct claim *c)
{
    struct slot *first = c->row;

    for (unsigned i = 0; i < WAYS; i++) {
        if (c->row[i].hash == c->hash)
            return &c->row[i];
        if (c->row[i].full < first->full)
            first = &c->row[i];
    }
    return first;
}

/* When all would be refilled, had this call been let in. */
static int64_t
full_after(const struct claim *c, int64_t now)
{
    const struct slot *slot = slot_of(c);
    int64_t full = slot->hash == c->hash && slot->full > now ? slot->full : now;

    return full + c->rule->interval_ns;
}

static const struct rate *
check(const struct claim *claims, unsigned n, int64_t now, int64_t *wait)
{
    const struct rate *last = NULL;

    *wait = 0;
    for (unsigned i = 0; i < n; i++) {
        int64_t left = full_after(&claims[i], now) - claims[i].rule->burst_ns - now;

        if (left > *wait) {
            *wait = left;
            last = claims[i].rule;
        }
    }
    return last;
}

static void
charge(const struct claim *claims, unsigned n, int64_t now)
{
    for (unsigned i = 0; i < n; i++) {
        int64_t full = full_after(&claims[i], now);

        *slot_of(&claims[i]) = (struct slot){claims[i].hash, full};
    }
}

/* --- the whole --- */

/* Each shard once, and in the same order as everybody takes them. */
static unsigned
sort_shards(const struct claim *claims, unsigned n, struct shard *out[RATES_MAX])
{
    unsigned count = 0;

    for (unsigned i = 0; i < n; i++) {
        unsigned at = count;

        while (at && out[at - 1] > claims[i].shard)
            at--;
        if (at && out[at - 1] == claims[i].shard)
            continue;
        memmove(&out[at + 1], &out[at], (count++ - at) * sizeof *out);
        out[at] = claims[i].shard;
    }
    return count;
}

const struct rate *
rates_take(struct rates *t, const struct rate *rules, unsigned n, const struct rate_caller *caller,
           int64_t now_us, int64_t *wait_us)
{
    struct claim claims[RATES_MAX];
    struct shard *shards[RATES_MAX];
    int64_t now = now_us * 1000, wait;
    const struct rate *refused;
    unsigned count;

    for (unsigned i = 0; i < n; i++)
        claims[i] = claim_of(t, &rules[i], caller);
    count = sort_shards(claims, n, shards);
    for (unsigned i = 0; i < count; i++)
        pthread_mutex_lock(&shards[i]->lock);
    refused = check(claims, n, now, &wait);
    if (!refused)
        charge(claims, n, now);
    while (count)
        pthread_mutex_unlock(&shards[--count]->lock);
    *wait_us = (wait + 999) / 1000;
    return refused;
}
