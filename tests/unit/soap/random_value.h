/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values that a type allows, made by chance: members and items by the type's shape, texts and
 * numbers from pools until type_validate is content. What XML cannot tell apart is not made: an
 * optional list that is empty and one that is absent, lists and empty objects in free-form content.
 */
#ifndef TESTS_UNIT_SOAP_RANDOM_VALUE_H
#define TESTS_UNIT_SOAP_RANDOM_VALUE_H

#include <stdlib.h>

#include "contract/contract.h"

enum { RANDOM_DEPTH = 6, RANDOM_TRIES = 400 };

struct random_source {
    struct arena *arena;
    uint64_t state;
    enum type_direction direction;
};

static inline uint32_t
random_below(struct random_source *r, uint32_t n)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return (uint32_t)((r->state >> 11) % n);
}

static inline const char *
random_of(struct random_source *r, const char *const *pool, size_t n)
{
    return pool[random_below(r, (uint32_t)n)];
}

#define RANDOM_OF(r, pool) random_of((r), (pool), sizeof(pool) / sizeof(*(pool)))

static inline struct value
random_text(struct random_source *r)
{
    static const char *const pool[] = {"",
                                       "x",
                                       "EUR",
                                       "USD",
                                       "1001",
                                       "0123",
                                       "INV-1",
                                       "a b",
                                       " blank ",
                                       "<&>\"'",
                                       "]]>",
                                       "größer €",
                                       "\xF0\x9F\x98\x80",
                                       "line\nbreak",
                                       "tab\there",
                                       "cr\r\nlf",
                                       "true",
                                       "1e5",
                                       "null",
                                       "2024-02-29",
                                       "2024-01-01T10:20:30Z",
                                       "2024-01-01T10:20:30.125+02:00",
                                       "10:20:30Z",
                                       "AAECAwQ=",
                                       "",
                                       "a@example.com",
                                       "/path/x?y=1#z",
                                       "urn:x:y",
                                       "active",
                                       "https://example.com/a%20b",
                                       "123e4567-e89b-12d3-a456-426614174000",
                                       "192.0.2.1",
                                       "P1DT2H",
                                       "\xEF\xBF\xBD",
                                       "\xC2\xA0",
                                       "-",
                                       ".",
                                       "{}",
                                       "xsi:nil",
                                       "&amp;"};
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    uint32_t n = 1 + random_below(r, 12);
    char *p;

    if (random_below(r, 3))
        return value_string(str_of(RANDOM_OF(r, pool)));
    p = arena_alloc(r->arena, n);
    for (uint32_t i = 0; p && i < n; i++)
        p[i] = letters[random_below(r, sizeof(letters) - 1)];
    return value_string((struct str){p, n});
}

static inline struct value
random_number(struct random_source *r, bool fraction)
{
    static const char *const integers[] = {"0",
                                           "1",
                                           "-1",
                                           "2",
                                           "7",
                                           "20",
                                           "100",
                                           "2147483647",
                                           "-2147483648",
                                           "9007199254740993",
                                           "1e2",
                                           "9223372036854775807",
                                           "123456789012345678"};
    static const char *const fractions[] = {"0.1",  "-0.5", "98.67", "100000000000000.01",
                                            "1.50", "1e-3", "2.5E3", "0.000000000000000001",
                                            "12.0"};

    if (fraction && random_below(r, 2))
        return value_number(str_of(RANDOM_OF(r, fractions)));
    return value_number(str_of(RANDOM_OF(r, integers)));
}

static struct value random_value(struct random_source *r, const struct type *t, unsigned depth);

static inline struct value
random_free(struct random_source *r, unsigned depth)
{
    struct value object = VALUE_OF(VALUE_OBJECT);

    switch (random_below(r, depth < 2 ? 6 : 4)) {
    case 0: return random_number(r, true);
    case 1: return value_boolean(random_below(r, 2));
    case 2: return VALUE_OF(VALUE_NULL);
    case 3: return random_text(r);
    default:
        if (value_add(r->arena, &object, STR("one"), random_free(r, depth + 1)) ||
            value_add(r->arena, &object, STR("two"), random_text(r)))
            abort();
        return object;
    }
}

