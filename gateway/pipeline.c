/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole flow on one screen: the table below, and pipeline_run, which walks it. A step gives a
 * fault or none; the first fault skips to `write`; `record` always runs, and before the answer goes
 * out.
 */
#include "gateway/pipeline.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/scopes.h"
#include "base/clock.h"
#include "gateway/edition.h"
#include "gateway/gzip.h"
#include "gateway/invoke.h"
#include "gateway/pages.h"
#include "gateway/policies.h"
#include "gateway/proxy.h"
#include "gateway/sender.h"
#include "rest/rest.h"

typedef enum fault_code step(struct exchange *x);

static step receive, route, reserve, authenticate, authorize, admit, read_inputs, call;
static void write_answer(struct exchange *x);
static void record(struct exchange *x);
static void send_answer(struct exchange *x);
static void count(struct exchange *x);

static step *const steps[] = {
    receive,      /* is it sound HTTP, and what is it called in the logs? */
    route,        /* which operation, by which face? What is not routed does not exist. */
    reserve,      /* is there room for its audit record? */
    authenticate, /* who calls? */
    authorize,    /* may this caller? */
    admit,        /* do the policies let it in now? */
    read_inputs,  /* bytes to values, each by its type */
    call,         /* the operation: values to backends and back */
};

void
pipeline_run(struct incoming *in, void *door)
{
    const struct door *d = door;
    struct arena *a = incoming_arena(in);
    struct exchange *x = ARENA_NEW(a, struct exchange);
    enum fault_code code = FAULT_NONE;

    if (!x || !edition_hold(d->desk->edition, a)) {
        server_finish(in, false);
        return;
    }
    x->incoming = in;
    x->arena = a;
    x->desk = d->desk;
    x->edition = d->desk->edition;
    x->snapshot = x->edition->snapshot;
    x->router = d->admin ? x->snapshot->admin : x->snapshot->router;
    x->face = &rest_face;
    for (size_t i = 0; !code && i < sizeof(steps) / sizeof(*steps); i++)
        code = steps[i](x);
    write_answer(x);
    record(x);
    send_answer(x);
    count(x);
}

/* --- receive --- */

enum { CORRELATOR_MAX = 256, ANSWER_MAX = 64 << 20 };

/* CAMARA's pattern: ^[a-zA-Z0-9-_:;.\/<>{}]{0,256}$ */
static bool
is_correlator(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!plain && !memchr("-_:;./<>{}", c, 10))
            return false;
    }
    return s.n <= CORRELATOR_MAX;
}

static enum fault_code
set_correlator(struct exchange *x)
{
    struct str given = header_value(x->request.headers, STR("x-correlator"));

    if (given.n && is_correlator(given)) {
        x->request.correlator = given;
        return FAULT_NONE;
    }
    x->request.correlator = desk_new_correlator(x->desk, x->arena);
    if (given.n)
        return fault_set(&x->fault, FAULT_INVALID_PARAMETER,
                         "x-correlator has a character that is not allowed, or is too long");
    return FAULT_NONE;
}

static enum fault_code
receive(struct exchange *x)
{
    const struct request *r = incoming_request(x->incoming);
    enum fault_code code = incoming_fault(x->incoming, &x->fault);

    x->started_us = loop_now(x->desk->loop);
    x->deadline_us = x->started_us + x->snapshot->config->timeout_operation;
    x->peer = r->peer;
    x->request = (struct face_request){.method = r->method,
                                       .path = r->path,
                                       .query = r->query,
                                       .headers = r->headers,
                                       .codecs = x->snapshot->codecs,
                                       .identifies = x->snapshot->senders != NULL};
    buf_init(&x->answer.body, ANSWER_MAX);
    atomic_fetch_add_explicit(&x->desk->counters.in_flight, 1, memory_order_relaxed);
    if (!code)
        return set_correlator(x);
    x->request.correlator = desk_new_correlator(x->desk, x->arena);
    return code;
}

