/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See operations.h. */
#include "contract/operations.h"
#include "contract/answers.h"
#include "contract/parameters.h"
#include "contract/reference.h"
#include "contract/security.h"
#include "base/uri.h"

static const char *const methods[] = {"get",     "put",  "post",  "delete",
                                      "options", "head", "patch", "trace"};
static const char *const upper_methods[] = {"GET",     "PUT",  "POST",  "DELETE",
                                            "OPTIONS", "HEAD", "PATCH", "TRACE"};
enum { METHODS = sizeof methods / sizeof *methods };

static int
method_index(const char *key)
{
    for (int i = 0; i < METHODS; i++)
        if (!strcmp(methods[i], key))
            return i;
    return -1;
}

/* The schema itself, or what it names when it is a $ref and says nothing else. */
static cJSON *
see_through(struct loader *l, cJSON *schema, struct str *name)
{
    static const char section[] = "#/components/schemas/";
    for (unsigned i = 0; schema && i < 32; i++) {
        const cJSON *ref = node_get(schema, "$ref");
        if (!cJSON_IsString(ref))
            return schema;
        for (const cJSON *m = schema->child; m; m = m->next)
            if (m != ref && strcmp(m->string, "description") && !tree_is_extension(m))
                return schema;
        struct str text = str_of(ref->valuestring);
        if (str_starts(text, str_of(section)))
            *name = str_from(text, sizeof section - 1);
        schema = reference_find(&l->sources, ref, ref->valuestring);
    }
    return schema;
}

const struct type *
operations_compile(struct loader *l, cJSON *schema, struct str name)
{
    const struct document *home = &sources_home(&l->sources, schema)->document;
    unsigned errors = l->report->errors;
    report_init(&l->type_report, l->arena);
    const struct type *t = type_compile(l->types, home, schema, name);
    sources_relay(&l->sources, &l->type_report, home, schema);
    l->type_errors += l->report->errors - errors;
    return t;
}

const struct type *
operations_type(struct loader *l, cJSON *schema)
{
    struct str name = STR_NONE;
    schema = schema ? see_through(l, schema, &name) : NULL;
    return schema ? operations_compile(l, schema, name) : NULL;
}

/* "{id}" counts as "{}": two templates that differ in names only are one path. */
static bool
same_path(struct str a, struct str b)
{
    size_t i = 0, k = 0;
    while (i < a.n && k < b.n && a.p[i] == b.p[k]) {
        if (a.p[i] == '{') {
            i += str_find(str_from(a, i), '}');
            k += str_find(str_from(b, k), '}');
        }
        i++;
        k++;
    }
    return i >= a.n && k >= b.n;
}

static void
check_unique(struct loader *l, const struct draft *d)
{
    const struct operation *o = d->operation;
    for (const struct draft *other = l->drafts; other < d; other++) {
        const struct operation *p = other->operation;
        if (o->id.n && str_eq(p->id, o->id))
            LOADER_ERROR(l, node_get(d->node, "operationId"),
                         "operationId '%.*s' is taken by %.*s %.*s: choose another", STR_ARG(o->id),
                         STR_ARG(p->method), STR_ARG(p->path));
        if (str_eq(p->method, o->method) && same_path(p->path, o->path))
            LOADER_KEY_ERROR(l, d->node, "%.*s %.*s is the same as %.*s %.*s: remove one",
                             STR_ARG(o->method), STR_ARG(o->path), STR_ARG(p->method),
                             STR_ARG(p->path));
    }
}

static void
read_id(struct loader *l, const struct draft *d)
{
    struct operation *o = d->operation;
    o->id = str_of(node_string(d->node, "operationId", ""));
    if (!o->id.n)
        LOADER_KEY_ERROR(l, d->node, "%.*s %.*s has no operationId: add one, here or by an overlay",
                         STR_ARG(o->method), STR_ARG(o->path));
}

static void
tell_lost(struct loader *l, const struct draft *d)
{
    const cJSON *callbacks = node_get(d->node, "callbacks");
    const cJSON *servers = node_get(d->node, "servers");
    if (callbacks)
        LOADER_KEY_WARNING(l, callbacks, "callbacks are published but not served");
    if (servers)
        LOADER_KEY_WARNING(l, servers,
                           "servers of an operation have no effect: the document's "
                           "first one says the path");
}

static void
read_operation(struct loader *l, const cJSON *path, const cJSON *item, cJSON *node, int method,
               const struct extension *inherited)
{
    struct draft *d = &l->drafts[l->draft_count];
    struct operation *o = d->operation;
    *d = (struct draft){.operation = o, .node = node, .extension = *inherited};
    o->contract = l->contract;
    o->method = str_of(upper_methods[method]);
    o->path = str_of(path->string);
    o->summary = str_of(node_string(node, "summary", ""));
    o->description = str_of(node_string(node, "description", ""));
    o->deprecated = tree_is_true(node, "deprecated");
    read_id(l, d);
    check_unique(l, d);
    extension_apply(&l->sources, node, LEVEL_OPERATION, &d->extension);
    parameters_read(l, item, d);
    answers_read_body(l, d);
    answers_read(l, d);
    security_read(l, d);
    security_read_step_up(l, d);
    tell_lost(l, d);
    l->draft_count++;
}

