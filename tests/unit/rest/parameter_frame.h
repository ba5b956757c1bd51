/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the tests of parameters: types by a letter, and one request of one operation. */
#ifndef TESTS_UNIT_REST_PARAMETER_FRAME_H
#define TESTS_UNIT_REST_PARAMETER_FRAME_H

#include "rest/parameter.h"
#include "tests/unit/contract/schemas.h"

static const char frame_types[] =
    "s: {type: string}\n"
    "i: {type: integer, minimum: 0}\n"
    "n: {type: number}\n"
    "b: {type: boolean}\n"
    "d: {type: integer, default: 20}\n"
    "e: {type: string, enum: [up, down]}\n"
    "x: {}\n" /* anything */
    "u: {type: [string, array], items: {type: string}}\n"
    "S: {type: array, items: {type: string}}\n"
    "I: {type: array, items: {type: integer}, maxItems: 3}\n"
    "O: {type: object, properties: {R: {type: integer}, G: {type: string}, B: {type: boolean}},\n"
    "    additionalProperties: false}\n"
    "M: {type: object, additionalProperties: {type: integer}}\n";

static inline const struct type *
frame_type(struct schemas *s, char letter) /* '-': none */
{
    char name[2] = {letter, 0};
    const cJSON *node = node_get(s->document->root, name);

    return node ? type_compile(s->set, s->document, node, STR_NONE) : NULL;
}

static inline void
frame_open(struct schemas *s)
{
    schemas_open(s, STR(frame_types));
    for (const cJSON *node = s->document->root->child; node; node = node->next)
        frame_type(s, node->string[0]);
    type_set_finish(s->set);
}

#endif
