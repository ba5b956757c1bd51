/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changing a document's tree: nodes are made in the arena and belong to it, so nothing is freed
 * and a node may move from one tree to another. Only while a contract is loaded (one thread).
 *
 * Every function takes NULL nodes (no memory) and does nothing then.
 */
#ifndef CONTRACT_TREE_H
#define CONTRACT_TREE_H

#include "base/document.h"

enum { TREE_DEPTH = 200 }; /* bound of every recursion over a tree */

cJSON *tree_object(struct arena *a);
cJSON *tree_array(struct arena *a);
cJSON *tree_text(struct arena *a, struct str text);
cJSON *tree_boolean(struct arena *a, bool is_true);
/* Behind the other members; a member of that name is replaced in its place. */
void tree_put(struct arena *a, cJSON *object, const char *name, cJSON *item);
void tree_append(cJSON *array, cJSON *item);
/* Takes the item out of its parent; it stays usable. */
void tree_detach(cJSON *parent, cJSON *item);
/* tree_detach of the member, which may be absent; returns it. */
cJSON *tree_take(cJSON *object, const char *name);
/* `now` stands where `old` stood, under its name. */
void tree_replace(cJSON *parent, cJSON *old, cJSON *now);
/* Another name in the same place. */
void tree_rename(struct arena *a, cJSON *member, const char *name);
/* The node becomes a text, under its name and in its place. */
void tree_set_text(struct arena *a, cJSON *node, struct str text);
/* A second node that shares the first one's children; no siblings, the same name. */
cJSON *tree_alias(struct arena *a, const cJSON *node);
/* Same JSON value, number lexemes compared as numbers. */
bool tree_equal(const cJSON *a, const cJSON *b, unsigned depth);

/* True for a member that is there and true. */
static inline bool
tree_is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(node_get(object, name));
}

/* "x-...": an extension of the specification. */
static inline bool
tree_is_extension(const cJSON *member)
{
    return member->string && strncmp(member->string, "x-", 2) == 0;
}

#endif
