/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An answer, from the fiber that gives it to MHD.
 *
 * The fiber only notes it; MHD is told in its own callback, so that nothing of MHD runs on a
 * fiber's stack. Where MHD would not take it, in the middle of a body that is still coming, or
 * for want of room in its pool, it is written straight to the connection, and that is closed.
 */
#include <errno.h>
#include <gnutls/gnutls.h>
#include <stdio.h>

#include "gateway/http_check.h"
#include "gateway/server_private.h"

#define STREAM_BLOCK 32768

/* ---- the fiber's side ---- */

static bool
has_no_body(const struct incoming *in, unsigned status)
{
    return status == 204 || status == 304 || str_eq(in->request.method, STR("HEAD"));
}

/* Whether MHD has room for the head in the connection's pool, beside the request's. */
static bool
fits(const struct incoming *in, const struct response *r)
{
    size_t bytes = 160; /* status line, Date, Content-Length, Connection */

    for (unsigned i = 0; i < r->headers.n; i++)
        bytes += r->headers.items[i].name.n + r->headers.items[i].value.n + 4;
    return bytes <= in->head_room;
}

static enum fault_code
check(struct incoming *in, const struct response *r, bool streams, struct fault *f)
{
    if (in->answered)
        return fault_set(f, FAULT_INTERNAL, "The request has been answered already.");
    if (r->status < 200 || r->status > 599)
        return fault_set(f, FAULT_INTERNAL, "The answer has no valid status.");
    for (unsigned i = 0; i < r->headers.n; i++) {
        const struct header *h = &r->headers.items[i];

        if (!http_is_token(h->name) || !http_is_field_value(h->value))
            return fault_set(f, FAULT_INTERNAL, "A header field of the answer is malformed.");
    }
    if (streams && !fits(in, r))
        return fault_set(f, FAULT_HEADERS_TOO_LARGE,
                         "The headers of request and answer are too large together.");
    return FAULT_NONE;
}

static void
answer(struct incoming *in, const struct response *r)
{
    in->answer = *r;
    in->answered = true;
    in->no_body = has_no_body(in, r->status);
    if (in->phase == PHASE_BODY && !in->suspended && in->connection && !body_is_drainable(in)) {
        in->stuck = true;
        in->next_stuck = in->server->stuck;
        in->server->stuck = in;
    }
    park_wake(in);
}

enum fault_code
server_respond(struct incoming *in, const struct response *r, struct fault *f)
{
    enum fault_code code = check(in, r, false, f);

    if (code)
        return code;
    in->length = (int64_t)r->body.n;
    answer(in, r);
    return FAULT_NONE;
}

enum fault_code
server_respond_stream(struct incoming *in, const struct response *r, int64_t length,
                      struct fault *f)
{
    enum fault_code code = check(in, r, true, f);

    if (code)
        return code;
    in->stream = true;
    in->length = length;
    answer(in, r);
    return FAULT_NONE;
}

enum fault_code
server_write(struct incoming *in, struct str bytes, int64_t deadline_us, struct fault *f)
{
    enum fault_code code = FAULT_NONE;

    if (in->no_body || bytes.n == 0)
        return FAULT_NONE;
    in->out = bytes;
    park_wake(in);
    in->out_waiting = true;
    while (in->out.n > 0 && code == FAULT_NONE)
        code = in->connection ? loop_wait(in->server->loop, deadline_us) : FAULT_CANCELLED;
    in->out_waiting = false;
    in->out = STR_NONE;
    if (code == FAULT_BACKEND_TIMEOUT)
        return fault_set(f, FAULT_REQUEST_TIMEOUT, "The caller does not take the answer.");
    return code ? fault_set(f, code, "The caller has left.") : FAULT_NONE;
}

void
server_finish(struct incoming *in, bool whole)
{
    in->out_end = true;
    in->out_cut = !whole;
    park_wake(in);
}

void
answer_canned(struct incoming *in, unsigned status)
{
    static const struct header type = {{"Content-Type", 12}, {"application/problem+json", 24}};
    struct response r = {.status = status, .headers = {&type, 1}, .close = true};

    r.body = status == 503 ? STR("{\"title\":\"Service unavailable\",\"status\":503}")
                           : STR("{\"title\":\"Internal error\",\"status\":500}");
    in->stream = false;
    in->length = (int64_t)r.body.n;
    answer(in, &r);
}

/* ---- MHD's side ---- */

/* The fiber that is woken may bring the next bytes at once. */
static void
drained(struct incoming *in)
{
    if (in->out_waiting && in->fiber)
        fiber_wake(in->fiber);
    fiber_run_ready(loop_fibers(in->server->loop));
}

