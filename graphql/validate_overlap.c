/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Field selection merging (GraphQL September 2025, section 5.3.2), by grouping instead of
 * comparing each pair: the fields of one response name are looked at together, first for their
 * shape, then, for each type that they can meet on, for their name and arguments; then their
 * selections are joined and looked at the same way. A set of fields seen before is not looked at
 * again, which keeps fragments that spread each other from multiplying; a budget bounds the rest.
 */
#include <stdlib.h>

#include "graphql/coerce.h"
#include "graphql/validate.h"

enum { SEEN = 256, BUDGET = 200000 };

struct fields { /* sorted by response name, then by place; no duplicates */
    const struct selection **at;
    uint32_t n, room;
};

struct seen {
    struct seen *next;
    struct fields fields;
};

struct overlap {
    struct validation *v;
    struct seen *seen[2][SEEN]; /* by pass */
    unsigned pass;
    uint32_t mark;
    uint32_t budget;
    bool stopped;
};

static bool
spend(struct overlap *o, uint32_t n)
{
    if (o->stopped || n <= o->budget) {
        o->budget -= o->stopped ? 0 : n;
        return !o->stopped;
    }
    o->stopped = true;
    errors_add(o->v->errors, (struct location){0}, "GRAPHQL_LIMIT_EXCEEDED",
               "The fields of the document overlap in too many ways.");
    return false;
}

/* --- sets of fields --- */

static int
compare(const void *a, const void *b)
{
    const struct selection *x = *(const struct selection *const *)a;
    const struct selection *y = *(const struct selection *const *)b;
    size_t n = x->alias.n < y->alias.n ? x->alias.n : y->alias.n;
    int order = memcmp(x->alias.p, y->alias.p, n);

    if (order)
        return order;
    if (x->alias.n != y->alias.n)
        return x->alias.n < y->alias.n ? -1 : 1;
    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    return x->at.column < y->at.column ? -1 : x->at.column > y->at.column;
}

static void
fields_add(struct overlap *o, struct fields *f, const struct selection *s)
{
    if (!spend(o, 1))
        return;
    if (f->n == f->room) {
        uint32_t room = f->room ? f->room * 2 : 16;
        const struct selection **at = ARENA_ARRAY(o->v->arena, room, const struct selection *);

        if (!at) {
            o->stopped = true;
            o->v->errors->memory = true;
            o->v->errors->count++;
            return;
        }
        if (f->n)
            memcpy(at, f->at, f->n * sizeof(*at));
        f->at = at;
        f->room = room;
    }
    f->at[f->n++] = s;
}

/* Fragments are opened once a set; nesting is bounded by the limits. */
static void
fields_collect(struct overlap *o, struct fields *f, const struct selection *list)
{
    for (const struct selection *s = list; s && !o->stopped; s = s->next) {
        if (s->kind == SELECTION_FIELD) {
            fields_add(o, f, s);
        } else if (s->kind == SELECTION_INLINE) {
            fields_collect(o, f, s->selections);
        } else if (s->fragment->mark != o->mark) {
            s->fragment->mark = o->mark;
            fields_collect(o, f, s->fragment->selections);
        }
    }
}

static struct fields
fields_below(struct overlap *o, const struct selection *const *group, uint32_t n)
{
    struct fields f = {0};
    uint32_t kept = 0;

    o->mark++;
    for (uint32_t i = 0; i < n && !o->stopped; i++)
        fields_collect(o, &f, group[i]->selections);
    if (f.n)
        qsort(f.at, f.n, sizeof(*f.at), compare);
    for (uint32_t i = 0; i < f.n; i++)
        if (!kept || f.at[kept - 1] != f.at[i])
            f.at[kept++] = f.at[i];
    f.n = kept;
    return f;
}

static bool
is_new(struct overlap *o, const struct fields *f)
{
    uint64_t hash = f->n;
    struct seen **row, *seen;

    for (uint32_t i = 0; i < f->n; i++)
        hash = (hash ^ (uintptr_t)f->at[i] >> 4) * UINT64_C(0x9E3779B97F4A7C15);
    row = &o->seen[o->pass][hash >> 32 & (SEEN - 1)];
    for (seen = *row; seen; seen = seen->next) {
        if (!spend(o, 1))
            return false;
        if (seen->fields.n == f->n && memcmp(seen->fields.at, f->at, f->n * sizeof(*f->at)) == 0)
            return false;
    }
    seen = ARENA_NEW(o->v->arena, struct seen);
    if (!seen)
        return false;
    *seen = (struct seen){*row, *f};
    *row = seen;
    return true;
}

/* --- what must be the same --- */

