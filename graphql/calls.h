/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls of one execution: an operation with the same arguments is one call, whoever asks and
 * at whatever level. Those that a level wants are made together, and where the contract says
 * `batch`, many of them by one call of the operation that takes many.
 */
#ifndef GRAPHQL_CALLS_H
#define GRAPHQL_CALLS_H

#include "contract/operation.h"

enum { CALLS_KNOWN_MAX = 10000 }; /* of one request, gathered ones included */

struct graphql_call {
    const struct operation *operation;
    struct inputs inputs;
    struct outcome outcome; /* out */
    enum fault_code code;
    struct fault fault;
    struct graphql_call *next; /* of the same bucket */
    struct graphql_call *with; /* gathered with: a list */
    uint64_t hash;
    bool wanted;
};

/* What gateway/ hands in. */
struct graphql_backend {
    void *context;
    /* Makes the calls, in parallel where there is more than one, and returns when all are made. */
    void (*run)(void *context, struct graphql_call *const *calls, unsigned n);
    /* May the caller call this operation? */
    enum fault_code (*allow)(void *context, const struct operation *o, struct fault *f);
};

struct calls {
    struct arena *arena;
    const struct graphql_backend *backend;
    uint32_t limit; /* of calls that are made */
    struct graphql_call **buckets;
    unsigned bucket_count, known;
    struct graphql_call **wanted; /* of this level */
    unsigned wanted_count, wanted_room;
    unsigned made;
};

/* The call for these inputs, which is made once; fresh: never one that is known. NULL after filling
 * the fault: too many, or no memory. */
struct graphql_call *calls_find(struct calls *c, const struct operation *o,
                                const struct inputs *inputs, bool fresh, struct fault *f);
/* What has been answered so far is asked again from now on: a mutation may have changed it. */
void calls_forget(struct calls *c);
/* The level needs its answer. */
void calls_want(struct calls *c, struct graphql_call *call);
/* Makes all that are wanted; each has its outcome or its fault after. */
void calls_make(struct calls *c);

#endif
