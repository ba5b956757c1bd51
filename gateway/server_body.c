/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request's body, from MHD's callback to the fiber that reads it.
 *
 * Read whole, it gathers in one buffer up to the handler's limit; streamed, it passes through a
 * window of fixed size, and what does not fit stays with MHD, and so with the client. A small
 * body of known length is gathered before it is asked for.
 */
#include "gateway/server_private.h"

#define STREAM_DRAINED_MAX (16 << 20)

static bool
is_small(const struct incoming *in)
{
    const struct request *q = &in->request;

    return q->body_length >= 0 && (size_t)q->body_length <= in->server->options.prefetch_bytes &&
           header_find(q->headers, STR("Expect")) == NULL;
}

/* Answered before the body has come in: it is drained when it is small and known, so that the
 * connection can be kept; else the answer goes out at once, and the connection with it. */
bool
body_is_drainable(const struct incoming *in)
{
    const struct request *q = &in->request;

    if (in->stream) /* its bytes are not at hand to be written elsewhere */
        return in->code == FAULT_NONE && in->drained <= STREAM_DRAINED_MAX;
    return in->code == FAULT_NONE && q->body_length >= 0 && in->answer.status != 408 &&
           (size_t)q->body_length <= in->server->options.drain_bytes &&
           header_find(q->headers, STR("Expect")) == NULL;
}

bool
body_is_wanted(const struct incoming *in)
{
    return in->reading != READ_NOTHING || is_small(in);
}

/* Bytes that may come in now. */
static size_t
room(struct incoming *in)
{
    const struct server_options *o = &in->server->options;

    if (in->reading == READ_WHOLE)
        return SIZE_MAX; /* body_feed sees to the limit */
    if (in->reading == READ_STREAM)
        return o->window_bytes - in->body.n;
    return is_small(in) ? o->prefetch_bytes - in->body.n : 0;
}

static void
wake_reader(struct incoming *in)
{
    if (in->body_waiting && in->fiber)
        fiber_wake(in->fiber);
}

size_t
body_feed(struct incoming *in, const char *p, size_t n)
{
    size_t fits = room(in);

    if (in->overflow)
        return n; /* the reader has been told */
    n = n < fits ? n : fits;
    if (in->reading == READ_WHOLE && n > in->limit - in->body.n) {
        in->overflow = true;
        wake_reader(in);
        return n;
    }
    buf_put(&in->body, p, n);
    if (in->reading == READ_STREAM || in->body.failed)
        wake_reader(in);
    return n;
}

void
body_end(struct incoming *in)
{
    in->phase = PHASE_WHOLE;
    wake_reader(in);
}

static enum fault_code
wait_for_body(struct incoming *in, int64_t deadline_us, struct fault *f)
{
    enum fault_code code;

    park_wake(in);
    in->body_waiting = true;
    code = loop_wait(in->server->loop, deadline_us);
    in->body_waiting = false;
    if (code == FAULT_BACKEND_TIMEOUT)
        return fault_set(f, FAULT_REQUEST_TIMEOUT, "The body did not come in time.");
    if (code)
        return fault_set(f, code, "The caller has left.");
    return FAULT_NONE;
}

static enum fault_code
too_large(size_t limit, struct fault *f)
{
    return fault_set(f, FAULT_BODY_TOO_LARGE, "The body is larger than %zu bytes.", limit);
}

static enum fault_code
answered_already(struct fault *f)
{
    return fault_set(f, FAULT_INTERNAL, "The body was given up with the answer.");
}

/* Memory for what is known to come, but never for more than has been believed so far: a length
 * is only a claim. */
static void
reserve(struct incoming *in, size_t limit)
{
    int64_t length = in->request.body_length;

    in->body.ceiling = limit;
    if (length > 0 && length <= 65536)
        buf_reserve(&in->body, (size_t)length - (in->body.n < (size_t)length ? in->body.n : 0));
}

enum fault_code
server_read_body(struct incoming *in, size_t limit, int64_t deadline_us, struct str *body,
                 struct fault *f)
{
    enum fault_code code = FAULT_NONE;

    *body = STR_NONE;
    if (!in->request.has_body)
        return FAULT_NONE;
    if (in->answered)
        return answered_already(f);
    if (in->request.body_length > 0 && (uint64_t)in->request.body_length > limit)
        return too_large(limit, f);
    in->reading = READ_WHOLE;
    in->limit = limit;
    reserve(in, limit);
    while (in->phase != PHASE_WHOLE && !in->overflow && !in->body.failed && code == FAULT_NONE)
        code = wait_for_body(in, deadline_us, f);
    if (code)
        return code;
    if (in->overflow)
        return too_large(limit, f);
    if (in->body.failed)
        return fault_set(f, FAULT_MEMORY, "No memory for the body.");
    *body = buf_view(&in->body);
    return FAULT_NONE;
}

/* What was handed out is done with: room for more. */
static void
shift_window(struct incoming *in)
{
    if (in->taken < in->body.n)
        return; /* more has come behind it meanwhile: handed out next */
    in->taken = in->body.n = 0;
}

static bool
has_spoken(const struct watch *w)
{
    return w && (w->ready & (uint32_t)(EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR));
}

static enum fault_code
wait_for_some(struct incoming *in, struct watch *also, int64_t deadline_us, struct fault *f)
{
    enum fault_code code = FAULT_NONE;

    if (also)
        also->waiter = fiber_self();
    while (in->body.n == in->taken && in->phase != PHASE_WHOLE && !has_spoken(also) && !code)
        code = wait_for_body(in, deadline_us, f);
    if (also)
        also->waiter = NULL;
    return code;
}

bool
server_body_ended(const struct incoming *in)
{
    return in->phase == PHASE_WHOLE && in->taken == in->body.n;
}

enum fault_code
server_read_some(struct incoming *in, struct watch *also, int64_t deadline_us, struct str *some,
                 struct fault *f)
{
    enum fault_code code = FAULT_NONE;

    *some = STR_NONE;
    if (!in->request.has_body)
        return FAULT_NONE;
    if (in->answered)
        return answered_already(f);
    if (in->reading != READ_STREAM) {
        in->reading = READ_STREAM;
        in->body.ceiling = in->server->options.window_bytes;
        if (buf_reserve(&in->body, in->body.ceiling - in->body.n) == NULL)
            return fault_set(f, FAULT_MEMORY, "No memory for the body.");
    }
    shift_window(in);
    code = wait_for_some(in, also, deadline_us, f);
    *some = str_from(buf_view(&in->body), in->taken);
    in->taken = in->body.n;
    return code;
}
