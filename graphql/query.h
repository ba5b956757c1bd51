/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An executable document (GraphQL September 2025, section 2), as a tree in an arena. What the
 * parser makes; validation binds names to what they name, in the members marked so.
 */
#ifndef GRAPHQL_QUERY_H
#define GRAPHQL_QUERY_H

#include "graphql/errors.h"

enum { QUERY_RECURSION = 64, QUERY_LIST_DEPTH = 16 };

struct schema_type;
struct schema_field;
struct schema_input;

enum literal_kind {
    LITERAL_VARIABLE,
    LITERAL_INT,
    LITERAL_FLOAT,
    LITERAL_STRING,
    LITERAL_BOOLEAN,
    LITERAL_NULL,
    LITERAL_ENUM,
    LITERAL_LIST,
    LITERAL_OBJECT
};

struct literal {
    uint8_t kind; /* enum literal_kind */
    bool is_true;
    struct location at;
    struct str text;       /* lexeme, text, or name */
    struct literal *items; /* of a list or an object */
    struct str name;       /* of a member of an object */
    struct location name_at;
    struct literal *next;
};

struct argument {
    struct argument *next;
    struct str name;
    struct location at;
    struct literal *value;
};

struct directive {
    struct directive *next;
    struct str name;
    struct location at;
    struct argument *arguments;
};

/* [[A!]!]: depth 2; bit 0 of nonnull is the outermost level. */
struct type_reference {
    struct str name;
    struct location at;
    uint32_t depth, nonnull;
};

struct variable {
    struct variable *next;
    struct str name;
    struct location at;
    struct type_reference reference;
    struct literal *fallback; /* NULL: none */
    struct directive *directives;
    const struct schema_type *type; /* bound; NULL: no input type of that name */
    bool used;                      /* bound */
};

enum selection_kind { SELECTION_FIELD, SELECTION_SPREAD, SELECTION_INLINE };

struct definition;

struct selection {
    struct selection *next;
    uint8_t kind; /* enum selection_kind */
    struct location at;
    struct str alias; /* response name: of a field, without an alias its name */
    bool has_alias;
    struct str name; /* of the field, the fragment, or the type of an inline one (or "") */
    struct argument *arguments;
    struct directive *directives;
    struct selection *selections;
    const struct schema_type *parent;      /* bound: the type that it is selected on */
    const struct schema_field *definition; /* bound: the field */
    struct definition *fragment;           /* bound: what is spread */
    const struct schema_type *condition;   /* bound: of an inline fragment; NULL: none */
};

enum definition_kind {
    DEFINITION_QUERY,
    DEFINITION_MUTATION,
    DEFINITION_SUBSCRIPTION,
    DEFINITION_FRAGMENT
};

struct definition { /* an operation, or a fragment */
    struct definition *next;
    uint8_t kind; /* enum definition_kind */
    struct location at;
    struct str name; /* or "" */
    struct str on;   /* type of a fragment */
    struct location on_at;
    struct variable *variables;
    struct directive *directives;
    struct selection *selections;
    const struct schema_type *type; /* bound */
    struct variable_use *uses;      /* bound: validate.c */
    struct spread *spreads;         /* bound: validate.c */
    unsigned state, mark;           /* bound: validate.c */
    bool depends;                   /* bound: on variables, which of its fields there are */
    struct plan *plan;              /* of an operation; NULL: made for each request */
    struct {                        /* bound: what it costs with all that is spread in it */
        uint32_t depth, nesting, aliases, roots, introspection;
    } cost;
};

struct query {
    struct definition *definitions;
    unsigned count;
};

/* NULL after telling errors (one). source is borrowed for the query's life. */
struct query *query_parse(struct arena *a, struct str source, uint32_t tokens,
                          struct errors *errors);
/* A type reference alone: "[Int!]!". False: it is none. */
bool query_parse_reference(struct arena *a, struct str source, struct type_reference *out);

#endif