static inline bool
random_skips(const struct random_source *r, const struct type *t)
{
    return t && (r->direction == TYPE_REQUEST ? t->read_only : t->write_only);
}

/* A list whose default is an empty one. */
static inline bool
random_defaults_to_none(const struct type *t)
{
    return type_is_list(t) && t->fallback && t->fallback->kind == VALUE_ARRAY && !t->fallback->n &&
           !t->xml.wrapped;
}

static inline struct value
random_object(struct random_source *r, const struct type *t, unsigned depth)
{
    struct value object = VALUE_OF(VALUE_OBJECT);
    struct str species = t->name, discriminator = t->discriminator;
    bool one = t->ordered_choice;
    uint32_t which = t->field_count ? random_below(r, t->field_count) : 0;

    if (t->variant_count && depth < RANDOM_DEPTH) {
        const struct variant *v = &t->variants[random_below(r, t->variant_count)];
        uint32_t hint = 0;

        if (type_field(v->type, discriminator, &hint)) { /* else nothing would tell which it is */
            t = v->type;
            species = v->value;
        }
    }
    for (uint32_t i = 0; i < t->field_count; i++) {
        const struct field *f = &t->fields[i];
        struct value v;

        if (random_skips(r, f->type) || (one && i != which))
            continue;
        v = VALUE_OF(VALUE_ABSENT);
        if (!f->required && !one && !str_eq(f->name, discriminator) &&
            (depth > 3 || random_below(r, 2))) {
            if (!random_defaults_to_none(f->type))
                continue;
            v = VALUE_OF(VALUE_ARRAY); /* what an absent one is read as */
        } else {
            v = random_value(r, f->type, depth + 1);
        }
        if (str_eq(f->name, discriminator) && species.n)
            v = value_string(species);
        if (type_is_list(f->type) && !(f->type->kinds & TYPE_NULL) && v.n == 0 && !f->required &&
            !f->type->xml.wrapped && !random_defaults_to_none(f->type))
            continue;
        if (v.kind != VALUE_ABSENT && value_add(r->arena, &object, f->name, v))
            abort();
    }
    for (uint32_t i = random_below(r, 3); t->additional && !t->closed && i > 0; i--)
        if (value_add(r->arena, &object, arena_printf(r->arena, "key%u", i),
                      random_value(r, t->additional, depth + 1)))
            abort();
    return object;
}

static inline struct value
random_list(struct random_source *r, const struct type *t, unsigned depth)
{
    struct value list = VALUE_OF(VALUE_ARRAY);

    for (uint32_t n = depth > RANDOM_DEPTH ? 0 : random_below(r, 4); n > 0; n--) {
        struct value v = random_value(r, t->items, depth + 1);

        if (v.kind != VALUE_ABSENT && value_append(r->arena, &list, v))
            abort();
    }
    return list;
}

static inline struct value
random_try(struct random_source *r, const struct type *t, unsigned depth)
{
    unsigned kinds = t->kinds;

    if (t->choices)
        return t->choices->items[random_below(r, t->choices->n)];
    if (kinds == TYPE_ANY)
        return random_free(r, depth);
    if ((kinds & TYPE_NULL) && random_below(r, 3) == 0)
        return VALUE_OF(VALUE_NULL);
    if (kinds & TYPE_OBJECT)
        return random_object(r, t, depth);
    if (kinds & TYPE_ARRAY)
        return random_list(r, t, depth);
    if (kinds & TYPE_STRING)
        return random_text(r);
    if (kinds & TYPE_BOOLEAN)
        return value_boolean(random_below(r, 2));
    return random_number(r, kinds & TYPE_FRACTION);
}

/* VALUE_ABSENT when chance did not find one. */
static struct value
random_value(struct random_source *r, const struct type *t, unsigned depth)
{
    if (!t)
        return random_free(r, depth);
    for (unsigned i = 0; i < RANDOM_TRIES && depth < 12; i++) {
        struct value v = random_try(r, t, depth);
        struct fault f;

        if (type_validate(t, &v, r->direction, &f) == FAULT_NONE)
            return v;
    }
    return VALUE_OF(VALUE_ABSENT);
}

#endif
