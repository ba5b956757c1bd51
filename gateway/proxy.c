/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/proxy.h"

#include "base/clock.h"
#include "gateway/edition.h"

enum { SMALL_MAX = 65536 };

/* What Connection names belongs to that connection only; there may be more than one of it. */
static bool
is_named_by_connection(struct headers all, unsigned connections, struct str name)
{
    return connections && header_lists(all, STR("connection"), name);
}

/* What the sender of a message keeps to itself, and the gateway writes anew. The caller's token, or
 * key, stays here: the backend has its own credentials. */
enum {
    NOT_TO_CALLER = HEADER_HOP | HEADER_PROXY | HEADER_GATEWAY,
    NOT_TO_BACKEND = NOT_TO_CALLER | HEADER_REQUEST | HEADER_CALLER,
};

/* to: room for all of `from`. key: the field of API keys. */
static unsigned
keep_headers(struct headers from, unsigned without, struct str key, struct header *to)
{
    unsigned connections = header_count(from, STR("connection")), n = 0;

    for (unsigned i = 0; i < from.n; i++) {
        struct str name = from.items[i].name;

        if (!(header_role(name) & without) && !(key.n && str_eq_nocase(name, key)) &&
            !is_named_by_connection(from, connections, name))
            to[n++] = from.items[i];
    }
    return n;
}

/* NULL: no memory, and the fault says so. */
static struct header *
new_headers(struct exchange *x, unsigned n)
{
    struct header *headers = arena_alloc(x->arena, (n + 2) * sizeof(*headers));

    if (!headers)
        fault_set(&x->fault, FAULT_MEMORY, "out of memory");
    return headers;
}

static struct str
target_of(struct exchange *x)
{
    struct str base = x->operation->contract->base_path;
    struct str path = str_from(x->request.path, base.n);

    if (!x->request.query.n)
        return path;
    return arena_printf(x->arena, "%.*s?%.*s", STR_ARG(path), STR_ARG(x->request.query));
}

static enum fault_code
send_request_body(struct exchange *x, struct upstream_exchange *u)
{
    uint64_t total = 0, limit = x->operation->body_limit ? x->operation->body_limit
                                                         : x->snapshot->config->limit_body;
    enum fault_code code = FAULT_NONE;
    struct str some;

    while (!upstream_answered(u)) {
        code = server_read_some(x->incoming, upstream_watch(u), x->deadline_us, &some, &x->fault);
        if (code || (!some.n && server_body_ended(x->incoming)))
            break;
        total += some.n;
        if (total > limit)
            return fault_set(&x->fault, FAULT_BODY_TOO_LARGE, "the body is larger than %llu bytes",
                             (unsigned long long)limit);
        code = upstream_send(u, some, &x->fault);
        if (code)
            break;
    }
    if (!code && !upstream_answered(u))
        code = upstream_send_end(u, &x->fault);
    return code;
}

static enum fault_code
answer_of(struct exchange *x, const struct upstream_response *r, struct response *out)
{
    struct header *headers = new_headers(x, r->headers.n);

    if (!headers)
        return FAULT_MEMORY;
    *out = (struct response){.status = r->status};
    out->headers.n = keep_headers(r->headers, NOT_TO_CALLER, STR_NONE, headers);
    headers[out->headers.n++] = (struct header){STR("X-Correlator"), x->request.correlator};
    if (x->nonce.n)
        headers[out->headers.n++] = (struct header){STR("DPoP-Nonce"), x->nonce};
    out->headers.items = headers;
    x->answer.status = r->status;
    return FAULT_NONE;
}

/* A small answer is taken whole before it goes on: one send, and nothing to hold back. */
static enum fault_code
send_small(struct exchange *x, struct upstream_exchange *u, struct response *answer, size_t length)
{
    char *body = arena_alloc(x->arena, length + 1);
    enum fault_code code;
    struct str piece;

    if (!body)
        return fault_set(&x->fault, FAULT_MEMORY, "out of memory");
    answer->body.p = body;
    for (;;) {
        code = upstream_read_body(u, &piece, &x->fault);
        if (code || !piece.n)
            break;
        memcpy(body + answer->body.n, piece.p, piece.n);
        answer->body.n += piece.n;
    }
    x->answer_bytes = answer->body.n;
    if (!code)
        code = audit_desk_end(x);
    return code ? code : server_respond(x->incoming, answer, &x->fault);
}

