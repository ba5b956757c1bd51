/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compiles templates; what they leave out is filled by mapping_names.c. */
#include "contract/mapping_compiler.h"

#include <stdarg.h>
#include <stdio.h>

enum { DEPTH_MAX = 32 };

/* Where a template node stands: what $item is, what is filled by name, how deep it is. */
struct spot {
    struct mapping_source from;
    struct expression_scope scope;
    unsigned depth;
};

static const struct mapping *compile(struct mapping_compiler *c, const cJSON *node,
                                     const struct type *target, struct spot spot);

struct mapping *
mapping_new(struct mapping_compiler *c, enum mapping_kind kind, const struct type *target)
{
    struct mapping *m = ARENA_NEW(c->arena, struct mapping);

    if (!m) {
        c->failed = true;
        return NULL;
    }
    m->kind = kind;
    m->target = target;
    return m;
}

const struct mapping *
mapping_tell(struct mapping_compiler *c, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report_error(c->report, c->at, "%s", text);
    return NULL;
}

bool
mapping_add(struct mapping_compiler *c, struct mapping *m, struct str name,
            const struct mapping *part)
{
    unsigned n = m->part_count;

    if (!part)
        return false;
    if ((n & (n - 1)) == 0) { /* full at every power of two */
        struct mapping_part *grown = ARENA_ARRAY(c->arena, n ? 2 * n : 1, struct mapping_part);

        if (!grown)
            return c->failed = true, false;
        if (n)
            memcpy(grown, m->parts, n * sizeof(*grown));
        m->parts = grown;
    }
    m->parts[m->part_count++] = (struct mapping_part){name, part};
    return true;
}

static bool
parse_expression(struct mapping_compiler *c, struct str text, const struct expression_scope *scope,
                 struct expression *out)
{
    if (!expression_parse(c->arena, text, scope, c->at, c->report, out))
        return false;
    if (out->source == FROM_CALL)
        c->needs |= UINT32_C(1) << out->index;
    return true;
}

/* The one expression that $each and $map take. */
static bool
parse_key(struct mapping_compiler *c, const cJSON *key, const struct expression_scope *scope,
          struct expression *out)
{
    c->at = document_place(c->home, key);
    if (cJSON_IsString(key))
        return parse_expression(c, str_of(key->valuestring), scope, out);
    mapping_tell(c, "%s takes one expression, such as $response.body#/list", key->string);
    return false;
}

/* --- values --- */

static const struct mapping *
literal(struct mapping_compiler *c, struct value v, const struct type *target)
{
    struct mapping *m = mapping_new(c, MAP_LITERAL, NULL);
    struct fault f = {0};

    if (!m || (v.kind != VALUE_NULL && !mapping_convert(c->arena, target, &v))) {
        c->failed = true;
        return NULL;
    }
    if (target && type_validate(target, &v, TYPE_ANSWER, &f))
        return mapping_tell(c, "this value does not fit where it goes: it %s", f.detail);
    m->literal = v;
    return m;
}

/* A plain part of a template text, or "$..." between its braces. */
static const struct mapping *
text_part(struct mapping_compiler *c, struct str text, bool is_expression,
          const struct expression_scope *scope)
{
    struct mapping *m = mapping_new(c, is_expression ? MAP_EXPRESSION : MAP_LITERAL, NULL);

    if (!m)
        return NULL;
    m->literal = value_string(text);
    if (!is_expression)
        return m;
    if (!parse_expression(c, text, scope, &m->source))
        return NULL;
    if (m->source.type && !(m->source.type->kinds & (TYPE_BOOLEAN | TYPE_NUMBER | TYPE_STRING)))
        return mapping_tell(c, "%.*s gives no text, which a template text needs", STR_ARG(text));
    return m;
}

/* Up to the next "{$expression}"; "{$$" is "{$" as it is. */
static struct str
plain_head(struct str text, size_t *used)
{
    size_t open = 0;

    while (open < text.n && !str_starts(str_from(text, open), STR("{$")))
        open++;
    *used = open;
    if (!str_starts(str_from(text, open), STR("{$$")))
        return str_head(text, open);
    *used = open + 3;
    return str_head(text, open + 2);
}

static const struct mapping *
text_template(struct mapping_compiler *c, struct str text, const struct type *target,
              const struct expression_scope *scope)
{
    struct mapping *m = mapping_new(c, MAP_TEXT, target);

    while (m && text.n) {
        size_t used, close;
        struct str plain = plain_head(text, &used);

        if (plain.n && !mapping_add(c, m, STR_NONE, text_part(c, plain, false, scope)))
            return NULL;
        text = str_from(text, used);
        if (!str_starts(text, STR("{$")))
            continue;
        close = str_find(text, '}');
        if (close == text.n)
            return mapping_tell(c, "a {$ in this text has no }; close it, or write {$$");
        if (!mapping_add(c, m, STR_NONE,
                         text_part(c, str_from(str_head(text, close), 1), true, scope)))
            return NULL;
        text = str_from(text, close + 1);
    }
    if (m && m->part_count > MAPPING_TEXT_PARTS)
        return mapping_tell(c, "this text has more than %d parts", MAPPING_TEXT_PARTS);
    if (!mapping_fits(TYPE_STRING, target))
        return mapping_tell(c, "text does not fit here by the type");
    return m;
}

