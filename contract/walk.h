/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Going over an OpenAPI 3 document by its structure, so that what merely looks like a schema or a
 * $ref inside an example, an enum or an extension is left alone. One table says what stands where.
 */
#ifndef CONTRACT_WALK_H
#define CONTRACT_WALK_H

#include "contract/tree.h"

enum walk_part {
    PART_DOCUMENT,
    PART_COMPONENTS,
    PART_PATH_ITEM,
    PART_OPERATION,
    PART_PARAMETER,
    PART_HEADER,
    PART_BODY,
    PART_MEDIA,
    PART_ENCODING,
    PART_RESPONSE,
    PART_CALLBACK,
    PART_LINK,
    PART_EXAMPLE,
    PART_SECURITY_SCHEME,
    PART_SCHEMA,
    PART_COUNT
};

/* Called before the children are looked at, which it may change; a node under an alias may come
 * twice. Not called for a node that is no object (a boolean schema, a mistake). */
typedef void (*walk_visit)(void *context, enum walk_part part, cJSON *node);

/* False when it is nested too deep (TREE_DEPTH). */
bool walk_tree(enum walk_part part, cJSON *node, walk_visit visit, void *context);
/* Where a part stands under `components`: "schemas"; NULL for one that has no place there. */
const char *walk_section(enum walk_part part);

#endif
