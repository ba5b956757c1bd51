/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/sample.h"

enum { LEVELS = 2, DOCUMENT_MAX = 1 << 20 };

/* --- values, in the graph's names --- */

static enum fault_code to_graph(struct arena *a, struct schema_reference r, const struct value *v,
                                struct value *out);

static enum fault_code
list_to_graph(struct arena *a, struct schema_reference r, const struct value *v, struct value *out)
{
    struct value item;

    *out = VALUE_OF(VALUE_ARRAY);
    for (uint32_t i = 0; i < v->n; i++)
        if (to_graph(a, schema_item(&r), &v->items[i], &item) || value_append(a, out, item))
            return FAULT_MEMORY;
    return FAULT_NONE;
}

static const struct schema_input *
input_of(const struct schema_type *t, struct str original)
{
    for (unsigned i = 0; i < t->input_count; i++)
        if (str_eq(t->inputs[i].original, original))
            return &t->inputs[i];
    return NULL;
}

static enum fault_code
object_to_graph(struct arena *a, const struct schema_type *t, const struct value *v,
                struct value *out)
{
    struct value member;

    *out = VALUE_OF(VALUE_OBJECT);
    for (uint32_t i = 0; i < v->n; i++) {
        const struct schema_input *in = input_of(t, v->members[i].name);

        if (in && (to_graph(a, in->type, &v->members[i].value, &member) ||
                   value_add(a, out, in->name, member)))
            return FAULT_MEMORY;
    }
    return FAULT_NONE;
}

static enum fault_code
to_graph(struct arena *a, struct schema_reference r, const struct value *v, struct value *out)
{
    *out = *v;
    if (r.depth && v->kind == VALUE_ARRAY)
        return list_to_graph(a, r, v, out);
    if (r.type->kind == SCHEMA_INPUT && v->kind == VALUE_OBJECT)
        return object_to_graph(a, r.type, v, out);
    for (unsigned i = 0; v->kind == VALUE_STRING && i < r.type->choice_count; i++)
        if (str_eq(r.type->choices[i].original, value_text(v)))
            *out = value_string(r.type->choices[i].name);
    return FAULT_NONE;
}

/* --- the document --- */

static void put_selections(struct buf *out, const struct schema_type *t, unsigned levels);

/* Edges, and what would lead deeper than is shown, are left out. */
static void
put_fields(struct buf *out, const struct schema_type *t, unsigned levels)
{
    size_t before = out->n;

    for (unsigned i = 0; i < t->field_count; i++) {
        const struct schema_field *f = &t->fields[i];

        if (f->operation || f->argument_count || f->deprecated)
            continue;
        if (schema_is_composite(f->type.type) && levels == 0)
            continue;
        buf_printf(out, " %.*s", STR_ARG(f->name));
        put_selections(out, f->type.type, levels ? levels - 1 : 0);
    }
    if (out->n == before)
        buf_str(out, STR(" __typename"));
}

static void
put_selections(struct buf *out, const struct schema_type *t, unsigned levels)
{
    if (!schema_is_composite(t))
        return;
    buf_str(out, STR(" {"));
    if (t->kind != SCHEMA_UNION)
        put_fields(out, t, levels);
    else
        buf_str(out, STR(" __typename"));
    for (unsigned i = 0; t->kind == SCHEMA_UNION && i < t->member_count; i++) {
        buf_printf(out, " ... on %.*s {", STR_ARG(t->members[i]->name));
        put_fields(out, t->members[i], levels);
        buf_str(out, STR(" }"));
    }
    buf_str(out, STR(" }"));
}

/* Arguments that are given, once as variables and once as what they stand for. */
static enum fault_code
put_arguments(struct buf *variables, struct buf *arguments, const struct schema_field *f,
              const struct inputs *in, struct arena *a, struct value *values)
{
    for (unsigned i = 0; i < f->argument_count; i++) {
        const struct schema_input *p = &f->arguments[i];
        const struct value *given = p->slot < 0 ? &in->body : &in->parameters[p->slot];
        struct value v;

        if (given->kind == VALUE_ABSENT)
            continue;
        if (to_graph(a, p->type, given, &v) || value_add(a, values, p->name, v))
            return FAULT_MEMORY;
        buf_printf(variables, "%s$%.*s: ", variables->n ? ", " : "", STR_ARG(p->name));
        schema_print_reference(variables, &p->type);
        buf_printf(arguments, "%s%.*s: $%.*s", arguments->n ? ", " : "", STR_ARG(p->name),
                   STR_ARG(p->name));
    }
    return FAULT_NONE;
}

static void
put_document(struct buf *out, bool mutation, const struct schema_field *f, struct str variables,
             struct str arguments)
{
    buf_str(out, mutation ? STR("mutation") : STR("query"));
    if (variables.n)
        buf_printf(out, " (%.*s)", STR_ARG(variables));
    buf_printf(out, " { %.*s", STR_ARG(f->name));
    if (arguments.n)
        buf_printf(out, "(%.*s)", STR_ARG(arguments));
    put_selections(out, f->type.type, LEVELS);
    buf_str(out, STR(" }"));
}

static const struct schema_field *
field_of(const struct schema_type *root, const struct operation *o)
{
    for (unsigned i = 0; root && i < root->field_count; i++)
        if (root->fields[i].operation == o)
            return &root->fields[i];
    return NULL;
}

enum fault_code
graphql_sample(const struct schema *s, const struct operation *o, const struct inputs *in,
               struct arena *a, struct graphql_sample *out)
{
    const struct schema_field *query = field_of(s->query, o), *f = query;
    struct buf variables, arguments, document;
    enum fault_code code;

    if (!f)
        f = field_of(s->mutation, o);
    if (!f)
        return FAULT_NOT_FOUND;
    buf_init(&variables, DOCUMENT_MAX);
    buf_init(&arguments, DOCUMENT_MAX);
    buf_init(&document, DOCUMENT_MAX);
    out->variables = VALUE_OF(VALUE_OBJECT);
    code = put_arguments(&variables, &arguments, f, in, a, &out->variables);
    put_document(&document, !query, f, buf_view(&variables), buf_view(&arguments));
    out->document = arena_dup(a, buf_view(&document));
    if (variables.failed || arguments.failed || document.failed || !out->document.p)
        code = FAULT_MEMORY;
    buf_fini(&variables);
    buf_fini(&arguments);
    buf_fini(&document);
    return code;
}