static bool
same_literal(const struct literal *a, const struct literal *b)
{
    const struct literal *x = a->items, *y;
    unsigned n = 0;

    if (a->kind != b->kind)
        return false;
    if (a->kind == LITERAL_LIST) {
        for (y = b->items; x && y && same_literal(x, y); x = x->next)
            y = y->next;
        return !x && !y;
    }
    if (a->kind != LITERAL_OBJECT)
        return str_eq(a->text, b->text);
    for (; x; x = x->next, n++) {
        for (y = b->items; y && !str_eq(x->name, y->name);)
            y = y->next;
        if (!y || !same_literal(x, y))
            return false;
    }
    for (y = b->items; y; y = y->next)
        n--;
    return n == 0;
}

static bool
same_arguments(const struct selection *a, const struct selection *b)
{
    unsigned n = 0;

    for (const struct argument *x = a->arguments; x; x = x->next, n++) {
        const struct argument *y = argument_find(b->arguments, x->name);

        if (!y || !same_literal(x->value, y->value))
            return false;
    }
    for (const struct argument *y = b->arguments; y; y = y->next)
        n--;
    return n == 0;
}

static bool
same_shape(const struct selection *a, const struct selection *b)
{
    const struct schema_reference *x = &a->definition->type, *y = &b->definition->type;

    if (x->depth != y->depth || x->nonnull != y->nonnull)
        return false;
    if (schema_is_composite(x->type) && schema_is_composite(y->type))
        return true;
    return x->type == y->type;
}

static void
conflict(struct overlap *o, const struct selection *s, const char *why)
{
    errors_add(o->v->errors, s->at, "GRAPHQL_VALIDATION_FAILED",
               "Fields \"%.*s\" conflict because %s. Use different aliases on the fields to fetch "
               "both if this was intentional.",
               STR_ARG(str_head(s->alias, 100)), why);
}

/* --- the two passes --- */

static void check_fields(struct overlap *o, const struct fields *f);

static void
check_below(struct overlap *o, const struct selection *const *group, uint32_t n)
{
    struct fields below = fields_below(o, group, n);

    if (below.n && !o->stopped && is_new(o, &below))
        check_fields(o, &below);
}

/* One response name: the same shape, whatever the types. */
static void
check_shapes(struct overlap *o, const struct selection *const *group, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        if (!same_shape(group[0], group[i])) {
            conflict(o, group[i], "they return conflicting types");
            return;
        }
    check_below(o, group, n);
}

/* Fields that can meet on one object: the same field, the same arguments. */
static void
check_meeting(struct overlap *o, const struct selection *const *group, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        bool name = str_eq(group[0]->name, group[i]->name);

        if (name && same_arguments(group[0], group[i]))
            continue;
        conflict(o, group[i], name ? "they have differing arguments" : "they are different fields");
        return;
    }
    check_below(o, group, n);
}

/* Splits one response name by the object type it is selected on; what is selected on an interface
 * or union meets all of them. */
static void
check_meetings(struct overlap *o, const struct selection *const *group, uint32_t n)
{
    const struct selection **part = ARENA_ARRAY(o->v->arena, n, const struct selection *);
    uint32_t objects = 0;

    for (uint32_t i = 0; part && i < n && !o->stopped; i++) {
        const struct schema_type *type = group[i]->parent;
        uint32_t k = 0, m = 0;

        if (type->kind != SCHEMA_OBJECT)
            continue;
        while (k < i && group[k]->parent != type)
            k++;
        if (k < i || !spend(o, n))
            continue;
        objects++;
        for (k = 0; k < n; k++)
            if (group[k]->parent == type || group[k]->parent->kind != SCHEMA_OBJECT)
                part[m++] = group[k];
        check_meeting(o, part, m);
    }
    if (!objects)
        check_meeting(o, group, n);
}

static void
check_fields(struct overlap *o, const struct fields *f)
{
    for (uint32_t first = 0, end; first < f->n && !o->stopped; first = end) {
        for (end = first + 1; end < f->n && str_eq(f->at[first]->alias, f->at[end]->alias);)
            end++;
        if (o->pass == 0)
            check_shapes(o, f->at + first, end - first);
        else
            check_meetings(o, f->at + first, end - first);
    }
}

void
validate_overlap(struct validation *v)
{
    struct overlap *o = ARENA_NEW(v->arena, struct overlap);
    struct selection root = {0};

    if (!o) {
        v->errors->memory = true;
        v->errors->count++;
        return;
    }
    o->v = v;
    o->budget = BUDGET;
    o->mark = v->query->count + 1; /* beyond the marks of validate_variables */
    for (struct definition *d = v->query->definitions; d; d = d->next) {
        const struct selection *group[] = {&root};

        if (d->kind == DEFINITION_FRAGMENT)
            continue;
        root.selections = d->selections;
        for (o->pass = 0; o->pass < 2 && !o->stopped && !v->errors->count; o->pass++)
            check_below(o, group, 1);
    }
}
