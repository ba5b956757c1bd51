/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/place.h"

#include <stdlib.h>

enum { FIRST_ROWS = 1024 };

struct document_places *
places_new(void)
{
    struct document_places *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->cap = FIRST_ROWS;
    t->rows = calloc(t->cap, sizeof *t->rows);
    if (!t->rows) {
        free(t);
        return NULL;
    }
    return t;
}

void
places_free(void *places)
{
    struct document_places *t = places;

    if (t)
        free(t->rows);
    free(t);
}

/* The row of the node, or the free one where it belongs; a table is never full. */
static struct place_row *
row_of(const struct document_places *t, const cJSON *node)
{
    uint64_t h = (uint64_t)(uintptr_t)node * 0x9e3779b97f4a7c15u;
    size_t i = (h >> 20) & (t->cap - 1);

    while (t->rows[i].node && t->rows[i].node != node)
        i = (i + 1) & (t->cap - 1);
    return &t->rows[i];
}

static bool
grow(struct document_places *t)
{
    struct document_places bigger = {.n = t->n, .cap = t->cap * 2};

    bigger.rows = calloc(bigger.cap, sizeof *bigger.rows);
    if (!bigger.rows)
        return false;
    for (size_t i = 0; i < t->cap; i++)
        if (t->rows[i].node)
            *row_of(&bigger, t->rows[i].node) = t->rows[i];
    free(t->rows);
    *t = bigger;
    return true;
}

bool
places_put(struct document_places *t, struct place_row row)
{
    if (t->n >= t->cap / 2 && !grow(t))
        return false;
    *row_of(t, row.node) = row;
    t->n++;
    return true;
}

const struct place_row *
places_get(const struct document_places *t, const cJSON *node)
{
    const struct place_row *row = row_of(t, node);

    return row->node ? row : NULL;
}

struct place
document_place(const struct document *d, const cJSON *node)
{
    const struct place_row *row = node ? places_get(d->places, node) : NULL;

    return row ? (struct place){d->path, row->line, row->column} : (struct place){d->path, 0, 0};
}

struct place
document_key_place(const struct document *d, const cJSON *member)
{
    const struct place_row *row = member ? places_get(d->places, member) : NULL;

    if (!row || !row->key_line)
        return document_place(d, member);
    return (struct place){d->path, row->key_line, row->key_column};
}
