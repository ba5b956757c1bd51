/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/coerce.h"

#include <stdarg.h>
#include <stdio.h>

static bool __attribute__((format(printf, 2, 3)))
fail(struct coercion_failure *why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    return false;
}

static bool
wrong_leaf(struct coercion_failure *why, const struct schema_type *t)
{
    return fail(why, "this is no value of type %.*s", STR_ARG(str_head(t->name, 60)));
}

const struct argument *
argument_find(const struct argument *list, struct str name)
{
    while (list && !str_eq(list->name, name))
        list = list->next;
    return list;
}

static const struct schema_choice *
choice_named(const struct schema_type *t, struct str name)
{
    for (unsigned i = 0; i < t->choice_count; i++)
        if (str_eq(t->choices[i].name, name))
            return &t->choices[i];
    return NULL;
}

static bool
is_int32(struct str lexeme)
{
    int64_t n;

    return number_to_i64(lexeme, &n) && n >= INT32_MIN && n <= INT32_MAX;
}

/* --- leaves --- */

static bool
scalar_takes(enum schema_scalar scalar, const struct value *v)
{
    bool text = v->kind == VALUE_STRING, number = v->kind == VALUE_NUMBER;

    switch (scalar) {
    case SCALAR_STRING:
    case SCALAR_DATE_TIME: return text;
    case SCALAR_INT: return number && is_int32(value_text(v));
    case SCALAR_FLOAT: return number;
    case SCALAR_BOOLEAN: return v->kind == VALUE_BOOLEAN;
    case SCALAR_ID: return text || (number && number_is_integer(value_text(v)));
    case SCALAR_LONG: return number && number_is_integer(value_text(v));
    case SCALAR_DECIMAL: return number || (text && number_is_lexeme(value_text(v)));
    default: return true;
    }
}

/* A decimal may come as text or as a number: as the contract has it, it goes on. */
static struct value
as_contract(const struct type *of, enum schema_scalar scalar, struct value v)
{
    if (scalar == SCALAR_ID && v.kind == VALUE_NUMBER)
        return value_string(value_text(&v));
    if (scalar != SCALAR_DECIMAL || !of)
        return v;
    if (v.kind == VALUE_NUMBER && !(of->kinds & TYPE_NUMBER))
        v.kind = VALUE_STRING;
    else if (v.kind == VALUE_STRING && !(of->kinds & TYPE_STRING))
        v.kind = VALUE_NUMBER;
    return v;
}

static bool
leaf_value(const struct schema_type *t, const struct type *of, const struct value *v,
           struct value *out, struct coercion_failure *why)
{
    const struct schema_choice *choice;

    if (t->kind == SCHEMA_ENUM) {
        choice = v->kind == VALUE_STRING ? choice_named(t, value_text(v)) : NULL;
        if (!choice)
            return wrong_leaf(why, t);
        *out = value_string(choice->original);
        return true;
    }
    if (!scalar_takes(t->scalar, v))
        return wrong_leaf(why, t);
    *out = as_contract(of, t->scalar, *v);
    return true;
}

static bool any_literal(const struct coercion *c, const struct literal *l, struct value *out);

static bool
any_items(const struct coercion *c, const struct literal *l, struct value *out)
{
    bool list = l->kind == LITERAL_LIST;

    *out = VALUE_OF(list ? VALUE_ARRAY : VALUE_OBJECT);
    for (const struct literal *item = l->items; item; item = item->next) {
        struct value v;

        if (!any_literal(c, item, &v))
            return false;
        if (v.kind == VALUE_ABSENT && !list)
            continue;
        if (v.kind == VALUE_ABSENT)
            v = VALUE_OF(VALUE_NULL);
        if (list ? value_append(c->arena, out, v) : value_add(c->arena, out, item->name, v))
            return false;
    }
    return true;
}

static struct value
variable_value(const struct coercion *c, struct str name)
{
    unsigned i = 0;

    for (const struct variable *v = c->variables; v; v = v->next, i++)
        if (str_eq(v->name, name))
            return c->values[i];
    return VALUE_OF(VALUE_ABSENT);
}

/* Of the scalar JSON, or of any leaf: by the literal alone. The depth is the parser's. */
static bool
any_literal(const struct coercion *c, const struct literal *l, struct value *out)
{
    switch (l->kind) {
    case LITERAL_VARIABLE: *out = variable_value(c, l->text); return true;
    case LITERAL_INT:
    case LITERAL_FLOAT: *out = value_number(l->text); return true;
    case LITERAL_STRING:
    case LITERAL_ENUM: *out = value_string(l->text); return true;
    case LITERAL_BOOLEAN: *out = value_boolean(l->is_true); return true;
    case LITERAL_NULL: *out = VALUE_OF(VALUE_NULL); return true;
    default: return any_items(c, l, out);
    }
}

