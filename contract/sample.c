/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sample.h. Examples of parameters and bodies stand in the document only, not in the types. */
#include "contract/sample.h"

/* Past BYTES_OPTIONAL only what is required is made: wide types nest wide types. */
enum { DEPTH_MAX = 16, DEPTH_OPTIONAL = 5, BYTES_OPTIONAL = 1 << 20 };

struct maker {
    struct arena *arena;
    enum type_direction direction;
    size_t used; /* of the arena, before */
};

static enum fault_code make(const struct maker *k, const struct type *t, unsigned depth,
                            struct value *out);

static bool
fits(const struct maker *k, const struct type *t, const struct value *v)
{
    struct fault ignored;

    return type_validate(t, v, k->direction, &ignored) == FAULT_NONE;
}

/* `example`, the first of a schema's `examples`, or of a media type's named ones. */
static const cJSON *
example_of(const cJSON *node)
{
    const cJSON *example = node_get(node, "example"), *examples = node_get(node, "examples");

    if (example || !examples || !examples->child)
        return example;
    return cJSON_IsArray(examples) ? examples->child : node_get(examples->child, "value");
}

static bool
from_schema(const struct maker *k, const struct type *t, struct value *out)
{
    const cJSON *example = t->schema ? example_of(t->schema) : NULL;

    if (example && !node_to_value(k->arena, example, out) && fits(k, t, out))
        return true;
    if (t->fallback && (t->fallback->kind != VALUE_ARRAY || t->fallback->n) &&
        fits(k, t, t->fallback))
        return *out = *t->fallback, true;
    if (t->choices && t->choices->n)
        return *out = t->choices->items[0], true;
    return false;
}

/* The first of the texts that the type takes; else the very first. */
static struct value
make_text(const struct maker *k, const struct type *t)
{
    static const char *const texts[] = {
        "text",
        "1",
        "1001",
        "A1",
        "2026-01-31",
        "2026-01-31T12:00:00Z",
        "12:00:00Z",
        "P1D",
        "dGV4dA==",
        "123e4567-e89b-42d3-a456-426614174000",
        "https://example.com/",
        "name@example.com",
        "host.example.com",
        "192.0.2.1",
        "2001:db8::1",
        "+491701234567",
        "EUR",
        "DE",
        "en",
        "text text text text",
        "00000000",
        "0000000000000000",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct value v = value_string(str_of(texts[i]));

        if (fits(k, t, &v))
            return v;
    }
    return value_string(STR("text"));
}

static struct value
make_number(const struct maker *k, const struct type *t)
{
    static const char *const lexemes[] = {"1", "12.50", "0", "10", "100", "1000", "-1", "0.5"};
    const cJSON *least = t->schema ? node_get(t->schema, "minimum") : NULL;
    struct value v = value_number(STR("1"));

    for (size_t i = 0; i < sizeof(lexemes) / sizeof(*lexemes); i++) {
        v = value_number(str_of(lexemes[i]));
        if (fits(k, t, &v))
            return v;
    }
    return least ? value_number(node_lexeme(least)) : value_number(STR("1"));
}

static enum fault_code
make_list(const struct maker *k, const struct type *t, unsigned depth, struct value *out)
{
    struct value item;
    enum fault_code code;

    *out = VALUE_OF(VALUE_ARRAY);
    if (depth >= DEPTH_MAX)
        return FAULT_NONE;
    code = make(k, t->items, depth + 1, &item);
    return code || item.kind == VALUE_ABSENT ? code : value_append(k->arena, out, item);
}

static bool
is_hidden(const struct maker *k, const struct type *t)
{
    return k->direction == TYPE_ANSWER ? t->write_only : t->read_only;
}

static bool
is_too_much(const struct maker *k, unsigned depth)
{
    return depth >= DEPTH_OPTIONAL || arena_used(k->arena) - k->used > BYTES_OPTIONAL;
}

static enum fault_code
make_member(const struct maker *k, const struct type *t, const struct field *field, unsigned depth,
            struct value *out)
{
    struct value v;
    enum fault_code code = FAULT_NONE;

    if (t->discriminator.n && str_eq(field->name, t->discriminator) && t->variant_count)
        v = value_string(t->variants[0].value);
    else
        code = make(k, field->type, depth + 1, &v);
    if (code || v.kind == VALUE_ABSENT)
        return code;
    return value_add(k->arena, out, field->name, v);
}

static enum fault_code
make_object(const struct maker *k, const struct type *t, unsigned depth, struct value *out)
{
    const struct type *shape = t->variant_count ? t->variants[0].type : t;
    bool chosen = false;
    enum fault_code code = FAULT_NONE;

    *out = VALUE_OF(VALUE_OBJECT);
    for (uint32_t i = 0; !code && i < shape->field_count && depth < DEPTH_MAX; i++) {
        const struct field *field = &shape->fields[i];

        if (is_hidden(k, field->type) || (!field->required && is_too_much(k, depth)))
            continue;
        if (shape->ordered_choice && !field->required) {
            if (chosen)
                continue;
            chosen = true;
        }
        code = make_member(k, t->discriminator.n ? t : shape, field, depth, out);
    }
    return code;
}

