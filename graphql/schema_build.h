/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that build a schema share; nobody else includes it. */
#ifndef GRAPHQL_SCHEMA_BUILD_H
#define GRAPHQL_SCHEMA_BUILD_H

#include "graphql/schema.h"

enum { SCHEMA_TYPES_MAX = 20000 };

struct schema_slot {
    const struct type *type; /* NULL: free */
    bool input;
    struct schema_type *made;
};

struct schema_memo {
    struct schema_slot *slots;
    unsigned mask, n;
};

struct schema_pending {
    struct schema_pending *next;
    struct schema_type *type;
    bool shadow; /* the name was taken: must come out the same as who has it */
    bool input;
};

struct schema_builder {
    struct schema *schema;
    struct report *report;
    const struct contract *contract; /* of what is built now */
    struct schema_pending *first, **tail;
    bool memory;
};

/* "@type" -> "_type"; what is no Name character becomes "_". */
struct str schema_name(struct arena *a, struct str original);
/* NULL: no memory. */
struct schema_type *schema_add(struct schema_builder *b, struct schema_type type);
struct schema_type *schema_scalar_type(struct schema_builder *b, enum schema_scalar which);
/* The contract's type as a GraphQL one; suggested names it where it has no name. Never fails: what
 * can not be mapped is JSON. */
struct schema_reference schema_of(struct schema_builder *b, const struct type *t, bool input,
                                  struct str suggested);
void schema_add_interface(struct schema_builder *b, struct schema_type *t,
                          const struct schema_type *interface);
void schema_finish_interfaces(struct schema_builder *b);
/* Tells, once. */
void schema_no_memory(struct schema_builder *b);
/* Completes all types that schema_of has begun. */
void schema_complete(struct schema_builder *b);
/* Types of an interface or a union: the distinct variants. At most max; 0: it is none. */
unsigned schema_variants(const struct schema_builder *b, const struct type *t,
                         const struct type **out, unsigned max);
/* Edges out of Link Objects; types must be complete. */
void schema_add_links(struct schema_builder *b);
void schema_add_own_links(struct schema_builder *b, const struct contract *c);
/* The introspection types, into the schema. */
bool introspection_add(struct schema_builder *b);
/* The value of __schema. */
bool introspection_build(struct schema *s);
struct schema_type *schema_memo_find(const struct schema *s, const struct type *t, bool input);

#endif
