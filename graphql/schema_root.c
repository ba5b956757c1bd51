/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields of Query and Mutation: one per operation. */
#include "graphql/schema_build.h"

#include <stdatomic.h>
#include <stdio.h>

static atomic_uint_fast64_t serials = 1;

static struct str
capital(struct arena *a, struct str id)
{
    struct str name = arena_dup(a, schema_name(a, id));
    char *p = (char *)(uintptr_t)name.p;

    if (!p)
        return STR("_");
    if (*p >= 'a' && *p <= 'z')
        *p = (char)(*p - 'a' + 'A');
    return name;
}

static bool
is_served_elsewhere(const struct parameter *p)
{
    return p->place == IN_COOKIE ||
           (p->place == IN_HEADER && (str_eq_nocase(p->name, STR("authorization")) ||
                                      str_eq_nocase(p->name, STR("x-correlator"))));
}

static void
add_argument(struct schema_builder *b, struct schema_field *f, struct schema_input made)
{
    if (schema_find_input(f->arguments, f->argument_count, made.name))
        report_error(b->report, (struct place){b->contract->name, 0, 0},
                     "two arguments of %.*s are named %.*s in GraphQL: rename one",
                     STR_ARG(f->name), STR_ARG(made.name));
    else
        f->arguments[f->argument_count++] = made;
}

static void
add_parameter(struct schema_builder *b, struct schema_field *f, const struct parameter *p, int slot)
{
    struct arena *a = b->schema->arena;
    struct schema_input made = {.original = p->name, .of = p->type, .slot = slot};
    struct str suggested;

    if (is_served_elsewhere(p))
        return;
    made.name = schema_name(a, p->name);
    suggested =
        arena_printf(a, "%.*s%.*s", STR_ARG(capital(a, f->name)), STR_ARG(capital(a, made.name)));
    made.type = schema_of(b, p->type, true, suggested);
    made.type.nonnull |= p->required;
    made.description = p->description;
    made.deprecated = p->deprecated && !p->required;
    add_argument(b, f, made);
}

static const struct media *
json_media(const struct media *list, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (str_eq(list[i].name, STR("application/json")) || str_ends(list[i].name, STR("+json")))
            return &list[i];
    return n ? &list[0] : NULL;
}

static void
add_body(struct schema_builder *b, struct schema_field *f, const struct operation *o)
{
    const struct media *media = json_media(o->bodies, o->body_count);
    struct schema_input made = {.name = STR("input"), .original = STR("input"), .slot = -1};

    if (!media)
        return;
    made.of = media->type;
    made.type = schema_of(b, media->type, true, capital(b->schema->arena, f->name));
    made.type.nonnull |= o->body_required;
    add_argument(b, f, made);
}

static struct str
described(struct arena *a, const struct operation *o)
{
    if (o->summary.n && o->description.n)
        return arena_printf(a, "%.*s\n\n%.*s", STR_ARG(o->summary), STR_ARG(o->description));
    return o->summary.n ? o->summary : o->description;
}

static struct schema_reference
answer_type(struct schema_builder *b, const struct operation *o, struct str name)
{
    struct arena *a = b->schema->arena;
    const struct answer *success = o->success;
    struct schema_reference r = {0};

    if (!success || !success->media_count)
        r.type = schema_scalar_type(b, SCALAR_BOOLEAN);
    else
        r = schema_of(b, success->media[0].type, false,
                      arena_printf(a, "%.*sResult", STR_ARG(capital(a, name))));
    r.nonnull &= ~UINT32_C(1); /* a backend may fail */
    return r;
}

static void
add_operation(struct schema_builder *b, struct schema_type *root, const struct operation *o)
{
    struct arena *a = b->schema->arena;
    struct schema_field f = {.original = o->id, .operation = o, .deprecated = o->deprecated};

    f.name = schema_name(a, o->id);
    f.description = described(a, o);
    f.arguments = ARENA_ARRAY(a, o->parameter_count + 2, struct schema_input);
    if (!f.arguments)
        return;
    for (unsigned i = 0; i < o->parameter_count; i++)
        add_parameter(b, &f, &o->parameters[i], (int)i);
    add_body(b, &f, o);
    f.type = answer_type(b, o, f.name);
    if (schema_find_field(root, f.name))
        report_error(b->report, (struct place){b->contract->name, 0, 0},
                     "two operations are named %.*s in GraphQL: change one operationId, or say "
                     "`x-telgate: {graphql: false}`",
                     STR_ARG(f.name));
    else
        root->fields[root->field_count++] = f;
}

