/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/execute.h"

#include "graphql/plan.h"

struct fetch { /* a field that a call answers */
    struct fetch *next;
    struct group *group;
    const struct error_path *path;
    struct value *slot;
    struct graphql_call *call; /* NULL: refused, which is told */
};

struct run {
    struct execution *e;
    struct coercion coercion;
    struct fetch *first, **tail; /* of the level that is gathered */
    struct calls calls;
    bool failed; /* no memory */
};

static bool complete(struct run *r, const struct schema_reference *type, struct group *g,
                     const struct value *v, const struct error_path *path, struct value *out);

/* --- errors --- */

/* The path as it is on the stack, to stay. */
static const struct error_path *
keep_path(struct run *r, const struct error_path *path)
{
    const struct error_path *top = NULL;
    struct error_path *below = NULL;

    for (; path; path = path->above) {
        struct error_path *step = ARENA_NEW(r->e->arena, struct error_path);

        if (!step) {
            r->failed = true;
            return top;
        }
        *step = *path;
        step->above = NULL;
        if (below)
            below->above = step;
        else
            top = step;
        below = step;
    }
    return top;
}

static void
field_error(struct run *r, const struct group *g, const struct error_path *path, const char *code,
            const char *text)
{
    struct error *error = errors_add(r->e->errors, g->field->at, code, "%s", text);

    if (error)
        error->path = keep_path(r, path);
}

/* --- gathering calls --- */

static enum fault_code
check_input(const struct schema_input *input, const struct value *v, struct fault *f)
{
    struct fault inner = {0};

    if (!input->of || v->kind == VALUE_ABSENT || !type_validate(input->of, v, TYPE_REQUEST, &inner))
        return FAULT_NONE;
    return fault_set(f, input->slot < 0 ? FAULT_INVALID_VALUE : FAULT_INVALID_PARAMETER,
                     "%.*s%s: %s", STR_ARG(str_head(input->name, 60)), inner.pointer, inner.detail);
}

static enum fault_code
set_input(const struct schema_input *input, struct value v, struct inputs *inputs, struct fault *f)
{
    if (v.kind == VALUE_NULL && input->slot >= 0)
        v = VALUE_OF(VALUE_ABSENT); /* of a parameter there is no null */
    if (input->slot < 0)
        inputs->body = v;
    else
        inputs->parameters[input->slot] = v;
    return check_input(input, &v, f);
}

static enum fault_code
make_inputs(struct run *r, const struct group *g, struct inputs *inputs, struct fault *f)
{
    const struct schema_field *d = g->definition;
    struct coercion_failure why;
    struct value v;

    inputs->parameters = ARENA_ARRAY(r->e->arena, d->operation->parameter_count + 1, struct value);
    if (!inputs->parameters)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    inputs->body = VALUE_OF(VALUE_ABSENT);
    for (unsigned i = 0; i < d->argument_count; i++) {
        const struct argument *given = argument_find(g->field->arguments, d->arguments[i].name);
        enum fault_code code;

        if (!coerce_argument(&r->coercion, &d->arguments[i], given, &v, &why))
            return fault_set(f, FAULT_INVALID_PARAMETER, "%s", why.text);
        code = set_input(&d->arguments[i], v, inputs, f);
        if (code)
            return code;
    }
    return FAULT_NONE;
}

/* The inputs that an edge takes from its object. *leads false: one is not there, so neither is what
 * the edge leads to. */
static enum fault_code
follow_links(const struct schema_field *d, const struct value *source, struct inputs *inputs,
             bool *leads, struct fault *f)
{
    *leads = true;
    for (unsigned i = 0; i < d->link_count; i++) {
        const struct value *v = value_pointer(source, d->links[i].pointer);

        const struct type *type = d->operation->parameters[d->links[i].slot].type;
        struct fault inner = {0};

        if (!v || v->kind == VALUE_NULL || v->kind == VALUE_ABSENT) {
            *leads = false;
            return FAULT_NONE;
        }
        if (type && type_validate(type, v, TYPE_REQUEST, &inner))
            return fault_set(f, FAULT_BACKEND_INVALID, "the object's %.*s leads nowhere: %s",
                             STR_ARG(str_head(d->links[i].pointer, 60)), inner.detail);
        inputs->parameters[d->links[i].slot] = *v;
    }
    return FAULT_NONE;
}

