/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Definitions, fragments and fields. */
#include "graphql/validate.h"

static const struct schema_type *
type_named(struct validation *v, struct str name, struct location at)
{
    const struct schema_type *t = schema_find(v->schema, name);

    if (!t)
        invalid(v, at, "Unknown type", name);
    return t;
}

static struct definition *
fragment_named(struct validation *v, struct str name)
{
    for (struct definition *d = v->query->definitions; d; d = d->next)
        if (d->kind == DEFINITION_FRAGMENT && str_eq(d->name, name))
            return d;
    return NULL;
}

/* --- fields --- */

static const struct schema_field *
find_field(struct validation *v, const struct schema_type *parent, struct str name)
{
    if (str_eq(name, STR("__typename")))
        return &v->schema->meta_fields[2];
    if (parent == v->schema->query && str_eq(name, STR("__schema")))
        return &v->schema->meta_fields[0];
    if (parent == v->schema->query && str_eq(name, STR("__type")))
        return &v->schema->meta_fields[1];
    return schema_find_field(parent, name);
}

static void walk(struct validation *v, struct selection *list, const struct schema_type *parent);

static void
check_leaf(struct validation *v, const struct selection *s)
{
    const struct schema_type *t = s->definition->type.type;

    if (schema_is_composite(t) && !s->selections)
        invalid(v, s->at, "A selection of subfields is required for field", s->name);
    else if (!schema_is_composite(t) && s->selections)
        invalid(v, s->at, "No selection of subfields is allowed for field", s->name);
}

static void
walk_field(struct validation *v, struct selection *s, const struct schema_type *parent)
{
    const struct schema_field *f = parent ? find_field(v, parent, s->name) : NULL;

    validate_directives(v, s->directives, "FIELD");
    s->parent = parent;
    s->definition = f;
    if (!f) {
        if (parent)
            errors_add(v->errors, s->at, "GRAPHQL_VALIDATION_FAILED",
                       "Cannot query field \"%.*s\" on type \"%.*s\".",
                       STR_ARG(str_head(s->name, 120)), STR_ARG(str_head(parent->name, 120)));
        validate_arguments(v, s->arguments, NULL, 0, (struct location){0}, s->name);
        walk(v, s->selections, NULL);
        return;
    }
    if (!v->limits->introspection &&
        (f == &v->schema->meta_fields[0] || f == &v->schema->meta_fields[1]))
        invalid(v, s->at, "Introspection is off here: field", s->name);
    validate_arguments(v, s->arguments, f->arguments, f->argument_count, s->at, s->name);
    check_leaf(v, s);
    walk(v, s->selections, schema_is_composite(f->type.type) ? f->type.type : NULL);
}

/* --- fragments --- */

static bool
overlap(const struct schema_type *a, const struct schema_type *b)
{
    if (a->kind == SCHEMA_OBJECT)
        return schema_is_possible(b, a);
    if (b->kind == SCHEMA_OBJECT)
        return schema_is_possible(a, b);
    for (unsigned i = 0; i < a->member_count; i++)
        if (schema_is_possible(b, a->members[i]))
            return true;
    return a == b;
}

static void
check_possible(struct validation *v, const struct schema_type *parent,
               const struct schema_type *type, struct location at)
{
    if (parent && type && schema_is_composite(type) && !overlap(parent, type))
        errors_add(v->errors, at, "GRAPHQL_VALIDATION_FAILED",
                   "Fragment cannot be spread here as objects of type \"%.*s\" can never be of "
                   "type \"%.*s\".",
                   STR_ARG(str_head(parent->name, 120)), STR_ARG(str_head(type->name, 120)));
}

static void
walk_spread(struct validation *v, struct selection *s, const struct schema_type *parent)
{
    struct spread *spread = ARENA_NEW(v->arena, struct spread);

    validate_directives(v, s->directives, "FRAGMENT_SPREAD");
    s->fragment = fragment_named(v, s->name);
    if (!s->fragment) {
        invalid(v, s->at, "Unknown fragment", s->name);
        return;
    }
    check_possible(v, parent, schema_find(v->schema, s->fragment->on), s->at);
    if (!spread) {
        v->errors->memory = true;
        v->errors->count++;
        return;
    }
    *spread = (struct spread){v->definition->spreads, s};
    v->definition->spreads = spread;
}

