/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See calls.h. */
#include "contract/calls.h"
#include "contract/backends.h"
#include "contract/lower.h"
#include "contract/operations.h"
#include "contract/suggest.h"

enum { NAMES_SHOWN = 20 };

const struct type *
calls_success_type(const struct operation *o)
{
    const struct answer *a = o->success;
    if (!a || !a->media_count)
        return NULL;
    for (unsigned i = 0; i < a->media_count; i++)
        if (str_eq(a->media[i].name, STR("application/json")) ||
            str_ends(a->media[i].name, STR("+json")))
            return a->media[i].type;
    return a->media[0].type;
}

const struct mapping *
calls_compile(struct loader *l, const cJSON *node, const cJSON *near, struct mapping_scope *scope,
              uint32_t *needs)
{
    const struct source *home = sources_home(&l->sources, node ? node : near);
    scope->secret = l->environment->secret;
    scope->secret_context = l->environment->context;
    struct report told;
    report_init(&told, l->arena);
    const struct mapping *m = mapping_compile(l->arena, &home->document, node, scope, needs, &told);
    sources_relay(&l->sources, &told, &home->document, near);
    return m;
}

static const char *
names_of(struct loader *l, const struct description *d)
{
    struct str text = STR("");
    for (unsigned i = 0; i < d->remote_count && i < NAMES_SHOWN && text.p; i++)
        text = arena_printf(l->arena, "%.*s%s%.*s", STR_ARG(text), i ? ", " : "",
                            STR_ARG(d->remotes[i].name));
    return text.p ? text.p : "";
}

static bool
find_remote(struct loader *l, const cJSON *head, struct str name, struct call *c)
{
    const struct description *d = c->backend->description;
    struct suggest near = suggest_for(name);
    for (unsigned i = 0; i < d->remote_count; i++) {
        if (str_eq(d->remotes[i].name, name)) {
            c->remote = &d->remotes[i];
            c->answer = c->remote->response;
            return true;
        }
        suggest_offer(&near, d->remotes[i].name);
    }
    LOADER_ERROR(l, head, "'%.*s' is no operation of backend '%.*s'%s (it has: %s)", STR_ARG(name),
                 STR_ARG(c->backend->name), suggest_text(l->arena, &near, ""), names_of(l, d));
    return false;
}