/* A field of a mutation's root: never merged with another. */
static bool
is_mutation(const struct run *r, const struct group *g)
{
    return r->e->schema->mutation && g->field->parent == r->e->schema->mutation;
}

/* The slot is null until the call has come back. */
static void
add_fetch(struct run *r, struct group *g, const struct value *source, const struct error_path *path,
          struct value *slot)
{
    const struct schema_field *d = g->definition;
    struct fetch *fetch = ARENA_NEW(r->e->arena, struct fetch);
    struct inputs inputs = {0};
    struct fault f = {0};
    bool leads = true;
    enum fault_code code = r->e->backend->allow(r->e->backend->context, d->operation, &f);

    *slot = VALUE_OF(VALUE_NULL);
    if (!fetch) {
        r->failed = true;
        return;
    }
    *fetch = (struct fetch){.group = g, .slot = slot, .path = keep_path(r, path)};
    if (!code)
        code = make_inputs(r, g, &inputs, &f);
    if (!code)
        code = follow_links(d, source, &inputs, &leads, &f);
    if (!code && !leads)
        return;
    if (!code)
        fetch->call = calls_find(&r->calls, d->operation, &inputs, is_mutation(r, g), &f);
    if (code || !fetch->call) {
        errors_add_fault(r->e->errors, g->field->at, fetch->path, &f);
        return;
    }
    *r->tail = fetch;
    r->tail = &fetch->next;
}

/* --- leaves --- */

static bool
enum_name(const struct schema_type *t, const struct value *v, struct value *out)
{
    for (unsigned i = 0; v->kind == VALUE_STRING && i < t->choice_count; i++)
        if (str_eq(t->choices[i].original, value_text(v))) {
            *out = value_string(t->choices[i].name);
            return true;
        }
    return false;
}

static bool
complete_leaf(const struct schema_type *t, const struct value *v, struct value *out)
{
    bool number = v->kind == VALUE_NUMBER;
    int64_t n;

    *out = *v;
    if (t->kind == SCHEMA_ENUM)
        return enum_name(t, v, out);
    switch (t->scalar) {
    case SCALAR_INT:
        return number && number_to_i64(value_text(v), &n) && n >= INT32_MIN && n <= INT32_MAX;
    case SCALAR_LONG: return number && number_is_integer(value_text(v));
    case SCALAR_FLOAT: return number;
    case SCALAR_DECIMAL: return number || v->kind == VALUE_STRING;
    case SCALAR_BOOLEAN: return v->kind == VALUE_BOOLEAN;
    case SCALAR_JSON: return true;
    default: return v->kind == VALUE_STRING;
    }
}

/* --- objects --- */

static const struct value *
member_of(const struct execution *e, const struct schema_field *d, const struct selection *s,
          const struct value *object, const struct schema_type *type, struct value *room)
{
    const struct schema_field *meta = e->schema->meta_fields;
    const struct argument *name;

    if (d == &meta[2]) {
        *room = value_string(type->name);
        return room;
    }
    if (d == &meta[0])
        return &e->schema->root;
    if (d != &meta[1]) /* members mostly stand in the order of the contract */
        return value_get_at(object, d->original, (uint32_t)(d - type->fields));
    name = argument_find(s->arguments, STR("name"));
    if (name) {
        struct coercion c = {e->arena, e->schema, e->operation->variables, e->variables};
        struct coercion_failure why;
        const struct schema_type *found;

        if (!coerce_argument(&c, &meta[1].arguments[0], name, room, &why))
            return NULL;
        found = schema_find(e->schema, value_text(room));
        return found ? &e->schema->type_values[found->index] : NULL;
    }
    return NULL;
}

