/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link Objects (OpenAPI 3.1, section 4.8.20) as edges: a link of an answer is a field of the type
 * that the answer is, wherever that type comes up; its arguments are those of the operation it
 * leads to that the link does not fill from the object. x-telgate's links say the same of a schema.
 */
#include "graphql/schema_build.h"

#include <stdio.h>

static void
left_out(struct schema_builder *b, const char *link, const char *why)
{
    report_warning(b->report, (struct place){b->contract->name, 0, 0},
                   "link %s is left out of GraphQL: %s", link, why);
}

static const struct schema_field *
query_of(const struct schema *s, const char *id)
{
    for (unsigned i = 0; i < s->query->field_count; i++)
        if (str_eq(s->query->fields[i].original, str_of(id)))
            return &s->query->fields[i];
    return NULL;
}

/* "id" or "path.id" to the place of the parameter; -1: there is none. */
static int
parameter_of(const struct operation *o, const char *key)
{
    static const struct str places[] = {{"path.", 5}, {"query.", 6}, {"header.", 7}};
    struct str name = str_of(key);
    int slot = operation_parameter(o, name);

    for (unsigned i = 0; slot < 0 && i < 3; i++)
        if (str_starts(name, places[i]))
            slot = operation_parameter(o, str_from(name, places[i].n));
    return slot;
}

/* The pointer into the object; p NULL: it is none. */
static struct str
pointer_of(const cJSON *parameter)
{
    static const struct str body = {"$response.body#", 15};
    struct str text = str_of(cJSON_IsString(parameter) ? parameter->valuestring : "");

    if (str_starts(text, body))
        text = str_from(text, body.n);
    return text.n && text.p[0] == '/' ? text : STR_NONE;
}

/* The inputs that the object fills; false after telling. */
static bool
read_parameters(struct schema_builder *b, const cJSON *link, struct schema_field *edge)
{
    const cJSON *list = node_get(link, "parameters");
    unsigned n = 0;

    for (const cJSON *p = list ? list->child : NULL; p; p = p->next)
        n++;
    edge->links = ARENA_ARRAY(b->schema->arena, n + 1, struct schema_link);
    for (const cJSON *p = list && edge->links ? list->child : NULL; p; p = p->next) {
        struct schema_link made = {parameter_of(edge->operation, p->string), pointer_of(p)};

        if (made.slot < 0 || !made.pointer.p) {
            left_out(b, link->string,
                     made.slot < 0 ? "its operation has no such parameter"
                                   : "a parameter is not taken from $response.body#/...");
            return false;
        }
        edge->links[edge->link_count++] = made;
    }
    return edge->links != NULL;
}

static bool
is_filled(const struct schema_field *edge, int slot)
{
    for (unsigned i = 0; i < edge->link_count; i++)
        if (edge->links[i].slot == slot)
            return true;
    return false;
}

static bool
leave_arguments(struct schema_builder *b, const struct schema_field *target,
                struct schema_field *edge)
{
    edge->arguments =
        ARENA_ARRAY(b->schema->arena, target->argument_count + 1, struct schema_input);
    edge->argument_count = 0;
    for (unsigned i = 0; edge->arguments && i < target->argument_count; i++)
        if (target->arguments[i].slot < 0 || !is_filled(edge, target->arguments[i].slot))
            edge->arguments[edge->argument_count++] = target->arguments[i];
    return edge->arguments != NULL;
}

static void
append(struct schema_builder *b, struct schema_type *t, struct schema_field edge)
{
    struct schema_field *fields =
        ARENA_ARRAY(b->schema->arena, t->field_count + 1, struct schema_field);

    if (schema_find_field(t, edge.name)) {
        report_error(b->report, (struct place){b->contract->name, 0, 0},
                     "link %.*s and a member of %.*s have one name in GraphQL: rename one",
                     STR_ARG(edge.name), STR_ARG(t->name));
        return;
    }
    if (!fields)
        return;
    memcpy(fields, t->fields, t->field_count * sizeof(*fields));
    fields[t->field_count++] = edge;
    t->fields = fields;
}

