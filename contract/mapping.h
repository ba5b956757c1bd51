/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mapping templates: OpenAPI/Arazzo runtime expressions with JSON Pointer, and the template keys
 * $each, $map, $default. Compiled and checked against the types at load; evaluation only walks.
 *
 * $inputs.NAME (a parameter, else a member of the body), $request.body#/P, $request.path.NAME,
 * $request.query.NAME, $request.header.NAME, $response.body#/P, $response.header.NAME,
 * $response.status, $calls.NAME#/P, $item#/P, $claims.NAME, $secret.NAME; "text {$expression}".
 */
#ifndef CONTRACT_MAPPING_H
#define CONTRACT_MAPPING_H

#include "contract/binding.h"

struct mapping;

/* What the names mean where the template stands, and what it must give. */
struct mapping_scope {
    const struct operation *operation;
    const struct type *response; /* of $response.body; NULL: not known */
    bool has_response;           /* false: $response is a mistake here */
    const struct call *calls;    /* those whose answers may be referred to, by name */
    unsigned call_count;
    const struct type *target; /* what the mapping must give; NULL: anything */
    bool by_name; /* members of target that the template leaves out are filled by name, from the
                   * inputs (no response in scope) or from the response */
    /* The secret's text, or an empty str when it is not configured. */
    struct str (*secret)(void *context, struct str name);
    void *secret_context;
};

/* node == NULL with by_name set maps everything by name. Ambiguities, unknown names, pointers that
 * the type forbids, values of a kind that can not fit, and required members that nothing fills
 * (no source, no default, and no list that may be empty) are load errors. *needs gets the bit
 * of each call referred to. NULL after telling the report. */
const struct mapping *mapping_compile(struct arena *a, const struct document *home,
                                      const cJSON *node, const struct mapping_scope *scope,
                                      uint32_t *needs, struct report *r);

struct mapping_env {
    const struct inputs *inputs;
    struct headers request_headers;
    const struct outcome *response; /* $response; NULL: none */
    const struct outcome *calls;    /* by call index; body VALUE_ABSENT: failed and optional */
    const struct value *claims;     /* NULL: no token */
};

/* The value, built in the arena; it may share parts with the values of env. Converts by target
 * type where that is lossless (number <-> text of a number, text "true"), a single value becomes
 * a list of one; what an expression does not find is left out. VALUE_ABSENT when nothing is
 * there at all. Fault: INVALID_VALUE or BACKEND_INVALID (nested too deep), or MEMORY. */
enum fault_code mapping_eval(const struct mapping *m, const struct mapping_env *env,
                             struct arena *a, struct value *out, struct fault *f)
    __attribute__((warn_unused_result));

#endif