/* Fields of introspection leave out what is deprecated, unless asked. */
static const struct value *
without_deprecated(struct run *r, const struct group *g, const struct value *v, struct value *room)
{
    const struct schema_field *d = g->definition;
    struct coercion_failure why;
    struct value all;

    if (!g->field->parent->meta || d->argument_count != 1 || !v || v->kind != VALUE_ARRAY ||
        !coerce_argument(&r->coercion, &d->arguments[0],
                         argument_find(g->field->arguments, d->arguments[0].name), &all, &why) ||
        all.is_true)
        return v;
    *room = VALUE_OF(VALUE_ARRAY);
    for (uint32_t i = 0; i < v->n; i++) {
        const struct value *is = value_get(&v->items[i], STR("isDeprecated"));

        if (!(is && is->is_true) && value_append(r->e->arena, room, v->items[i]))
            r->failed = true;
    }
    return room;
}

static bool
complete_field(struct run *r, struct group *g, const struct schema_type *type,
               const struct value *object, const struct error_path *above, struct value *out)
{
    struct error_path path = {above, g->name, 0};
    const struct schema_field *d = g->definition;
    struct value room, filtered;
    const struct value *v;

    if (d->operation) {
        add_fetch(r, g, object, &path, out);
        return true;
    }
    v = member_of(r->e, d, g->field, object, type, &room);
    v = without_deprecated(r, g, v, &filtered);
    return complete(r, &d->type, g, v, &path, out);
}

static bool
complete_members(struct run *r, const struct plan *plan, const struct value *v,
                 const struct error_path *path, struct value *out)
{
    *out = (struct value){.kind = VALUE_OBJECT, .n = plan->n};
    out->members = ARENA_ARRAY(r->e->arena, plan->n + 1, struct member);
    if (!out->members) {
        r->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < plan->n && !r->failed; i++) {
        out->members[i].name = plan->groups[i]->name;
        if (!complete_field(r, plan->groups[i], plan->type, v, path, &out->members[i].value))
            return false;
    }
    return !r->failed;
}

static bool
complete_object(struct run *r, const struct schema_type *type, struct group *g,
                const struct value *v, const struct error_path *path, struct value *out)
{
    const struct plan *plan;

    if (type->kind != SCHEMA_OBJECT) {
        type = v->kind == VALUE_OBJECT ? schema_resolve(r->e->schema, type, v) : NULL;
        if (!type) {
            field_error(r, g, path, "INTERNAL_SERVER_ERROR",
                        "The type of the object can not be told from its value.");
            return false;
        }
    }
    if (v->kind != VALUE_OBJECT) {
        field_error(r, g, path, "INTERNAL_SERVER_ERROR", "An object was expected.");
        return false;
    }
    plan = plan_of(&r->coercion, g, type);
    if (!plan) {
        r->failed = true;
        return false;
    }
    return complete_members(r, plan, v, path, out);
}

static bool
complete_list(struct run *r, const struct schema_reference *type, struct group *g,
              const struct value *v, const struct error_path *above, struct value *out)
{
    struct schema_reference item = schema_item(type);

    if (v->kind != VALUE_ARRAY) {
        field_error(r, g, above, "INTERNAL_SERVER_ERROR", "A list was expected.");
        return false;
    }
    *out = (struct value){.kind = VALUE_ARRAY, .n = v->n};
    out->items = ARENA_ARRAY(r->e->arena, v->n + 1, struct value);
    if (!out->items) {
        r->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < v->n && !r->failed; i++) {
        struct error_path path = {above, STR_NONE, i};

        if (!complete(r, &item, g, &v->items[i], &path, &out->items[i]))
            return false;
    }
    return !r->failed;
}

/* False: null where none may be, so the position above is null. Calls gathered below a position
 * that becomes null are not made. */