bool
coerce_accepts(const struct schema_type *leaf, const struct literal *l)
{
    struct value v = {0};

    if (leaf->kind == SCHEMA_ENUM)
        return l->kind == LITERAL_ENUM && choice_named(leaf, l->text);
    if (leaf->scalar == SCALAR_JSON)
        return true;
    if (l->kind == LITERAL_ENUM || l->kind == LITERAL_LIST || l->kind == LITERAL_OBJECT)
        return false;
    if (l->kind == LITERAL_FLOAT && leaf->scalar != SCALAR_FLOAT && leaf->scalar != SCALAR_DECIMAL)
        return false; /* 1.0 is a whole number as a variable only */
    any_literal(NULL, l, &v);
    return scalar_takes(leaf->scalar, &v);
}

/* --- literals --- */

/* Where the contract knows no null, one says that nothing is given. */
static bool
is_left_out(const struct schema_type *t, const struct schema_input *input, const struct value *v)
{
    return v->kind == VALUE_ABSENT ||
           (v->kind == VALUE_NULL && !t->one_of && input->of && !(input->of->kinds & TYPE_NULL));
}

static bool
object_literal(const struct coercion *c, const struct schema_type *t, const struct literal *l,
               struct value *out, struct coercion_failure *why)
{
    unsigned given = 0;

    *out = VALUE_OF(VALUE_OBJECT);
    for (unsigned i = 0; i < t->input_count; i++) {
        const struct schema_input *input = &t->inputs[i];
        const struct literal *item = l->items;
        struct value v = VALUE_OF(VALUE_ABSENT);

        while (item && !str_eq(item->name, input->name))
            item = item->next;
        if (item && !coerce_literal(c, &input->type, input->of, item, &v, why))
            return false;
        if (v.kind == VALUE_ABSENT && schema_is_nonnull(&input->type))
            return fail(why, "%.*s is required", STR_ARG(str_head(input->name, 100)));
        if (is_left_out(t, input, &v))
            continue;
        given += v.kind != VALUE_NULL;
        if (t->one_of)
            *out = v;
        else if (value_add(c->arena, out, input->original, v))
            return fail(why, "out of memory");
    }
    if (t->one_of && given != 1)
        return fail(why, "exactly one field of %.*s is given", STR_ARG(str_head(t->name, 80)));
    return true;
}

static bool
list_literal(const struct coercion *c, const struct schema_reference *r, const struct type *of,
             const struct literal *l, struct value *out, struct coercion_failure *why)
{
    struct schema_reference item = schema_item(r);
    bool list = l->kind == LITERAL_LIST;

    *out = VALUE_OF(VALUE_ARRAY);
    for (const struct literal *i = list ? l->items : l; i; i = list ? i->next : NULL) {
        struct value v;

        if (!coerce_literal(c, &item, of ? of->items : NULL, i, &v, why))
            return false;
        if (v.kind == VALUE_ABSENT && schema_is_nonnull(&item))
            return fail(why, "an item of the list is not given");
        if (v.kind == VALUE_ABSENT)
            v = VALUE_OF(VALUE_NULL);
        if (value_append(c->arena, out, v))
            return fail(why, "out of memory");
    }
    return true;
}

bool
coerce_literal(const struct coercion *c, const struct schema_reference *r, const struct type *of,
               const struct literal *l, struct value *out, struct coercion_failure *why)
{
    struct value v;

    if (l->kind == LITERAL_VARIABLE) {
        *out = variable_value(c, l->text);
        if (out->kind == VALUE_NULL && schema_is_nonnull(r))
            return fail(why, "variable $%.*s is null where a value is required",
                        STR_ARG(str_head(l->text, 80)));
        if (!r->depth && r->type->kind == SCHEMA_SCALAR && out->kind != VALUE_ABSENT)
            *out = as_contract(of, r->type->scalar, *out);
        return true;
    }
    if (l->kind == LITERAL_NULL) {
        *out = VALUE_OF(VALUE_NULL);
        return !schema_is_nonnull(r) || fail(why, "null stands where a value is required");
    }
    if (r->depth)
        return list_literal(c, r, of, l, out, why);
    if (r->type->kind == SCHEMA_INPUT)
        return l->kind == LITERAL_OBJECT ? object_literal(c, r->type, l, out, why)
                                         : wrong_leaf(why, r->type);
    if (!coerce_accepts(r->type, l))
        return wrong_leaf(why, r->type);
    if (!any_literal(c, l, &v))
        return fail(why, "out of memory");
    return leaf_value(r->type, of, &v, out, why);
}

/* --- values of variables --- */

