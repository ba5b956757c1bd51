/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A document that has been parsed and validated, with its plans; and the documents that one thread
 * remembers so, by their text and the schema. Immutable once made. Rows of a few, where the least
 * recently used one goes: whatever is asked, memory is bounded.
 */
#ifndef GRAPHQL_PREPARED_H
#define GRAPHQL_PREPARED_H

#include "graphql/validate.h"

struct prepared {
    struct arena *arena; /* its own */
    uint64_t serial;     /* of the schema */
    struct str text;
    const struct query *query;
    unsigned holders;
};

struct prepared_cache;

/* For about so many documents; 0: none. NULL: no memory. One thread's. */
struct prepared_cache *prepared_cache_new(unsigned documents);
/* What is held by others lives on. NULL is allowed. */
void prepared_cache_free(struct prepared_cache *c);

/* Lives as long as a does, which also takes what is needed for a while. cache NULL: made anew.
 * NULL after telling errors. */
const struct prepared *prepared_get(struct prepared_cache *cache, const struct schema *s,
                                    const struct graphql_limits *limits, struct str text,
                                    struct arena *a, struct errors *errors);

#endif