static bool
is_method(struct str text)
{
    static const char *const known[] = {"GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(text, str_of(known[i])))
            return true;
    return false;
}

static bool
read_same(struct loader *l, const struct draft *d, const struct call_text *t, struct call *c)
{
    const struct description *description = c->backend->description;
    if (description) {
        struct suggest near = suggest_for(d->operation->id);
        for (unsigned i = 0; i < description->remote_count; i++)
            suggest_offer(&near, description->remotes[i].name);
        LOADER_ERROR(l, t->head, "backend '%.*s' is a WSDL: write `%.*s OPERATION`%s (it has: %s)",
                     STR_ARG(c->backend->name), STR_ARG(c->backend->name),
                     suggest_text(l->arena, &near, ""), names_of(l, description));
        return false;
    }
    c->same = true;
    c->method = d->operation->method;
    return true;
}

static bool
check_http(struct loader *l, const cJSON *head, struct call *c, struct str method, struct str path)
{
    if (c->backend->description)
        LOADER_ERROR(l, head, "backend '%.*s' is a WSDL: write `%.*s OPERATION`",
                     STR_ARG(c->backend->name), STR_ARG(c->backend->name));
    else if (!is_method(method))
        LOADER_ERROR(l, head,
                     "'%.*s' is not a method: write GET, PUT, POST, DELETE, PATCH, HEAD "
                     "or OPTIONS",
                     STR_ARG(method));
    else if (!path.n || path.p[0] != '/')
        LOADER_ERROR(l, head, "'%.*s' is not a path: it begins with '/'", STR_ARG(path));
    else
        return true;
    return false;
}

/* Up to three words: backend, method or WSDL operation, path. */
static unsigned
split(struct str text, struct str words[4])
{
    unsigned n = 0;
    struct str part;
    while (n < 4 && str_split(&text, ' ', &part))
        if (part.n)
            words[n++] = part;
    return n;
}

static bool
sends_body(struct str method)
{
    return str_eq(method, STR("POST")) || str_eq(method, STR("PUT")) ||
           str_eq(method, STR("PATCH"));
}

/* --- the types of `body` and `answer` --- */

static void
refuse_far(void *context, enum walk_part part, cJSON *node)
{
    struct loader *l = context;
    const cJSON *ref = node_get(node, "$ref");
    if (part != PART_SCHEMA || !cJSON_IsString(ref) || ref->valuestring[0] == '#')
        return;
    LOADER_ERROR(l, ref,
                 "$ref '%s' leads to another file, which is not read here: put the schema into "
                 "components, and name it by '#/components/schemas/NAME'",
                 ref->valuestring);
    l->type_errors++;
}

/* {$ref: TEXT}; of Swagger 2.0, '#/definitions/NAME' will do, too. */
static cJSON *
reference_to(struct loader *l, const cJSON *text)
{
    struct str pointer = lower_pointer(l->arena, l->sources.list[0]->dialect,
                                       str_from(str_of(text->valuestring), 1));
    cJSON *node = tree_object(l->arena);
    cJSON *ref = tree_text(l->arena, arena_printf(l->arena, "#%.*s", STR_ARG(pointer)));
    tree_put(l->arena, node, "$ref", ref);
    if (!node || !ref) {
        l->sources.failed = true;
        return NULL;
    }
    sources_note(&l->sources, node, text);
    sources_note(&l->sources, ref, text);
    return node;
}

/* The type of a schema that stands in x-telgate, or of the one that a text names. */
static const struct type *
schema_type(struct loader *l, const cJSON *node)
{
    cJSON *schema =
        cJSON_IsString(node) ? reference_to(l, node) : (cJSON *)(uintptr_t)node; /* of our tree */
    return operations_type(l, schema);
}

static void
compile_schema(struct loader *l, const cJSON *node)
{
    unsigned errors = l->type_errors;
    if (cJSON_IsString(node) && node->valuestring[0] != '#') {
        LOADER_ERROR(l, node, "'%s' names no schema: write '#/components/schemas/NAME'",
                     node->valuestring);
        l->type_errors++;
        return;
    }
    if (cJSON_IsObject(node)) {
        cJSON *schema = (cJSON *)(uintptr_t)node;
        if (!walk_tree(PART_SCHEMA, schema, refuse_far, l))
            l->sources.failed = true;
        if (l->type_errors > errors)
            return;
        lower_part(&l->sources, l->sources.list[0]->dialect, PART_SCHEMA, schema);
    }
    if (!schema_type(l, node) && l->type_errors == errors)
        l->type_errors++;
}

/* Of an entry of `calls`; one of another kind is told where calls are read. */
static void
compile_member(struct loader *l, const cJSON *entry, const char *name)
{
    const cJSON *node = node_get(entry, name);
    if (cJSON_IsString(node) || cJSON_IsObject(node))
        compile_schema(l, node);
}

void
calls_compile_types(struct loader *l)
{
    static const enum extension_member ours[] = {X_BODY, X_ANSWER};
    for (const struct draft *d = l->drafts; d < l->drafts + l->draft_count; d++) {
        const cJSON *calls = d->extension.members[X_CALLS];
        for (unsigned i = 0; i < 2; i++)
            if (d->extension.members[ours[i]] && loader_first_with(l, d, ours[i]) == d)
                compile_schema(l, d->extension.members[ours[i]]);
        if (!calls || loader_first_with(l, d, X_CALLS) != d)
            continue;
        for (const cJSON *entry = calls->child; entry; entry = entry->next) {
            compile_member(l, entry, "body");
            compile_member(l, entry, "answer");
        }
    }
}

static const struct type *
read_type(struct loader *l, const cJSON *node, const struct call *c)
{
    if (!cJSON_IsString(node) && !cJSON_IsObject(node))
        LOADER_ERROR(l, node, "%s must be a schema, or '#/components/schemas/NAME'", node->string);
    else if (c->remote)
        LOADER_KEY_ERROR(l, node, "the WSDL says what '%.*s' takes and answers: remove '%s'",
                         STR_ARG(c->remote->name), node->string);
    else if (c->same)
        LOADER_KEY_ERROR(l, node,
                         "the call takes and answers what its operation does: remove '%s', or "
                         "write a method and a path (`BACKEND GET /path`)",
                         node->string);
    else
        return schema_type(l, node);
    return NULL;
}

static void
read_types(struct loader *l, const struct call_text *t, struct call *c)
{
    if (t->answer)
        c->answer = read_type(l, t->answer, c);
    if (t->body)
        c->body = read_type(l, t->body, c);
    if (c->body && !sends_body(c->method))
        LOADER_KEY_ERROR(l, t->body,
                         "a %.*s call has no body: remove 'body', or use another method",
                         STR_ARG(c->method));
}

/* --- the head --- */

static bool
read_way(struct loader *l, const struct draft *d, const struct call_text *t, struct call *c)
{
    struct str words[4];
    unsigned n = cJSON_IsString(t->head) ? split(str_of(t->head->valuestring), words) : 0;
    if (n < 1 || n > 3) {
        LOADER_ERROR(l, t->head,
                     "a call must be text: BACKEND, or BACKEND GET /path, or BACKEND "
                     "OPERATION");
        return false;
    }
    c->backend = backends_find(l, t->head, words[0]);
    if (!c->backend)
        return false;
    if (n == 1)
        return read_same(l, d, t, c);
    if (n == 3) {
        c->method = words[1];
        return check_http(l, t->head, c, words[1], words[2]);
    }
    if (c->backend->description)
        return find_remote(l, t->head, words[1], c);
    LOADER_ERROR(l, t->head,
                 "backend '%.*s' is plain HTTP: write `%.*s GET /path`, or only "
                 "`%.*s` for the same method and path",
                 STR_ARG(words[0]), STR_ARG(words[0]), STR_ARG(words[0]));
    return false;
}

bool
calls_read_head(struct loader *l, const struct draft *d, const struct call_text *t, struct call *c)
{
    if (!read_way(l, d, t, c))
        return false;
    if (!l->type_errors) /* else no mapping will look at them */
        read_types(l, t, c);
    return true;
}

/* --- the path --- */

static bool
read_piece(struct loader *l, const cJSON *head, struct str name, struct mapping_scope *scope,
           struct call *c)
{
    struct str text = name.n && name.p[0] == '$'
                          ? arena_dup(l->arena, name)
                          : arena_printf(l->arena, "$inputs.%.*s", STR_ARG(name));
    cJSON *node = text.p ? tree_text(l->arena, text) : NULL;
    if (!name.n || !node) {
        LOADER_ERROR(l, head, "'{}' names nothing: write {NAME} or {$expression}");
        return false;
    }
    sources_note(&l->sources, node, head);
    const struct mapping *m = calls_compile(l, node, head, scope, &c->needs);
    c->path[c->path_count - 1].value = m;
    return m != NULL;
}

static bool
is_path_text(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || strchr("?#\\\"<>^`|}", text.p[i]) ||
            (unsigned char)text.p[i] >= 127)
            return false;
    return true;
}

