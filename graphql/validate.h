/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Validation (GraphQL September 2025, section 5, but for subscriptions), and the limits. Binds
 * each name of a document to what it names; what passes can be executed without further checks.
 */
#ifndef GRAPHQL_VALIDATE_H
#define GRAPHQL_VALIDATE_H

#include "graphql/query.h"
#include "graphql/schema.h"

struct graphql_limits {
    uint32_t tokens;
    uint32_t depth;
    uint32_t aliases;
    uint32_t root_fields;
    uint32_t calls;
    bool introspection;
};

/* Where a variable stands. */
struct variable_use {
    struct variable_use *next;
    const struct literal *literal;
    struct schema_reference type; /* type NULL: anything */
    bool has_default, in_one_of;
};

struct spread {
    struct spread *next;
    const struct selection *selection;
};

struct validation {
    struct arena *arena;
    const struct schema *schema;
    const struct query *query;
    const struct graphql_limits *limits;
    struct errors *errors;
    struct definition *definition; /* that is walked */
};

/* Errors tell. */
void validate(struct validation *v);

/* The parts, in files of their own. */
void validate_directives(struct validation *v, const struct directive *list, const char *where);
void validate_arguments(struct validation *v, const struct argument *given,
                        const struct schema_input *definitions, unsigned n, struct location at,
                        struct str owner);
void validate_literal(struct validation *v, const struct schema_reference *r,
                      const struct literal *l, bool has_default, bool in_one_of);
void validate_variables(struct validation *v);
/* Fragments in an order in which each stands behind those it spreads; false: they go in circles,
 * which is told. */
bool validate_circles(struct validation *v, struct definition ***order, unsigned *n);
void validate_cost(struct validation *v, struct definition *const *order, unsigned n);
/* Field selection merging, section 5.3.2. */
void validate_overlap(struct validation *v);

static inline void
invalid(struct validation *v, struct location at, const char *what, struct str name)
{
    errors_add(v->errors, at, "GRAPHQL_VALIDATION_FAILED", "%s \"%.*s\".", what,
               STR_ARG(str_head(name, 120)));
}

#endif
