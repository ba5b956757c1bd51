/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See bindings.h. */
#include "contract/bindings.h"
#include "contract/backends.h"
#include "contract/caching.h"
#include "contract/calls.h"
#include "contract/rate.h"
#include "contract/suggest.h"

enum { CALLS_MAX = 32, RETRY_MAX = 10 };

/* --- what is said of the operation as a whole --- */

static const char *const dialects[] = {
    [ERRORS_PROBLEM] = "problem", [ERRORS_TMF] = "tmf", [ERRORS_CAMARA] = "camara"};

static uint8_t
read_dialect(struct loader *l, const cJSON *node)
{
    if (!node)
        return ERRORS_PROBLEM;
    struct suggest near = suggest_for(str_of(node->valuestring));
    for (unsigned i = 0; i < 3; i++) {
        if (!strcmp(dialects[i], node->valuestring))
            return (uint8_t)i;
        suggest_offer(&near, str_of(dialects[i]));
    }
    LOADER_ERROR(l, node, "errors: '%s' is not known%s", node->valuestring,
                 suggest_text(l->arena, &near, ": use problem, tmf or camara"));
    return ERRORS_PROBLEM;
}

static bool
parse_size(struct str text, uint64_t *bytes)
{
    static const struct {
        struct str name;
        unsigned shift;
    } units[] = {{STR(""), 0}, {STR("B"), 0}, {STR("KB"), 10}, {STR("MB"), 20}, {STR("GB"), 30}};
    size_t digits = 0;
    while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
        digits++;
    struct str unit = str_trim(str_from(text, digits));
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_eq(unit, units[i].name)) {
            bool fine = str_to_u64(str_head(text, digits), bytes) && *bytes > 0 &&
                        *bytes < UINT64_C(1) << 32;
            *bytes <<= units[i].shift;
            return fine;
        }
    return false;
}

static void
read_limit(struct loader *l, const cJSON *node, struct operation *o)
{
    struct str text = cJSON_IsNumber(node) ? node_lexeme(node) : str_of(node->valuestring);
    uint64_t bytes;
    if (parse_size(text, &bytes))
        o->body_limit = bytes;
    else
        LOADER_ERROR(l, node, "body_limit must be a size such as 64KB or 1MB, above 0");
}

static void
read_retry(struct loader *l, const struct draft *d, struct binding *b)
{
    const cJSON *node = d->extension.members[X_RETRY];
    uint64_t n;
    if (!node)
        return;
    if (!str_to_u64(node_lexeme(node), &n) || n > RETRY_MAX) {
        LOADER_ERROR(l, node, "retry must be a number from 0 to %d", RETRY_MAX);
        return;
    }
    b->retry = (unsigned)n;
    struct str method = d->operation->method;
    bool repeats = !str_eq(method, STR("POST")) && !str_eq(method, STR("PATCH"));
    if (n && !repeats && d->extension.levels[X_RETRY] == LEVEL_OPERATION)
        LOADER_WARNING(l, node, "retry has no effect: %.*s is not idempotent", STR_ARG(method));
}

static void
read_graphql(struct loader *l, const cJSON *node, struct operation *o)
{
    o->graphql = !cJSON_IsFalse(node);
    if (!cJSON_IsString(node))
        return;
    if (!strcmp(node->valuestring, "query"))
        o->graphql_root = GRAPHQL_QUERY;
    else if (!strcmp(node->valuestring, "mutation"))
        o->graphql_root = GRAPHQL_MUTATION;
    else
        LOADER_ERROR(l, node, "graphql must be true, false, query or mutation");
}

static void
read_whole(struct loader *l, struct draft *d)
{
    const struct extension *e = &d->extension;
    struct operation *o = d->operation;
    o->errors = read_dialect(l, e->members[X_ERRORS]);
    o->timeout_us = backends_duration(l, e->members[X_TIMEOUT], l->environment->timeout_us);
    o->soap = !cJSON_IsFalse(e->members[X_SOAP]);
    o->graphql = true;
    if (e->members[X_GRAPHQL])
        read_graphql(l, e->members[X_GRAPHQL], o);
    if (e->members[X_BODY_LIMIT])
        read_limit(l, e->members[X_BODY_LIMIT], o);
    read_retry(l, d, o->binding);
    rate_read(l, d);
}

/* --- proxy --- */

