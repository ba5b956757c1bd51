/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One runtime expression (OpenAPI 3.1 section 4.8.20.4, Arazzo 1.0 section 4.7) with a JSON
 * Pointer: compiled to where its value comes from and the path to walk from there.
 */
#ifndef CONTRACT_EXPRESSION_H
#define CONTRACT_EXPRESSION_H

#include "contract/mapping.h"

enum expression_source {
    FROM_PARAMETER, /* index */
    FROM_BODY,
    FROM_REQUEST_HEADER, /* name */
    FROM_RESPONSE_BODY,
    FROM_RESPONSE_HEADER, /* name */
    FROM_RESPONSE_STATUS,
    FROM_CALL, /* index */
    FROM_ITEM,
    FROM_CLAIM, /* name */
    FROM_TEXT   /* name: a secret, known at load */
};

struct expression {
    enum expression_source source;
    unsigned index;
    struct str name;
    struct str *tokens; /* the pointer's, unescaped */
    unsigned token_count;
    const struct type *type; /* of what it yields; NULL: not known */
};

/* Where an expression stands: the mapping's scope, and the type of $item. */
struct expression_scope {
    const struct mapping_scope *names;
    bool has_item;
    const struct type *item;
};

/* text is without braces: "$calls.customer#/accountNo". False after telling the report. */
bool expression_parse(struct arena *a, struct str text, const struct expression_scope *scope,
                      struct place at, struct report *r, struct expression *out);
/* The type that `token` leads to. False when the type forbids it; *out is NULL when not known. */
bool expression_step(const struct type *t, struct str token, const struct type **out);
/* Borrowed from env, or a text made in the arena; VALUE_ABSENT when nothing is there. */
struct value expression_eval(const struct expression *e, const struct mapping_env *env,
                             const struct value *item, struct arena *a);

#endif
