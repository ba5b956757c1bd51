/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of a principal. */
#include "auth/principal.h"

#include <stdatomic.h>

/* The largest token: its text, its parts decoded, and 2,000 values in each of two trees. */
#define PRINCIPAL_MAX (1024 * 1024)
#define ARENA_LEAST   8192

struct principal *
principal_new(struct str token)
{
    struct arena *arena = arena_new(PRINCIPAL_MAX);
    struct principal *p = arena ? ARENA_NEW(arena, struct principal) : NULL;

    if (p) {
        atomic_init(&p->references, 1);
        p->arena = arena;
        p->token = arena_dup(arena, token);
        if (p->token.p)
            return p;
    }
    arena_free(arena);
    return NULL;
}

struct principal *
principal_ref(struct principal *p)
{
    if (p)
        atomic_fetch_add_explicit(&p->references, 1, memory_order_relaxed);
    return p;
}

void
principal_unref(struct principal *p)
{
    if (p && atomic_fetch_sub_explicit(&p->references, 1, memory_order_acq_rel) == 1)
        arena_free(p->arena);
}

void
principal_release(void *p)
{
    principal_unref(p);
}

size_t
principal_size(const struct principal *p)
{
    size_t used = arena_used(p->arena);

    return used < ARENA_LEAST ? ARENA_LEAST : used;
}
