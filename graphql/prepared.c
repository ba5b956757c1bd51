/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/prepared.h"

#include <stdlib.h>

#include "graphql/plan.h"

enum {
    CEILING = 256 << 20, /* of one document; its tokens bound it, too */
    KEPT_BYTES = 256 << 10,
    WAYS = 4
};

struct row {
    struct prepared *ways[WAYS]; /* the last used first */
};

struct prepared_cache {
    unsigned row_count; /* a power of two */
    struct row rows[];
};

/* --- making --- */

static void
release(void *held)
{
    struct prepared *p = held;

    if (p && --p->holders == 0)
        arena_free(p->arena);
}

static void
no_memory(struct errors *errors)
{
    errors_add(errors, (struct location){0}, "SERVICE_UNAVAILABLE", "out of memory");
}

/* Held by a. NULL: no memory. */
static struct prepared *
make(struct arena *a, struct str text, uint64_t serial)
{
    struct arena *own = arena_new(CEILING);
    struct prepared *p = own ? ARENA_NEW(own, struct prepared) : NULL;

    if (!p) {
        arena_free(own);
        return NULL;
    }
    *p = (struct prepared){own, serial, arena_dup(own, text), NULL, 1};
    if (p->text.p && arena_defer(a, release, p) == FAULT_NONE)
        return p;
    arena_free(own);
    return NULL;
}

/* What validation noted lies in an arena that goes. */
static void
forget_notes(struct query *q)
{
    for (struct definition *d = q->definitions; d; d = d->next) {
        d->uses = NULL;
        d->spreads = NULL;
    }
}

static bool
prepare(struct prepared *p, const struct schema *s, const struct graphql_limits *limits,
        struct arena *a, struct errors *errors)
{
    struct errors own = {.arena = p->arena};
    struct query *query = query_parse(p->arena, p->text, limits->tokens, &own);
    struct validation v = {.arena = a, .schema = s, .query = query, .limits = limits};

    if (!query) {
        own.arena = errors->arena;
        *errors = own; /* the first there are */
        return false;
    }
    v.errors = errors;
    validate(&v);
    forget_notes(query);
    if (errors->count)
        return false;
    for (struct definition *d = query->definitions; d; d = d->next)
        if (d->kind != DEFINITION_FRAGMENT && !d->depends)
            d->plan = plan_whole(p->arena, s, d);
    p->query = query;
    return true;
}

/* --- remembering --- */

struct prepared_cache *
prepared_cache_new(unsigned documents)
{
    unsigned rows = documents ? 1 : 0;
    struct prepared_cache *c;

    while (rows * WAYS < documents)
        rows *= 2;
    c = calloc(1, sizeof(*c) + rows * sizeof(struct row));
    if (c)
        c->row_count = rows;
    return c;
}

void
prepared_cache_free(struct prepared_cache *c)
{
    for (unsigned i = 0; c && i < c->row_count * WAYS; i++)
        release(c->rows[i / WAYS].ways[i % WAYS]);
    free(c);
}

static void
put_first(struct row *row, unsigned from, struct prepared *p)
{
    for (; from > 0; from--)
        row->ways[from] = row->ways[from - 1];
    row->ways[0] = p;
}

static struct prepared *
recall(struct row *row, struct str text, uint64_t serial)
{
    for (unsigned i = 0; i < WAYS; i++) {
        struct prepared *p = row->ways[i];

        if (!p || p->serial != serial || !str_eq(p->text, text))
            continue;
        put_first(row, i, p);
        return p;
    }
    return NULL;
}

static void
remember(struct row *row, struct prepared *p)
{
    if (arena_used(p->arena) > KEPT_BYTES)
        return;
    p->holders++;
    release(row->ways[WAYS - 1]);
    put_first(row, WAYS - 1, p);
}

const struct prepared *
prepared_get(struct prepared_cache *cache, const struct schema *s,
             const struct graphql_limits *limits, struct str text, struct arena *a,
             struct errors *errors)
{
    struct row *row = NULL;
    struct prepared *p;

    if (cache && cache->row_count)
        row = &cache->rows[str_hash(text) & (cache->row_count - 1)];
    p = row ? recall(row, text, s->serial) : NULL;
    if (p && arena_defer(a, release, p) == FAULT_NONE) {
        p->holders++;
        return p;
    }
    p = make(a, text, s->serial);
    if (!p) {
        no_memory(errors);
        return NULL;
    }
    if (!prepare(p, s, limits, a, errors))
        return NULL;
    if (row)
        remember(row, p);
    return p;
}
