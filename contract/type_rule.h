/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a schema says, keyword by keyword (struct draft), and the flat rules that are made of it.
 *
 * The stages: type.c finds or makes the draft of a node, type_schema.c reads its keywords,
 * type_shape.c flattens, type_emit.c makes the rules, type_validate.c runs them with the checks
 * of type_check.c and its neighbours. Private to type_*.c.
 */
#ifndef CONTRACT_TYPE_RULE_H
#define CONTRACT_TYPE_RULE_H

#include "contract/type.h"

enum {
    CHECK_DEPTH = 64,       /* nesting of the value */
    CHECK_CALLS = 200,      /* alternatives inside each other; bounds the C stack */
    CHECK_BUDGET = 3000000, /* members, items and alternatives; about 0.2 s */
    SCHEMA_DEPTH = 200      /* $ref, allOf, anyOf... inside each other on the same value */
};

/* ---- Names ---- */

/* Finds names in an array of structs whose first member is their `struct str name`. */
struct names {
    const char *first;
    const uint32_t *slots; /* index + 1; 0: free */
    uint32_t stride, n, mask;
};

/* NULL: no memory. */
const struct names *names_new(struct arena *a, const void *first, size_t stride, uint32_t n);
/* Index or -1. */
int32_t names_find(const struct names *names, struct str name);

/* str_eq for names, which are short: without a call where two loads do. */
static inline bool
name_eq(struct str a, struct str b)
{
    uint64_t front[2], back[2];
    uint32_t half[4];

    if (a.n != b.n)
        return false;
    if (a.n - 8 <= 8) { /* 8 to 16 */
        memcpy(&front[0], a.p, 8);
        memcpy(&front[1], b.p, 8);
        memcpy(&back[0], a.p + a.n - 8, 8);
        memcpy(&back[1], b.p + a.n - 8, 8);
        return ((front[0] ^ front[1]) | (back[0] ^ back[1])) == 0;
    }
    if (a.n - 4 <= 4) { /* 4 to 7 */
        memcpy(&half[0], a.p, 4);
        memcpy(&half[1], b.p, 4);
        memcpy(&half[2], a.p + a.n - 4, 4);
        memcpy(&half[3], b.p + a.n - 4, 4);
        return ((half[0] ^ half[1]) | (half[2] ^ half[3])) == 0;
    }
    if (a.n < 4) /* the first, middle and last byte are all there is */
        return a.n == 0 ||
               (a.p[0] == b.p[0] && a.p[a.n / 2] == b.p[a.n / 2] && a.p[a.n - 1] == b.p[a.n - 1]);
    return memcmp(a.p, b.p, a.n) == 0;
}

/* At most n bytes of it, for a message: whole characters. */
static inline struct str
name_head(struct str name, size_t n)
{
    if (name.n <= n)
        return name;
    while (n > 0 && ((unsigned char)name.p[n] & 0xC0) == 0x80)
        n--;
    return str_head(name, n);
}

/* ---- Rules ---- */

enum verdict { WRONG, RIGHT, SETTLED /* right, and no other rule need be asked */ };

struct check;

struct rule {
    enum verdict (*check)(struct check *c, const void *operand, const struct value *v);
    const void *operand;
    uint8_t kinds; /* enum type_kinds: the values it looks at */
};

struct size { /* lengths and counts */
    uint32_t min, max;
};

struct decimal { /* number * 10^-scale */
    int64_t number;
    uint32_t scale;
};

struct bound {
    struct str lexeme;
    struct decimal decimal;
    bool is_short; /* `decimal` is the same number */
};

struct types {
    const struct type **at;
    uint32_t n;
};

struct pattern; /* type_pattern.c */

enum { REQUIRED_BITS = 64 };

struct property {
    struct str name;
    const struct type *type;     /* NULL: anything */
    const struct property *also; /* another type that the same member must fit */
    uint64_t mask;               /* its bit in the required masks; 0: none */
    bool plain;                  /* only `type` and `mask` count */
    uint8_t refused;             /* bit per direction */
    bool read_only, write_only;
    bool required;
    bool declared; /* by `properties`, not only by `required` */
};

