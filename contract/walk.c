/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See walk.h. The table follows OpenAPI 3.1, section 4.8, and JSON Schema 2020-12. */
#include "contract/walk.h"

enum shape { ONE, LIST, MAP, ONE_OR_LIST };

struct row {
    uint8_t in;      /* enum walk_part */
    const char *key; /* NULL: every member */
    uint8_t shape;
    uint8_t part;
};

static const struct row rows[] = {
    {PART_DOCUMENT, "paths", MAP, PART_PATH_ITEM},
    {PART_DOCUMENT, "webhooks", MAP, PART_PATH_ITEM},
    {PART_DOCUMENT, "components", ONE, PART_COMPONENTS},
    {PART_COMPONENTS, "schemas", MAP, PART_SCHEMA},
    {PART_COMPONENTS, "responses", MAP, PART_RESPONSE},
    {PART_COMPONENTS, "parameters", MAP, PART_PARAMETER},
    {PART_COMPONENTS, "examples", MAP, PART_EXAMPLE},
    {PART_COMPONENTS, "requestBodies", MAP, PART_BODY},
    {PART_COMPONENTS, "headers", MAP, PART_HEADER},
    {PART_COMPONENTS, "links", MAP, PART_LINK},
    {PART_COMPONENTS, "callbacks", MAP, PART_CALLBACK},
    {PART_COMPONENTS, "pathItems", MAP, PART_PATH_ITEM},
    {PART_COMPONENTS, "securitySchemes", MAP, PART_SECURITY_SCHEME},
    {PART_PATH_ITEM, "parameters", LIST, PART_PARAMETER},
    {PART_PATH_ITEM, "get", ONE, PART_OPERATION},
    {PART_PATH_ITEM, "put", ONE, PART_OPERATION},
    {PART_PATH_ITEM, "post", ONE, PART_OPERATION},
    {PART_PATH_ITEM, "delete", ONE, PART_OPERATION},
    {PART_PATH_ITEM, "options", ONE, PART_OPERATION},
    {PART_PATH_ITEM, "head", ONE, PART_OPERATION},
    {PART_PATH_ITEM, "patch", ONE, PART_OPERATION},
    {PART_PATH_ITEM, "trace", ONE, PART_OPERATION},
    {PART_OPERATION, "parameters", LIST, PART_PARAMETER},
    {PART_OPERATION, "requestBody", ONE, PART_BODY},
    {PART_OPERATION, "responses", MAP, PART_RESPONSE},
    {PART_OPERATION, "callbacks", MAP, PART_CALLBACK},
    {PART_PARAMETER, "schema", ONE, PART_SCHEMA},
    {PART_PARAMETER, "content", MAP, PART_MEDIA},
    {PART_PARAMETER, "examples", MAP, PART_EXAMPLE},
    {PART_HEADER, "schema", ONE, PART_SCHEMA},
    {PART_HEADER, "content", MAP, PART_MEDIA},
    {PART_HEADER, "examples", MAP, PART_EXAMPLE},
    {PART_BODY, "content", MAP, PART_MEDIA},
    {PART_MEDIA, "schema", ONE, PART_SCHEMA},
    {PART_MEDIA, "examples", MAP, PART_EXAMPLE},
    {PART_MEDIA, "encoding", MAP, PART_ENCODING},
    {PART_ENCODING, "headers", MAP, PART_HEADER},
    {PART_RESPONSE, "headers", MAP, PART_HEADER},
    {PART_RESPONSE, "content", MAP, PART_MEDIA},
    {PART_RESPONSE, "links", MAP, PART_LINK},
    {PART_CALLBACK, NULL, ONE, PART_PATH_ITEM},
    {PART_SCHEMA, "properties", MAP, PART_SCHEMA},
    {PART_SCHEMA, "patternProperties", MAP, PART_SCHEMA},
    {PART_SCHEMA, "$defs", MAP, PART_SCHEMA},
    {PART_SCHEMA, "definitions", MAP, PART_SCHEMA},
    {PART_SCHEMA, "dependentSchemas", MAP, PART_SCHEMA},
    {PART_SCHEMA, "allOf", LIST, PART_SCHEMA},
    {PART_SCHEMA, "anyOf", LIST, PART_SCHEMA},
    {PART_SCHEMA, "oneOf", LIST, PART_SCHEMA},
    {PART_SCHEMA, "prefixItems", LIST, PART_SCHEMA},
    {PART_SCHEMA, "items", ONE_OR_LIST, PART_SCHEMA},
    {PART_SCHEMA, "additionalProperties", ONE, PART_SCHEMA},
    {PART_SCHEMA, "contains", ONE, PART_SCHEMA},
    {PART_SCHEMA, "propertyNames", ONE, PART_SCHEMA},
    {PART_SCHEMA, "not", ONE, PART_SCHEMA},
    {PART_SCHEMA, "if", ONE, PART_SCHEMA},
    {PART_SCHEMA, "then", ONE, PART_SCHEMA},
    {PART_SCHEMA, "else", ONE, PART_SCHEMA},
    {PART_SCHEMA, "unevaluatedItems", ONE, PART_SCHEMA},
    {PART_SCHEMA, "unevaluatedProperties", ONE, PART_SCHEMA},
};

struct walk {
    walk_visit visit;
    void *context;
};

static bool walk_node(const struct walk *w, enum walk_part part, cJSON *node, unsigned depth);

static bool
walk_children(const struct walk *w, const struct row *row, cJSON *node, unsigned depth)
{
    bool fine = true;
    /* Names of schemas and properties are free; elsewhere x- marks an extension. */
    bool skip = row->part != PART_SCHEMA && row->shape == MAP;
    cJSON *next;
    for (cJSON *child = node->child; child; child = next) {
        next = child->next;
        if (!skip || !tree_is_extension(child))
            fine &= walk_node(w, row->part, child, depth + 1);
    }
    return fine;
}

static bool
walk_member(const struct walk *w, enum walk_part part, cJSON *member, unsigned depth)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        if (row->in != part || (row->key && strcmp(row->key, member->string)))
            continue;
        bool list = row->shape == LIST || (row->shape == ONE_OR_LIST && cJSON_IsArray(member));
        if (list || row->shape == MAP)
            return walk_children(w, row, member, depth);
        return row->key || !tree_is_extension(member) ? walk_node(w, row->part, member, depth + 1)
                                                      : true;
    }
    return true;
}

static bool
walk_node(const struct walk *w, enum walk_part part, cJSON *node, unsigned depth)
{
    if (depth > TREE_DEPTH)
        return false;
    if (!cJSON_IsObject(node))
        return true;
    w->visit(w->context, part, node);
    bool fine = true;
    cJSON *next;
    for (cJSON *member = node->child; member; member = next) {
        next = member->next;
        if (member->string)
            fine &= walk_member(w, part, member, depth);
    }
    return fine;
}

bool
walk_tree(enum walk_part part, cJSON *node, walk_visit visit, void *context)
{
    struct walk w = {visit, context};
    return walk_node(&w, part, node, 0);
}

const char *
walk_section(enum walk_part part)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].in == PART_COMPONENTS && rows[i].part == part)
            return rows[i].key;
    return NULL;
}
