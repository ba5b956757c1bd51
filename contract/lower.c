/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See lower.h. Schemas here; the shape of a Swagger 2.0 document in swagger.c. */
#include "contract/lower.h"
#include "contract/swagger.h"

struct lower {
    struct sources *s;
    uint8_t dialect;
};

/* --- schemas --- */

/* Beside $ref, both older dialects ignore everything; what only describes may stay. */
static void
drop_siblings(struct sources *s, cJSON *schema)
{
    static const char *const kept[] = {"$ref", "description", "title", "summary", "example"};
    cJSON *next;
    for (cJSON *member = schema->child; member; member = next) {
        bool keep = tree_is_extension(member);
        next = member->next;
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
            keep |= !strcmp(member->string, kept[i]);
        if (keep)
            continue;
        SOURCES_KEY_WARNING(s, member,
                            "'%s' has no effect beside $ref before OpenAPI 3.1: put "
                            "the $ref into allOf",
                            member->string);
        tree_detach(schema, member);
    }
}

static bool
has_null(const cJSON *list)
{
    for (const cJSON *item = list ? list->child : NULL; item; item = item->next)
        if (cJSON_IsNull(item))
            return true;
    return false;
}

static void
allow_null(struct sources *s, cJSON *schema, const cJSON *nullable)
{
    cJSON *type = node_get(schema, "type");
    if (!cJSON_IsString(type)) {
        SOURCES_KEY_WARNING(s, nullable,
                            "nullable has no effect without a type in the same "
                            "schema (OpenAPI 3.0.3): add the type");
        return;
    }
    if (node_get(schema, "enum") && !has_null(node_get(schema, "enum")))
        SOURCES_KEY_WARNING(s, nullable, "nullable has no effect: enum does not list null");
    cJSON *types = tree_array(s->arena);
    sources_note(s, types, type);
    tree_replace(schema, type, types);
    tree_append(types, type);
    tree_append(types, tree_text(s->arena, STR("null")));
}

static void
lower_nullable(struct sources *s, cJSON *schema, const char *name)
{
    cJSON *nullable = tree_take(schema, name);
    if (cJSON_IsTrue(nullable))
        allow_null(s, schema, nullable);
    else if (nullable && !cJSON_IsFalse(nullable))
        SOURCES_ERROR(s, nullable, "%s must be true or false", name);
}

/* exclusiveMinimum: true beside minimum: 1 -> exclusiveMinimum: 1 */
static void
lower_exclusive(struct sources *s, cJSON *schema, const char *exclusive, const char *bound)
{
    cJSON *flag = node_get(schema, exclusive);
    cJSON *limit = node_get(schema, bound);
    if (!cJSON_IsBool(flag))
        return;
    tree_detach(schema, flag);
    if (cJSON_IsFalse(flag))
        return;
    if (!limit) {
        SOURCES_KEY_WARNING(s, flag, "%s has no effect without %s", exclusive, bound);
        return;
    }
    tree_rename(s->arena, limit, exclusive);
}

static void
lower_example(struct sources *s, cJSON *schema)
{
    cJSON *example = tree_take(schema, "example");
    if (!example || node_get(schema, "examples"))
        return;
    cJSON *examples = tree_array(s->arena);
    sources_note(s, examples, example);
    tree_append(examples, example);
    tree_put(s->arena, schema, "examples", examples);
}

static void
lower_discriminator(struct sources *s, cJSON *schema)
{
    cJSON *name = node_get(schema, "discriminator");
    if (!cJSON_IsString(name))
        return;
    cJSON *object = tree_object(s->arena);
    sources_note(s, object, name);
    tree_replace(schema, name, object);
    tree_put(s->arena, object, "propertyName", name);
}

static void
lower_file(struct sources *s, cJSON *schema)
{
    cJSON *type = node_get(schema, "type");
    if (!cJSON_IsString(type) || strcmp(type->valuestring, "file"))
        return;
    tree_set_text(s->arena, type, STR("string"));
    tree_put(s->arena, schema, "format", tree_text(s->arena, STR("binary")));
}

static void
lower_schema(struct lower *w, cJSON *schema)
{
    struct sources *s = w->s;
    if (cJSON_IsString(node_get(schema, "$ref")))
        drop_siblings(s, schema);
    if (w->dialect == DIALECT_SWAGGER_2) {
        lower_nullable(s, schema, "x-nullable");
        lower_discriminator(s, schema);
        lower_file(s, schema);
    } else {
        lower_nullable(s, schema, "nullable");
    }
    lower_exclusive(s, schema, "exclusiveMinimum", "minimum");
    lower_exclusive(s, schema, "exclusiveMaximum", "maximum");
    lower_example(s, schema);
}

/* --- documents --- */

/* '#/definitions/X' -> '#/components/schemas/X' */
static void
lower_ref(struct lower *w, cJSON *node)
{
    cJSON *ref = node_get(node, "$ref");
    if (w->dialect != DIALECT_SWAGGER_2 || !cJSON_IsString(ref) || ref->valuestring[0] != '#')
        return;
    struct str pointer = lower_pointer(w->s->arena, w->dialect, str_of(ref->valuestring + 1));
    struct str text = arena_printf(w->s->arena, "#%.*s", STR_ARG(pointer));
    if (text.p)
        tree_set_text(w->s->arena, ref, text);
}

static void
visit(void *context, enum walk_part part, cJSON *node)
{
    struct lower *w = context;
    if (part == PART_SCHEMA)
        lower_schema(w, node);
}

static void
visit_refs(void *context, enum walk_part part, cJSON *node)
{
    (void)part;
    lower_ref(context, node);
}

struct str
lower_pointer(struct arena *a, uint8_t dialect, struct str pointer)
{
    static const struct {
        struct str from, to;
    } rows[] = {{STR("/definitions/"), STR("/components/schemas/")},
                {STR("/parameters/"), STR("/components/parameters/")},
                {STR("/responses/"), STR("/components/responses/")}};
    for (size_t i = 0; dialect == DIALECT_SWAGGER_2 && i < sizeof rows / sizeof *rows; i++)
        if (str_starts(pointer, rows[i].from))
            return arena_printf(a, "%.*s%.*s", STR_ARG(rows[i].to),
                                STR_ARG(str_from(pointer, rows[i].from.n)));
    return pointer;
}

void
lower_document(struct sources *s, const struct source *source)
{
    struct lower w = {s, source->dialect};
    cJSON *root = source->document.root;
    if (source->dialect == DIALECT_OPENAPI_3_1 || source->dialect == DIALECT_UNKNOWN)
        return;
    if (source->dialect == DIALECT_SWAGGER_2) {
        swagger_lower(s, root);
        (void)walk_tree(PART_DOCUMENT, root, visit_refs, &w); /* too deep: told while bundling */
    }
    (void)walk_tree(PART_DOCUMENT, root, visit, &w);
    cJSON *version = node_get(root, "openapi");
    if (version)
        tree_set_text(s->arena, version, STR("3.1.0"));
}

void
lower_part(struct sources *s, uint8_t dialect, enum walk_part part, cJSON *node)
{
    struct lower w = {s, dialect};
    if (dialect == DIALECT_OPENAPI_3_1)
        return;
    if (dialect == DIALECT_SWAGGER_2)
        swagger_lower_part(s, part, node);
    (void)walk_tree(part, node, visit, &w);
}
