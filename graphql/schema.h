/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The graph over all loaded contracts: types, their fields, and the operations that answer the
 * root's. Made at load, immutable after, shared by threads; lives in its arena. Names are those
 * that GraphQL allows; the contract's own stand beside them.
 */
#ifndef GRAPHQL_SCHEMA_H
#define GRAPHQL_SCHEMA_H

#include "contract/contract.h"

enum schema_kind {
    SCHEMA_SCALAR,
    SCHEMA_OBJECT,
    SCHEMA_INTERFACE,
    SCHEMA_UNION,
    SCHEMA_ENUM,
    SCHEMA_INPUT
};

enum schema_scalar {
    SCALAR_STRING,
    SCALAR_INT,
    SCALAR_FLOAT,
    SCALAR_BOOLEAN,
    SCALAR_ID,
    SCALAR_LONG,
    SCALAR_DATE_TIME,
    SCALAR_DECIMAL,
    SCALAR_JSON,
    SCALAR_COUNT
};

struct schema_type;

struct schema_reference {
    const struct schema_type *type;
    uint32_t depth;   /* of lists around it */
    uint32_t nonnull; /* bit 0: the outermost level */
};

struct schema_input { /* an argument, or a field of an input object */
    struct str name, description;
    struct str original; /* the contract's name */
    struct schema_reference type;
    bool deprecated;
    int slot;              /* of an operation: index of the parameter; -1: the body */
    const char *fallback;  /* as GraphQL text; NULL: none */
    const struct type *of; /* the contract's type; NULL: anything */
};

/* A value of the object that an edge starts from: an input of the edge's operation. */
struct schema_link {
    int slot;           /* index of the parameter */
    struct str pointer; /* RFC 6901, relative to the object */
};

struct schema_field {
    struct str name, description;
    struct str original;
    struct schema_reference type;
    bool deprecated;
    struct schema_input *arguments;
    unsigned argument_count;
    const struct operation *operation; /* answers it; NULL: a member of the object */
    struct schema_link *links;         /* of an edge */
    unsigned link_count;
};

struct schema_choice { /* of an enum */
    struct str name, original;
};

struct schema_type {
    uint8_t kind;   /* enum schema_kind */
    uint8_t scalar; /* enum schema_scalar */
    bool meta;      /* of introspection */
    bool one_of;    /* an input object of which exactly one field is given */
    struct str name, description;
    const char *specified_by; /* NULL: none */
    struct schema_field *fields;
    unsigned field_count;
    struct schema_input *inputs;
    unsigned input_count;
    struct schema_choice *choices;
    unsigned choice_count;
    const struct schema_type **interfaces;
    unsigned interface_count;
    const struct schema_type **members; /* of a union; of an interface: its objects */
    unsigned member_count;
    const struct schema_type *base; /* of an interface: the object of values of no other variant */
    const struct type *source;      /* the contract's type; NULL: none */
    const struct contract *contract;
    unsigned index; /* in the schema's types */
};

struct schema_memo;

struct schema {
    struct arena *arena;
    uint64_t serial; /* no two schemas of a process have the same */
    struct schema_type **types;
    unsigned type_count, type_room;
    const struct schema_type *query, *mutation; /* mutation NULL: there is none */
    const struct schema_type *meta_schema, *meta_type;
    struct schema_field *meta_fields;          /* __schema, __type, __typename */
    struct schema_type *scalars[SCALAR_COUNT]; /* NULL: not used */
    struct schema_memo *memo;
    struct value root; /* the answer to __schema: introspection.c */
    struct value *type_values;
};

/* Over all operations that have not said `graphql: false`. NULL when there is none of them, or
 * after telling the report. */
struct schema *schema_build(struct arena *a, const struct contract *const *contracts, unsigned n,
                            struct report *r);
/* NULL: none of that name. */
const struct schema_type *schema_find(const struct schema *s, struct str name);
const struct schema_field *schema_find_field(const struct schema_type *t, struct str name);
const struct schema_input *schema_find_input(const struct schema_input *list, unsigned n,
                                             struct str name);
/* The object that the value at an abstract type is; NULL: it can not be told. */
const struct schema_type *schema_resolve(const struct schema *s, const struct schema_type *t,
                                         const struct value *v);
/* Whether an object is, or stands under, t. */
bool schema_is_possible(const struct schema_type *t, const struct schema_type *object);
/* Prints "[Int!]!". */
void schema_print_reference(struct buf *out, const struct schema_reference *r);
/* The whole, in the schema definition language. */
void schema_print(struct buf *out, const struct schema *s);

static inline bool
schema_is_composite(const struct schema_type *t)
{
    return t->kind == SCHEMA_OBJECT || t->kind == SCHEMA_INTERFACE || t->kind == SCHEMA_UNION;
}

static inline bool
schema_is_input(const struct schema_type *t)
{
    return !schema_is_composite(t);
}

static inline bool
schema_is_nonnull(const struct schema_reference *r)
{
    return r->nonnull & 1;
}

static inline struct schema_reference
schema_item(const struct schema_reference *list)
{
    return (struct schema_reference){list->type, list->depth - 1, list->nonnull >> 1};
}

#endif