/* --- route --- */

/* The path is there, the method is not. */
static enum fault_code
route_other_method(struct exchange *x)
{
    x->allow = router_allow(x->match.routes, x->arena);
    if (!str_eq(x->request.method, STR("OPTIONS")))
        return fault_set(&x->fault, FAULT_METHOD_NOT_ALLOWED, "this path takes %.*s",
                         STR_ARG(x->allow));
    x->match.route = &options_route;
    return FAULT_NONE;
}

static enum fault_code
read_body(struct exchange *x, const struct operation *o)
{
    uint64_t limit = o && o->body_limit ? o->body_limit : x->snapshot->config->limit_body;
    enum fault_code code;

    if (!incoming_request(x->incoming)->has_body)
        return FAULT_NONE;
    code = server_read_body(x->incoming, limit, x->deadline_us, &x->request.body, &x->fault);
    if (!code)
        code = gzip_decode(x->request.headers, limit, x->arena, &x->request.body, &x->fault);
    return code;
}

/* The operation stands in the body, which is read before anybody is asked for a token: up to the
 * configuration's limit, whatever the operation allows. */
static enum fault_code
route_by_body(struct exchange *x)
{
    enum fault_code code = x->face->negotiate(&x->request, &x->fault);

    if (!code)
        code = read_body(x, NULL);
    return code ? code : x->face->dispatch(&x->request, x->arena, &x->fault);
}

static enum fault_code
route(struct exchange *x)
{
    enum fault_code code = FAULT_NONE;
    const struct route *found;

    router_find(x->router, x->arena, x->request.method, x->request.path, &x->match);
    found = x->match.route;
    if (x->match.routes && x->match.routes->operation)
        x->request.errors = x->match.routes->operation->errors;
    if (!x->match.routes)
        return fault_set(&x->fault, FAULT_NOT_FOUND,
                         "there is nothing at this path; / lists the APIs");
    if (!found)
        return route_other_method(x);
    x->face = found->face;
    x->request.operation = found->operation;
    x->request.service = found->service;
    x->request.path_arguments = x->match.arguments;
    if (x->face->dispatch && !found->page)
        code = route_by_body(x);
    x->operation = x->request.operation;
    if (x->operation)
        x->deadline_us = x->started_us + x->operation->timeout_us;
    return code;
}

/* --- reserve --- */

static enum fault_code
reserve(struct exchange *x)
{
    return audit_desk_begin(x);
}

/* --- authenticate, authorize --- */

static enum fault_code
denied(struct exchange *x, enum reason reason)
{
    x->reason = reason;
    x->denial = reason_name(reason);
    return reason_fault(reason, &x->fault);
}

/* The record names the token, and says what its issuer has signed of it. */
static enum fault_code
denied_token(struct exchange *x, struct str token, const struct verdict *v)
{
    x->audit.token = token;
    if (v->denied && arena_defer(x->arena, principal_release, v->denied) == FAULT_NONE)
        x->denied = v->denied;
    else
        principal_unref(v->denied);
    return denied(x, v->reason);
}

static bool
asks_for_token(const struct exchange *x)
{
    const struct page *page = x->match.route->page;

    if (x->operation)
        return x->operation->security_count > 0;
    return page && page->guarded && page->guarded(x);
}