static const struct schema_type *
composite_named(struct validation *v, struct str name, struct location at)
{
    const struct schema_type *t = type_named(v, name, at);

    if (!t || schema_is_composite(t))
        return t;
    invalid(v, at, "Fragment cannot condition on non composite type", name);
    return NULL;
}

static void
walk_inline(struct validation *v, struct selection *s, const struct schema_type *parent)
{
    validate_directives(v, s->directives, "INLINE_FRAGMENT");
    if (!s->name.n) {
        walk(v, s->selections, parent);
        return;
    }
    s->condition = composite_named(v, s->name, s->at);
    check_possible(v, parent, s->condition, s->at);
    walk(v, s->selections, s->condition);
}

/* Recurses as deep as the parser did. parent NULL: not known. */
static void
walk(struct validation *v, struct selection *list, const struct schema_type *parent)
{
    for (struct selection *s = list; s && v->errors->count < ERRORS_MAX; s = s->next)
        switch (s->kind) {
        case SELECTION_FIELD: walk_field(v, s, parent); break;
        case SELECTION_SPREAD: walk_spread(v, s, parent); break;
        default: walk_inline(v, s, parent); break;
        }
}

/* --- definitions --- */

static void
walk_variables(struct validation *v, struct definition *d)
{
    for (struct variable *a = d->variables; a; a = a->next) {
        struct schema_reference r = {NULL, a->reference.depth, a->reference.nonnull};

        for (const struct variable *b = d->variables; b != a; b = b->next)
            if (str_eq(a->name, b->name)) {
                invalid(v, a->at, "There can be only one variable named", a->name);
                break;
            }
        a->type = type_named(v, a->reference.name, a->reference.at);
        if (a->type && !schema_is_input(a->type)) {
            invalid(v, a->reference.at, "A variable cannot be of the non-input type",
                    a->reference.name);
            a->type = NULL;
        }
        r.type = a->type;
        if (a->fallback && a->type)
            validate_literal(v, &r, a->fallback, false, false);
        validate_directives(v, a->directives, "VARIABLE_DEFINITION");
    }
}

static void
walk_operation(struct validation *v, struct definition *d)
{
    static const char *const where[] = {"QUERY", "MUTATION", "SUBSCRIPTION"};

    d->type = d->kind == DEFINITION_QUERY ? v->schema->query : NULL;
    if (d->kind == DEFINITION_MUTATION)
        d->type = v->schema->mutation;
    if (!d->type)
        invalid(v, d->at, "The schema has no root type for",
                d->kind == DEFINITION_MUTATION ? STR("mutation") : STR("subscription"));
    walk_variables(v, d);
    validate_directives(v, d->directives, where[d->kind]);
    walk(v, d->selections, d->type);
}

static void
walk_definition(struct validation *v, struct definition *d)
{
    v->definition = d;
    if (d->kind != DEFINITION_FRAGMENT) {
        walk_operation(v, d);
        return;
    }
    d->type = composite_named(v, d->on, d->on_at);
    validate_directives(v, d->directives, "FRAGMENT_DEFINITION");
    walk(v, d->selections, d->type);
}

static void
check_names(struct validation *v)
{
    for (struct definition *a = v->query->definitions; a; a = a->next) {
        bool fragment = a->kind == DEFINITION_FRAGMENT;
        unsigned operations = 0;

        for (struct definition *b = v->query->definitions; b; b = b->next) {
            operations += b->kind != DEFINITION_FRAGMENT;
            if (b == a && a->name.n)
                break;
            if (a->name.n && (b->kind == DEFINITION_FRAGMENT) == fragment &&
                str_eq(a->name, b->name)) {
                invalid(v, a->at,
                        fragment ? "There can be only one fragment named"
                                 : "There can be only one operation named",
                        a->name);
                break;
            }
        }
        if (!fragment && !a->name.n && operations > 1)
            errors_add(v->errors, a->at, "GRAPHQL_VALIDATION_FAILED",
                       "This anonymous operation must be the only defined operation.");
    }
}

void
validate(struct validation *v)
{
    struct definition **order = NULL;
    unsigned n = 0;
    bool circles;

    check_names(v);
    for (struct definition *d = v->query->definitions; d; d = d->next)
        walk_definition(v, d);
    circles = !validate_circles(v, &order, &n);
    validate_variables(v);
    if (circles || v->errors->count)
        return;
    validate_cost(v, order, n);
    if (!v->errors->count)
        validate_overlap(v);
}
