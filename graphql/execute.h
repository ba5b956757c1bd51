/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Execution (GraphQL September 2025, section 6), breadth first: the calls that a level needs are
 * gathered, each made once for an operation and its arguments, and handed together to who makes
 * them; what comes back is projected, which may need more calls. The fields of a mutation's root
 * run one by one.
 */
#ifndef GRAPHQL_EXECUTE_H
#define GRAPHQL_EXECUTE_H

#include "graphql/coerce.h"
#include "graphql/validate.h"

struct graphql_call {
    const struct operation *operation;
    struct inputs inputs;
    struct outcome outcome; /* out */
    enum fault_code code;
    struct fault fault;
};

/* What gateway/ hands in. */
struct graphql_backend {
    void *context;
    /* Makes the calls, in parallel where there is more than one, and returns when all are made. */
    void (*run)(void *context, struct graphql_call *const *calls, unsigned n);
    /* May the caller call this operation? */
    enum fault_code (*allow)(void *context, const struct operation *o, struct fault *f);
};

struct execution {
    struct arena *arena;
    const struct schema *schema;
    const struct definition *operation;
    const struct value *variables; /* coerced */
    const struct graphql_limits *limits;
    const struct graphql_backend *backend;
    struct errors *errors;
    unsigned calls; /* made */
};

/* The `data`: an object, or null. Errors are told beside it. */
struct value execute(struct execution *e);

#endif