static void
read_proxy(struct loader *l, struct draft *d)
{
    const struct extension *e = &d->extension;
    const cJSON *node = e->members[X_PROXY];
    struct operation *o = d->operation;
    o->binding->proxy = backends_find(l, node, str_of(node->valuestring));
    if (o->binding->proxy && o->binding->proxy->description)
        LOADER_ERROR(l, node, "backend '%s' is a WSDL, which cannot be proxied: write `call`",
                     node->valuestring);
    for (int i = X_REQUEST; i <= X_FAULTS; i++)
        if (e->members[i] && e->levels[i] >= e->levels[X_PROXY])
            LOADER_KEY_ERROR(l, e->members[i],
                             "proxy streams bytes as they are: remove '%s', or "
                             "write `call`",
                             e->members[i]->string);
    if (cJSON_IsTrue(e->members[X_SOAP]) || cJSON_IsTrue(e->members[X_GRAPHQL]))
        LOADER_ERROR(l, node,
                     "proxy streams bytes as they are: operation '%.*s' cannot be served "
                     "by soap or graphql",
                     STR_ARG(o->id));
    o->soap = o->graphql = false;
}

/* --- one call --- */

static void
read_single(struct loader *l, struct draft *d)
{
    const cJSON *const *m = d->extension.members;
    struct binding *b = d->operation->binding;
    struct call_text text = {.head = m[X_CALL],
                             .request = m[X_REQUEST],
                             .query = m[X_QUERY],
                             .headers = m[X_HEADERS],
                             .body = m[X_BODY],
                             .answer = m[X_ANSWER],
                             .faults = m[X_FAULTS],
                             .shared = d->extension.levels[X_FAULTS] != LEVEL_OPERATION};
    const cJSON *response = m[X_RESPONSE];
    struct call *c = b->calls = ARENA_NEW(l->arena, struct call);
    if (!c || !calls_read_head(l, d, &text, c))
        return;
    if (l->type_errors)
        return;
    b->call_count = 1;
    calls_read_rest(l, d, &text, c, NULL, 0);
    struct mapping_scope scope = {.operation = d->operation,
                                  .by_name = true,
                                  .target = calls_success_type(d->operation),
                                  .has_response = true,
                                  .response = c->answer};
    if (!c->answer && !c->remote && !response)
        c->answer = scope.target;
    else if (response || (scope.target && c->answer))
        b->response = calls_compile(l, response, text.head, &scope, NULL);
    else if (scope.target)
        LOADER_ERROR(l, text.head,
                     "'%.*s' answers nothing, but operation '%.*s' promises a body: "
                     "write `response`",
                     STR_ARG(c->remote->name), STR_ARG(d->operation->id));
}

/* --- several calls --- */

static void
tell_member(struct loader *l, const cJSON *member)
{
    static const char *const known[] = {"call",   "request", "query",   "headers", "body",
                                        "answer", "faults",  "timeout", "optional"};
    struct suggest near = suggest_for(str_of(member->string));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (!strcmp(known[i], member->string))
            return;
        suggest_offer(&near, str_of(known[i]));
    }
    LOADER_KEY_ERROR(l, member, "calls: '%s' is not known%s", member->string,
                     suggest_text(l->arena, &near, ": remove it"));
}

static void
read_entry(struct loader *l, const cJSON *node, const struct extension *e, struct call_text *t)
{
    *t = (struct call_text){.head = node, .faults = e->members[X_FAULTS], .shared = true};
    if (!cJSON_IsObject(node))
        return;
    for (const cJSON *member = node->child; member; member = member->next)
        tell_member(l, member);
    t->head = node_get(node, "call");
    t->request = node_get(node, "request");
    t->query = node_get(node, "query");
    t->headers = node_get(node, "headers");
    t->body = node_get(node, "body");
    t->answer = node_get(node, "answer");
    t->timeout = node_get(node, "timeout");
    t->optional = node_get(node, "optional");
    t->shared = !node_get(node, "faults");
    t->faults = t->shared ? t->faults : node_get(node, "faults");
    if (!t->head)
        t->head = node;
}

static bool
is_call_name(const char *name)
{
    return name[0] && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789_-")] == '\0';
}

/* Refers `start` to itself, over others? */
static bool
in_circle(const struct binding *b, unsigned start)
{
    uint32_t seen = b->calls[start].needs, before = 0;
    while (seen != before) {
        before = seen;
        for (unsigned i = 0; i < b->call_count; i++)
            if (seen >> i & 1)
                seen |= b->calls[i].needs;
    }
    return seen >> start & 1;
}

