/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/replay.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* An id may stand in any of the PROBES slots behind its own; all of them are looked at, so a slot
 * that has expired can be taken without a trace. */
enum { SHARDS = 16, PROBES = 64 };

struct slot {
    uint8_t id[32];
    int64_t expires; /* 0: free */
};

struct shard {
    pthread_mutex_t lock;
    struct slot *slots;
};

struct replay {
    struct shard shards[SHARDS];
    size_t mask; /* slots of a shard, less one */
    int64_t since;
};

struct replay *
replay_new(size_t entries)
{
    struct replay *r = calloc(1, sizeof *r);
    size_t n = PROBES;

    if (!r)
        return NULL;
    while (n < entries / SHARDS)
        n *= 2;
    r->mask = n - 1;
    r->since = clock_utc_us();
    for (unsigned i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&r->shards[i].lock, NULL);
        r->shards[i].slots = calloc(n, sizeof(struct slot));
        if (!r->shards[i].slots) {
            replay_free(r);
            return NULL;
        }
    }
    return r;
}

void
replay_free(struct replay *r)
{
    if (!r)
        return;
    for (unsigned i = 0; i < SHARDS; i++)
        free(r->shards[i].slots);
    free(r);
}

static enum replay_answer
check(struct shard *s, size_t mask, const uint8_t id[32], int64_t expires, int64_t now)
{
    struct slot *open = NULL;
    uint64_t at;

    memcpy(&at, id + 8, sizeof at);
    for (unsigned i = 0; i < PROBES; i++) {
        struct slot *slot = &s->slots[(at + i) & mask];

        if (slot->expires < now)
            open = open ? open : slot;
        else if (memcmp(slot->id, id, 32) == 0)
            return REPLAY_SEEN;
    }
    if (!open)
        return REPLAY_FULL;
    memcpy(open->id, id, 32);
    open->expires = expires;
    return REPLAY_NEW;
}

enum replay_answer
replay_check(struct replay *r, const uint8_t id[32], int64_t expires, int64_t now)
{
    struct shard *s = &r->shards[id[0] % SHARDS];
    enum replay_answer answer;

    pthread_mutex_lock(&s->lock);
    answer = check(s, r->mask, id, expires, now);
    pthread_mutex_unlock(&s->lock);
    return answer;
}

int64_t
replay_since(const struct replay *r)
{
    return r->since;
}
