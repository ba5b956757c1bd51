/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/graphql_page.h"

#include "auth/scopes.h"
#include "base/clock.h"
#include "gateway/edition.h"
#include "gateway/graphiql.h"
#include "gateway/graphql_documents.h"
#include "gateway/invoke.h"
#include "gateway/pages.h"
#include "gateway/policies.h"
#include "graphql/graphql.h"

/* --- calls --- */

struct errand { /* one call of a level, on a fiber of its own */
    struct exchange *x;
    struct graphql_call *call;
    struct fiber *parent, *fiber; /* fiber: while it runs */
    bool done;
};

static void
run_call(struct exchange *x, struct graphql_call *call)
{
    int64_t own = clock_us() + call->operation->timeout_us;
    struct invocation i = {
        .edition = x->edition,
        .arena = x->arena,
        .operation = call->operation,
        .inputs = &call->inputs,
        .request_headers = x->request.headers,
        .claims = x->principal ? &x->principal->claims : NULL,
        .correlator = x->request.correlator,
        .codecs = x->request.codecs,
        .deadline_us = own < x->deadline_us ? own : x->deadline_us,
    };

    call->code = invoke(&i, &call->outcome, &call->fault);
    x->calls += i.calls;
    x->backend_us += i.backend_us;
}

static void
errand_fiber(void *arg)
{
    struct errand *errand = arg;

    run_call(errand->x, errand->call);
    errand->fiber = NULL;
    errand->done = true;
    fiber_wake(errand->parent);
}

static void
start_errands(struct errand *errands, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct errand *e = &errands[i];

        e->fiber = fiber_start(loop_fibers(e->x->desk->loop), e->parent, errand_fiber, e);
        if (e->fiber)
            continue;
        e->done = true;
        e->call->code =
            fault_set(&e->call->fault, FAULT_UNAVAILABLE, "too many calls are in flight");
    }
}

static unsigned
count_left(const struct errand *errands, unsigned n)
{
    unsigned left = 0;

    for (unsigned i = 0; i < n; i++)
        left += !errands[i].done;
    return left;
}

static void
run_errands(struct errand *errands, unsigned n)
{
    start_errands(errands, n);
    while (count_left(errands, n))
        if (fiber_wait())
            break;
    for (unsigned i = 0; i < n; i++)
        if (errands[i].fiber)
            fiber_cancel(errands[i].fiber);
    fiber_join();
}

static void
run_calls(void *context, struct graphql_call *const *calls, unsigned n)
{
    struct exchange *x = context;
    struct errand *errands = n > 1 ? ARENA_ARRAY(x->arena, n, struct errand) : NULL;
    unsigned count = 0;

    for (unsigned i = 0; i < n; i++) {
        calls[i]->code = policies_bound_rate(x, calls[i]->operation, &calls[i]->fault);
        if (calls[i]->code)
            continue;
        if (errands)
            errands[count++] = (struct errand){.x = x, .call = calls[i], .parent = fiber_self()};
        else
            run_call(x, calls[i]);
    }
    if (errands)
        run_errands(errands, count);
}

/* Other operations of the same request go on, so the denial has a record of its own. */
static enum fault_code
deny_call(struct exchange *x, const struct operation *o, enum reason reason, struct fault *f)
{
    enum fault_code code = audit_desk_deny(x, o->id, reason, f);

    if (code)
        return code;
    if (reason == REASON_SCOPE || reason == REASON_NO_TOKEN)
        return fault_set(f, reason == REASON_SCOPE ? FAULT_INSUFFICIENT_SCOPE : FAULT_MISSING_TOKEN,
                         "the token does not allow %.*s", STR_ARG(str_head(o->id, 100)));
    return reason_fault(reason, f);
}

static enum fault_code
allow_call(void *context, const struct operation *o, struct fault *f)
{
    struct exchange *x = context;
    const struct security *by;
    enum reason reason = REASON_NONE;

    if (!policies_allow(o, x->principal, &by))
        reason = x->principal ? REASON_SCOPE : REASON_NO_TOKEN;
    else if (x->principal)
        reason = policies_check_login(o, x->principal);
    if (reason)
        return deny_call(x, o, reason, f);
    if (by)
        audit_desk_uses(x, by->scopes, by->scope_count);
    audit_desk_calls(x, o->id);
    return FAULT_NONE;
}

