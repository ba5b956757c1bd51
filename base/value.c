/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building, finding, comparing and copying values.
 *
 * What walks a whole tree recurses, to VALUE_DEPTH at most. Numbers are in number.c.
 */
#include "base/value.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_ITEMS = 4, FEW_MEMBERS = 16 };

struct value
value_integer(struct arena *a, int64_t n)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%lld", (long long)n);
    struct str kept = arena_dup(a, (struct str){text, (size_t)length});

    return kept.p ? value_number(kept) : VALUE_OF(VALUE_ABSENT);
}

/* Storage for one more than n elements: the old one, unless it is full. */
static void *
grow(struct arena *a, void *old, uint32_t n, size_t size)
{
    if (n != 0 && (n < FIRST_ITEMS || (n & (n - 1)) != 0))
        return old;
    if (n > UINT32_MAX / 2)
        return NULL;
    void *p = arena_alloc(a, (n ? 2 * (size_t)n : FIRST_ITEMS) * size);

    if (p && n)
        memcpy(p, old, n * size);
    return p;
}

enum fault_code
value_append(struct arena *a, struct value *array, struct value item)
{
    struct value *items = grow(a, array->items, array->n, sizeof *items);

    if (!items)
        return FAULT_MEMORY;
    items[array->n++] = item;
    array->items = items;
    return FAULT_NONE;
}

enum fault_code
value_add(struct arena *a, struct value *object, struct str name, struct value item)
{
    struct member *members = grow(a, object->members, object->n, sizeof *members);

    if (!members)
        return FAULT_MEMORY;
    members[object->n++] = (struct member){name, item};
    object->members = members;
    return FAULT_NONE;
}

const struct value *
value_get(const struct value *object, struct str name)
{
    if (!object || object->kind != VALUE_OBJECT)
        return NULL;
    for (uint32_t i = 0; i < object->n; i++)
        if (str_eq(object->members[i].name, name))
            return &object->members[i].value;
    return NULL;
}

const struct value *
value_get_at(const struct value *object, struct str name, uint32_t hint)
{
    if (object->kind == VALUE_OBJECT && hint < object->n &&
        str_eq(object->members[hint].name, name))
        return &object->members[hint].value;
    return value_get(object, name);
}

/* A name against a token of a JSON Pointer, where ~1 stands for / and ~0 for ~. */
static bool
name_is_token(struct str name, struct str token)
{
    size_t at = 0;

    for (size_t i = 0; i < token.n; i++, at++) {
        char c = token.p[i];

        if (c == '~') {
            if (++i == token.n || (token.p[i] != '0' && token.p[i] != '1'))
                return false;
            c = token.p[i] == '0' ? '~' : '/';
        }
        if (at >= name.n || name.p[at] != c)
            return false;
    }
    return at == name.n;
}

static const struct value *
member_of_token(const struct value *object, struct str token)
{
    if (!memchr(token.p, '~', token.n))
        return value_get(object, token);
    for (uint32_t i = 0; i < object->n; i++)
        if (name_is_token(object->members[i].name, token))
            return &object->members[i].value;
    return NULL;
}

static const struct value *
item_of_token(const struct value *array, struct str token)
{
    uint64_t i;

    if (!str_to_u64(token, &i) || i >= array->n || (token.n > 1 && token.p[0] == '0'))
        return NULL;
    return &array->items[i];
}

const struct value *
value_pointer(const struct value *v, struct str pointer)
{
    struct str token, rest = pointer;

    if (!pointer.n)
        return v;
    if (pointer.p[0] != '/')
        return NULL;
    rest.p++;
    rest.n--;
    while (v && str_split(&rest, '/', &token)) {
        if (v->kind == VALUE_OBJECT)
            v = member_of_token(v, token);
        else
            v = v->kind == VALUE_ARRAY ? item_of_token(v, token) : NULL;
    }
    return v;
}

static int
compare_names(const struct member *a, const struct member *b)
{
    if (a->name.n != b->name.n)
        return a->name.n < b->name.n ? -1 : 1;
    return a->name.n ? memcmp(a->name.p, b->name.p, a->name.n) : 0;
}

static int
compare_members(const void *a, const void *b)
{
    const struct member *one = *(const struct member *const *)a;
    const struct member *other = *(const struct member *const *)b;
    int order = compare_names(one, other);

    return order ? order : (one > other) - (one < other);
}

const struct member **
value_sorted(const struct member *members, uint32_t n)
{
    const struct member **sorted = malloc((n ? n : 1) * sizeof(const struct member *));

    if (!sorted)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        sorted[i] = &members[i];
    qsort(sorted, n, sizeof *sorted, compare_members);
    return sorted;
}

