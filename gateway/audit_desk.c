/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/audit_desk.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "gateway/audit_ship.h"
#include "gateway/desk.h"
#include "gateway/exchange.h"
#include "gateway/pages.h"

/* --- opening --- */

static const char *
beside_folder(const struct config *c, struct str given, const char *ending)
{
    return given.n ? given.p : arena_printf(c->arena, "%.*s%s", STR_ARG(c->audit_folder), ending).p;
}

static struct str
node_name(const struct config *c)
{
    char name[256] = "";

    if (c->audit_node.n)
        return c->audit_node;
    if (gethostname(name, sizeof name - 1) != 0)
        return STR("telgate");
    return arena_dup(c->arena, str_of(name));
}

enum fault_code
audit_open(const struct config *c, struct str policy, struct audit **out, struct fault *f)
{
    struct audit_options o = {
        .folder = c->audit_folder.p,
        .signing_key = beside_folder(c, c->audit_signing_key, ".pem"),
        .hash_keys = beside_folder(c, c->audit_hash_keys, ".keys"),
        .node = node_name(c),
        .policy = policy,
        .queue = (unsigned)c->audit_queue,
        .batch = (unsigned)c->audit_commit_records,
        .interval_us = c->audit_commit_interval,
        .sign_us = c->audit_sign,
        .segment_bytes = c->audit_segment_size,
        .segment_us = c->audit_segment_age,
        .keep_bytes = c->audit_keep_size,
        .keep_us = (int64_t)c->audit_keep_days * 86400 * 1000000,
    };

    *out = NULL;
    if (!c->audit_folder.n)
        return FAULT_NONE;
    if (!o.signing_key || !o.hash_keys || !o.node.p)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    return audit_new(&o, out, f);
}

/* --- waiting --- */

struct audit_waiter {
    struct audit_waiter *prev, *next;
    struct fiber *fiber;
};

static void
wake_waiters(struct post *p)
{
    struct audit_desk *d = (struct audit_desk *)((char *)p - offsetof(struct audit_desk, post));

    atomic_store(&d->posted, false);
    for (struct audit_waiter *w = d->waiters; w; w = w->next)
        fiber_wake(w->fiber);
}

static void
writer_has_moved(void *context) /* in the writer's thread */
{
    struct audit_desk *d = context;

    if (!atomic_exchange(&d->posted, true))
        loop_post(d->loop, &d->post);
}

enum fault_code
audit_desk_init(struct audit_desk *d, struct audit *audit, const struct config *c, struct loop *l)
{
    d->audit = audit;
    d->loop = l;
    d->strict = str_eq(c->audit_durable, STR("strict"));
    d->refuse = str_eq(c->audit_when_full, STR("refuse"));
    d->post.call = wake_waiters;
    if (audit)
        d->lane = audit_lane_new(audit, writer_has_moved, d);
    return audit && !d->lane ? FAULT_MEMORY : FAULT_NONE;
}

/* Parks the fiber until the writer has moved on, or the deadline comes. */
static enum fault_code
wait_for_writer(struct audit_desk *d, int64_t deadline_us)
{
    struct audit_waiter w = {.next = d->waiters, .fiber = fiber_self()};
    enum fault_code code;

    if (w.next)
        w.next->prev = &w;
    d->waiters = &w;
    code = loop_wait(d->loop, deadline_us);
    if (w.next)
        w.next->prev = w.prev;
    *(w.prev ? &w.prev->next : &d->waiters) = w.next;
    return code;
}

static enum fault_code
refuse(struct audit_desk *d, enum fault_code code, struct fault *f)
{
    if (code == FAULT_CANCELLED)
        return fault_set(f, code, "the caller has left");
    audit_count_refusal(d->lane);
    fault_set(f, FAULT_UNAVAILABLE, "no record of this request can be kept at the moment");
    fault_log(f, "%s",
              audit_is_broken(d->lane) ? "the disk takes no audit records"
                                       : "the audit queue is full");
    return FAULT_UNAVAILABLE;
}