static bool
is_template_text(struct str s)
{
    for (size_t i = 0; i + 1 < s.n; i++)
        if (s.p[i] == '{' && s.p[i + 1] == '$')
            return true;
    return false;
}

static const struct mapping *
compile_string(struct mapping_compiler *c, const cJSON *node, const struct type *target,
               const struct expression_scope *scope)
{
    struct str text = str_of(node->valuestring);
    struct expression e;

    if (str_starts(text, STR("$$")))
        return literal(c, value_string(str_from(text, 1)), target);
    if (text.n && text.p[0] == '$')
        return parse_expression(c, text, scope, &e) ? mapping_from(c, e, target, STR_NONE) : NULL;
    return is_template_text(text) ? text_template(c, text, target, scope)
                                  : literal(c, value_string(text), target);
}

static const struct mapping *
compile_scalar(struct mapping_compiler *c, const cJSON *node, const struct type *target)
{
    struct value v;

    if (node_to_value(c->arena, node, &v)) {
        c->failed = true;
        return NULL;
    }
    return literal(c, v, target);
}

/* --- objects --- */

static bool
is_template_key(const char *key)
{
    return key[0] == '$' && key[1] != '$';
}

static struct str
plain_key(const char *key)
{
    return str_of(key[0] == '$' ? key + 1 : key);
}

/* `name: null` where the type has no null: the member is left out, also by name. */
static bool
is_left_out(struct mapping_compiler *c, struct mapping *m, const cJSON *child, struct str name,
            const struct type *type)
{
    struct mapping *nothing;

    if (!cJSON_IsNull(child) || !type || (type->kinds & TYPE_NULL))
        return false;
    nothing = mapping_new(c, MAP_LITERAL, NULL); /* VALUE_ABSENT */
    mapping_add(c, m, name, nothing);
    return true;
}

static void
compile_member(struct mapping_compiler *c, struct mapping *m, const cJSON *child,
               const struct spot *spot)
{
    struct str name = plain_key(child->string);
    struct spot inner = {.scope = spot->scope, .depth = spot->depth + 1};
    const struct type *type = NULL;

    c->at = document_key_place(c->home, child);
    if (m->target && !expression_step(m->target, name, &type)) {
        mapping_tell(c, "\"%.*s\" is no member of what this template gives; check its spelling",
                     STR_ARG(name));
        return;
    }
    if (is_left_out(c, m, child, name, type))
        return;
    if (cJSON_IsObject(child) &&
        mapping_find(c, &spot->from, name, false, &inner.from.expression) == FOUND_ONE)
        inner.from.kind = SOURCE_VALUE;
    mapping_add(c, m, name, compile(c, child, type, inner));
}

/* `name: null` for a member that the type requires. */
static void
check_left_out(struct mapping_compiler *c, const struct mapping *m)
{
    for (uint32_t i = 0; i < m->target->field_count; i++)
        for (unsigned j = 0; m->target->fields[i].required && j < m->part_count; j++)
            if (m->parts[j].mapping->kind == MAP_LITERAL &&
                m->parts[j].mapping->literal.kind == VALUE_ABSENT &&
                str_eq(m->parts[j].name, m->target->fields[i].name))
                mapping_tell(c, "\"%.*s\" is required; it can not be left out",
                             STR_ARG(m->parts[j].name));
}

/* The members of a template object that are not template keys, then those left out. */
static const struct mapping *
compile_members(struct mapping_compiler *c, const cJSON *node, const struct type *target,
                const struct spot *spot)
{
    struct mapping *m = mapping_new(c, MAP_OBJECT, target);
    unsigned errors = c->report->errors;

    for (const cJSON *child = node->child; m && child; child = child->next)
        if (!is_template_key(child->string))
            compile_member(c, m, child, spot);
    c->at = document_place(c->home, node);
    if (!m || !c->names->by_name || !mapping_is_record(target))
        return m;
    check_left_out(c, m);
    if (errors == c->report->errors) /* else what is missing may be what was misspelt */
        mapping_fill(c, m, target, &spot->from);
    return m;
}

static const struct mapping *
compile_choose(struct mapping_compiler *c, const cJSON *node, const struct type *target,
               const struct spot *spot)
{
    struct mapping *m = mapping_new(c, MAP_CHOOSE, target);
    const cJSON *otherwise = node_get(node, "$default");
    struct spot inner = {.scope = spot->scope, .depth = spot->depth + 1};

    if (!m || !parse_key(c, node_get(node, "$map"), &spot->scope, &m->source))
        return NULL;
    for (const cJSON *child = node->child; child; child = child->next)
        if (!is_template_key(child->string))
            mapping_add(c, m, plain_key(child->string), compile(c, child, target, inner));
    if (otherwise)
        m->body = compile(c, otherwise, target, inner);
    return m;
}

