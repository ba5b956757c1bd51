/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See contract.h. The steps of contract_load, in order, are the whole of the loader. */
#include "contract/answers.h"
#include "contract/backends.h"
#include "contract/batches.h"
#include "contract/bindings.h"
#include "contract/breakers.h"
#include "contract/calls.h"
#include "contract/keys.h"
#include "contract/lower.h"
#include "contract/operations.h"
#include "contract/overlay.h"
#include "contract/reference.h"
#include "contract/walk.h"
#include "contract/xml_check.h"
#include "base/uri.h"

static bool
read_documents(struct loader *l, const struct contract_source *source)
{
    struct sources *s = &l->sources;
    struct document *d = document_read(l->arena, source->document, l->report);
    if (!d || !sources_add(s, d))
        return false;
    for (unsigned i = 0; i < source->overlay_count; i++)
        overlay_apply(s, source->overlays[i]);
    l->root = s->list[0]->document.root;
    if (!cJSON_IsObject(l->root)) {
        LOADER_ERROR(l, l->root, "this is no OpenAPI document: it must be an object");
        return false;
    }
    if (s->list[0]->dialect != DIALECT_UNKNOWN)
        return true;
    const cJSON *version = node_get(l->root, "openapi");
    version = version ? version : node_get(l->root, "swagger");
    LOADER_ERROR(l, version ? version : l->root,
                 "this is no OpenAPI document that is supported: begin it with `openapi: 3.1.0` "
                 "(3.0 and `swagger: \"2.0\"` are read too)");
    return false;
}

/* --- what the document says of itself --- */

/* Puts the variables' defaults into a server's URL. */
static struct str
fill_url(struct loader *l, const cJSON *server)
{
    struct str rest = str_of(node_string(server, "url", "")), done = STR("");
    const cJSON *variables = node_get(server, "variables");
    while (rest.n && done.p) {
        size_t open = str_find(rest, '{'), close = str_find(rest, '}');
        if (open >= rest.n || close < open || close >= rest.n)
            return arena_printf(l->arena, "%.*s%.*s", STR_ARG(done), STR_ARG(rest));
        struct str name = arena_dup(l->arena, str_head(str_from(rest, open + 1), close - open - 1));
        const cJSON *variable = name.p ? node_get(variables, name.p) : NULL;
        if (!variable)
            LOADER_ERROR(l, node_get(server, "url"),
                         "server variable '%.*s' is not described: "
                         "add it to variables, with a default",
                         STR_ARG(name));
        done = arena_printf(l->arena, "%.*s%.*s%s", STR_ARG(done), (int)open, rest.p,
                            node_string(variable, "default", ""));
        rest = str_from(rest, close + 1);
    }
    return done;
}

/* "https://host/a/b/" -> "/a/b" */
static struct str
path_of(struct str url)
{
    for (size_t i = 0; i + 2 < url.n; i++)
        if (!memcmp(url.p + i, "://", 3)) {
            url = str_from(url, i + 3);
            url = str_from(url, str_find(url, '/'));
            break;
        }
    url = str_head(url, str_find(url, '?'));
    while (url.n && url.p[url.n - 1] == '/')
        url.n--;
    return url;
}

static void
read_base_path(struct loader *l)
{
    const cJSON *servers = node_get(l->root, "servers");
    const cJSON *server = cJSON_IsArray(servers) ? servers->child : NULL;
    struct str path = server ? path_of(fill_url(l, server)) : STR_NONE;
    if (path.n && path.p[0] != '/')
        path = arena_printf(l->arena, "/%.*s", STR_ARG(path));
    l->contract->base_path = path;
}

static bool
is_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool letter = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!letter && !strchr("-._~", c) && !(c == '/' && i && name.p[i - 1] != '/'))
            return false;
        if (c == '.' && i + 1 < name.n && name.p[i + 1] == '.')
            return false;
    }
    return name.n && name.p[name.n - 1] != '/';
}