enum fault_code
audit_desk_reserve(struct audit_desk *d, int64_t deadline_us, struct fault *f)
{
    enum fault_code code = FAULT_NONE;

    while (!code && !audit_reserve(d->lane)) {
        if (d->refuse)
            return refuse(d, FAULT_UNAVAILABLE, f);
        audit_lane_watch(d->lane);
        if (audit_reserve(d->lane))
            return FAULT_NONE;
        code = wait_for_writer(d, deadline_us);
    }
    return code ? refuse(d, code, f) : FAULT_NONE;
}

enum fault_code
audit_desk_settle(struct audit_desk *d, uint64_t ticket, int64_t deadline_us, struct fault *f)
{
    enum fault_code code = FAULT_NONE;

    while (d->strict && !code && !audit_is_durable(d->lane, ticket)) {
        audit_lane_watch(d->lane);
        if (audit_is_durable(d->lane, ticket))
            break;
        code = wait_for_writer(d, deadline_us);
    }
    return code ? refuse(d, code, f) : FAULT_NONE;
}

enum fault_code
audit_desk_record(struct audit_desk *d, const struct audit_event *e, int64_t deadline_us,
                  struct fault *f)
{
    enum fault_code code = d->lane ? audit_desk_reserve(d, deadline_us, f) : FAULT_NONE;

    if (!code && d->lane)
        audit_put(d->lane, e);
    return code;
}

/* --- an exchange's record --- */

/* Operations leave a record, and so does what asks for a token or gives one; the published
 * descriptions, health and metrics do not. */
static bool
leaves_record(const struct exchange *x)
{
    const struct page *page = x->match.route->page;

    return x->operation || (page && (page->recorded || (page->guarded && page->guarded(x))));
}

enum fault_code
audit_desk_begin(struct exchange *x)
{
    struct audit_desk *d = &x->desk->audit;
    enum fault_code code;

    if (!d->lane || !leaves_record(x))
        return FAULT_NONE;
    code = audit_desk_reserve(d, x->deadline_us, &x->fault);
    x->audit_due = code == FAULT_NONE;
    x->audit.kind = AUDIT_VALIDATE;
    return code;
}

static void
prefer(struct str *field, struct str text)
{
    if (!field->n)
        *field = text;
}

/* `00-TRACE-SPAN-FLAGS` of W3C Trace Context. */
static struct str
trace_id(struct headers headers)
{
    struct str value = header_value(headers, STR("traceparent"));
    struct str id = str_head(str_from(value, 3), 32);

    if (value.n < 55 || value.p[2] != '-' || value.p[35] != '-')
        return STR_NONE;
    for (size_t i = 0; i < id.n; i++)
        if (str_hex_digit(id.p[i]) < 0)
            return STR_NONE;
    return id;
}

static struct str
claim_text(const struct value *claims, const char *name)
{
    const struct value *v = value_get(claims, str_of(name));

    if (v && v->kind == VALUE_ARRAY && v->n)
        v = v->items;
    return v && v->kind == VALUE_STRING ? value_text(v) : STR_NONE;
}

static void
add_principal(struct audit_event *e, const struct principal *p)
{
    const struct value *cnf = value_get(&p->claims, STR("cnf"));

    prefer(&e->client_id, p->client_id);
    prefer(&e->subject, p->subject);
    prefer(&e->issuer, p->issuer);
    prefer(&e->jti, p->jti);
    prefer(&e->token, p->token);
    prefer(&e->key_id, p->key_id);
    prefer(&e->scopes, p->scope);
    prefer(&e->audience, claim_text(&p->claims, "aud"));
    prefer(&e->thumbprint, claim_text(cnf, "jkt"));
    prefer(&e->thumbprint, claim_text(cnf, "x5t#S256"));
    prefer(&e->partner, claim_text(&p->claims, "partner"));
    if (!e->algorithm && p->algorithm)
        e->algorithm = algorithm_name(p->algorithm);
}

