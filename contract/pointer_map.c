/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See pointer_map.h: open addressing, at most half full. */
#include "contract/pointer_map.h"

static struct pointer_map_row *
row_of(const struct pointer_map *m, const void *key)
{
    uint64_t hash = (uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 32) & (m->size - 1);
    while (m->rows[at].key && m->rows[at].key != key)
        at = (at + 1) & (m->size - 1);
    return &m->rows[at];
}

const void *
pointer_map_get(const struct pointer_map *m, const void *key)
{
    return m->size ? row_of(m, key)->value : NULL;
}

static enum fault_code
grow(struct pointer_map *m, struct arena *a)
{
    struct pointer_map wider = {.count = m->count, .size = m->size ? m->size * 2 : 64};
    wider.rows = ARENA_ARRAY(a, wider.size, struct pointer_map_row);
    if (!wider.rows)
        return FAULT_MEMORY;
    for (size_t i = 0; i < m->size; i++)
        if (m->rows[i].key)
            *row_of(&wider, m->rows[i].key) = m->rows[i];
    *m = wider;
    return FAULT_NONE;
}

enum fault_code
pointer_map_put(struct pointer_map *m, struct arena *a, const void *key, const void *value)
{
    if (m->count * 2 >= m->size && grow(m, a))
        return FAULT_MEMORY;
    struct pointer_map_row *row = row_of(m, key);
    m->count += !row->key;
    *row = (struct pointer_map_row){key, value};
    return FAULT_NONE;
}
