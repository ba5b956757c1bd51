/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSONPath (RFC 9535) over a document's tree, for the targets of overlays: names, wildcards,
 * indices, slices, descendants, and filters with comparisons, existence, && || ! and parentheses.
 * Function extensions are not supported. Names written after a dot may hold '-', which RFC 9535
 * leaves to brackets. Length, depth, matches and work are bounded.
 */
#ifndef CONTRACT_JSONPATH_H
#define CONTRACT_JSONPATH_H

#include "contract/tree.h"

struct jsonpath_match {
    cJSON *node;
    cJSON *parent; /* NULL: the root */
};

struct jsonpath_matches {
    struct jsonpath_match *items; /* in the arena; each node once */
    unsigned count;
};

/* False when the path is malformed, not supported, or asks for too much; *why says so in static
 * text, *at is the byte. A path that matches nothing is true. */
bool jsonpath_find(struct arena *a, cJSON *root, struct str path, struct jsonpath_matches *out,
                   const char **why, size_t *at);

#endif
