/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See batches.h. `batch` is a promise: the list that the other operation answers for many values
 * holds what the operation answers for each of them. What of it can be checked is checked here, so
 * that a query may rely on it.
 */
#include "contract/batches.h"
#include "contract/calls.h"
#include "contract/suggest.h"

enum { MOST = 100, MOST_MAX = 10000 };

struct batch_draft {
    struct loader *l;
    const struct draft *draft;
    const cJSON *node;  /* the value of `batch` */
    struct batch *made; /* its operation is set first */
};

static const char *const known[] = {"parameter", "operation", "as", "key", "with", "most"};

static bool
check_members(struct loader *l, const cJSON *node)
{
    bool fine = true;
    for (const cJSON *member = node->child; member; member = member->next) {
        struct suggest near = suggest_for(str_of(member->string));
        size_t i = 0;
        while (i < sizeof known / sizeof *known && strcmp(known[i], member->string) != 0)
            suggest_offer(&near, str_of(known[i++]));
        if (i < sizeof known / sizeof *known)
            continue;
        fine = false;
        LOADER_KEY_ERROR(l, member, "batch: '%s' is not known%s", member->string,
                         suggest_text(l->arena, &near, ": remove it"));
    }
    return fine;
}

/* The operation that takes many: another, or the same. NULL after telling. */
static const struct operation *
find_operation(struct loader *l, const struct draft *d, const cJSON *node)
{
    const cJSON *name = node_get(node, "operation");
    struct suggest near = suggest_for(str_of(cJSON_IsString(name) ? name->valuestring : ""));
    if (!name)
        return d->operation;
    for (unsigned i = 0; i < l->draft_count; i++) {
        if (str_eq(l->drafts[i].operation->id, near.wanted))
            return l->drafts[i].operation;
        suggest_offer(&near, l->drafts[i].operation->id);
    }
    LOADER_ERROR(l, name, "batch: operation '%.*s' is not in this contract%s", STR_ARG(near.wanted),
                 suggest_text(l->arena, &near, ""));
    return NULL;
}

/* The place of the parameter, or -1 after telling. */
static int
find_parameter(struct loader *l, const cJSON *at, const struct operation *o, const char *name)
{
    int slot = operation_parameter(o, str_of(name));
    struct suggest near = suggest_for(str_of(name));
    for (unsigned i = 0; slot < 0 && i < o->parameter_count; i++)
        suggest_offer(&near, o->parameters[i].name);
    if (slot < 0)
        LOADER_ERROR(l, at, "batch: operation '%.*s' has no parameter '%s'%s", STR_ARG(o->id), name,
                     suggest_text(l->arena, &near, ""));
    return slot;
}

/* What is gathered, and which parameter takes the list of it. */
static bool
read_parameters(struct batch_draft *b)
{
    const struct operation *o = b->draft->operation, *many = b->made->operation;
    const cJSON *from = node_get(b->node, "parameter"), *to = node_get(b->node, "as");
    if (!cJSON_IsString(from) || (to && !cJSON_IsString(to))) {
        LOADER_ERROR(b->l, b->node,
                     "batch: say which parameter's values are gathered: {parameter: NAME, ...}");
        return false;
    }
    int parameter = find_parameter(b->l, from, o, from->valuestring);
    int values = parameter < 0 ? -1
                               : find_parameter(b->l, to ? to : from, many,
                                                to ? to->valuestring : from->valuestring);
    if (values < 0)
        return false;
    b->made->parameter = (unsigned)parameter;
    b->made->values = (unsigned)values;
    if (!type_is_list(many->parameters[values].type)) {
        LOADER_ERROR(b->l, to ? to : from,
                     "batch: parameter '%.*s' of operation '%.*s' takes no list: name an "
                     "`operation` whose parameter does",
                     STR_ARG(many->parameters[values].name), STR_ARG(many->id));
        return false;
    }
    if (many != o && type_is_list(o->parameters[parameter].type)) {
        LOADER_ERROR(b->l, from, "batch: parameter '%s' is a list: gather it without `operation`",
                     from->valuestring);
        return false;
    }
    return true;
}

/* `with`: parameters that a gathered call may have besides, and that go on as they are. */
static bool
read_passed(struct batch_draft *b)
{
    const struct operation *o = b->draft->operation, *many = b->made->operation;
    const cJSON *with = node_get(b->node, "with");
    int *passed = ARENA_ARRAY(b->l->arena, (size_t)o->parameter_count + 1, int);
    bool fine = passed && (!with || cJSON_IsArray(with));
    b->l->sources.failed |= !passed;
    if (passed && !fine)
        LOADER_ERROR(b->l, with, "batch: `with` is a list of parameters");
    for (unsigned i = 0; passed && i < o->parameter_count; i++)
        passed[i] = -1;
    for (const cJSON *name = fine && with ? with->child : NULL; name; name = name->next) {
        const char *text = cJSON_IsString(name) ? name->valuestring : "";
        int from = find_parameter(b->l, name, o, text);
        int to = from < 0 ? -1 : find_parameter(b->l, name, many, text);
        fine &= to >= 0;
        if (to >= 0)
            passed[from] = to;
    }
    b->made->passed = passed;
    return fine;
}

