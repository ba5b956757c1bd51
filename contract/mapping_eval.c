/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a compiled template: only walks, converts, and never looks at names of types again. */
#include "contract/mapping_node.h"
#include "contract/scalar.h"

/* Three levels of mappings for a level of data (the member, its subtype, its object), and
 * JSON_LIMITS_DEFAULT's 64 of those. */
enum { DEPTH_MAX = 200 };

struct evaluation {
    const struct mapping_env *env;
    struct arena *arena;
    struct fault *fault;
};

static enum fault_code eval(struct evaluation *e, const struct mapping *m, const struct value *item,
                            unsigned depth, struct value *out);

static enum fault_code
no_memory(struct evaluation *e)
{
    return fault_set(e->fault, FAULT_MEMORY, "out of memory");
}

/* Readers refuse deeper data before; this keeps the stack bounded whatever they do. */
static enum fault_code
too_deep(struct evaluation *e)
{
    if (!e->env->response)
        return fault_set(e->fault, FAULT_INVALID_VALUE, "the data is nested too deep");
    return fault_set(e->fault, FAULT_BACKEND_INVALID, "the backend's answer is nested too deep");
}

static const unsigned scalars = TYPE_BOOLEAN | TYPE_NUMBER | TYPE_STRING;

static void
convert_scalar(const struct type *t, struct value *v)
{
    unsigned kinds = t->kinds;
    bool stays = v->kind == VALUE_STRING    ? kinds & TYPE_STRING
                 : v->kind == VALUE_NUMBER  ? kinds & TYPE_NUMBER
                 : v->kind == VALUE_BOOLEAN ? kinds & TYPE_BOOLEAN
                                            : true;

    if (stays)
        return;
    if (v->kind == VALUE_STRING)
        *v = scalar_read(t, value_text(v));
    else if (kinds & TYPE_STRING)
        *v = value_string(scalar_text(v));
}

bool
mapping_convert(struct arena *a, const struct type *t, struct value *v)
{
    unsigned kinds = t ? t->kinds & ~(unsigned)TYPE_NULL : TYPE_ANY;
    struct value list = VALUE_OF(VALUE_ARRAY);

    if (kinds == TYPE_ANY || v->kind == VALUE_ABSENT)
        return true;
    if (v->kind == VALUE_NULL) {
        if (!(t->kinds & TYPE_NULL))
            *v = VALUE_OF(kinds == TYPE_ARRAY ? VALUE_ARRAY : VALUE_ABSENT);
        return true;
    }
    if (kinds & scalars)
        convert_scalar(t, v);
    if (kinds != TYPE_ARRAY || v->kind == VALUE_ARRAY)
        return true;
    if (t->items && (t->items->kinds & scalars))
        convert_scalar(t->items, v);
    if (value_append(a, &list, *v))
        return false;
    *v = list;
    return true;
}

static enum fault_code
eval_text(struct evaluation *e, const struct mapping *m, const struct value *item, unsigned depth,
          struct value *out)
{
    struct str parts[MAPPING_TEXT_PARTS];
    size_t n = 0, at = 0;
    char *text;