static void
read_path(struct loader *l, const cJSON *head, struct mapping_scope *scope, struct call *c)
{
    struct str words[4];
    (void)split(str_of(head->valuestring), words);
    struct str rest = words[2];
    c->path = ARENA_ARRAY(l->arena, rest.n / 2 + 2, struct path_piece);
    if (!c->path) {
        l->sources.failed = true;
        return;
    }
    while (rest.n) {
        size_t open = str_find(rest, '{');
        struct str text = str_head(rest, open);
        if (!is_path_text(text)) {
            LOADER_ERROR(l, head,
                         "'%.*s' is not a path: write the query under `query`, and "
                         "encode other characters",
                         STR_ARG(words[2]));
            return;
        }
        c->path[c->path_count++].text = text;
        rest = str_from(rest, open);
        if (!rest.n)
            return;
        size_t close = str_find(rest, '}');
        if (close == rest.n) {
            LOADER_ERROR(l, head, "'{' has no '}' in '%.*s'", STR_ARG(words[2]));
            return;
        }
        if (!read_piece(l, head, str_from(str_head(rest, close), 1), scope, c))
            return;
        rest = str_from(rest, close + 1);
    }
}

/* --- the rest --- */

static void
read_http_request(struct loader *l, const struct draft *d, const struct call_text *t,
                  struct mapping_scope *scope, struct call *c)
{
    const cJSON *request = t->request;
    if (request && !sends_body(c->method)) {
        LOADER_KEY_ERROR(l, request, "a %.*s call has no body: use `query`, or another method",
                         STR_ARG(c->method));
        return;
    }
    bool by_name = c->body && sends_body(c->method) && (c->body->kinds & TYPE_OBJECT);
    if (!request && !by_name && !c->same && sends_body(c->method) && d->operation->body_count) {
        cJSON *whole = tree_text(l->arena, STR("$request.body"));
        sources_note(&l->sources, whole, t->head);
        request = whole;
    }
    scope->by_name = by_name;
    scope->target = c->body;
    if (request || by_name)
        c->request = calls_compile(l, request, t->head, scope, &c->needs);
    scope->by_name = false;
    scope->target = NULL;
    if (t->query && c->same)
        LOADER_KEY_ERROR(l, t->query,
                         "the call takes the operation's own query: write a method "
                         "and a path (`BACKEND GET /path`) to give another");
    else if (t->query)
        c->query = calls_compile(l, t->query, t->head, scope, &c->needs);
    if (t->headers)
        c->headers = calls_compile(l, t->headers, t->head, scope, &c->needs);
}

