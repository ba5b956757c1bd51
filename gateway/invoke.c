/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/invoke.h"

#include "base/clock.h"
#include "gateway/edition.h"
#include "gateway/http_check.h"
#include "gateway/recall.h"

/* How backends are spoken to: by what the call names. */
typedef enum fault_code protocol(struct backend_call *c, struct outcome *out, struct fault *f);

static protocol *
protocol_of(const struct call *c)
{
    return c->remote ? backend_soap_call : backend_http_call;
}

struct task {
    struct invocation *invocation;
    const struct call *call;
    const struct mapping_env *env;
    struct outcome *outcome;
    struct breakers_call breaker;
    struct fiber *parent;
    struct fiber *fiber; /* while it runs */
    struct fault fault;
    enum fault_code code;
    bool started, done;
};

static int64_t
deadline_of(const struct task *t)
{
    int64_t own = t->call->timeout_us ? t->call->timeout_us : t->call->backend->timeout_us;
    int64_t limit = t->invocation->deadline_us;
    int64_t due = own ? clock_us() + own : limit;

    return due < limit ? due : limit;
}

/* What the caller gets must be what the contract says. */
static enum fault_code
check_outcome(const struct invocation *i, struct outcome *out, struct fault *f)
{
    const struct answer *answer = operation_answer(i->operation, out->status);

    if (answer && !answer->media_count)
        out->body = VALUE_OF(VALUE_ABSENT);
    if (!answer || !answer->media_count || !answer->media[0].type)
        return FAULT_NONE;
    if (out->body.kind == VALUE_ABSENT) {
        fault_set(f, FAULT_BACKEND_INVALID, "the backend gave no answer where one is agreed");
        return FAULT_BACKEND_INVALID;
    }
    return backend_check_answer(answer->media[0].type, &out->body, f);
}

static unsigned
success_status(const struct operation *o)
{
    return o->success && o->success->status >= 200 ? o->success->status : 200;
}

/* The outcome as the operation promises it. */
static enum fault_code
settle(const struct invocation *i, struct outcome *out, struct fault *f)
{
    if (i->operation->binding->response || !out->status)
        out->status = (uint16_t)success_status(i->operation);
    return check_outcome(i, out, f);
}

/* Its answer goes to the caller as it came: that it has the agreed form is a part of the call. */
static bool
is_passed_on(const struct binding *b)
{
    return b->call_count == 1 && !b->response && !b->calls->optional;
}

static void
try_once(struct task *t)
{
    struct invocation *i = t->invocation;
    struct backend_call c = {.invocation = i,
                             .call = t->call,
                             .env = t->env,
                             .upstream = edition_upstream(i->edition, t->call->backend),
                             .deadline_us = deadline_of(t)};

    i->calls++;
    t->code = protocol_of(t->call)(&c, t->outcome, &t->fault);
    if (!t->code && is_passed_on(i->operation->binding))
        t->code = settle(i, t->outcome, &t->fault);
    breakers_tell(&t->breaker, t->code, c.status, t->fault.status);
}

/* They end when the breaker opens. */
static void
run_tries(struct task *t)
{
    struct invocation *i = t->invocation;
    unsigned tries =
        1 + (http_is_idempotent(i->operation->method) ? i->operation->binding->retry : 0);
    int64_t started = clock_us();

    do
        try_once(t);
    while (t->code == FAULT_BACKEND_FAILED && --tries && breakers_ask(&t->breaker));
    i->backend_us += clock_us() - started;
    if (t->code)
        fault_log(&t->fault, "backend %.*s", STR_ARG(t->call->backend->name));
}

static void
task_run(struct task *t)
{
    const struct invocation *i = t->invocation;

    breakers_begin(&t->breaker, i->edition, i->operation, t->call->backend);
    if (breakers_ask(&t->breaker))
        run_tries(t);
    else
        t->code = breakers_refuse(&t->breaker, &t->fault);
    t->done = true;
}

static void
task_fiber(void *arg)
{
    struct task *t = arg;

    task_run(t);
    t->fiber = NULL;
    fiber_wake(t->parent);
}