static bool equal(const struct value *a, const struct value *b, unsigned depth);

/* Both sorted, so that two big objects in another order do not cost n * n compares. False when
 * there is no memory: a caller cannot tell, but the exchange fails soon enough. */
static bool
equal_sorted(const struct value *a, const struct value *b, unsigned depth)
{
    const struct member **one = value_sorted(a->members, a->n);
    const struct member **other = value_sorted(b->members, b->n);
    bool same = one && other;

    for (uint32_t i = 0; same && i < a->n; i++)
        same =
            compare_names(one[i], other[i]) == 0 && equal(&one[i]->value, &other[i]->value, depth);
    free(one);
    free(other);
    return same;
}

static bool
equal_members(const struct value *a, const struct value *b, unsigned depth)
{
    uint32_t i = 0;

    while (i < a->n && str_eq(a->members[i].name, b->members[i].name)) {
        if (!equal(&a->members[i].value, &b->members[i].value, depth))
            return false;
        i++;
    }
    if (i < a->n && a->n > FEW_MEMBERS)
        return equal_sorted(a, b, depth);
    for (; i < a->n; i++) {
        const struct value *other = value_get(b, a->members[i].name);

        if (!other || !equal(&a->members[i].value, other, depth))
            return false;
    }
    return true;
}

static bool
equal_items(const struct value *a, const struct value *b, unsigned depth)
{
    for (uint32_t i = 0; i < a->n; i++)
        if (!equal(&a->items[i], &b->items[i], depth))
            return false;
    return true;
}

static bool
equal(const struct value *a, const struct value *b, unsigned depth)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_BOOLEAN: return a->is_true == b->is_true;
    case VALUE_NUMBER: return number_compare(value_text(a), value_text(b)) == 0;
    case VALUE_STRING: return str_eq(value_text(a), value_text(b));
    case VALUE_ARRAY: return a->n == b->n && depth < VALUE_DEPTH && equal_items(a, b, depth + 1);
    case VALUE_OBJECT: return a->n == b->n && depth < VALUE_DEPTH && equal_members(a, b, depth + 1);
    default: return true;
    }
}

bool
value_equal(const struct value *a, const struct value *b)
{
    return equal(a, b, 0);
}

static enum fault_code dup(struct arena *a, const struct value *v, struct value *out,
                           unsigned depth);

static enum fault_code
dup_text(struct arena *a, struct str text, struct str *out)
{
    *out = arena_dup(a, text);
    return out->p ? FAULT_NONE : FAULT_MEMORY;
}

static enum fault_code
dup_items(struct arena *a, const struct value *v, struct value *out, unsigned depth)
{
    for (uint32_t i = 0; i < v->n; i++) {
        struct value item;
        enum fault_code code = dup(a, &v->items[i], &item, depth);

        if (code == FAULT_NONE)
            code = value_append(a, out, item);
        if (code != FAULT_NONE)
            return code;
    }
    return FAULT_NONE;
}

static enum fault_code
dup_members(struct arena *a, const struct value *v, struct value *out, unsigned depth)
{
    for (uint32_t i = 0; i < v->n; i++) {
        struct value item;
        struct str name;
        enum fault_code code = dup_text(a, v->members[i].name, &name);

        if (code == FAULT_NONE)
            code = dup(a, &v->members[i].value, &item, depth);
        if (code == FAULT_NONE)
            code = value_add(a, out, name, item);
        if (code != FAULT_NONE)
            return code;
    }
    return FAULT_NONE;
}

static enum fault_code
dup(struct arena *a, const struct value *v, struct value *out, unsigned depth)
{
    struct str text;

    *out = *v;
    if (v->kind == VALUE_NUMBER || v->kind == VALUE_STRING) {
        if (dup_text(a, value_text(v), &text) != FAULT_NONE)
            return FAULT_MEMORY;
        out->text = text.p;
        return FAULT_NONE;
    }
    if (v->kind != VALUE_ARRAY && v->kind != VALUE_OBJECT)
        return FAULT_NONE;
    if (depth == VALUE_DEPTH)
        return FAULT_INTERNAL;
    *out = VALUE_OF(v->kind);
    return v->kind == VALUE_ARRAY ? dup_items(a, v, out, depth + 1)
                                  : dup_members(a, v, out, depth + 1);
}

enum fault_code
value_dup(struct arena *a, const struct value *v, struct value *out)
{
    return dup(a, v, out, 0);
}
