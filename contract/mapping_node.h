/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a template compiles to; shared by mapping.c (load), mapping_eval.c (run) and caching.c
 * (what it looks at) only. */
#ifndef CONTRACT_MAPPING_NODE_H
#define CONTRACT_MAPPING_NODE_H

#include "contract/expression.h"

enum mapping_kind {
    MAP_LITERAL,
    MAP_EXPRESSION,
    MAP_TEXT,   /* parts, joined; absent when a part is */
    MAP_OBJECT, /* parts by name; an absent part is left out */
    MAP_ARRAY,  /* parts; absent ones left out */
    MAP_EACH,   /* source is a list: body once per item */
    MAP_WITH,   /* source is one value: body with it as the item */
    MAP_CHOOSE  /* source's text picks the part of that name, else `body` ($default) */
};

struct mapping_part {
    struct str name;
    const struct mapping *mapping;
};

struct mapping {
    enum mapping_kind kind;
    const struct type *target; /* converted to on the way out; NULL: as it is */
    struct value literal;
    struct expression source;
    struct mapping_part *parts;
    unsigned part_count;
    const struct mapping *body;
    bool by_name; /* that no template asked for. MAP_EACH: no list stays no list; MAP_CHOOSE: among
                   * a discriminator's subtypes */
};

enum { MAPPING_TEXT_PARTS = 32 }; /* of one text template */

/* Lossless conversions to t (NULL: none); what does not fit stays as it is, for validation to
 * refuse. False: no memory. */
bool mapping_convert(struct arena *a, const struct type *t, struct value *v);

#endif