static ssize_t
pull(void *context, uint64_t position, char *into, size_t room)
{
    struct incoming *in = context;
    size_t n = 0;

    (void)position;
    while (in->out.n > 0 && n < room) {
        struct str part = str_head(in->out, room - n);

        memcpy(into + n, part.p, part.n);
        n += part.n;
        in->out = str_from(in->out, part.n);
        if (in->out.n == 0)
            drained(in);
    }
    if (n > 0 || in->out_end)
        park_leave(in);
    if (n > 0) {
        in->server->dirty = true; /* there may be room for more */
        return (ssize_t)n;
    }
    if (in->out_end)
        return in->out_cut || in->length >= 0 ? MHD_CONTENT_READER_END_WITH_ERROR
                                              : MHD_CONTENT_READER_END_OF_STREAM;
    park_wait(in);
    return 0;
}

static struct MHD_Response *
make_response(struct incoming *in)
{
    union {
        const char *in;
        void *out;
    } body = {.in = in->answer.body.p}; /* MHD does not write to it */

    if (in->stream)
        return MHD_create_response_from_callback(
            in->length < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)in->length, STREAM_BLOCK, pull, in, NULL);
    return MHD_create_response_from_buffer(in->answer.body.n, body.out, MHD_RESPMEM_PERSISTENT);
}

static bool
add_field(struct MHD_Response *r, struct arena *a, const struct header *h)
{
    char *name = arena_alloc(a, h->name.n + h->value.n + 2), *value;

    if (name == NULL)
        return false;
    value = name + h->name.n + 1;
    memcpy(name, h->name.p, h->name.n);
    memcpy(value, h->value.p, h->value.n);
    value[-1] = value[h->value.n] = '\0';
    return MHD_add_response_header(r, name, value) == MHD_YES;
}

static bool
add_fields(struct incoming *in, struct MHD_Response *r)
{
    for (unsigned i = 0; i < in->answer.headers.n; i++) {
        const struct header *h = &in->answer.headers.items[i];

        /* MHD writes those of the connection. It takes no empty value, which says as much as
         * none. */
        if (header_role(h->name) == HEADER_HOP || h->value.n == 0)
            continue;
        if (!add_field(r, in->arena, h))
            return false;
    }
    if (in->answer.close || in->server->quiesced)
        return MHD_add_response_header(r, "Connection", "close") == MHD_YES;
    return true;
}

enum MHD_Result
answer_queue(struct incoming *in)
{
    struct MHD_Response *r;
    enum MHD_Result result = MHD_NO;

    if (!in->stream && !fits(in, &in->answer)) {
        answer_raw(in);
        return MHD_NO; /* closes the connection */
    }
    r = make_response(in);
    if (r == NULL)
        return MHD_NO;
    if (add_fields(in, r))
        result = MHD_queue_response(in->connection, in->answer.status, r);
    MHD_destroy_response(r); /* MHD holds its own reference */
    in->queued = true;
    return result;
}

/* ---- straight to the connection ---- */

static void
write_answer(struct buf *b, const struct incoming *in)
{
    buf_printf(b, "HTTP/1.1 %u %s\r\nConnection: close\r\nContent-Length: %zu\r\n",
               in->answer.status, MHD_get_reason_phrase_for(in->answer.status), in->answer.body.n);
    for (unsigned i = 0; i < in->answer.headers.n; i++) {
        const struct header *h = &in->answer.headers.items[i];

        if (header_role(h->name) != HEADER_HOP)
            buf_printf(b, "%.*s: %.*s\r\n", STR_ARG(h->name), STR_ARG(h->value));
    }
    buf_put(b, "\r\n", 2);
    if (!in->no_body)
        buf_str(b, in->answer.body);
}

/* One try: the socket of a client that is still sending has room for an answer, or it goes
 * without. */
void
answer_raw(struct incoming *in)
{
    const union MHD_ConnectionInfo *tls =
        MHD_get_connection_info(in->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    struct buf b;
    ssize_t n = 0;

    in->discarded = in->queued = true;
    if (in->stream)
        return; /* nothing of it is there yet */
    buf_init(&b, 65536);
    write_answer(&b, in);
    if (!b.failed && tls)
        n = gnutls_record_send(tls->tls_session, b.p, b.n);
    else if (!b.failed)
        n = send(in->peer->fd, b.p, b.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)n;
    buf_fini(&b);
}

/* ---- answered while MHD waits for more of the body ---- */

void
answer_unstick(struct incoming *in)
{
    struct incoming **at = &in->server->stuck;

    if (!in->stuck)
        return;
    while (*at != in)
        at = &(*at)->next_stuck;
    *at = in->next_stuck;
    in->stuck = false;
}

/* MHD calls nobody until more of the body comes, and offers no way to close: so the answer is
 * written, and the connection's time-out set to the shortest there is. */
void
answer_stuck(struct server *s)
{
    while (s->stuck) {
        struct incoming *in = s->stuck;

        answer_unstick(in);
        if (in->queued || in->connection == NULL || in->phase != PHASE_BODY)
            continue;
        answer_raw(in);
        MHD_set_connection_option(in->connection, MHD_CONNECTION_OPTION_TIMEOUT, 1U);
    }
}