static bool
object_value(const struct coercion *c, const struct schema_type *t, const struct value *v,
             struct value *out, struct coercion_failure *why)
{
    unsigned given = 0, known = 0;

    if (v->kind != VALUE_OBJECT)
        return wrong_leaf(why, t);
    *out = VALUE_OF(VALUE_OBJECT);
    for (unsigned i = 0; i < t->input_count; i++) {
        const struct schema_input *input = &t->inputs[i];
        const struct value *member = value_get(v, input->name);
        struct value made;

        if (!member && schema_is_nonnull(&input->type))
            return fail(why, "%.*s is required", STR_ARG(str_head(input->name, 100)));
        if (!member)
            continue;
        known++;
        if (!coerce_value(c, &input->type, input->of, member, &made, why))
            return false;
        given += made.kind != VALUE_NULL;
        if (is_left_out(t, input, &made))
            continue;
        if (t->one_of)
            *out = made;
        else if (value_add(c->arena, out, input->original, made))
            return fail(why, "out of memory");
    }
    if (known != v->n)
        return fail(why, "%.*s has no such field", STR_ARG(str_head(t->name, 80)));
    if (t->one_of && (given != 1 || known != 1))
        return fail(why, "exactly one field of %.*s is given", STR_ARG(str_head(t->name, 80)));
    return true;
}

static bool
list_value(const struct coercion *c, const struct schema_reference *r, const struct type *of,
           const struct value *v, struct value *out, struct coercion_failure *why)
{
    struct schema_reference item = schema_item(r);
    const struct value *items = v->kind == VALUE_ARRAY ? v->items : v;
    uint32_t n = v->kind == VALUE_ARRAY ? v->n : 1;

    *out = VALUE_OF(VALUE_ARRAY);
    for (uint32_t i = 0; i < n; i++) {
        struct value made;

        if (!coerce_value(c, &item, of ? of->items : NULL, &items[i], &made, why))
            return false;
        if (value_append(c->arena, out, made))
            return fail(why, "out of memory");
    }
    return true;
}

bool
coerce_value(const struct coercion *c, const struct schema_reference *r, const struct type *of,
             const struct value *v, struct value *out, struct coercion_failure *why)
{
    if (v->kind == VALUE_NULL) {
        *out = *v;
        return !schema_is_nonnull(r) || fail(why, "null stands where a value is required");
    }
    if (r->depth)
        return list_value(c, r, of, v, out, why);
    if (r->type->kind == SCHEMA_INPUT)
        return object_value(c, r->type, v, out, why);
    return leaf_value(r->type, of, v, out, why);
}

static bool
coerce_variable(const struct coercion *c, const struct variable *v, const struct value *given,
                struct value *out, struct coercion_failure *why)
{
    struct schema_reference r = {v->type, v->reference.depth, v->reference.nonnull};

    *out = VALUE_OF(VALUE_ABSENT);
    if (given)
        return coerce_value(c, &r, NULL, given, out, why);
    if (v->fallback)
        return coerce_literal(c, &r, NULL, v->fallback, out, why);
    return !schema_is_nonnull(&r) || fail(why, "a value is required");
}

struct value *
coerce_variables(const struct schema *s, struct arena *a, const struct definition *operation,
                 const struct value *given, struct errors *errors)
{
    struct coercion c = {.arena = a, .schema = s};
    struct value *values;
    unsigned n = 0, failed = 0;

    for (const struct variable *v = operation->variables; v; v = v->next)
        n++;
    values = ARENA_ARRAY(a, n + 1, struct value);
    if (!values) {
        errors_add(errors, operation->at, "SERVICE_UNAVAILABLE", "out of memory");
        return NULL;
    }
    n = 0;
    for (const struct variable *v = operation->variables; v; v = v->next, n++) {
        struct coercion_failure why;

        if (coerce_variable(&c, v, value_get(given, v->name), &values[n], &why))
            continue;
        failed++;
        errors_add(errors, v->at, "BAD_USER_INPUT", "Variable \"$%.*s\": %s.",
                   STR_ARG(str_head(v->name, 100)), why.text);
    }
    return failed ? NULL : values;
}

bool
coerce_argument(const struct coercion *c, const struct schema_input *definition,
                const struct argument *given, struct value *out, struct coercion_failure *why)
{
    *out = VALUE_OF(VALUE_ABSENT);
    if (given && !coerce_literal(c, &definition->type, definition->of, given->value, out, why))
        return false;
    if (out->kind == VALUE_ABSENT && definition->fallback)
        *out = value_boolean(false); /* the only default there is: includeDeprecated */
    if (out->kind == VALUE_ABSENT && schema_is_nonnull(&definition->type))
        return fail(why, "argument %.*s is required", STR_ARG(str_head(definition->name, 100)));
    return true;
}