static enum fault_code
send_answer_body(struct exchange *x, struct upstream_exchange *u)
{
    enum fault_code code;
    struct str piece;

    for (;;) {
        code = upstream_read_body(u, &piece, &x->fault);
        if (code || !piece.n)
            return code;
        x->answer_bytes += piece.n;
        code = server_write(x->incoming, piece, x->deadline_us, &x->fault);
        if (code)
            return code;
    }
}

static enum fault_code
send_large(struct exchange *x, struct upstream_exchange *u, const struct response *answer,
           int64_t length)
{
    enum fault_code code = audit_desk_end(x); /* of the decision, before its first byte goes out */

    if (!code)
        code = server_respond_stream(x->incoming, answer, length, &x->fault);
    if (code)
        return code;
    x->streamed = true;
    code = send_answer_body(x, u);
    server_finish(x->incoming, code == FAULT_NONE);
    return code;
}

/* The answer's head; what it says of the backend. A slow or failing caller says nothing. */
static enum fault_code
read_head(struct exchange *x, struct upstream_exchange *u, bool has_body, struct breakers_call *b,
          struct upstream_response *head)
{
    enum fault_code code = has_body ? send_request_body(x, u) : FAULT_NONE;

    if (!code)
        code = upstream_read_head(u, head, &x->fault);
    if (code)
        breakers_tell(b, code, 0, 0);
    else
        breakers_tell(b, code, head->status, head->status);
    return code;
}

static enum fault_code
stream_answer(struct exchange *x, struct upstream_exchange *u, const struct upstream_response *from)
{
    struct response answer;
    enum fault_code code = answer_of(x, from, &answer);

    if (code)
        return code;
    if (from->content_length < 0 || from->content_length > SMALL_MAX ||
        str_eq(x->request.method, STR("HEAD")))
        return send_large(x, u, &answer, from->content_length);
    code = send_small(x, u, &answer, (size_t)from->content_length);
    x->streamed = code == FAULT_NONE;
    return code;
}

static enum fault_code
stream(struct exchange *x, struct upstream_exchange *u, bool has_body, struct breakers_call *b)
{
    struct upstream_response head;
    enum fault_code code = read_head(x, u, has_body, b, &head);

    if (code)
        return code;
    code = stream_answer(x, u, &head);
    if (head.status < 500 && (code == FAULT_BACKEND_FAILED || code == FAULT_BACKEND_TIMEOUT))
        breakers_take_back(b);
    return code;
}

static enum fault_code
run(struct exchange *x, const struct upstream_request *q, struct breakers_call *b)
{
    struct upstream_exchange *u = NULL;
    int64_t started = clock_us();
    enum fault_code code;

    x->calls = 1;
    code = upstream_open(edition_upstream(x->edition, b->backend), q, x->arena, &u, &x->fault);
    if (code) {
        breakers_tell(b, code, 0, 0);
    } else {
        code = stream(x, u, q->has_body, b);
        upstream_close(u);
    }
    x->backend_us = clock_us() - started;
    return code;
}

enum fault_code
proxy_stream(struct exchange *x)
{
    const struct request *r = incoming_request(x->incoming);
    const struct backend *backend = x->operation->binding->proxy;
    struct header *headers = new_headers(x, r->headers.n);
    struct upstream_request q = {.method = r->method,
                                 .target = target_of(x),
                                 .body_length = r->body_length,
                                 .has_body = r->has_body,
                                 .deadline_us = x->deadline_us};
    struct breakers_call b;

    if (!headers)
        return FAULT_MEMORY;
    q.headers.n =
        keep_headers(r->headers, NOT_TO_BACKEND, snapshot_api_key_header(x->snapshot), headers);
    if (backend->authorization.n)
        headers[q.headers.n++] = (struct header){STR("Authorization"), backend->authorization};
    headers[q.headers.n++] = (struct header){STR("X-Correlator"), x->request.correlator};
    q.headers.items = headers;
    breakers_begin(&b, x->edition, x->operation, backend);
    return breakers_ask(&b) ? run(x, &q, &b) : breakers_refuse(&b, &x->fault);
}