/* --- the page --- */

static bool
asks_for_sdl(const struct exchange *x)
{
    return str_eq(x->request.query, STR("sdl")) && !str_eq(x->request.method, STR("POST"));
}

/* The SDL is as open as the OpenAPI documents are, and so is the page for browsers. */
static bool
is_guarded(const struct exchange *x)
{
    return x->snapshot->graph_guarded && !asks_for_sdl(x) && !graphiql_is_wanted(x);
}

static enum fault_code
answer_sdl(struct exchange *x)
{
    if (!x->snapshot->config->graphql_introspection)
        return fault_set(&x->fault, FAULT_NOT_FOUND, "introspection is off here");
    x->answer.status = 200;
    face_answer_header(&x->answer, STR("Content-Type"), STR("text/plain; charset=utf-8"));
    schema_print(&x->answer.body, x->snapshot->graph);
    return x->answer.body.failed ? fault_set(&x->fault, FAULT_MEMORY, "out of memory") : FAULT_NONE;
}

struct graphql_limits
graphql_page_limits(const struct config *c)
{
    return (struct graphql_limits){
        .tokens = (uint32_t)c->graphql_tokens,
        .depth = (uint32_t)c->graphql_depth,
        .aliases = (uint32_t)c->graphql_aliases,
        .root_fields = (uint32_t)c->graphql_root_fields,
        .calls = (uint32_t)c->graphql_calls,
        .introspection = c->graphql_introspection,
    };
}

static enum fault_code
answer_graphql(struct exchange *x)
{
    const struct config *c = x->snapshot->config;
    const struct graphql_backend backend = {x, run_calls, allow_call};
    const struct graphql g = {.schema = x->snapshot->graph,
                              .limits = graphql_page_limits(c),
                              .cache = x->edition->documents,
                              .trusted = x->snapshot->trusted,
                              .backend = &backend};
    unsigned calls = 0;
    enum fault_code code;

    x->deadline_us = x->started_us + c->graphql_timeout;
    if (asks_for_sdl(x))
        return answer_sdl(x);
    if (graphiql_is_wanted(x))
        return graphiql_answer(x);
    if (x->request.body.n > c->graphql_body)
        return fault_set(&x->fault, FAULT_BODY_TOO_LARGE, "a request is at most %llu bytes",
                         (unsigned long long)c->graphql_body);
    code = graphql_answer(&g, &x->request, x->arena, &x->answer, &calls, &x->fault);
    if (code == FAULT_METHOD_NOT_ALLOWED)
        x->allow = STR("POST");
    return code;
}

static const struct page graphql_page = {.answer = answer_graphql, .guarded = is_guarded};

static bool
any_guarded(const struct snapshot *s)
{
    for (unsigned i = 0; i < s->contract_count; i++)
        for (unsigned k = 0; k < s->contracts[i]->operation_count; k++) {
            const struct operation *o = &s->contracts[i]->operations[k];

            if (o->graphql && o->security_count)
                return true;
        }
    return false;
}

bool
graphql_page_add(struct snapshot *s, struct router *front, struct report *r)
{
    static const struct str methods[] = {{"GET", 3}, {"POST", 4}};
    unsigned errors = r->errors;

    s->graph = schema_build(s->arena, s->contracts, s->contract_count, r);
    s->graph_guarded = any_guarded(s);
    for (unsigned i = 0; s->graph && i < 2; i++) {
        struct route route = {.method = methods[i],
                              .path = STR("/graphql"),
                              .face = &graphql_face,
                              .page = &graphql_page};
        const char *why;

        if (!router_add(front, &route, &why))
            report_error(r, (struct place){route.path, 0, 0}, "%s", why);
    }
    if (s->graph && (!graphql_documents_load(s, r) || !graphiql_add(s, front, r)))
        return false;
    return r->errors == errors;
}
