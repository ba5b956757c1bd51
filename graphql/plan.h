/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CollectFields (GraphQL September 2025, section 6.3.2): for the selections of a field and an
 * object type, the response's members in their order. Made once for each such pair.
 */
#ifndef GRAPHQL_PLAN_H
#define GRAPHQL_PLAN_H

#include "graphql/coerce.h"

struct node_list {
    struct node_list *next;
    const struct selection *selection;
};

struct plan;

struct group { /* one member of the response */
    struct str name;
    const struct selection *field;         /* the first: arguments and place are its */
    const struct schema_field *definition; /* the object's own: an interface's may be another */
    struct node_list *first, **tail;
    struct plan *plans; /* of its selections, by object type */
    bool whole;         /* no plan is added: others look at it */
};

struct plan {
    struct plan *next;
    const struct schema_type *type;
    struct group **groups;
    uint32_t n, room;
};

enum { PLAN_MEMBERS_MAX = 2000 };

/* For a list of fields that are merged. NULL: no memory. */
struct plan *plan_of(const struct coercion *c, struct group *g, const struct schema_type *object);
struct plan *plan_root(const struct coercion *c, const struct definition *operation);
/* The root's with all that can come up below it, for an operation that does not depend on
 * variables; immutable. NULL: it would have more than PLAN_MEMBERS_MAX members. */
struct plan *plan_whole(struct arena *a, const struct schema *s,
                        const struct definition *operation);

#endif
