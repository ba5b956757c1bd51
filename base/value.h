/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The neutral data tree between faces and backends.
 *
 * Objects keep the order of their members and have no duplicates; numbers keep their lexeme, so
 * that 9007199254740993 and 100000000000000.01 survive; text is a slice of the input where
 * possible. A tree lives in an arena and holds no pointer out of it but slices of what it was
 * read from. 16 bytes a value, 32 a member.
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include "base/arena.h"

/* The deepest tree that json_read makes and that the functions which walk a whole tree follow:
 * they recurse, and a fiber's stack is small. */
#define VALUE_DEPTH 256

enum value_kind {
    VALUE_ABSENT, /* no value at all: a parameter not given, a member not found; never in a tree */
    VALUE_NULL,
    VALUE_BOOLEAN,
    VALUE_NUMBER, /* text is the lexeme, in JSON's grammar (RFC 8259 section 6) */
    VALUE_STRING, /* text is UTF-8, unescaped */
    VALUE_ARRAY,
    VALUE_OBJECT
};

struct member;

struct value {
    uint8_t kind; /* enum value_kind */
    bool is_true; /* VALUE_BOOLEAN */
    uint32_t n;   /* bytes, items or members */
    union {
        const char *text;
        struct value *items;
        struct member *members;
    };
};

struct member {
    struct str name; /* UTF-8, unescaped */
    struct value value;
};

static inline struct str
value_text(const struct value *v) /* of a string or a number */
{
    return (struct str){v->text, v->n};
}

static inline struct value
value_string(struct str s) /* borrows the bytes; s.n < 4 GB */
{
    return (struct value){.kind = VALUE_STRING, .n = (uint32_t)s.n, .text = s.p};
}

static inline struct value
value_number(struct str lexeme) /* the caller has checked the grammar */
{
    return (struct value){.kind = VALUE_NUMBER, .n = (uint32_t)lexeme.n, .text = lexeme.p};
}

static inline struct value
value_boolean(bool is_true)
{
    return (struct value){.kind = VALUE_BOOLEAN, .is_true = is_true};
}

#define VALUE_OF(kind_) ((struct value){.kind = (kind_)})

/* A lexeme printed into the arena; VALUE_ABSENT when there is no memory. */
struct value value_integer(struct arena *a, int64_t n);

/* Append. Storage doubles in the arena whenever the count is a power of two (from 4), so a tree
 * that is built elsewhere must keep to it or be appended to by nobody. FAULT_MEMORY. */
enum fault_code value_append(struct arena *a, struct value *array, struct value item)
    __attribute__((warn_unused_result));
/* Does not look for a duplicate. */
enum fault_code value_add(struct arena *a, struct value *object, struct str name, struct value item)
    __attribute__((warn_unused_result));

/* The member's value, or NULL; also for a value that is no object, and for NULL. Borrowed. */
const struct value *value_get(const struct value *object, struct str name);
/* The same, trying member number `hint` first. */
const struct value *value_get_at(const struct value *object, struct str name, uint32_t hint);
/* RFC 6901, as text (not the URI form): "" is the value itself. NULL when nothing is there. */
const struct value *value_pointer(const struct value *v, struct str pointer);
/* Same JSON value: numbers by their mathematical value (1.0 equals 1, 1e2 equals 100),
 * objects whatever their order. */
bool value_equal(const struct value *a, const struct value *b);
/* Compares two number lexemes exactly, without rounding: <0, 0, >0. In this and the next functions
 * time is linear in the lexemes, whatever their exponents; an exponent beyond +-10^18 counts as
 * that. */
int number_compare(struct str a, struct str b);
/* True when the lexeme has no fractional part (1.0 and 1e2 are integers). */
bool number_is_integer(struct str lexeme);
/* False when it is no integer or does not fit. */
bool number_to_i64(struct str lexeme, int64_t *out);
/* True when dividend is an integer multiple of divisor (> 0, at most NUMBER_DIVISOR_DIGITS
 * digits from its first to its last that is not 0; false beyond), exactly. */
#define NUMBER_DIVISOR_DIGITS 128
bool number_is_multiple(struct str dividend, struct str divisor);
/* True when s is a JSON number (RFC 8259 section 6). */
bool number_is_lexeme(struct str s);
/* The members ordered by name (shorter names first, then by bytes; equal ones by their place): for
 * finding duplicates and comparing big objects. The caller frees it; NULL: no memory. */
const struct member **value_sorted(const struct member *members, uint32_t n);
/* A deep copy, texts included: nothing of the original is referred to. FAULT_MEMORY, or
 * FAULT_INTERNAL for a tree deeper than VALUE_DEPTH. */
enum fault_code value_dup(struct arena *a, const struct value *v, struct value *out)
    __attribute__((warn_unused_result));

#endif