struct object {
    const struct names *names; /* of the properties */
    struct property *properties;
    uint32_t n;
    uint64_t required[3]; /* bit mask by direction */
    struct str *more;     /* required names beyond the mask's bits */
    uint32_t more_count;
    struct pattern_property *patterns;
    uint32_t pattern_count;
    const struct type *additional; /* NULL: anything */
    bool closed;
    bool open; /* any other member is fine */
};

struct pattern_property {
    const struct pattern *pattern;
    const struct type *type;
};

struct array {
    struct types prefix;
    const struct type *items; /* NULL: anything */
};

struct contains {
    const struct type *type;
    struct size size;
};

struct dependency {
    struct str name;
    struct str *required;
    uint32_t required_count;
    const struct type *type; /* NULL: none */
};

struct dependencies {
    struct dependency *at;
    uint32_t n;
};

struct condition {
    const struct type *when, *then, *otherwise; /* the latter two may be NULL */
};

/* Chooses a type by the value of a member (OpenAPI's discriminator). */
struct dispatch {
    const struct type *self;
    const struct names *variants;
    const bool *covers; /* per variant: its rules include self's */
    bool must;          /* one of the variants has to be named */
};

struct choice { /* anyOf, oneOf */
    struct types types;
    const struct dispatch *dispatch; /* whose variants are among the types; NULL: none */
    bool exclusive;
};

/* ---- A schema as read ---- */

struct draft {
    struct type type; /* the first member: draft_of() */
    struct type_set *set;
    const struct document *home;
    uint8_t kinds;             /* that `type` allows */
    uint8_t state;             /* of the ordering, type_shape.c */
    uint8_t generation;        /* > 0: made for a member that alternatives type differently, */
    const struct draft *maker; /* the alternatives of this draft */
    unsigned mark;             /* visited by the walk of that number */
    uint8_t format;            /* enum type_format, its own */
    bool has_xml;

    const struct type *ref;
    struct types all, any, one;
    const struct type * not ;
    struct condition condition;
    const struct value *constant, *enumeration; /* the latter an array */

    struct property *properties;
    uint32_t property_count;
    struct str *required;
    uint32_t required_count;
    struct pattern_property *patterns;
    uint32_t pattern_count;
    const struct type *additional;
    bool closed;
    const struct type *member_names;
    struct dependencies needs, dependents;
    struct size members;

    struct array array;
    struct contains contains;
    struct size items;
    bool unique;

    struct size length;
    const struct pattern *pattern;
    const struct bound *minimum, *maximum, *above, *below, *multiple;

    struct str discriminator;
    struct variant *mapped; /* entries of its mapping */
    uint32_t mapped_count;
    bool by_branch;   /* the variants are branches of oneOf or anyOf */
    bool must_choose; /* the base alone is not enough: its oneOf listed its own subtypes */
    const bool *covers;
    const struct names *variant_names;
    const struct object *object; /* after type_emit: open part of the type and of its bases */
};

struct type_set {
    struct arena *arena;
    struct type_resolver resolver;
    struct report *report;
    struct draft **drafts;
    unsigned count, room;
    unsigned read;     /* drafts before this one are read */
    unsigned finished; /* and before this one finished */
    struct node_slot *slots;
    unsigned mask;
    unsigned walks;       /* numbers given to draft.mark */
    struct rule *scratch; /* of emit_rules */
    uint32_t scratch_room;
    struct identities *identities; /* type_id.c, newest first */
    bool memory;                   /* an allocation failed, and was told */
};

static inline struct draft *
draft_of(const struct type *t) /* every type of a set is one */
{
    return (struct draft *)(uintptr_t)t;
}

