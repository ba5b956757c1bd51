/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Execution (GraphQL September 2025, section 6), breadth first: the calls that a level needs are
 * gathered, each made once for an operation and its arguments, and handed together to who makes
 * them; what comes back is projected, which may need more calls. The fields of a mutation's root
 * run one by one.
 */
#ifndef GRAPHQL_EXECUTE_H
#define GRAPHQL_EXECUTE_H

#include "graphql/calls.h"
#include "graphql/coerce.h"
#include "graphql/validate.h"

struct execution {
    struct arena *arena;
    const struct schema *schema;
    const struct definition *operation; /* its plan, if any, is shared */
    const struct value *variables;      /* coerced */
    const struct graphql_limits *limits;
    const struct graphql_backend *backend;
    struct errors *errors;
    unsigned calls; /* made */
};

/* The `data`: an object, or null. Errors are told beside it. */
struct value execute(struct execution *e);

#endif
