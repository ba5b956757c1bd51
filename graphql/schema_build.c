/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From contracts to the graph: an operation is a field of the root, a component a type. Types are
 * begun when they are first met, and completed from a list, so that nothing recurses. Two
 * contracts may have a component of one name where it comes out the same; else it is an error.
 */
#include "graphql/schema_build.h"

#include <stdio.h>

/* --- names --- */

static bool
is_name_char(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

struct str
schema_name(struct arena *a, struct str original)
{
    char *name = arena_alloc(a, original.n + 2), *to = name;

    if (!name)
        return STR("_");
    if (!original.n || (original.p[0] >= '0' && original.p[0] <= '9'))
        *to++ = '_';
    for (size_t i = 0; i < original.n; i++) {
        char c = is_name_char(original.p[i], to == name) ? original.p[i] : '_';

        if (c == '_' && to == name + 1 && *name == '_')
            continue; /* "__" is introspection's */
        *to++ = c;
    }
    return (struct str){name, (size_t)(to - name)};
}

/* "customer" + "status" -> "CustomerStatus" */
static struct str
joined(struct arena *a, struct str parent, struct str property)
{
    struct str name = arena_printf(a, "%.*s%.*s", STR_ARG(parent), STR_ARG(property));
    char *p = (char *)(uintptr_t)name.p;

    if (!p)
        return STR("_");
    for (size_t i = 0; i <= parent.n && i < name.n; i += parent.n ? parent.n : name.n)
        if (p[i] >= 'a' && p[i] <= 'z')
            p[i] = (char)(p[i] - 'a' + 'A');
    return name;
}

/* --- the tables --- */

void
schema_no_memory(struct schema_builder *b)
{
    if (!b->memory)
        report_error(b->report, (struct place){STR("graphql"), 0, 0}, "out of memory");
    b->memory = true;
}

struct schema_type *
schema_add(struct schema_builder *b, struct schema_type type)
{
    struct schema *s = b->schema;
    struct schema_type *t = ARENA_NEW(s->arena, struct schema_type);

    if (s->type_count == s->type_room) {
        unsigned room = s->type_room ? s->type_room * 2 : 64;
        struct schema_type **types = ARENA_ARRAY(s->arena, room, struct schema_type *);

        if (!types) {
            schema_no_memory(b);
            return NULL;
        }
        if (s->type_count)
            memcpy(types, s->types, s->type_count * sizeof(*types));
        s->types = types;
        s->type_room = room;
    }
    if (!t) {
        schema_no_memory(b);
        return NULL;
    }
    *t = type;
    t->index = s->type_count;
    s->types[s->type_count++] = t;
    return t;
}

struct schema_type *
schema_scalar_type(struct schema_builder *b, enum schema_scalar which)
{
    static const struct {
        const char *name, *description, *url;
    } rows[] = {
        [SCALAR_STRING] = {"String", "Text.", NULL},
        [SCALAR_INT] = {"Int", "A whole number of 32 bits.", NULL},
        [SCALAR_FLOAT] = {"Float", "A number.", NULL},
        [SCALAR_BOOLEAN] = {"Boolean", "true or false.", NULL},
        [SCALAR_ID] = {"ID", "An identifier.", NULL},
        [SCALAR_LONG] = {"Long",
                         "A whole number that may need more than 32 bits; in JSON a number.",
                         "https://datatracker.ietf.org/doc/html/rfc8259#section-6"},
        [SCALAR_DATE_TIME] = {"DateTime", "A moment, as in 2024-01-31T12:00:00Z.",
                              "https://datatracker.ietf.org/doc/html/rfc3339#section-5.6"},
        [SCALAR_DECIMAL] = {"Decimal", "A decimal number, kept digit by digit.",
                            "https://datatracker.ietf.org/doc/html/rfc8259#section-6"},
        [SCALAR_JSON] = {"JSON", "Any value; its form is not described here.",
                         "https://datatracker.ietf.org/doc/html/rfc8259"},
    };

    if (!b->schema->scalars[which])
        b->schema->scalars[which] =
            schema_add(b, (struct schema_type){.kind = SCHEMA_SCALAR,
                                               .scalar = which,
                                               .name = str_of(rows[which].name),
                                               .description = str_of(rows[which].description),
                                               .specified_by = rows[which].url});
    return b->schema->scalars[which];
}

static void
memo_put(struct schema_builder *b, const struct type *t, bool input, struct schema_type *made)
{
    struct schema_memo *m = b->schema->memo;
    uint64_t at = ((uintptr_t)t >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 20;
    unsigned i = (unsigned)at & m->mask;

    if (m->n * 2 > m->mask) {
        schema_no_memory(b);
        return;
    }
    while (m->slots[i].type)
        i = (i + 1) & m->mask;
    m->slots[i] = (struct schema_slot){t, input, made};
    m->n++;
}

/* A type that is completed later. Where the name is taken, what is made is compared in the end. */
static struct schema_type *
begin(struct schema_builder *b, struct schema_type type, bool input)
{
    struct schema_type *known = (struct schema_type *)(uintptr_t)schema_find(b->schema, type.name);
    struct schema_pending *p = ARENA_NEW(b->schema->arena, struct schema_pending);

    type.contract = b->contract;
    if (p && known)
        p->type = ARENA_NEW(b->schema->arena, struct schema_type);
    else if (p)
        p->type = schema_add(b, type);
    if (!p || !p->type || b->schema->type_count > SCHEMA_TYPES_MAX) {
        schema_no_memory(b);
        return NULL;
    }
    *p = (struct schema_pending){.type = p->type, .shadow = known != NULL, .input = input};
    if (known)
        *p->type = type;
    *b->tail = p;
    b->tail = &p->next;
    return known ? known : p->type;
}

/* --- which type --- */

static bool
fits_int32(const struct type *t)
{
    int64_t least, most;
    const cJSON *minimum = t->schema ? node_get(t->schema, "minimum") : NULL;
    const cJSON *maximum = t->schema ? node_get(t->schema, "maximum") : NULL;

    if (t->format == FORMAT_INT32)
        return true;
    if (t->format == FORMAT_INT64 || !minimum || !maximum)
        return false;
    return number_to_i64(node_lexeme(minimum), &least) && least >= INT32_MIN &&
           number_to_i64(node_lexeme(maximum), &most) && most <= INT32_MAX;
}

static enum schema_scalar
scalar_of(const struct type *t, uint8_t kinds)
{
    if (t->format == FORMAT_DECIMAL)
        return SCALAR_DECIMAL;
    if (kinds == TYPE_STRING)
        return t->format == FORMAT_DATE_TIME ? SCALAR_DATE_TIME : SCALAR_STRING;
    if (kinds == TYPE_BOOLEAN)
        return SCALAR_BOOLEAN;
    if (kinds == TYPE_INTEGER)
        return fits_int32(t) ? SCALAR_INT : SCALAR_LONG;
    return kinds && !(kinds & ~TYPE_NUMBER) ? SCALAR_FLOAT : SCALAR_JSON;
}

static bool
is_usable(const struct field *f, bool input)
{
    return f->type ? !(input ? f->type->read_only : f->type->write_only) : true;
}

static bool
has_fields(const struct type *t, bool input)
{
    if ((t->kinds & ~TYPE_NULL) != TYPE_OBJECT)
        return false;
    for (uint32_t i = 0; i < t->field_count; i++)
        if (is_usable(&t->fields[i], input))
            return true;
    return false;
}

static const struct type *
component_named(const struct contract *c, const char *reference)
{
    struct str name = str_of(reference);

    while (str_find(name, '/') < name.n)
        name = str_from(name, str_find(name, '/') + 1);
    for (unsigned i = 0; c && i < c->component_count; i++)
        if (str_eq(c->components[i]->name, name))
            return c->components[i];
    return NULL;
}

/* The component that a nameless schema only wraps: `oneOf: [$ref, {type: null}]`, or
 * `allOf: [$ref]` with a description. */
static const struct type *
see_through(const struct schema_builder *b, const struct type *t)
{
    static const char *const words[] = {"oneOf", "anyOf", "allOf"};
    const struct type *found = NULL;

    if (t->name.n || !t->schema || node_get(t->schema, "properties"))
        return t;
    for (unsigned i = 0; i < 3; i++) {
        const cJSON *list = node_get(t->schema, words[i]);
        unsigned references = 0, others = 0;

        for (const cJSON *node = list ? list->child : NULL; node; node = node->next) {
            const char *reference = node_string(node, "$ref", NULL);

            if (reference && ++references)
                found = component_named(b->contract, reference);
            else if (strcmp(node_string(node, "type", ""), "null") != 0)
                others++;
        }
        if (references == 1 && !others && found)
            return found;
    }
    return t;
}

/* Branches of a oneOf that has no discriminator: all references to components. */
static unsigned
branch_variants(const struct schema_builder *b, const struct type *t, const struct type **out,
                unsigned max)
{
    const cJSON *list = t->schema ? node_get(t->schema, "oneOf") : NULL;
    unsigned n = 0;

    for (const cJSON *node = list ? list->child : NULL; node && n < max; node = node->next) {
        const char *reference = node_string(node, "$ref", NULL);

        if (!reference && strcmp(node_string(node, "type", ""), "null") == 0)
            continue;
        out[n] = reference ? component_named(b->contract, reference) : NULL;
        if (!out[n++])
            return 0;
    }
    return n;
}

unsigned
schema_variants(const struct schema_builder *b, const struct type *t, const struct type **out,
                unsigned max)
{
    unsigned n = 0;

    if (!t->variant_count)
        return branch_variants(b, t, out, max);
    for (uint32_t i = 0; i < t->variant_count && n < max; i++) {
        bool known = false;

        for (unsigned k = 0; k < n; k++)
            known |= out[k] == t->variants[i].type;
        if (!known)
            out[n++] = t->variants[i].type;
    }
    return n == 1 && out[0] == t ? 0 : n;
}

enum { VARIANTS_MAX = 256 };

static bool
has_variants(const struct schema_builder *b, const struct type *t, bool input)
{
    const struct type *list[VARIANTS_MAX];
    unsigned n = schema_variants(b, t, list, VARIANTS_MAX);

    for (unsigned i = 0; i < n; i++)
        if (!has_fields(list[i], input))
            return false;
    return n > 1 || (n == 1 && t->variant_count);
}

static bool
is_union(const struct type *t)
{
    return t->schema && !node_get(t->schema, "properties") && !node_get(t->schema, "allOf") &&
           (node_get(t->schema, "oneOf") || node_get(t->schema, "anyOf"));
}

/* False where two come out the same, or one is no text: the enum stays a scalar. */
static bool
make_choices(struct schema_builder *b, const struct type *t, struct schema_type *out)
{
    struct arena *a = b->schema->arena;

    out->choices = ARENA_ARRAY(a, t->choices->n + 1, struct schema_choice);
    for (uint32_t i = 0; out->choices && i < t->choices->n; i++) {
        const struct value *v = &t->choices->items[i];
        struct str name;

        if (v->kind == VALUE_NULL)
            continue;
        if (v->kind != VALUE_STRING)
            return false;
        name = schema_name(a, value_text(v));
        if (str_eq(name, STR("true")) || str_eq(name, STR("false")) || str_eq(name, STR("null")))
            name = arena_printf(a, "_%.*s", STR_ARG(name));
        for (unsigned k = 0; k < out->choice_count; k++)
            if (str_eq(out->choices[k].name, name))
                return false;
        out->choices[out->choice_count++] = (struct schema_choice){name, value_text(v)};
    }
    return out->choice_count > 0;
}

static struct schema_type *
enum_of(struct schema_builder *b, const struct type *t, struct str name)
{
    struct schema_type type = {.kind = SCHEMA_ENUM, .name = name, .source = t};
    struct schema_type *made;

    if (!t->choices || !make_choices(b, t, &type))
        return NULL;
    type.description = t->description;
    made = begin(b, type, false);
    if (made) {
        memo_put(b, t, false, made);
        memo_put(b, t, true, made);
    }
    return made;
}

static struct schema_type *
object_of(struct schema_builder *b, const struct type *t, bool input, struct str name)
{
    struct schema_type type = {
        .kind = SCHEMA_OBJECT, .name = name, .source = t, .description = t->description};
    bool variants = has_variants(b, t, input);
    struct schema_type *made;

    if (input)
        type.name = arena_printf(b->schema->arena, "%.*sInput", STR_ARG(name));
    if (input)
        type.kind = SCHEMA_INPUT;
    else if (variants)
        type.kind = is_union(t) ? SCHEMA_UNION : SCHEMA_INTERFACE;
    type.one_of = input && variants;
    made = begin(b, type, input);
    if (made)
        memo_put(b, t, input, made);
    return made;
}

static struct schema_type *
named_type(struct schema_builder *b, const struct type *t, bool input, struct str suggested)
{
    struct schema_type *made = schema_memo_find(b->schema, t, input);
    uint8_t kinds = t->kinds & ~TYPE_NULL;
    struct str name = t->name.n ? schema_name(b->schema->arena, t->name) : suggested;
    enum schema_scalar scalar;

    if (made)
        return made;
    if (kinds == TYPE_STRING)
        made = enum_of(b, t, name);
    else if (has_fields(t, input))
        made = object_of(b, t, input, name);
    if (made)
        return made;
    scalar = scalar_of(t, kinds);
    if (scalar == SCALAR_JSON && kinds && kinds != TYPE_OBJECT && kinds != (TYPE_ANY & ~TYPE_NULL))
        report_warning(
            b->report, (struct place){b->contract ? b->contract->name : STR("graphql"), 0, 0},
            "type %.*s is JSON in GraphQL: its values are of more than one kind", STR_ARG(name));
    return schema_scalar_type(b, scalar);
}

struct schema_reference
schema_of(struct schema_builder *b, const struct type *t, bool input, struct str suggested)
{
    enum { LISTS_MAX = 8 };
    struct schema_reference r = {0};
    const struct type *at = t;

    while (type_is_list(at) && r.depth < LISTS_MAX) {
        r.depth++;
        at = at->items;
        if (at && !(at->kinds & TYPE_NULL))
            r.nonnull |= UINT32_C(1) << r.depth;
    }
    if (!at)
        r.type = schema_scalar_type(b, SCALAR_JSON);
    else
        r.type = named_type(b, see_through(b, at), input, suggested);
    return r;
}

/* --- completing --- */

static void
told_twice(struct schema_builder *b, const struct contract *c, struct str type, struct str name)
{
    report_error(b->report, (struct place){c ? c->name : STR("graphql"), 0, 0},
                 "two members of %.*s are named %.*s in GraphQL: rename one", STR_ARG(type),
                 STR_ARG(name));
}

/* The name that nameless types inside are called after. */
static struct str
stem(const struct schema_pending *p)
{
    struct str name = p->type->name;

    return p->input ? str_head(name, name.n - 5) : name;
}

static void
complete_fields(struct schema_builder *b, const struct schema_pending *p)
{
    struct schema_type *t = p->type;
    const struct type *from = t->source;

    t->fields = ARENA_ARRAY(b->schema->arena, from->field_count + 1, struct schema_field);
    for (uint32_t i = 0; t->fields && i < from->field_count; i++) {
        const struct field *f = &from->fields[i];
        struct schema_field made = {.original = f->name};

        if (!is_usable(f, false))
            continue;
        made.name = schema_name(b->schema->arena, f->name);
        made.type = schema_of(b, f->type, false, joined(b->schema->arena, stem(p), made.name));
        if (f->type && f->required && !(f->type->kinds & TYPE_NULL))
            made.type.nonnull |= 1;
        if (f->type && !f->type->name.n)
            made.description = f->type->description;
        made.deprecated = f->type && f->type->deprecated;
        if (schema_find_field(t, made.name))
            told_twice(b, t->contract, t->name, made.name);
        else
            t->fields[t->field_count++] = made;
    }
}

static void
complete_inputs(struct schema_builder *b, const struct schema_pending *p)
{
    struct schema_type *t = p->type;
    const struct type *from = t->source;

    t->inputs = ARENA_ARRAY(b->schema->arena, from->field_count + 1, struct schema_input);
    for (uint32_t i = 0; t->inputs && i < from->field_count; i++) {
        const struct field *f = &from->fields[i];
        struct schema_input made = {.original = f->name, .of = f->type, .slot = -1};

        if (!is_usable(f, true))
            continue;
        made.name = schema_name(b->schema->arena, f->name);
        made.type = schema_of(b, f->type, true, joined(b->schema->arena, stem(p), made.name));
        if (f->type && f->required && !(f->type->kinds & TYPE_NULL))
            made.type.nonnull |= 1;
        if (f->type && !f->type->name.n)
            made.description = f->type->description;
        made.deprecated = f->type && f->type->deprecated && !schema_is_nonnull(&made.type);
        if (schema_find_input(t->inputs, t->input_count, made.name))
            told_twice(b, t->contract, t->name, made.name);
        else
            t->inputs[t->input_count++] = made;
    }
}

/* What a value of the interface's own type, and of no variant, is an object of. */
static struct schema_type *
base_of(struct schema_builder *b, const struct schema_type *t, bool input)
{
    struct arena *a = b->schema->arena;
    struct schema_type type = {.kind = input ? SCHEMA_INPUT : SCHEMA_OBJECT,
                               .source = t->source,
                               .description = t->description};

    type.name = input ? arena_printf(a, "%.*sBaseInput", STR_ARG(str_head(t->name, t->name.n - 5)))
                      : arena_printf(a, "%.*sBase", STR_ARG(t->name));
    return begin(b, type, input);
}

static struct str
variant_name(const struct type *t, struct str otherwise)
{
    return t->name.n ? t->name : otherwise;
}

static void
complete_interface(struct schema_builder *b, const struct schema_pending *p)
{
    const struct type *list[VARIANTS_MAX];
    struct schema_type *t = p->type;
    unsigned n = schema_variants(b, t->source, list, VARIANTS_MAX);
    struct schema_type *made;

    complete_fields(b, p);
    made = base_of(b, t, false);
    t->base = made;
    if (made)
        schema_add_interface(b, made, t);
    for (unsigned i = 0; i < n; i++) {
        made = list[i] == t->source ? NULL
                                    : named_type(b, list[i], false,
                                                 joined(b->schema->arena, t->name, STR("Variant")));
        if (made && (made->kind == SCHEMA_OBJECT || made->kind == SCHEMA_INTERFACE) && made != t)
            schema_add_interface(b, made, t);
    }
}

static void
complete_union(struct schema_builder *b, const struct schema_pending *p)
{
    const struct type *list[VARIANTS_MAX];
    struct schema_type *t = p->type;
    unsigned n = schema_variants(b, t->source, list, VARIANTS_MAX);

    t->members = ARENA_ARRAY(b->schema->arena, n + 1, const struct schema_type *);
    for (unsigned i = 0; t->members && i < n; i++) {
        struct schema_type *made =
            named_type(b, list[i], false, joined(b->schema->arena, t->name, STR("Variant")));

        if (made && schema_is_composite(made) && made != t && !schema_is_possible(t, made))
            t->members[t->member_count++] = made;
    }
}

static void
complete_one_of(struct schema_builder *b, const struct schema_pending *p)
{
    const struct type *list[VARIANTS_MAX];
    struct schema_type *t = p->type;
    unsigned n = schema_variants(b, t->source, list, VARIANTS_MAX);

    t->inputs = ARENA_ARRAY(b->schema->arena, n + 1, struct schema_input);
    for (unsigned i = 0; t->inputs && i < n; i++) {
        struct str original = variant_name(list[i], stem(p));
        struct schema_input made = {.original = original, .of = list[i], .slot = -1};
        struct str name = schema_name(b->schema->arena, original);
        char *first = (char *)(uintptr_t)name.p;

        if (*first >= 'A' && *first <= 'Z')
            *first = (char)(*first - 'A' + 'a');
        made.name = name;
        made.type.type =
            list[i] == t->source
                ? base_of(b, t, true)
                : named_type(b, list[i], true, joined(b->schema->arena, stem(p), STR("Variant")));
        if (!schema_find_input(t->inputs, t->input_count, name))
            t->inputs[t->input_count++] = made;
    }
}

static void
complete(struct schema_builder *b, const struct schema_pending *p)
{
    b->contract = p->type->contract;
    switch (p->type->kind) {
    case SCHEMA_OBJECT: complete_fields(b, p); break;
    case SCHEMA_INTERFACE: complete_interface(b, p); break;
    case SCHEMA_UNION: complete_union(b, p); break;
    case SCHEMA_INPUT:
        if (p->type->one_of)
            complete_one_of(b, p);
        else
            complete_inputs(b, p);
        break;
    default: break;
    }
}

/* --- types of one name --- */

static bool
same_reference(const struct schema_reference *a, const struct schema_reference *b)
{
    return a->depth == b->depth && a->nonnull == b->nonnull && a->type && b->type &&
           str_eq(a->type->name, b->type->name);
}

static bool
same_type(const struct schema_type *a, const struct schema_type *b)
{
    if (a->kind != b->kind || a->field_count != b->field_count ||
        a->input_count != b->input_count || a->choice_count != b->choice_count ||
        a->one_of != b->one_of)
        return false;
    for (unsigned i = 0; i < a->field_count; i++)
        if (!str_eq(a->fields[i].original, b->fields[i].original) ||
            !same_reference(&a->fields[i].type, &b->fields[i].type))
            return false;
    for (unsigned i = 0; i < a->input_count; i++)
        if (!str_eq(a->inputs[i].original, b->inputs[i].original) ||
            !same_reference(&a->inputs[i].type, &b->inputs[i].type))
            return false;
    for (unsigned i = 0; i < a->choice_count; i++)
        if (!str_eq(a->choices[i].original, b->choices[i].original))
            return false;
    return true;
}

static void
compare_shadow(struct schema_builder *b, const struct schema_type *shadow)
{
    const struct schema_type *known = schema_find(b->schema, shadow->name);

    if (known && same_type(known, shadow))
        return;
    report_error(
        b->report, (struct place){shadow->contract ? shadow->contract->name : STR("graphql"), 0, 0},
        "two different types are named %.*s in GraphQL (the other is of %.*s): rename one, "
        "or say `x-telgate: {graphql: false}` where it is used",
        STR_ARG(shadow->name),
        STR_ARG(known && known->contract ? known->contract->name : STR("GraphQL itself")));
}

void
schema_complete(struct schema_builder *b)
{
    for (struct schema_pending *p = b->first; p && !b->memory; p = p->next)
        complete(b, p);
    for (struct schema_pending *p = b->first; p && !b->memory; p = p->next)
        if (p->shadow)
            compare_shadow(b, p->type);
    if (!b->memory)
        schema_finish_interfaces(b);
}
