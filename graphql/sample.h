/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question for one operation, to show what callers may ask. */
#ifndef GRAPHQL_SAMPLE_H
#define GRAPHQL_SAMPLE_H

#include "contract/operation.h"
#include "graphql/schema.h"

struct graphql_sample {
    struct str document;
    struct value variables; /* an object */
};

/* A document that asks the operation for its members, some levels deep, with the inputs as
 * variables. FAULT_NOT_FOUND: the operation is not in the graph; FAULT_MEMORY. */
enum fault_code graphql_sample(const struct schema *s, const struct operation *o,
                               const struct inputs *in, struct arena *a, struct graphql_sample *out)
    __attribute__((warn_unused_result));

#endif
