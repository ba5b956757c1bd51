/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table from one address to another, in an arena; for what a loader remembers about nodes. */
#ifndef CONTRACT_POINTER_MAP_H
#define CONTRACT_POINTER_MAP_H

#include "base/arena.h"

struct pointer_map {
    struct pointer_map_row {
        const void *key;
        const void *value;
    } * rows;
    size_t count, size; /* size: a power of two, or 0 */
};

/* The value, or NULL. */
const void *pointer_map_get(const struct pointer_map *m, const void *key);
/* Replaces the value of a key that is there. key and value: not NULL. FAULT_MEMORY. */
enum fault_code pointer_map_put(struct pointer_map *m, struct arena *a, const void *key,
                                const void *value) __attribute__((warn_unused_result));

#endif