static void
read_message(struct loader *l, const struct call_text *t, struct mapping_scope *scope,
             struct call *c)
{
    scope->by_name = true;
    scope->target = c->remote->request;
    if (t->request || scope->target)
        c->request = calls_compile(l, t->request, t->head, scope, &c->needs);
    scope->target = c->remote->headers;
    if (t->headers && !scope->target)
        LOADER_KEY_ERROR(l, t->headers, "'%.*s' declares no soap:header: remove `headers`",
                         STR_ARG(c->remote->name));
    else if (scope->target)
        c->headers = calls_compile(l, t->headers, t->head, scope, &c->needs);
    if (t->query)
        LOADER_KEY_ERROR(l, t->query, "a WSDL operation has no query: use `request`");
}

static void
check_fault_name(struct loader *l, const cJSON *node, const struct remote *remote)
{
    struct suggest near = suggest_for(str_of(node->string));
    for (unsigned i = 0; i < remote->fault_count; i++) {
        if (str_eq(remote->faults[i].name, str_of(node->string)))
            return;
        suggest_offer(&near, remote->faults[i].name);
    }
    if (remote->fault_count)
        LOADER_KEY_WARNING(l, node, "'%s' is no declared fault of '%.*s'%s", node->string,
                           STR_ARG(remote->name),
                           suggest_text(l->arena, &near, ": it is taken for a fault code"));
}

static void
read_faults(struct loader *l, const struct call_text *t, struct call *c)
{
    c->faults =
        ARENA_ARRAY(l->arena, (size_t)cJSON_GetArraySize(t->faults) + 1, struct fault_mapping);
    for (const cJSON *node = t->faults->child; node && c->faults; node = node->next) {
        uint64_t status;
        if (!str_to_u64(node_lexeme(node), &status) || status < 400 || status > 599) {
            LOADER_ERROR(l, node, "fault '%s' must map to a status from 400 to 599", node->string);
            continue;
        }
        if (c->remote && !t->shared)
            check_fault_name(l, node, c->remote);
        c->faults[c->fault_count++] =
            (struct fault_mapping){str_of(node->string), (uint16_t)status};
    }
}

void
calls_read_rest(struct loader *l, const struct draft *d, const struct call_text *t, struct call *c,
                const struct call *all, unsigned count)
{
    struct mapping_scope scope = {.operation = d->operation, .calls = all, .call_count = count};
    if (!c->remote && !c->same)
        read_path(l, t->head, &scope, c);
    if (c->remote)
        read_message(l, t, &scope, c);
    else
        read_http_request(l, d, t, &scope, c);
    if (t->faults)
        read_faults(l, t, c);
    c->timeout_us = backends_duration(l, t->timeout, 0);
    if (t->optional && !cJSON_IsBool(t->optional))
        LOADER_ERROR(l, t->optional, "optional must be true or false");
    c->optional = cJSON_IsTrue(t->optional);
}