static bool
complete(struct run *r, const struct schema_reference *type, struct group *g, const struct value *v,
         const struct error_path *path, struct value *out)
{
    struct fetch **before = r->tail;
    bool good;

    if (!v || v->kind == VALUE_NULL || v->kind == VALUE_ABSENT) {
        *out = VALUE_OF(VALUE_NULL);
        if (!schema_is_nonnull(type))
            return true;
        field_error(r, g, path, "INTERNAL_SERVER_ERROR",
                    "Cannot return null for a non-nullable field.");
        return false;
    }
    if (type->depth)
        good = complete_list(r, type, g, v, path, out);
    else if (schema_is_composite(type->type))
        good = complete_object(r, type->type, g, v, path, out);
    else if (!(good = complete_leaf(type->type, v, out)))
        field_error(r, g, path, "INTERNAL_SERVER_ERROR", "The value does not fit its type.");
    if (good)
        return true;
    *out = VALUE_OF(VALUE_NULL);
    *before = NULL;
    r->tail = before;
    return !schema_is_nonnull(type);
}

/* --- levels --- */

static void
complete_fetch(struct run *r, const struct fetch *fetch)
{
    const struct graphql_call *call = fetch->call;
    const struct schema_field *d = fetch->group->definition;
    const struct value *v = &call->outcome.body;
    struct value done = value_boolean(true);

    if (call->code) {
        errors_add_fault(r->e->errors, fetch->group->field->at, fetch->path, &call->fault);
        return;
    }
    if (v->kind == VALUE_ABSENT && !d->type.depth && d->type.type->kind == SCHEMA_SCALAR &&
        d->type.type->scalar == SCALAR_BOOLEAN)
        v = &done;
    (void)complete(r, &d->type, fetch->group, v, fetch->path, fetch->slot);
}

static void
run_levels(struct run *r)
{
    while (r->first && !r->failed) {
        struct fetch *level = r->first;

        r->first = NULL;
        r->tail = &r->first;
        for (const struct fetch *fetch = level; fetch; fetch = fetch->next)
            calls_want(&r->calls, fetch->call);
        calls_make(&r->calls);
        for (const struct fetch *fetch = level; fetch && !r->failed; fetch = fetch->next)
            complete_fetch(r, fetch);
    }
}

static bool
run_root(struct run *r, const struct plan *plan, struct value *out)
{
    bool serial = r->e->operation->kind == DEFINITION_MUTATION;
    const struct value none = VALUE_OF(VALUE_NULL);

    *out = (struct value){.kind = VALUE_OBJECT, .n = plan->n};
    out->members = ARENA_ARRAY(r->e->arena, plan->n + 1, struct member);
    if (!out->members)
        return false;
    for (uint32_t i = 0; i < plan->n && !r->failed; i++) {
        out->members[i].name = plan->groups[i]->name;
        if (!complete_field(r, plan->groups[i], plan->type, &none, NULL, &out->members[i].value))
            return false;
        if (!serial)
            continue;
        run_levels(r);
        calls_forget(&r->calls);
    }
    run_levels(r);
    return !r->failed;
}

struct value
execute(struct execution *e)
{
    struct run r = {.e = e,
                    .coercion = {e->arena, e->schema, e->operation->variables, e->variables},
                    .calls = {.arena = e->arena, .backend = e->backend, .limit = e->limits->calls}};
    const struct plan *plan =
        e->operation->plan ? e->operation->plan : plan_root(&r.coercion, e->operation);
    struct value data = VALUE_OF(VALUE_NULL);

    r.tail = &r.first;
    if (!plan || !run_root(&r, plan, &data)) {
        if (!plan || r.failed)
            errors_add(e->errors, e->operation->at, "SERVICE_UNAVAILABLE", "out of memory");
        data = VALUE_OF(VALUE_NULL);
    }
    e->calls = r.calls.made;
    return data;
}
