/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker with a server and a handler for tests: what the path says is what it does. */
#ifndef TESTS_FRONT_H
#define TESTS_FRONT_H

#include <stdatomic.h>

#include "gateway/worker.h"
#include "wire.h"

static struct worker *worker;
static uint16_t front_port;
static atomic_uint cancelled, written, finished;

static const struct header front_type = {{"Content-Type", 12}, {"text/plain", 10}};

static inline void
front_answer(struct incoming *in, unsigned status, struct str body)
{
    struct response r = {.status = status, .headers = {&front_type, 1}, .body = body};

    r.close = incoming_fault(in, NULL) != FAULT_NONE;
    if (server_respond(in, &r, NULL))
        atomic_fetch_add(&cancelled, 1000); /* no test expects that */
}

static inline void
front_fault(struct incoming *in, const struct fault *f)
{
    if (f->code == FAULT_CANCELLED)
        atomic_fetch_add(&cancelled, 1);
    front_answer(in, f->status,
                 arena_printf(incoming_arena(in), "%s: %s", fault_row(f->code)->name, f->detail));
}

/* "/echo": the body, gathered; at most 100,000 bytes. */
static inline void
front_echo(struct incoming *in)
{
    struct str body;
    struct fault f;

    if (server_read_body(in, 100000, clock_us() + 2000000, &body, &f))
        front_fault(in, &f);
    else
        front_answer(in, 200, body);
}

/* "/count": reads the body to its end, and says how long it was. */
static inline void
front_count(struct incoming *in)
{
    struct str some;
    struct fault f;
    size_t n = 0;
    enum fault_code code;

    while ((code = server_read_some(in, NULL, clock_us() + 8000000, &some, &f)) == FAULT_NONE &&
           some.n > 0)
        n += some.n;
    if (code)
        front_fault(in, &f);
    else
        front_answer(in, 200, arena_printf(incoming_arena(in), "%zu", n));
}

/* "/big": 10 MB, in pieces, of known length; "/bigc": chunked; "/cut": chunked, not whole. */
static inline void
front_big(struct incoming *in, bool known, bool whole)
{
    struct response r = {.status = 200, .headers = {&front_type, 1}};
    static const char piece[10240] = {[0 ... 10239] = 'z'};
    struct fault f = {0};
    enum fault_code code = server_respond_stream(in, &r, known ? 10485760 : -1, &f);

    for (int i = 0; i < (whole ? 1024 : 3) && code == FAULT_NONE; i++) {
        code = server_write(in, (struct str){piece, sizeof(piece)}, clock_us() + 8000000, &f);
        atomic_fetch_add(&written, sizeof(piece));
    }
    if (code == FAULT_CANCELLED)
        atomic_fetch_add(&cancelled, 1);
    server_finish(in, whole && code == FAULT_NONE);
}

/* "/sleep?MS" answers after so many milliseconds. */
static inline void
front_sleep(struct incoming *in)
{
    uint64_t ms = 0;

    if (!str_to_u64(incoming_request(in)->query, &ms))
        ms = 1;
    if (loop_sleep(worker_loop(worker), clock_us() + (int64_t)ms * 1000))
        atomic_fetch_add(&cancelled, 1);
    front_answer(in, 200, STR("slept"));
}

static inline void
front_handle(struct incoming *in, void *context)
{
    const struct request *q = incoming_request(in);
    struct fault f;

    (void)context;
    if (incoming_fault(in, &f))
        front_fault(in, &f);
    else if (str_eq(q->path, STR("/echo")))
        front_echo(in);
    else if (str_eq(q->path, STR("/count")))
        front_count(in);
    else if (str_eq(q->path, STR("/sleep")))
        front_sleep(in);
    else if (str_starts(q->path, STR("/big")))
        front_big(in, q->path.n == 4, true);
    else if (str_eq(q->path, STR("/cut")))
        front_big(in, false, false);
    else if (str_eq(q->path, STR("/refuse")))
        front_answer(in, 403, STR("no"));
    else if (!str_eq(q->path, STR("/nothing")))
        front_answer(in, 200,
                     arena_printf(incoming_arena(in), "%.*s %.*s ?%.*s %u", STR_ARG(q->method),
                                  STR_ARG(q->path), STR_ARG(q->query), q->headers.n));
    atomic_fetch_add(&finished, 1);
}

static inline void
front_begin(const struct server_options *o, int64_t grace_us)
{
    struct worker_options w = WORKER_OPTIONS_DEFAULT;
    struct server_options so = *o;
    struct fault f = {0};

    w.grace_us = grace_us;
    w.last_us = 5000000;
    so.port = 0;
    so.handle = front_handle;
    atomic_store(&cancelled, 0);
    atomic_store(&written, 0);
    atomic_store(&finished, 0);
    assert_int_equal(worker_new(0, &w, &worker, &f), FAULT_NONE);
    if (worker_serve(worker, &so, &front_port, &f))
        fail_msg("%s", f.log);
    assert_int_equal(worker_start(worker, NULL), FAULT_NONE);
}

static inline void
front_end(void)
{
    worker_stop(worker);
    assert_true(worker_join(worker));
    worker_free(worker);
}

/* Sends the text on a connection of its own and reads until it is closed, or answered. */
static inline size_t
front_ask(struct str text, char *into, size_t size, const char *end)
{
    int fd = wire_connect(front_port);
    size_t n;

    wire_send(fd, text);
    n = wire_read(fd, into, size, end);
    close(fd);
    return n;
}

#endif
