/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input coercion (GraphQL September 2025, sections 3.4 to 3.12 and 6.4.1): literals and variables
 * to values in the contract's own names.
 */
#ifndef GRAPHQL_COERCE_H
#define GRAPHQL_COERCE_H

#include "graphql/query.h"
#include "graphql/schema.h"

struct coercion {
    struct arena *arena;
    const struct schema *schema;
    const struct variable *variables; /* of the operation */
    const struct value *values;       /* one a variable; VALUE_ABSENT: not given */
};

/* Why a coercion failed; empty: it did not. */
struct coercion_failure {
    char text[160];
};

/* VALUE_ABSENT in *out: a variable that is not given. False after filling *why. */
bool coerce_literal(const struct coercion *c, const struct schema_reference *r,
                    const struct type *of, const struct literal *l, struct value *out,
                    struct coercion_failure *why);
bool coerce_value(const struct coercion *c, const struct schema_reference *r, const struct type *of,
                  const struct value *v, struct value *out, struct coercion_failure *why);
/* Whether the leaf takes such a literal. */
bool coerce_accepts(const struct schema_type *leaf, const struct literal *l);
/* All variables of the operation, one slot each. NULL after telling errors. */
struct value *coerce_variables(const struct schema *s, struct arena *a,
                               const struct definition *operation, const struct value *given,
                               struct errors *errors);
/* The argument's value; VALUE_ABSENT: not given. */
bool coerce_argument(const struct coercion *c, const struct schema_input *definition,
                     const struct argument *given, struct value *out, struct coercion_failure *why);
const struct argument *argument_find(const struct argument *list, struct str name);

#endif