/* "Customer Bill Management" -> "customer-bill-management" */
static struct str
slug(struct arena *a, struct str title)
{
    char *out = arena_alloc(a, title.n + 1);
    size_t n = 0;
    for (size_t i = 0; out && i < title.n; i++) {
        char c = title.p[i];
        if (c >= 'A' && c <= 'Z')
            out[n++] = (char)(c + 32);
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = c;
        else if (n && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n && out[n - 1] == '-')
        n--;
    return (struct str){out, n};
}

static void
read_name(struct loader *l)
{
    struct contract *c = l->contract;
    const cJSON *given = l->extension.members[X_NAME];
    c->name = given ? str_of(given->valuestring) : str_from(c->base_path, 1);
    if (!c->name.n && !given)
        c->name = slug(l->arena, c->title);
    if (!is_name(c->name))
        LOADER_ERROR(l, given ? given : l->root,
                     "'%.*s' cannot be the contract's name: give it one like billing/v4 in "
                     "x-telgate.name (letters, digits, '-', '.', '_', '~' and single '/')",
                     STR_ARG(c->name));
}

/* OpenAPI 3.1, section 4.8.24.7: schemas may be of another dialect, which is not read. */
static void
check_dialect(struct loader *l)
{
    const cJSON *dialect = node_get(l->root, "jsonSchemaDialect");
    struct str text = str_of(node_string(l->root, "jsonSchemaDialect", ""));
    if (dialect && !str_starts(text, STR("https://spec.openapis.org/oas/3.1/dialect/")) &&
        !str_eq(text, STR("https://json-schema.org/draft/2020-12/schema")))
        LOADER_ERROR(l, dialect,
                     "this dialect of JSON Schema is not supported: remove it, and "
                     "write the schemas in 2020-12");
}

static void
read_head(struct loader *l)
{
    const cJSON *info = node_get(l->root, "info");
    struct contract *c = l->contract;
    if (!cJSON_IsObject(info))
        LOADER_ERROR(l, l->root, "there is no info: add one with title and version");
    check_dialect(l);
    c->title = str_of(node_string(info, "title", ""));
    c->version = str_of(node_string(info, "version", ""));
    c->description = str_of(node_string(info, "description", ""));
    extension_apply(&l->sources, l->root, LEVEL_DOCUMENT, &l->extension);
    read_base_path(l);
    read_name(l);
}

/* --- types --- */

static const cJSON *
resolve(void *context, const struct document *home, const cJSON *from, const char *reference,
        const struct document **where)
{
    struct sources *s = context;
    const cJSON *found = reference_find(s, from, reference);
    *where = found ? &sources_home(s, found)->document : home;
    return found;
}

static void
read_components(struct loader *l)
{
    struct contract *c = l->contract;
    const cJSON *schemas = node_get(node_get(l->root, "components"), "schemas");
    const struct type **list =
        ARENA_ARRAY(l->arena, (size_t)cJSON_GetArraySize(schemas) + 1, const struct type *);
    c->components = list;
    for (cJSON *node = schemas ? schemas->child : NULL; node && list; node = node->next) {
        const struct type *t = operations_compile(l, node, str_of(node->string));
        if (t)
            list[c->component_count++] = t;
    }
}

static void
compile(struct loader *l)
{
    struct type_resolver resolver = {resolve, &l->sources};
    report_init(&l->type_report, l->arena);
    l->types = type_set_new(l->arena, resolver, &l->type_report);
    l->contract->types = l->types;
    if (!l->types) {
        l->sources.failed = true;
        return;
    }
    backends_read(l);
    read_components(l);
    operations_read(l);
    calls_compile_types(l);
    unsigned errors = l->report->errors;
    report_init(&l->type_report, l->arena);
    type_set_finish(l->types);
    sources_relay(&l->sources, &l->type_report, &l->sources.list[0]->document, l->root);
    l->type_errors += l->report->errors - errors;
    if (!l->type_errors)
        operations_check(l);
    bindings_build(l);
    breakers_build(l);
    if (!l->type_errors) {
        batches_build(l);
        answers_check_calls(l);
        xml_check(l);
    }
}

const struct contract *
contract_load(struct arena *a, const struct contract_source *source,
              const struct contract_environment *environment, struct report *r)
{
    struct loader l = {.arena = a, .report = r, .environment = environment};
    unsigned errors = r->errors;
    sources_init(&l.sources, a, r);
    l.contract = ARENA_NEW(a, struct contract);
    if (!l.contract) {
        report_error(r, (struct place){str_of(source->document), 0, 0}, "out of memory");
        return NULL;
    }
    if (!read_documents(&l, source))
        return NULL;
    lower_document(&l.sources, l.sources.list[0]);
    reference_bundle(&l.sources);
    keys_check(&l.sources, l.root);
    read_head(&l);
    compile(&l);
    l.contract->links = extension_strip(&l.sources, l.root);
    l.contract->published = l.root;
    if (l.sources.failed)
        LOADER_ERROR(&l, l.root, "out of memory, or nested too deep, while this was loaded");
    return r->errors > errors ? NULL : l.contract;
}

const struct operation *
contract_operation(const struct contract *c, struct str id)
{
    for (unsigned i = 0; i < c->operation_count; i++)
        if (str_eq(c->operations[i].id, id))
            return &c->operations[i];
    return NULL;
}