static bool
is_query(const struct operation *o)
{
    if (o->graphql_root)
        return o->graphql_root == GRAPHQL_QUERY;
    return str_eq(o->method, STR("GET")) || str_eq(o->method, STR("HEAD"));
}

static unsigned
count_served(const struct contract *const *contracts, unsigned n, bool query)
{
    unsigned count = 0;

    for (unsigned i = 0; i < n; i++)
        for (unsigned k = 0; k < contracts[i]->operation_count; k++) {
            const struct operation *o = &contracts[i]->operations[k];

            count += o->graphql && is_query(o) == query;
        }
    return count;
}

static struct schema_type *
add_root(struct schema_builder *b, const struct contract *const *contracts, unsigned n, bool query)
{
    unsigned count = count_served(contracts, n, query);
    struct schema_type *root;

    if (!count && !query)
        return NULL;
    root = schema_add(b, (struct schema_type){.kind = SCHEMA_OBJECT,
                                              .name = query ? STR("Query") : STR("Mutation")});
    if (!root)
        return NULL;
    root->fields = ARENA_ARRAY(b->schema->arena, count + 1, struct schema_field);
    for (unsigned i = 0; root->fields && i < n; i++) {
        b->contract = contracts[i];
        for (unsigned k = 0; k < contracts[i]->operation_count; k++) {
            const struct operation *o = &contracts[i]->operations[k];

            if (o->graphql && is_query(o) == query)
                add_operation(b, root, o);
        }
    }
    if (root->fields && !root->field_count) /* a root has at least one field */
        root->fields[root->field_count++] =
            (struct schema_field){.name = STR("_empty"),
                                  .original = STR("_empty"),
                                  .type = {schema_scalar_type(b, SCALAR_BOOLEAN), 0, 0}};
    return root;
}

static struct schema *
schema_new(struct arena *a, const struct contract *const *contracts, unsigned n)
{
    struct schema *s = ARENA_NEW(a, struct schema);
    unsigned room = 1024;

    for (unsigned i = 0; i < n; i++)
        room += 8 * type_set_count(contracts[i]->types) + 8 * contracts[i]->component_count;
    while (room & (room - 1))
        room += room & -room;
    if (!s)
        return NULL;
    s->arena = a;
    s->serial = atomic_fetch_add(&serials, 1);
    s->memo = ARENA_NEW(a, struct schema_memo);
    if (!s->memo)
        return NULL;
    s->memo->slots = ARENA_ARRAY(a, room, struct schema_slot);
    s->memo->mask = room - 1;
    return s->memo->slots ? s : NULL;
}

struct schema *
schema_build(struct arena *a, const struct contract *const *contracts, unsigned n, struct report *r)
{
    unsigned errors = r->errors;
    struct schema_builder b = {.report = r};

    if (!count_served(contracts, n, true) && !count_served(contracts, n, false))
        return NULL;
    b.tail = &b.first;
    b.schema = schema_new(a, contracts, n);
    if (b.schema) {
        schema_scalar_type(&b, SCALAR_STRING);
        schema_scalar_type(&b, SCALAR_BOOLEAN);
        b.schema->query = add_root(&b, contracts, n, true);
        b.schema->mutation = add_root(&b, contracts, n, false);
        schema_complete(&b);
        schema_add_links(&b);
        for (unsigned i = 0; i < n; i++)
            schema_add_own_links(&b, contracts[i]);
    }
    if (b.schema && !b.memory && introspection_add(&b) && introspection_build(b.schema))
        return r->errors == errors ? b.schema : NULL;
    if (r->errors == errors)
        report_error(r, (struct place){STR("graphql"), 0, 0}, "out of memory");
    return NULL;
}