/* Who asked what, as far as it is known. */
static void
describe(const struct exchange *x, struct audit_event *e)
{
    const struct client_certificate *certificate = incoming_request(x->incoming)->certificate;

    prefer(&e->request, x->request.correlator);
    prefer(&e->trace, trace_id(x->request.headers));
    prefer(&e->peer, x->peer);
    prefer(&e->route, x->match.route->path);
    prefer(&e->method, x->request.method);
    prefer(&e->policy, x->snapshot->version);
    if (certificate)
        prefer(&e->certificate, certificate->thumbprint);
    if (x->principal || x->denied)
        add_principal(e, x->principal ? x->principal : x->denied);
}

static void
fill(struct exchange *x)
{
    struct audit_event *e = &x->audit;

    describe(x, e);
    if (x->operation && x->face->dispatch)
        prefer(&e->detail, x->operation->id);
    e->status = x->answer.status;
    if (x->denial) {
        e->denied = true;
        e->reason = e->reason ? e->reason : x->denial;
        if (e->kind == AUDIT_VALIDATE)
            e->kind = AUDIT_DENY;
    } else if (!e->reason && x->fault.code) {
        e->reason = fault_row(x->fault.code)->name;
    }
}

enum fault_code
audit_desk_end(struct exchange *x)
{
    struct audit_desk *d = &x->desk->audit;
    uint64_t ticket;

    if (!x->audit_due)
        return FAULT_NONE;
    x->audit_due = false;
    fill(x);
    ticket = audit_put(d->lane, &x->audit);
    if (x->fault.code == FAULT_CANCELLED) /* nobody is there to be answered */
        return FAULT_NONE;
    return audit_desk_settle(d, ticket, x->deadline_us, &x->fault);
}

static bool
has_word(struct str text, struct str word)
{
    struct str one;

    while (str_split(&text, ' ', &one))
        if (str_eq(one, word))
            return true;
    return false;
}

/* Adds a word to a list of them, unless it is there. */
static void
add_word(struct exchange *x, struct str *list, struct str word)
{
    if (!x->audit_due || has_word(*list, word))
        return;
    *list = list->n ? arena_printf(x->arena, "%.*s %.*s", STR_ARG(*list), STR_ARG(word)) : word;
}

void
audit_desk_uses(struct exchange *x, const struct str *scopes, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        add_word(x, &x->audit.used, scopes[i]);
}

enum fault_code
audit_desk_deny(struct exchange *x, struct str operation, enum reason reason, struct fault *f)
{
    struct audit_event e = {.kind = AUDIT_DENY,
                            .denied = true,
                            .reason = reason_name(reason),
                            .time_us = clock_utc_us(),
                            .cached = x->audit.cached,
                            .detail = operation};

    if (!x->audit_due)
        return FAULT_NONE;
    describe(x, &e);
    return audit_desk_record(&x->desk->audit, &e, x->deadline_us, f);
}

void
audit_desk_calls(struct exchange *x, struct str operation)
{
    add_word(x, &x->audit.detail, operation);
}

/* --- metrics --- */

void
audit_desk_metrics(const struct audit_desk *d, struct buf *out)
{
    struct audit_stats s;

    if (!d->audit)
        return;
    s = audit_stats(d->audit);
#define COUNTER(name, n)                                                                           \
    buf_printf(out, "# TYPE telgate_audit_" name " counter\ntelgate_audit_" name " %llu\n",        \
               (unsigned long long)(n))
#define GAUGE(name, n)                                                                             \
    buf_printf(out, "# TYPE telgate_audit_" name " gauge\ntelgate_audit_" name " %.6g\n",          \
               (double)(n))
    COUNTER("records_total", s.records);
    COUNTER("commits_total", s.commits);
    COUNTER("bytes_total", s.bytes);
    COUNTER("signed_heads_total", s.signatures);
    COUNTER("errors_total", s.errors);
    COUNTER("refused_total", s.refused);
    COUNTER("queue_full_total", s.full);
    GAUGE("queued", s.queued);
    GAUGE("queue_fill", s.fill);
    GAUGE("lag_seconds", (double)s.lag_us / 1e6);
    GAUGE("segment", s.segment);
    GAUGE("broken", s.broken);
#undef COUNTER
#undef GAUGE
    shipping_metrics(d->shipping, out);
}