/* With $map beside it, each item is looked up; else the members are made from each item. */
static const struct mapping *
compile_each(struct mapping_compiler *c, const cJSON *node, const struct type *target,
             const struct spot *spot)
{
    struct mapping *m = mapping_new(c, MAP_EACH, target);
    struct spot inner = {.scope = spot->scope, .depth = spot->depth + 1};
    const struct type *list, *items = target ? target->items : NULL;

    if (target && !(target->kinds & TYPE_ARRAY))
        return mapping_tell(c, "$each gives a list, which does not fit here by the type");
    if (!m || !parse_key(c, node_get(node, "$each"), &spot->scope, &m->source))
        return NULL;
    list = m->source.type;
    inner.scope.has_item = true;
    inner.scope.item = mapping_is_only(list, TYPE_ARRAY) ? list->items : list;
    if (c->names->by_name)
        inner.from =
            (struct mapping_source){SOURCE_VALUE, {.source = FROM_ITEM, .type = inner.scope.item}};
    m->body = node_get(node, "$map") ? compile_choose(c, node, items, &inner)
                                     : compile_members(c, node, items, &inner);
    return m->body ? m : NULL;
}

static bool
known_keys(struct mapping_compiler *c, const cJSON *node)
{
    bool choose = node_get(node, "$map");

    for (const cJSON *child = node->child; child; child = child->next) {
        struct str key = str_of(child->string);

        if (!is_template_key(child->string) || str_eq(key, STR("$each")) ||
            str_eq(key, STR("$map")) || (choose && str_eq(key, STR("$default"))))
            continue;
        c->at = document_key_place(c->home, child);
        mapping_tell(c, "\"%s\" is no template key here; there are $each, and $map with $default",
                     child->string);
        return false;
    }
    return true;
}

static const struct mapping *
compile_object(struct mapping_compiler *c, const cJSON *node, const struct type *target,
               const struct spot *spot)
{
    if (!known_keys(c, node))
        return NULL;
    if (node_get(node, "$each"))
        return compile_each(c, node, target, spot);
    if (node_get(node, "$map"))
        return compile_choose(c, node, target, spot);
    if (!target || (target->kinds & TYPE_OBJECT))
        return compile_members(c, node, target, spot);
    return mapping_tell(c, target->kinds & TYPE_ARRAY
                               ? "a list belongs here by the type; use $each, or write [ ] around"
                               : "an object does not fit here by the type");
}

static const struct mapping *
compile_array(struct mapping_compiler *c, const cJSON *node, const struct type *target,
              const struct spot *spot)
{
    struct mapping *m = mapping_new(c, MAP_ARRAY, target);
    struct spot inner = {.scope = spot->scope, .depth = spot->depth + 1};

    if (target && !(target->kinds & TYPE_ARRAY))
        return mapping_tell(c, "a list does not fit here by the type");
    for (const cJSON *child = node->child; m && child; child = child->next)
        mapping_add(c, m, STR_NONE, compile(c, child, target ? target->items : NULL, inner));
    return m;
}

static const struct mapping *
compile(struct mapping_compiler *c, const cJSON *node, const struct type *target, struct spot spot)
{
    c->at = document_place(c->home, node);
    if (spot.depth > DEPTH_MAX)
        return mapping_tell(c, "the template is nested too deep; %d levels are the limit",
                            DEPTH_MAX);
    if (cJSON_IsString(node))
        return compile_string(c, node, target, &spot.scope);
    if (cJSON_IsObject(node))
        return compile_object(c, node, target, &spot);
    if (cJSON_IsArray(node))
        return compile_array(c, node, target, &spot);
    return compile_scalar(c, node, target);
}

/* --- the whole --- */

static struct mapping_source
top_source(const struct mapping_scope *scope)
{
    struct mapping_source from = {SOURCE_NONE, {0}};

    if (!scope->by_name)
        return from;
    from.kind = scope->has_response ? SOURCE_VALUE : SOURCE_INPUTS;
    from.expression = (struct expression){.source = FROM_RESPONSE_BODY, .type = scope->response};
    return from;
}

/* No template: the whole target by name. */
static const struct mapping *
compile_by_name(struct mapping_compiler *c)
{
    const struct type *target = c->names->target;
    struct mapping_source from = top_source(c->names);
    struct mapping *m;

    if (from.kind == SOURCE_VALUE)
        return mapping_from(c, from.expression, target, STR_NONE);
    m = mapping_new(c, MAP_OBJECT, target);
    if (m && target)
        mapping_fill(c, m, target, &from);
    return m;
}

const struct mapping *
mapping_compile(struct arena *a, const struct document *home, const cJSON *node,
                const struct mapping_scope *scope, uint32_t *needs, struct report *r)
{
    struct mapping_compiler c = {.arena = a, .home = home, .report = r, .names = scope};
    struct spot top = {.from = top_source(scope), .scope = {.names = scope}};
    unsigned errors = r->errors;
    const struct mapping *m;

    c.at = document_place(home, node);
    m = node ? compile(&c, node, scope->target, top) : compile_by_name(&c);
    if (needs)
        *needs |= c.needs;
    if (c.failed && r->errors == errors)
        report_error(r, c.at, "out of memory");
    return c.failed || r->errors > errors ? NULL : m;
}
