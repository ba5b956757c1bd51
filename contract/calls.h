/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call of a binding: its head ("crm GET /persons/{id}"), then its mappings, which may refer
 * to the answers of the binding's other calls and so come after all heads.
 */
#ifndef CONTRACT_CALLS_H
#define CONTRACT_CALLS_H

#include "contract/loader.h"
#include "contract/mapping.h"

/* Where a call is written: members of x-telgate itself, or of an entry of `calls`. */
struct call_text {
    const cJSON *head; /* text */
    const cJSON *request, *query, *headers, *body, *answer, *faults, *timeout, *optional;
    bool shared; /* faults come from an outer level: not every name fits this backend */
};

/* Backend, operation or method and path, what it answers. False after telling. */
bool calls_read_head(struct loader *l, const struct draft *d, const struct call_text *t,
                     struct call *c);
/* The rest; all: the calls of the binding, whose needs are filled in. */
void calls_read_rest(struct loader *l, const struct draft *d, const struct call_text *t,
                     struct call *c, const struct call *all, unsigned count);
/* Compiles what `body` and `answer` of all calls say, before the types are finished. */
void calls_compile_types(struct loader *l);
/* The type that the operation's success promises; NULL: none. */
const struct type *calls_success_type(const struct operation *o);
/* mapping_compile with the place of `near` for what has no place of its own. node may be NULL. */
const struct mapping *calls_compile(struct loader *l, const cJSON *node, const cJSON *near,
                                    struct mapping_scope *scope, uint32_t *needs);

#endif