    *out = VALUE_OF(VALUE_ABSENT);
    for (unsigned i = 0; i < m->part_count; i++) {
        struct value part;
        enum fault_code code = eval(e, m->parts[i].mapping, item, depth, &part);

        if (code || part.kind < VALUE_BOOLEAN || part.kind > VALUE_STRING)
            return code;
        parts[i] = scalar_text(&part);
        n += parts[i].n;
    }
    text = arena_alloc(e->arena, n + 1);
    if (!text)
        return no_memory(e);
    for (unsigned i = 0; i < m->part_count; i++) {
        if (parts[i].n)
            memcpy(text + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    *out = value_string((struct str){text, n});
    return FAULT_NONE;
}

static bool
is_required_list(const struct type *t, struct str name)
{
    uint32_t hint = 0;
    const struct field *field = t ? type_field(t, name, &hint) : NULL;

    return field && field->required && !(field->type->kinds & ~TYPE_ARRAY);
}

static enum fault_code
eval_parts(struct evaluation *e, const struct mapping *m, const struct value *item, unsigned depth,
           struct value *out)
{
    *out = VALUE_OF(m->kind == MAP_OBJECT ? VALUE_OBJECT : VALUE_ARRAY);
    for (unsigned i = 0; i < m->part_count; i++) {
        const struct mapping_part *part = &m->parts[i];
        struct value v;
        enum fault_code code = eval(e, part->mapping, item, depth, &v);

        if (code)
            return code;
        if (v.kind == VALUE_ABSENT && m->kind == MAP_OBJECT &&
            is_required_list(m->target, part->name))
            v = VALUE_OF(VALUE_ARRAY);
        if (v.kind == VALUE_ABSENT)
            continue;
        if (m->kind == MAP_OBJECT ? value_add(e->arena, out, part->name, v)
                                  : value_append(e->arena, out, v))
            return no_memory(e);
    }
    if (m->part_count && !out->n && depth > 1) /* nothing of it was found */
        *out = VALUE_OF(VALUE_ABSENT);
    return FAULT_NONE;
}

/* True when the source is a call that failed and may: there is no list then, not an empty one. */
static bool
is_missing_call(const struct evaluation *e, const struct mapping *m)
{
    return m->source.source == FROM_CALL &&
           e->env->calls[m->source.index].body.kind == VALUE_ABSENT;
}

/* Nothing of a record was found, but the record itself: it is empty, not absent. */
static void
keep_record(const struct mapping *body, const struct value *source, struct value *out)
{
    bool record = body->kind == MAP_OBJECT || (body->kind == MAP_CHOOSE && body->by_name);

    if (out->kind == VALUE_ABSENT && record && source->kind > VALUE_NULL)
        *out = VALUE_OF(VALUE_OBJECT);
}

/* An absent or null list is an empty one, where a template asks for a list; a single value is a
 * list of one. */
static enum fault_code
eval_each(struct evaluation *e, const struct mapping *m, const struct value *item, unsigned depth,
          struct value *out)
{
    struct value source = expression_eval(&m->source, e->env, item, e->arena);
    const struct value *items = source.kind == VALUE_ARRAY ? source.items : &source;
    uint32_t n = source.kind == VALUE_ARRAY ? source.n : source.kind > VALUE_NULL;

    *out = VALUE_OF(is_missing_call(e, m) ? VALUE_ABSENT : VALUE_ARRAY);
    if (m->by_name && !n && source.kind != VALUE_ARRAY)
        *out = source;
    for (uint32_t i = 0; i < n; i++) {
        struct value v;
        enum fault_code code = eval(e, m->body, &items[i], depth, &v);

        if (code)
            return code;
        keep_record(m->body, &items[i], &v);
        if (v.kind != VALUE_ABSENT && value_append(e->arena, out, v))
            return no_memory(e);
    }
    return FAULT_NONE;
}

static enum fault_code
eval_with(struct evaluation *e, const struct mapping *m, const struct value *item, unsigned depth,
          struct value *out)
{
    struct value source = expression_eval(&m->source, e->env, item, e->arena);

    enum fault_code code = FAULT_NONE;

    *out = source;
    if (source.kind == VALUE_OBJECT)
        code = eval(e, m->body, &source, depth, out);
    if (!code)
        keep_record(m->body, &source, out);
    return code;
}

static enum fault_code
eval_choose(struct evaluation *e, const struct mapping *m, const struct value *item, unsigned depth,
            struct value *out)
{
    struct value source = expression_eval(&m->source, e->env, item, e->arena);
    struct str key = scalar_text(&source);

    bool has_key = source.kind >= VALUE_BOOLEAN && source.kind <= VALUE_STRING;

    for (unsigned i = 0; has_key && i < m->part_count; i++)
        if (str_eq(m->parts[i].name, key))
            return eval(e, m->parts[i].mapping, item, depth, out);
    *out = VALUE_OF(VALUE_ABSENT);
    return m->body ? eval(e, m->body, item, depth, out) : FAULT_NONE;
}

static enum fault_code
eval_node(struct evaluation *e, const struct mapping *m, const struct value *item, unsigned depth,
          struct value *out)
{
    switch (m->kind) {
    case MAP_LITERAL: *out = m->literal; return FAULT_NONE;
    case MAP_EXPRESSION:
        *out = expression_eval(&m->source, e->env, item, e->arena);
        return FAULT_NONE;
    case MAP_TEXT: return eval_text(e, m, item, depth, out);
    case MAP_OBJECT:
    case MAP_ARRAY: return eval_parts(e, m, item, depth, out);
    case MAP_EACH: return eval_each(e, m, item, depth, out);
    case MAP_WITH: return eval_with(e, m, item, depth, out);
    case MAP_CHOOSE: return eval_choose(e, m, item, depth, out);
    }
    return FAULT_NONE;
}

static enum fault_code
eval(struct evaluation *e, const struct mapping *m, const struct value *item, unsigned depth,
     struct value *out)
{
    enum fault_code code;

    if (depth > DEPTH_MAX)
        return too_deep(e);
    code = eval_node(e, m, item, depth + 1, out);
    if (!code && m->target && !mapping_convert(e->arena, m->target, out))
        code = no_memory(e);
    return code;
}

enum fault_code
mapping_eval(const struct mapping *m, const struct mapping_env *env, struct arena *a,
             struct value *out, struct fault *f)
{
    static const struct value no_item;
    struct evaluation e = {env, a, f};

    return eval(&e, m, &no_item, 0, out);
}