static enum fault_code
make(const struct maker *k, const struct type *t, unsigned depth, struct value *out)
{
    *out = VALUE_OF(VALUE_ABSENT);
    if (!t) {
        *out = value_string(STR("text"));
        return FAULT_NONE;
    }
    if (from_schema(k, t, out))
        return FAULT_NONE;
    if (t->kinds & TYPE_STRING)
        *out = make_text(k, t);
    else if (t->kinds & TYPE_NUMBER)
        *out = make_number(k, t);
    else if (t->kinds & TYPE_BOOLEAN)
        *out = value_boolean(true);
    else if (t->kinds & TYPE_OBJECT)
        return make_object(k, t, depth, out);
    else if (t->kinds & TYPE_ARRAY)
        return make_list(k, t, depth, out);
    else if (t->kinds & TYPE_NULL)
        *out = VALUE_OF(VALUE_NULL);
    return FAULT_NONE;
}

enum fault_code
sample_value(struct arena *a, const struct type *t, enum type_direction direction,
             struct value *out)
{
    struct maker k = {a, direction, arena_used(a)};

    return make(&k, t, 0, out);
}

/* --- what the document says of an operation --- */

/* Of a reference inside the document, what it names. */
static const cJSON *
follow(const struct contract *c, const cJSON *node)
{
    const char *reference = node_string(node, "$ref", NULL);

    for (int i = 0; i < 8 && reference && reference[0] == '#'; i++) {
        cJSON *root = (cJSON *)(uintptr_t)c->published; /* style: node_pointer only reads */

        node = node_pointer(root, str_of(reference + 1));
        reference = node_string(node, "$ref", NULL);
    }
    return node;
}

static const cJSON *
path_of(const struct operation *o)
{
    const cJSON *paths = node_get(o->contract->published, "paths");

    for (const cJSON *path = paths ? paths->child : NULL; path; path = path->next)
        if (str_eq(str_of(path->string), o->path))
            return follow(o->contract, path);
    return NULL;
}

static const cJSON *
operation_of(const struct operation *o)
{
    const cJSON *path = path_of(o);

    for (const cJSON *node = path ? path->child : NULL; node; node = node->next)
        if (str_eq_nocase(str_of(node->string), o->method))
            return node;
    return NULL;
}

static const cJSON *
find_parameter(const struct operation *o, const cJSON *holder, const struct parameter *p)
{
    static const char *const places[] = {"path", "query", "header", "cookie"};
    const cJSON *list = node_get(holder, "parameters");

    for (const cJSON *raw = list ? list->child : NULL; raw; raw = raw->next) {
        const cJSON *node = follow(o->contract, raw);

        if (str_eq(str_of(node_string(node, "name", "")), p->name) &&
            strcmp(node_string(node, "in", ""), places[p->place]) == 0)
            return node;
    }
    return NULL;
}

static enum fault_code
sample_parameter(struct maker *k, const struct operation *o, const struct parameter *p,
                 struct value *out)
{
    const cJSON *node = find_parameter(o, operation_of(o), p);
    const cJSON *example;

    if (!node)
        node = find_parameter(o, path_of(o), p);
    example = node ? example_of(node) : NULL;
    if (example && !node_to_value(k->arena, example, out) && (!p->type || fits(k, p->type, out)))
        return FAULT_NONE;
    *out = VALUE_OF(VALUE_ABSENT);
    return p->required ? make(k, p->type, 0, out) : FAULT_NONE;
}

/* The example of a media type in `content` of a body or a response. */
static enum fault_code
sample_media(struct maker *k, const struct operation *o, const cJSON *holder, const struct media *m,
             struct value *out)
{
    const cJSON *content = node_get(follow(o->contract, holder), "content");
    const cJSON *example = content && content->child ? example_of(content->child) : NULL;

    if (example && !node_to_value(k->arena, example, out) && (!m->type || fits(k, m->type, out)))
        return FAULT_NONE;
    return make(k, m->type, 0, out);
}

enum fault_code
sample_inputs(struct arena *a, const struct operation *o, struct inputs *out)
{
    struct maker k = {a, TYPE_REQUEST, arena_used(a)};
    enum fault_code code = FAULT_NONE;

    out->parameters = ARENA_ARRAY(a, o->parameter_count + 1, struct value);
    out->body = VALUE_OF(VALUE_ABSENT);
    if (!out->parameters)
        return FAULT_MEMORY;
    for (unsigned i = 0; !code && i < o->parameter_count; i++)
        code = sample_parameter(&k, o, &o->parameters[i], &out->parameters[i]);
    if (code || !o->body_count)
        return code;
    return sample_media(&k, o, node_get(operation_of(o), "requestBody"), &o->bodies[0], &out->body);
}

enum fault_code
sample_answer(struct arena *a, const struct operation *o, struct value *out)
{
    struct maker k = {a, TYPE_ANSWER, arena_used(a)};
    const cJSON *responses = node_get(operation_of(o), "responses");
    char status[8];

    *out = VALUE_OF(VALUE_ABSENT);
    if (!o->success || !o->success->media_count)
        return FAULT_NONE;
    for (int i = 0, n = o->success->status; i < 3; i++, n /= 10)
        status[2 - i] = (char)('0' + n % 10);
    status[3] = 0;
    return sample_media(&k, o, node_get(responses, status), &o->success->media[0], out);
}