static enum fault_code
authenticate(struct exchange *x)
{
    const struct request *q = incoming_request(x->incoming);
    struct credentials sent = {.method = q->method,
                               .base = x->snapshot->base_url[q->over_tls],
                               .path = q->path,
                               .certificate = q->certificate};
    struct verdict verdict;
    enum reason reason;
    enum fault_code code = x->face->identify ? sender_authenticate(x) : FAULT_NONE;

    if (code || x->principal || !asks_for_token(x))
        return code;
    reason = credentials_find(x->request.headers, x->request.query,
                              snapshot_api_key_header(x->snapshot), &sent);
    x->scheme = sent.scheme;
    if (reason)
        return denied(x, reason);
    x->audit.time_us = clock_utc_us(); /* of the decision, not of the answer */
    verdict = auth_check(x->snapshot->auth, x->arena, &sent, &x->desk->auth_io, x->audit.time_us,
                         &x->nonce);
    x->audit.cached = verdict.cached;
    x->audit.revocations = auth_revocation_generation(x->snapshot->auth);
    if (verdict.reason)
        return denied_token(x, sent.token, &verdict);
    x->principal = verdict.principal;
    if (arena_defer(x->arena, principal_release, verdict.principal)) {
        x->principal = NULL;
        principal_unref(verdict.principal);
        return fault_set(&x->fault, FAULT_MEMORY, "out of memory");
    }
    return FAULT_NONE;
}

static enum fault_code
authorize(struct exchange *x)
{
    const struct security *by;
    enum reason reason;

    if (!x->operation)
        return FAULT_NONE;
    if (!policies_allow(x->operation, x->principal, &by))
        return denied(x, REASON_SCOPE);
    if (by)
        audit_desk_uses(x, by->scopes, by->scope_count);
    reason = x->principal ? policies_check_login(x->operation, x->principal) : REASON_NONE;
    return reason ? denied(x, reason) : FAULT_NONE;
}

/* --- admit, read, invoke --- */

static enum fault_code
admit(struct exchange *x)
{
    return policies_admit(x);
}

static enum fault_code
read_inputs(struct exchange *x)
{
    enum fault_code code = FAULT_NONE;

    if (x->operation && x->operation->binding->proxy)
        return FAULT_NONE;
    if (!x->request.message) { /* else the body was read to find the operation */
        code = x->operation ? x->face->negotiate(&x->request, &x->fault) : FAULT_NONE;
        if (!code)
            code = read_body(x, x->operation);
    }
    if (!code && x->operation)
        code = x->face->read(&x->request, x->arena, &x->inputs, &x->fault);
    return code;
}

static enum fault_code
call_operation(struct exchange *x)
{
    struct invocation i = {
        .edition = x->edition,
        .arena = x->arena,
        .operation = x->operation,
        .inputs = &x->inputs,
        .request_headers = x->request.headers,
        .claims = x->principal ? &x->principal->claims : NULL,
        .correlator = x->request.correlator,
        .codecs = x->request.codecs,
        .deadline_us = x->deadline_us,
    };
    enum fault_code code = invoke(&i, &x->outcome, &x->fault);

    x->calls = i.calls;
    x->backend_us = i.backend_us;
    return code;
}

static enum fault_code
call(struct exchange *x)
{
    if (!x->operation)
        return page_answer(x);
    if (x->operation->binding->proxy)
        return proxy_stream(x);
    return call_operation(x);
}

/* --- write --- */

static void
demand_login(const struct step_up *s, struct challenge *c, struct buf *acr)
{
    scopes_put(acr, (struct scope_set){s->acr, s->acr_count});
    c->acr_values = buf_view(acr);
    c->max_age = s->max_age_us / 1000000;
}

static void
add_challenge(struct exchange *x)
{
    struct challenge challenge = {.realm = x->snapshot->config->realm,
                                  .reason = x->reason,
                                  .scheme = x->scheme,
                                  .resource_metadata = x->snapshot->metadata_url};
    struct buf value, scope, acr;

    buf_init(&value, 4096);
    buf_init(&scope, 2048);
    buf_init(&acr, 2048);
    if (x->reason == REASON_STEP_UP)
        demand_login(x->operation->step_up, &challenge, &acr);
    if (x->operation && x->operation->security_count) {
        const struct security *s = &x->operation->security[0];

        scopes_put(&scope, (struct scope_set){s->scopes, s->scope_count});
        challenge.scope = buf_view(&scope);
    }
    if (x->reason == REASON_NO_TOKEN && auth_wants_proofs(x->snapshot->auth))
        challenge.scheme = SCHEME_DPOP;
    credentials_challenge(&value, &challenge, &x->fault);
    face_answer_header(&x->answer, STR("WWW-Authenticate"), arena_dup(x->arena, buf_view(&value)));
    buf_fini(&value);
    buf_fini(&scope);
    buf_fini(&acr);
}