static bool
is_passed(const struct batch_draft *b, int to)
{
    for (unsigned i = 0; i < b->draft->operation->parameter_count; i++)
        if (b->made->passed[i] == to)
            return true;
    return false;
}

/* What either operation cannot do without must go from one to the other. */
static bool
check_required(struct batch_draft *b)
{
    const struct operation *o = b->draft->operation, *many = b->made->operation;
    const struct parameter *missing = NULL;
    for (unsigned i = 0; i < o->parameter_count; i++)
        if (o->parameters[i].required && i != b->made->parameter && b->made->passed[i] < 0)
            missing = &o->parameters[i];
    for (unsigned i = 0; i < many->parameter_count; i++)
        if (many->parameters[i].required && i != b->made->values && !is_passed(b, (int)i))
            missing = &many->parameters[i];
    if (missing)
        LOADER_ERROR(b->l, b->node,
                     "batch: parameter '%.*s' is required, so no call can be gathered without it: "
                     "name it in `with`",
                     STR_ARG(missing->name));
    else if (many->body_required || o->body_required || many->binding->proxy || o->binding->proxy)
        LOADER_ERROR(b->l, b->node,
                     "batch: an operation with a body, or a proxy, cannot be gathered: remove it");
    else
        return true;
    return false;
}

/* The type that the pointer leads to; NULL: what the type does not say. *there false: nothing of
 * that name is there. */
static const struct type *
type_at(const struct type *t, struct str pointer, bool *there)
{
    struct str name;
    *there = true;
    pointer = str_from(pointer, 1);
    while (t && pointer.p && str_split(&pointer, '/', &name)) {
        const struct type *next = NULL;
        for (uint32_t i = 0; i < t->field_count; i++)
            if (str_eq(t->fields[i].name, name))
                next = t->fields[i].type;
        *there = next || !t->field_count;
        t = next;
    }
    return t;
}

static bool
check_answer(struct batch_draft *b)
{
    struct str key = b->made->key;
    const struct operation *o = b->draft->operation, *many = b->made->operation;
    const struct type *one = calls_success_type(o), *list = calls_success_type(many);
    const cJSON *at = node_get(b->node, "key");
    bool there;
    if (type_is_list(one))
        one = one->items;
    if (!one || !type_is_list(list) || list->items != one) {
        LOADER_ERROR(b->l, b->node,
                     "batch: operation '%.*s' must answer a list of what '%.*s' answers: the same "
                     "component",
                     STR_ARG(many->id), STR_ARG(o->id));
        return false;
    }
    type_at(one, key, &there);
    if (key.n < 2 || key.p[0] != '/' || !there) {
        LOADER_ERROR(b->l, at ? at : b->node,
                     "batch: '%.*s' is no member of what operation '%.*s' answers: say in `key` "
                     "where an item has its value, like /id",
                     STR_ARG(key), STR_ARG(many->id));
        return false;
    }
    return true;
}

static bool
read_most(struct batch_draft *b)
{
    const cJSON *most = node_get(b->node, "most");
    const struct type *list = b->made->operation->parameters[b->made->values].type;
    const cJSON *bound = list->schema ? node_get(list->schema, "maxItems") : NULL;
    uint64_t n = MOST, limit;
    if (most &&
        (!cJSON_IsNumber(most) || !str_to_u64(node_lexeme(most), &n) || n < 2 || n > MOST_MAX)) {
        LOADER_ERROR(b->l, most, "batch: `most` must be a number from 2 to %d", MOST_MAX);
        return false;
    }
    if (bound && str_to_u64(node_lexeme(bound), &limit) && limit < n)
        n = limit;
    b->made->most = (unsigned)n;
    return true;
}

static void
build(struct loader *l, const struct draft *d, const cJSON *node)
{
    struct batch_draft b = {l, d, node, ARENA_NEW(l->arena, struct batch)};
    const cJSON *key = node_get(node, "key");
    if (!b.made) {
        l->sources.failed = true;
        return;
    }
    if (!check_members(l, node))
        return;
    b.made->operation = find_operation(l, d, node);
    if (!b.made->operation || !read_parameters(&b) || !read_passed(&b) || !read_most(&b))
        return;
    b.made->key = cJSON_IsString(key)
                      ? str_of(key->valuestring)
                      : arena_printf(l->arena, "/%.*s",
                                     STR_ARG(d->operation->parameters[b.made->parameter].name));
    if (check_required(&b) && check_answer(&b))
        d->operation->batch = b.made;
}

void
batches_build(struct loader *l)
{
    for (unsigned i = 0; i < l->draft_count; i++) {
        const struct draft *d = &l->drafts[i];
        if (d->extension.members[X_BATCH] && d->operation->binding)
            build(l, d, d->extension.members[X_BATCH]);
    }
}