static void
add_link(struct schema_builder *b, struct schema_type *t, const cJSON *link)
{
    const char *id = node_string(link, "operationId", "");
    const struct schema_field *target = query_of(b->schema, id);
    struct schema_field edge;

    if (!target) {
        left_out(b, link->string, "its operationId is no field of Query");
        return;
    }
    edge = *target;
    edge.name = edge.original = schema_name(b->schema->arena, str_of(link->string));
    edge.description = str_of(node_string(link, "description", ""));
    if (!edge.description.n)
        edge.description = target->description;
    if (read_parameters(b, link, &edge) && leave_arguments(b, target, &edge))
        append(b, t, edge);
}

static const cJSON *
node_at(struct arena *a, const cJSON *node, struct str name)
{
    struct str text = arena_dup(a, name);

    return node && text.p ? node_get(node, text.p) : NULL;
}

/* A link may stand in components, too. */
static const cJSON *
resolved(const struct contract *c, const cJSON *link)
{
    const char *reference = node_string(link, "$ref", NULL);

    if (!reference || reference[0] != '#')
        return link;
    return node_pointer((cJSON *)(uintptr_t)c->published, str_of(reference + 1));
}

static const cJSON *
links_of(struct schema_builder *b, const struct operation *o)
{
    struct arena *a = b->schema->arena;
    char method[16] = "";
    const cJSON *node = node_get(b->contract->published, "paths");

    for (size_t i = 0; i < o->method.n && i + 1 < sizeof(method); i++)
        method[i] = (char)(o->method.p[i] | 0x20);
    node = node_at(a, node, o->path);
    node = node ? node_get(node, method) : NULL;
    node = node ? node_get(node, "responses") : NULL;
    node = node && o->success
               ? node_at(a, node, arena_printf(a, "%u", (unsigned)o->success->status))
               : NULL;
    node = node ? resolved(b->contract, node) : NULL;
    return node ? node_get(node, "links") : NULL;
}

static void
add_links(struct schema_builder *b, const struct schema_field *root)
{
    const cJSON *list = links_of(b, root->operation);
    struct schema_type *t = (struct schema_type *)(uintptr_t)root->type.type;

    for (const cJSON *node = list ? list->child : NULL; node; node = node->next) {
        const cJSON *link = resolved(b->contract, node);

        if (!link)
            continue;
        if (root->type.depth || t->kind != SCHEMA_OBJECT)
            left_out(b, node->string, "the answer that it hangs on is not one object");
        else if (link == node)
            add_link(b, t, link);
        else
            left_out(b, node->string, "it is a $ref");
    }
}

/* Of the objects that are made of this schema. */
static void
add_schema_links(struct schema_builder *b, const struct contract_links *of)
{
    struct schema *s = b->schema;

    for (unsigned i = 0; i < s->type_count; i++) {
        const struct type *source = s->types[i]->source;

        if (s->types[i]->kind != SCHEMA_OBJECT || !source || source->schema != of->schema)
            continue;
        for (const cJSON *link = of->links->child; link; link = link->next)
            if (cJSON_IsObject(link))
                add_link(b, s->types[i], link);
    }
}

void
schema_add_links(struct schema_builder *b)
{
    const struct schema_type *roots[] = {b->schema->query, b->schema->mutation};

    for (unsigned i = 0; i < 2 && !b->memory; i++)
        for (unsigned k = 0; roots[i] && k < roots[i]->field_count; k++) {
            const struct schema_field *f = &roots[i]->fields[k];

            b->contract = f->operation ? f->operation->contract : NULL;
            if (f->operation && b->contract->published)
                add_links(b, f);
        }
}

void
schema_add_own_links(struct schema_builder *b, const struct contract *c)
{
    b->contract = c;
    for (const struct contract_links *of = c->links; of; of = of->next)
        add_schema_links(b, of);
}
