/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front door's one boundary: HTTP/1.1 requests in, answers out, each on a fiber of its own
 * that reads as plain synchronous C. What serves the protocol (libmicrohttpd) is seen in
 * server*.c only.
 *
 * The handler starts as soon as the head is there, so that it can refuse before a body is read
 * (and before `100 Continue`). It reads the body when it wants it, and answers once. A server
 * belongs to its loop's thread.
 */
#ifndef GATEWAY_SERVER_H
#define GATEWAY_SERVER_H

#include "auth/certificate.h"
#include "base/arena.h"
#include "base/header.h"
#include "gateway/loop.h"

struct server;
struct incoming; /* one request, and its answer in the making */

struct request { /* everything lives in the incoming's arena */
    struct str method;
    struct str target; /* as it came */
    struct str path;   /* of the target; still percent-encoded */
    struct str query;  /* behind the '?'; empty when there is none */
    struct headers headers;
    struct str peer; /* the client's address, "192.0.2.1" */
    unsigned minor;  /* of HTTP/1.x */
    bool over_tls;
    const struct client_certificate *certificate; /* of the TLS handshake; NULL: none */
    bool has_body;
    int64_t body_length; /* -1: chunked */
};

/* headers without those about connection and framing; all of it in the incoming's arena, or
 * static: it is sent after the call that gives it has returned. */
struct response {
    unsigned status;
    struct headers headers;
    struct str body;
    bool close; /* the connection with it */
};

/* Whether a caller is asked for a certificate. OPTIONAL: one that does not chain to client_ca is
 * let in, but not `verified`. REQUIRED: without one, or with one that does not chain to a client_ca
 * that is given, the handshake fails. */
enum client_certificates {
    CLIENT_CERTIFICATES_OFF,
    CLIENT_CERTIFICATES_OPTIONAL,
    CLIENT_CERTIFICATES_REQUIRED
};

struct server_tls; /* server_tls.h */

typedef void (*server_handler)(struct incoming *in, void *context);

struct server_options {
    const char *address;          /* "127.0.0.1", "::", ... */
    uint16_t port;                /* 0: any free one */
    const struct server_tls *tls; /* borrowed; NULL: plain */
    enum client_certificates client_certificates;
    unsigned connections; /* open at once */
    unsigned backlog;     /* of the listening socket */
    unsigned headers;     /* fields of a request */
    size_t target_bytes;
    size_t header_bytes;   /* request line and fields */
    size_t pool_bytes;     /* a connection's memory: request head and answer's head share it */
    size_t arena_bytes;    /* an exchange's memory */
    size_t window_bytes;   /* of a streamed request body held at once */
    size_t prefetch_bytes; /* a body this small is read before it is asked for */
    size_t drain_bytes;    /* of an unwanted body read to keep the connection */
    unsigned lingering;    /* refused connections kept open at once, until the client has read */
    int64_t idle_us;       /* silence of a client */
    int64_t head_us;       /* from one request's end to the next one's whole head, beyond idle_us */
    bool park;             /* see server_park.c; false: suspend at once */
    server_handler handle;
    void *context;
};

#define SERVER_OPTIONS_DEFAULT                                                                     \
    ((struct server_options){.address = "127.0.0.1",                                               \
                             .port = 8080,                                                         \
                             .connections = 16384,                                                 \
                             .backlog = 1024,                                                      \
                             .headers = 64,                                                        \
                             .target_bytes = 4096,                                                 \
                             .header_bytes = 6144,                                                 \
                             .pool_bytes = 8192,                                                   \
                             .arena_bytes = 67108864,                                              \
                             .window_bytes = 65536,                                                \
                             .prefetch_bytes = 16384,                                              \
                             .drain_bytes = 65536,                                                 \
                             .lingering = 256,                                                     \
                             .idle_us = 60000000,                                                  \
                             .head_us = 15000000,                                                  \
                             .park = true})

/* Listens (SO_REUSEPORT) and serves from the loop's next turn on. The options' texts are
 * borrowed for as long as it lives. INTERNAL with the reason in the log text, MEMORY. */
enum fault_code server_new(struct loop *l, const struct server_options *o, struct server **out,
                           struct fault *f) __attribute__((warn_unused_result));
uint16_t server_port(const struct server *s);
/* Connections that come from now on see this instead; borrowed for as long as the server lives.
 * Nothing for a plain one. */
void server_show(struct server *s, const struct server_tls *tls);
/* No new connections, `Connection: close` on what is answered from now on, idle connections end. */
void server_quiesce(struct server *s);
/* Exchanges whose fiber runs, or whose answer is not yet sent. */
unsigned server_live(const struct server *s);
/* Cancels every fiber; each still answers, or ends. */
void server_cancel(struct server *s);
/* Cuts every connection that is in an exchange. */
void server_cut(struct server *s);
/* After server_live has come to 0. NULL is allowed. */
void server_free(struct server *s);

/* ---- for the handler, on its fiber ---- */

const struct request *incoming_request(const struct incoming *in);
/* Lives until both the handler has returned and the answer is sent. */
struct arena *incoming_arena(struct incoming *in);
/* What is wrong with the request line, its fields or its framing: to be answered before anything
 * else is done. FAULT_NONE: nothing. */
enum fault_code incoming_fault(const struct incoming *in, struct fault *f)
    __attribute__((warn_unused_result));

/* The whole body, in the arena or empty. BODY_TOO_LARGE, REQUEST_TIMEOUT, CANCELLED, MEMORY. */
enum fault_code server_read_body(struct incoming *in, size_t limit, int64_t deadline_us,
                                 struct str *body, struct fault *f)
    __attribute__((warn_unused_result));
/* Some bytes of it, valid until the next call; empty at its end, or when `also` (NULL: none), for
 * which nobody else may be waiting, has something to read meanwhile. The client is held back while
 * nobody reads. REQUEST_TIMEOUT, CANCELLED, MEMORY. */
enum fault_code server_read_some(struct incoming *in, struct watch *also, int64_t deadline_us,
                                 struct str *some, struct fault *f)
    __attribute__((warn_unused_result));
/* All of it has been handed out. */
bool server_body_ended(const struct incoming *in);

/* The whole answer, sent while the handler goes on. INTERNAL: a field with a line break, or a
 * second answer. */
enum fault_code server_respond(struct incoming *in, const struct response *r, struct fault *f)
    __attribute__((warn_unused_result));
/* The head of an answer whose body server_write brings. length: -1: not known before. HTTP/1.1 is
 * served one way at a time: what is left of the request's body is read and dropped first (up to
 * 16 MB, then the connection is cut), and can no longer be read by the handler.
 * HEADERS_TOO_LARGE: the head does not fit beside the request's; another answer may be tried. */
enum fault_code server_respond_stream(struct incoming *in, const struct response *r, int64_t length,
                                      struct fault *f) __attribute__((warn_unused_result));
/* Waits until the bytes are on their way. REQUEST_TIMEOUT: the client does not take them;
 * CANCELLED: it is gone. Where no body may be (HEAD, 204, 304) nothing is sent. */
enum fault_code server_write(struct incoming *in, struct str bytes, int64_t deadline_us,
                             struct fault *f) __attribute__((warn_unused_result));
/* The body is whole; or, when it is not, the connection is cut so that the client can tell. */
void server_finish(struct incoming *in, bool whole);

struct server_stats {
    unsigned connections, live, parked;
    uint64_t requests, suspends;
};
struct server_stats server_stats(const struct server *s);

#endif
