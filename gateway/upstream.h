/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP/1.1 client towards one backend, of one worker: a bounded pool of kept-alive
 * connections over one or several URLs, and calls that wait on the running fiber.
 *
 * upstream_call is one request and its whole answer; upstream_open to upstream_close stream both
 * bodies. Header fields about the connection and the framing are left out of what is handed in:
 * they are this client's own business.
 */
#ifndef GATEWAY_UPSTREAM_H
#define GATEWAY_UPSTREAM_H

#include "base/arena.h"
#include "base/header.h"
#include "gateway/resolve.h"
#include "gateway/upstream_tls.h"

struct upstream;
struct upstream_exchange;

struct upstream_options {
    unsigned max_connections; /* open at once; more calls wait */
    unsigned max_idle;        /* kept for later */
    unsigned max_waiting;     /* calls in the queue; more are UNAVAILABLE */
    unsigned headers;         /* fields of an answer */
    size_t head_bytes;        /* of an answer */
    size_t body_bytes;        /* of an answer that is read whole */
    int64_t connect_us;       /* one try, TLS included */
    int64_t hop_us;           /* silence of the backend */
    int64_t queue_us;         /* in the queue */
    int64_t idle_us;          /* a kept connection's life */
    int64_t pause_us;         /* how long a URL that failed is passed over */
    struct tls_options tls;
};

#define UPSTREAM_OPTIONS_DEFAULT                                                                   \
    ((struct upstream_options){.max_connections = 4096,                                            \
                               .max_idle = 2048,                                                   \
                               .max_waiting = 1024,                                                \
                               .headers = 100,                                                     \
                               .head_bytes = 32768,                                                \
                               .body_bytes = 16777216,                                             \
                               .connect_us = 2000000,                                              \
                               .hop_us = 30000000,                                                 \
                               .queue_us = 2000000,                                                \
                               .idle_us = 30000000,                                                \
                               .pause_us = 1000000})

struct upstream_request {
    struct str method;
    struct str target;      /* behind the URL's own path: "/persons/1?x=y"; "" is allowed */
    struct headers headers; /* borrowed until the head is sent */
    struct str body;
    int64_t body_length; /* upstream_open: -1: chunked; else bytes that upstream_send brings */
    int64_t deadline_us; /* clock_us, for everything; LOOP_NEVER */
    bool has_body;       /* upstream_open: upstream_send follows; upstream_call: send `body` */
};

struct upstream_response { /* everything lives in the call's arena */
    unsigned status;
    struct headers headers;
    struct str body;        /* upstream_call only */
    int64_t content_length; /* of the header field, also for HEAD; -1: none */
};

/* urls: "http[s]://host[:port][/base]", copied. resolver and loop are borrowed. BAD_REQUEST for a
 * malformed URL, INTERNAL for TLS files, MEMORY. */
enum fault_code upstream_new(struct loop *l, struct resolver *r, const struct str *urls,
                             unsigned url_count, const struct upstream_options *o,
                             struct upstream **out, struct fault *f)
    __attribute__((warn_unused_result));
/* No call may be under way. NULL is allowed. */
void upstream_free(struct upstream *u);

/* BACKEND_FAILED (no connection, a reset, no HTTP, too large), BACKEND_TIMEOUT, UNAVAILABLE (the
 * pool and its queue are full), CANCELLED, MEMORY, INTERNAL (a field with a line break). A kept
 * connection that proves dead is replaced once, when the method is idempotent and not a byte of
 * an answer has come, or nothing was sent. */
enum fault_code upstream_call(struct upstream *u, const struct upstream_request *q, struct arena *a,
                              struct upstream_response *out, struct fault *f)
    __attribute__((warn_unused_result));

/* Connects and sends the head. After FAULT_NONE, upstream_close must follow; the arena must
 * outlive it. */
enum fault_code upstream_open(struct upstream *u, const struct upstream_request *q, struct arena *a,
                              struct upstream_exchange **out, struct fault *f)
    __attribute__((warn_unused_result));
/* A piece of the body, sent when it returns. When the backend has answered already, the piece is
 * dropped and upstream_answered tells. */
enum fault_code upstream_send(struct upstream_exchange *x, struct str piece, struct fault *f)
    __attribute__((warn_unused_result));
bool upstream_answered(struct upstream_exchange *x);
/* Has something to read when the backend answers, or leaves. NULL: that can not be told (TLS, whose
 * own records look the same). */
struct watch *upstream_watch(struct upstream_exchange *x);
/* The body is whole. */
enum fault_code upstream_send_end(struct upstream_exchange *x, struct fault *f)
    __attribute__((warn_unused_result));
enum fault_code upstream_read_head(struct upstream_exchange *x, struct upstream_response *out,
                                   struct fault *f) __attribute__((warn_unused_result));
/* Some bytes of the body, valid until the next call; empty at its end. */
enum fault_code upstream_read_body(struct upstream_exchange *x, struct str *piece, struct fault *f)
    __attribute__((warn_unused_result));
/* Puts the connection back when the exchange is finished and clean, else closes it. */
void upstream_close(struct upstream_exchange *x);

struct upstream_stats {
    unsigned open, idle, waiting; /* connections, of them resting; calls in the queue */
    uint64_t connects, retries;
};
struct upstream_stats upstream_stats(const struct upstream *u);

#endif