static void
shape_fault(struct exchange *x)
{
    x->answer.body.n = 0;
    x->answer.body.failed = false;
    x->answer.header_count = 0;
    if (x->allow.n)
        face_answer_header(&x->answer, STR("Allow"), x->allow);
    if (x->fault.code == FAULT_UNSUPPORTED_MEDIA_TYPE &&
        header_find(x->request.headers, STR("Content-Encoding")))
        face_answer_header(&x->answer, STR("Accept-Encoding"), STR("gzip"));
    if (x->denial && !x->enveloped &&
        x->fault.status < 500) /* no other token helps where keys cannot be had */
        add_challenge(x);
    if (x->fault.retry_after_s)
        face_answer_header(&x->answer, STR("Retry-After"),
                           arena_printf(x->arena, "%u", x->fault.retry_after_s));
    x->face->refuse(&x->request, &x->fault, x->arena, &x->answer);
}

static void
write_answer(struct exchange *x)
{
    if (x->streamed)
        return;
    if (!x->fault.code && x->operation)
        x->face->write(&x->request, &x->outcome, x->arena, &x->answer, &x->fault);
    if (x->fault.code)
        shape_fault(x);
}

/* --- record --- */

static void
record(struct exchange *x)
{
    if (audit_desk_end(x) && !x->streamed)
        shape_fault(x);
}

/* --- and off it goes --- */

/* Compresses it where it is worth it and the caller takes that. A validator is of the bytes as they
 * are, so an answer that has one stays so. */
static void
encode_answer(struct exchange *x)
{
    struct face_answer *out = &x->answer;
    struct headers headers = {out->headers, out->header_count};
    uint64_t least = x->snapshot->config->gzip_answers;
    struct buf packed;

    if (!least || out->body.n < least || out->body.failed ||
        header_find(headers, STR("Content-Encoding")) || header_find(headers, STR("ETag")))
        return;
    face_answer_header(out, STR("Vary"), STR("Accept-Encoding"));
    if (!gzip_is_accepted(header_value(x->request.headers, STR("accept-encoding"))) ||
        !gzip_encode(&x->desk->gzip, buf_view(&out->body), &packed))
        return;
    if (!face_answer_header(out, STR("Content-Encoding"), STR("gzip"))) {
        buf_fini(&packed);
        return;
    }
    buf_fini(&out->body);
    out->body = packed;
}

static void
send_answer(struct exchange *x)
{
    struct response r = {.status = x->answer.status, .close = x->fault.code == FAULT_BAD_REQUEST};
    struct fault f = {0};

    if (x->streamed)
        return;
    encode_answer(x);
    face_answer_header(&x->answer, STR("X-Correlator"), x->request.correlator);
    if (x->nonce.n)
        face_answer_header(&x->answer, STR("DPoP-Nonce"), x->nonce);
    r.headers = (struct headers){x->answer.headers, x->answer.header_count};
    r.body = buf_take(&x->answer.body);
    x->answer_bytes = r.body.n;
    if (r.body.p && arena_defer(x->arena, free, (void *)(uintptr_t)r.body.p)) {
        free((void *)(uintptr_t)r.body.p);
        r.body = STR_NONE;
    }
    if (server_respond(x->incoming, &r, &f) && !x->fault.code)
        x->fault = f;
}

static void
count(struct exchange *x)
{
    struct counters *c = &x->desk->counters;
    unsigned class = x->fault.code == FAULT_CANCELLED ? 0 : x->answer.status / 100;

    atomic_fetch_sub_explicit(&c->in_flight, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->exchanges[class < 6 ? class : 0], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->backend_calls, x->calls, memory_order_relaxed);
    access_log_add(&x->desk->log, x);
}