/* Zeroed, or NULL after telling the report. */
void *set_alloc(struct type_set *s, size_t n, size_t size);
/* A draft that is not in the node table: for types that no schema spells out. */
struct draft *draft_new(struct type_set *s, const struct document *home, const cJSON *schema);
/* The type of a schema node, $refs without siblings followed; NULL after telling. */
const struct type *draft_find(struct type_set *s, const struct document *home, const cJSON *schema);
/* A lexeme of at most 18 digits, without an exponent. */
bool decimal_read(struct str lexeme, struct decimal *out);
/* Follows one reference. NULL after telling. */
const cJSON *draft_resolve(struct type_set *s, const struct document *home, const cJSON *from,
                           const char *reference, const struct document **where);
/* The type that a reference names. NULL after telling. */
const struct type *draft_refer(struct draft *d, const cJSON *from, const char *reference);
/* Reads all keywords of d->type.schema; subschemas are found, not read. */
void schema_read(struct draft *d);
/* The order in which every type stands behind those that it applies to the same value; tells
 * loops. `order` has room for all drafts. Returns how many. */
unsigned shape_order(struct type_set *s, struct draft **order);
void shape_make(struct draft *d);
/* After all shapes: how the members are named in XML. */
void shape_members(struct draft *d);
/* After all shapes: discriminators and what they may name. */
void variants_make(struct draft **order, unsigned n);
/* Before the order: a base whose oneOf lists its own subtypes (which lead back to it by allOf)
 * chooses among them by its discriminator instead. */
void variants_break_loop(struct draft *d);
/* True when the schema asserts nothing. */
bool draft_is_empty(const struct draft *d);
void emit_rules(struct draft *d);
/* True when t's $ref and allOf lead to base, or t is base. */
bool shape_derives(const struct type *t, const struct type *base);

/* $id and $anchor (JSON Schema section 8.2), in documents that are a schema. The node that the
 * reference names, or NULL when none of them does. */
const cJSON *identity_find(struct type_set *s, const struct document *home, const cJSON *from,
                           const char *reference);
/* True when $id and $anchor mean something in this document. */
bool identity_is_schema(const struct document *home);

/* NULL: *why says what is wrong (static text, or in the arena). */
const struct pattern *pattern_new(struct arena *a, struct str text, const char **why);
struct str pattern_text(const struct pattern *p);
/* 1: found in the text, 0: not, -1: given up at a limit. */
int pattern_match(const struct pattern *p, struct str text);
/* The text's own characters: FORMAT_DATE and the like; true for a format of other kinds. */
bool format_check(enum type_format format, struct str text);
/* FORMAT_NONE for an unknown name. */
enum type_format format_find(struct str name);
/* What a value must be: "a date, such as 2026-11-23". */
const char *format_expected(enum type_format format);

/* ---- Running ---- */

struct step { /* one step of the way down to the value at hand; on the C stack */
    const struct step *up;
    const struct str *name; /* NULL: an item */
    uint32_t item;
};

struct dispatched { /* types chosen for a value that is being checked */
    const struct dispatched *up;
    const struct type *type;
    const struct value *value;
};

struct check {
    struct fault *f;
    const struct step *path;
    const struct dispatched *dispatched;
    enum fault_code code; /* once failed aloud */
    uint8_t direction;
    bool broken;      /* given up for good: no alternative may hide it */
    uint16_t depth;   /* of the value at hand */
    uint16_t deepest; /* depth * 2 at which something was wrong; + 1 when the kind was right */
    uint16_t calls;   /* of check_type inside each other */
    uint16_t quiet;   /* > 0: alternatives are tried, nothing is told */
    uint32_t budget;
};

/* "must be a string or null"; RIGHT for a number of the sort that the type takes. */
enum verdict check_kind(struct check *c, const struct type *t, const struct value *v);
/* Runs the rules of a type whose kinds take the value. */
enum verdict check_rules(struct check *c, const struct type *t, const struct value *v,
                         uint8_t kind);