/* Starts what has all it needs. An optional call that has failed counts as there, but absent. */
static enum fault_code
start_ready(struct task *tasks, unsigned n, uint32_t done, struct fault *f)
{
    struct fiber *self = fiber_self();

    for (unsigned i = 0; i < n; i++) {
        struct task *t = &tasks[i];

        if (t->started || (t->call->needs & ~done))
            continue;
        t->started = true;
        t->parent = self;
        t->fiber =
            fiber_start(loop_fibers(t->invocation->edition->desk->loop), self, task_fiber, t);
        if (!t->fiber)
            return fault_set(f, FAULT_UNAVAILABLE, "too many calls are in flight");
    }
    return FAULT_NONE;
}

/* Bits of the tasks that have ended; the first failure of one that is not optional goes to f. */
static uint32_t
collect(struct task *tasks, unsigned n, enum fault_code *code, struct fault *f)
{
    uint32_t done = 0;

    for (unsigned i = 0; i < n; i++) {
        if (!tasks[i].done)
            continue;
        done |= UINT32_C(1) << i;
        if (tasks[i].code && tasks[i].call->optional) {
            tasks[i].outcome->body = VALUE_OF(VALUE_ABSENT);
            tasks[i].invocation->partial = true;
        } else if (tasks[i].code && !*code) {
            *code = tasks[i].code;
            *f = tasks[i].fault;
        }
    }
    return done;
}

static enum fault_code
run_parallel(struct task *tasks, unsigned n, struct fault *f)
{
    uint32_t all = n == 32 ? UINT32_MAX : (UINT32_C(1) << n) - 1, done = 0;
    enum fault_code code = FAULT_NONE;

    while (done != all && !code) {
        code = start_ready(tasks, n, done, f);
        if (!code && fiber_wait())
            code = fault_set(f, FAULT_CANCELLED, "the caller left");
        if (!code)
            done = collect(tasks, n, &code, f);
    }
    for (unsigned i = 0; code && i < n; i++)
        if (tasks[i].fiber)
            fiber_cancel(tasks[i].fiber);
    fiber_join();
    return code;
}

static enum fault_code
run_calls(struct invocation *i, struct mapping_env *env, struct outcome *outcomes, struct fault *f)
{
    const struct binding *b = i->operation->binding;
    struct task *tasks = ARENA_ARRAY(i->arena, b->call_count, struct task);
    enum fault_code code = FAULT_NONE;

    if (!tasks)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    for (unsigned k = 0; k < b->call_count; k++)
        tasks[k] = (struct task){
            .invocation = i, .call = &b->calls[k], .env = env, .outcome = &outcomes[k]};
    if (b->call_count > 1)
        return run_parallel(tasks, b->call_count, f);
    task_run(&tasks[0]);
    collect(tasks, 1, &code, f);
    return code;
}

static enum fault_code
invoke_backends(struct invocation *i, struct outcome *out, struct fault *f)
{
    const struct binding *b = i->operation->binding;
    struct outcome *outcomes = ARENA_ARRAY(i->arena, b->call_count, struct outcome);
    struct mapping_env env = {.inputs = i->inputs,
                              .request_headers = i->request_headers,
                              .calls = outcomes,
                              .claims = i->claims};
    enum fault_code code;

    if (!outcomes)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    code = run_calls(i, &env, outcomes, f);
    if (code)
        return code;
    *out = outcomes[0];
    if (is_passed_on(b))
        return FAULT_NONE; /* settled */
    if (b->response) {
        env.response = &outcomes[0];
        code = mapping_eval(b->response, &env, i->arena, &out->body, f);
    }
    return code ? code : settle(i, out, f);
}

enum fault_code
invoke(struct invocation *i, struct outcome *out, struct fault *f)
{
    if (i->operation->cache && i->edition->recall)
        return recall_invoke(i->edition->recall, invoke_backends, i, out, f);
    return invoke_backends(i, out, f);
}

enum fault_code
backend_refuse_answer(const struct fault *why, struct fault *f)
{
    fault_set(f, FAULT_BACKEND_INVALID, "the backend's answer does not have the agreed form");
    fault_log(f, "answer at \"%s\": %s", why->pointer, why->detail);
    return FAULT_BACKEND_INVALID;
}

enum fault_code
backend_check_answer(const struct type *t, const struct value *v, struct fault *f)
{
    struct fault why = {0};

    return type_validate(t, v, TYPE_ANSWER, &why) ? backend_refuse_answer(&why, f) : FAULT_NONE;
}

unsigned
backend_fault_status(const struct call *c, struct str name)
{
    for (unsigned i = 0; i < c->fault_count; i++)
        if (str_eq(c->faults[i].name, name))
            return c->faults[i].status;
    return 0;
}
