/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For the tests of CSV: types by a letter. */
#ifndef TESTS_UNIT_REST_TABLES_H
#define TESTS_UNIT_REST_TABLES_H

#include "rest/csv.h"
#include "tests/unit/contract/schemas.h"

#define TABLES_ROW(members) "{type: array, items: {type: object, " members "}}\n"

static const char tables_types[] =
    /* closed: all kinds of cells */
    "c: " TABLES_ROW(
        "additionalProperties: false, required: [id, price], properties: {id: {type: string}, "
        "price: {type: number}, count: {type: integer}, on: {type: boolean}, "
        "note: {type: [string, 'null']}, rate: {type: [number, 'null']}}")
    /* open; members of one direction; enum */
    "o: " TABLES_ROW(
        "required: [a, href, secret], properties: {a: {type: string, enum: [x, y, '']}, "
        "href: {type: string, readOnly: true}, secret: {type: string, writeOnly: true}}")
    /* open for numbers */
    "n: " TABLES_ROW("properties: {a: {type: string}}, additionalProperties: {type: integer}")
    /* one column */
    "1: " TABLES_ROW("additionalProperties: false, properties: {a: {type: [string, 'null']}}")
    /* several kinds in a cell */
    "u: " TABLES_ROW(
        "additionalProperties: false, properties: {a: {type: [boolean, number, string]}, "
        "b: {type: [boolean, number, 'null']}}")
    /* names that are alike */
    "l: " TABLES_ROW("additionalProperties: false, properties: {a_b: {type: string}, "
                     "aB: {type: string}, c-d: {type: string}}") "x: {}\n"; /* anything */

static inline const struct type *
tables_type(struct schemas *s, char letter) /* '-': none */
{
    char name[2] = {letter, 0};
    const cJSON *node = node_get(s->document->root, name);

    return node ? type_compile(s->set, s->document, node, STR_NONE) : NULL;
}

static inline void
tables_open(struct schemas *s)
{
    schemas_open(s, STR(tables_types));
    for (const cJSON *node = s->document->root->child; node; node = node->next)
        tables_type(s, node->string[0]);
    type_set_finish(s->set);
}

#endif