static inline enum verdict
check_type(struct check *c, const struct type *t, const struct value *v)
{
    static const uint8_t kinds[] = {0,           TYPE_NULL,  TYPE_BOOLEAN, TYPE_NUMBER,
                                    TYPE_STRING, TYPE_ARRAY, TYPE_OBJECT};
    uint8_t kind = kinds[v->kind], taken = t->kinds & kind;

    if ((taken != kind || !kind) && check_kind(c, t, v) == WRONG)
        return WRONG;
    if (t->rule_count == 1)
        return t->rules->kinds & kind ? t->rules->check(c, t->rules->operand, v) : RIGHT;
    return t->rule_count == 0 ? RIGHT : check_rules(c, t, v, kind);
}

/* check_type of another type for the same value: counts, since alternatives nest. */
enum verdict check_same(struct check *c, const struct type *t, const struct value *v);
/* check_same of a branch: nothing is told, and `broken` gives WRONG. */
enum verdict check_quietly(struct check *c, const struct type *t, const struct value *v);
/* Tells what is wrong with the value at hand. Always WRONG. */
enum verdict check_wrong(struct check *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same at a member of it. */
enum verdict check_wrong_member(struct check *c, const struct str *name, const char *detail);
/* Gives up, alternatives included. Always WRONG. */
enum verdict check_give_up(struct check *c, enum fault_code code, const char *detail);
/* What check_spend does when the budget is used up. Always WRONG. */
enum verdict check_overspent(struct check *c);

/* Takes from the budget; WRONG when it is used up. */
static inline enum verdict
check_spend(struct check *c, uint32_t n)
{
    if (c->budget < n)
        return check_overspent(c);
    c->budget -= n;
    return RIGHT;
}

/* One level down, and up again: *step is the caller's, which sets its name or item. False: too
 * deep, given up. */
static inline bool
check_enter(struct check *c, struct step *step)
{
    if (c->depth == CHECK_DEPTH) {
        check_give_up(c, FAULT_INVALID_VALUE, "is nested too deep");
        return false;
    }
    step->up = c->path;
    c->path = step;
    c->depth++;
    return true;
}

static inline void
check_leave(struct check *c)
{
    c->path = c->path->up;
    c->depth--;
}

/* The checks, by operand. */
enum verdict check_constant(struct check *c, const void *operand, const struct value *v);
enum verdict check_string_enum(struct check *c, const void *operand, const struct value *v);
enum verdict check_enum(struct check *c, const void *operand, const struct value *v);
enum verdict check_minimum(struct check *c, const void *operand, const struct value *v);
enum verdict check_maximum(struct check *c, const void *operand, const struct value *v);
enum verdict check_above(struct check *c, const void *operand, const struct value *v);
enum verdict check_below(struct check *c, const void *operand, const struct value *v);
enum verdict check_multiple(struct check *c, const void *operand, const struct value *v);
enum verdict check_number_format(struct check *c, const void *operand, const struct value *v);
enum verdict check_text_format(struct check *c, const void *operand, const struct value *v);
enum verdict check_length(struct check *c, const void *operand, const struct value *v);
enum verdict check_pattern(struct check *c, const void *operand, const struct value *v);
enum verdict check_item_count(struct check *c, const void *operand, const struct value *v);
enum verdict check_array(struct check *c, const void *operand, const struct value *v);
enum verdict check_contains(struct check *c, const void *operand, const struct value *v);
enum verdict check_unique(struct check *c, const void *operand, const struct value *v);
enum verdict check_object(struct check *c, const void *operand, const struct value *v);
enum verdict check_member_count(struct check *c, const void *operand, const struct value *v);
enum verdict check_member_names(struct check *c, const void *operand, const struct value *v);
enum verdict check_needs(struct check *c, const void *operand, const struct value *v);
enum verdict check_dependents(struct check *c, const void *operand, const struct value *v);
enum verdict check_dispatch(struct check *c, const void *operand, const struct value *v);
enum verdict check_choice(struct check *c, const void *operand, const struct value *v);
enum verdict check_not(struct check *c, const void *operand, const struct value *v);
enum verdict check_condition(struct check *c, const void *operand, const struct value *v);

#endif