static void
tell_circles(struct loader *l, const cJSON *calls, const struct binding *b)
{
    const cJSON *node = calls->child;
    for (unsigned i = 0; i < b->call_count; i++, node = node->next)
        if (in_circle(b, i))
            LOADER_KEY_ERROR(l, node, "call '%s' needs its own answer: break the circle of $calls",
                             node->string);
}

static bool
read_heads(struct loader *l, const struct draft *d, struct call_text *texts)
{
    const cJSON *calls = d->extension.members[X_CALLS];
    struct binding *b = d->operation->binding;
    bool fine = true;
    for (const cJSON *node = calls->child; node; node = node->next) {
        struct call *c = &b->calls[b->call_count];
        c->name = str_of(node->string);
        if (!is_call_name(node->string)) {
            LOADER_KEY_ERROR(l, node, "call '%s': a name has letters, digits, '_' and '-' only",
                             node->string);
            fine = false;
        }
        read_entry(l, node, &d->extension, &texts[b->call_count]);
        fine &= calls_read_head(l, d, &texts[b->call_count], c);
        b->call_count++;
    }
    return fine;
}

static void
tell_outside(struct loader *l, const struct draft *d)
{
    static const uint8_t ours[] = {X_REQUEST, X_QUERY, X_HEADERS, X_BODY, X_ANSWER};
    const struct extension *e = &d->extension;
    for (unsigned i = 0; i < sizeof ours; i++)
        if (e->members[ours[i]] && e->levels[ours[i]] >= e->levels[X_CALLS])
            LOADER_KEY_ERROR(l, e->members[ours[i]],
                             "with `calls`, '%s' belongs to one of them: "
                             "move it there",
                             e->members[ours[i]]->string);
}

static void
read_join(struct loader *l, const struct draft *d)
{
    const cJSON *calls = d->extension.members[X_CALLS];
    const cJSON *response = d->extension.members[X_RESPONSE];
    struct binding *b = d->operation->binding;
    struct mapping_scope scope = {.operation = d->operation,
                                  .by_name = true,
                                  .target = calls_success_type(d->operation),
                                  .calls = b->calls,
                                  .call_count = b->call_count};
    if (response)
        b->response = calls_compile(l, response, calls, &scope, NULL);
    else if (scope.target)
        LOADER_KEY_ERROR(l, calls,
                         "operation '%.*s': say in `response` how the answers are "
                         "joined",
                         STR_ARG(d->operation->id));
}

static void
read_several(struct loader *l, struct draft *d)
{
    const cJSON *calls = d->extension.members[X_CALLS];
    struct binding *b = d->operation->binding;
    unsigned count = (unsigned)cJSON_GetArraySize(calls);
    if (count < 1 || count > CALLS_MAX) {
        LOADER_ERROR(l, calls, "calls must have 1 to %d entries", CALLS_MAX);
        return;
    }
    struct call_text texts[CALLS_MAX];
    b->calls = ARENA_ARRAY(l->arena, count, struct call);
    if (!b->calls) {
        l->sources.failed = true;
        return;
    }
    tell_outside(l, d);
    if (!read_heads(l, d, texts) || l->type_errors)
        return;
    for (unsigned i = 0; i < count; i++)
        calls_read_rest(l, d, &texts[i], &b->calls[i], b->calls, count);
    tell_circles(l, calls, b);
    read_join(l, d);
}

static void
build(struct loader *l, struct draft *d)
{
    const cJSON *const *m = d->extension.members;
    struct operation *o = d->operation;
    o->binding = ARENA_NEW(l->arena, struct binding);
    if (!o->binding) {
        l->sources.failed = true;
        return;
    }
    read_whole(l, d);
    if (m[X_PROXY])
        read_proxy(l, d);
    else if (m[X_CALLS])
        read_several(l, d);
    else if (m[X_CALL])
        read_single(l, d);
    else
        LOADER_KEY_ERROR(l, d->node,
                         "operation '%.*s' reaches no backend: write `x-telgate: "
                         "{call: BACKEND}`, `calls` or `proxy`",
                         STR_ARG(o->id));
    caching_read(l, d);
}

void
bindings_build(struct loader *l)
{
    l->contract->errors = read_dialect(l, l->extension.members[X_ERRORS]);
    for (unsigned i = 0; i < l->draft_count; i++)
        build(l, &l->drafts[i]);
}