static bool
check_template(struct loader *l, const cJSON *path)
{
    struct str text = str_of(path->string);
    bool inside = false;
    size_t start = 0;
    if (!text.n || text.p[0] != '/') {
        LOADER_KEY_ERROR(l, path, "path '%s' must begin with '/'", path->string);
        return false;
    }
    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : '\0';
        bool wrong = inside ? c == '{' || c == '/' || !c || (c == '}' && i == start) : c == '}';
        if (wrong || c == '?' || c == '#') {
            LOADER_KEY_ERROR(l, path,
                             "path '%s' is malformed at byte %zu: write {name} within a "
                             "segment, and no query",
                             path->string, i + 1);
            return false;
        }
        start = c == '{' ? i + 1 : start;
        inside = c == '{' || (inside && c != '}');
    }
    return true;
}

static void
read_path(struct loader *l, cJSON *raw)
{
    struct extension e = l->extension;
    if (!check_template(l, raw))
        return;
    const cJSON *item = reference_follow(&l->sources, raw);
    if (!item)
        return;
    if (!cJSON_IsObject(item)) {
        LOADER_ERROR(l, item, "a path item must be an object of operations");
        return;
    }
    extension_apply(&l->sources, item, LEVEL_PATH, &e);
    if (item != raw)
        extension_apply(&l->sources, raw, LEVEL_PATH, &e);
    for (cJSON *node = item->child; node; node = node->next) {
        int method = method_index(node->string);
        if (method >= 0 && cJSON_IsObject(node) && l->draft_count < l->draft_room)
            read_operation(l, raw, item, node, method, &e);
        else if (method >= 0 && !cJSON_IsObject(node))
            LOADER_ERROR(l, node, "an operation must be an object");
    }
}

/* What a path item's $ref leads to, without telling. */
static const cJSON *
look_through(struct loader *l, const cJSON *item)
{
    struct str pointer;
    for (unsigned i = 0; i < 32 && node_get(item, "$ref"); i++) {
        const char *ref = node_string(item, "$ref", "");
        bool fine = ref[0] == '#' && uri_decode(l->arena, str_of(ref + 1), false, &pointer);
        item = fine ? node_pointer(l->root, pointer) : NULL;
    }
    return item;
}

static unsigned
count_operations(struct loader *l, const cJSON *paths)
{
    unsigned count = 0;
    for (cJSON *raw = paths->child; raw; raw = raw->next) {
        const cJSON *item = look_through(l, raw);
        for (const cJSON *node = item ? item->child : NULL; node; node = node->next)
            count += node->string && method_index(node->string) >= 0;
    }
    return count;
}

static bool
make_drafts(struct loader *l, unsigned count)
{
    struct operation *operations = ARENA_ARRAY(l->arena, (size_t)count + 1, struct operation);
    l->drafts = ARENA_ARRAY(l->arena, (size_t)count + 1, struct draft);
    if (!operations || !l->drafts) {
        l->sources.failed = true;
        return false;
    }
    for (unsigned i = 0; i <= count; i++)
        l->drafts[i].operation = &operations[i];
    l->contract->operations = operations;
    l->draft_room = count;
    return true;
}

static unsigned
count_silent(const struct loader *l)
{
    unsigned count = 0;
    for (unsigned i = 0; i < l->draft_count; i++)
        count += !node_get(l->drafts[i].node, "security");
    return count;
}

void
operations_read(struct loader *l)
{
    const cJSON *paths = node_get(l->root, "paths");
    if (!cJSON_IsObject(paths)) {
        LOADER_ERROR(l, paths ? paths : l->root, "there are no paths: add an object `paths`");
        return;
    }
    if (!make_drafts(l, count_operations(l, paths)))
        return;
    for (cJSON *path = paths->child; path; path = path->next)
        if (!tree_is_extension(path))
            read_path(l, path);
    l->contract->operation_count = l->draft_count;
    if (!l->draft_count)
        LOADER_ERROR(l, paths, "there is no operation under paths: add one");
    if (!node_get(l->root, "security") && count_silent(l))
        LOADER_WARNING(l, l->root,
                       "%u of %u operations do not say who may call them: any valid token may; say "
                       "it in `security`, or `security: []` for everyone",
                       count_silent(l), l->draft_count);
    if (node_get(l->root, "webhooks"))
        LOADER_KEY_WARNING(l, node_get(l->root, "webhooks"),
                           "webhooks are published but not served");
}

void
operations_check(struct loader *l)
{
    for (unsigned i = 0; i < l->draft_count; i++) {
        parameters_check(l, &l->drafts[i]);
        answers_check(l, &l->drafts[i]);
    }
}
