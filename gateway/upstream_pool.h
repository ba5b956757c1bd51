/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections of one upstream: which URL is next, which connection rests, who waits for one.
 * Private to upstream*.c.
 */
#ifndef GATEWAY_UPSTREAM_POOL_H
#define GATEWAY_UPSTREAM_POOL_H

#include "gateway/upstream.h"
#include "gateway/upstream_link.h"

struct endpoint { /* one URL */
    struct upstream *upstream;
    bool tls;
    uint16_t port;
    char *host;      /* for the resolver; without brackets */
    char *authority; /* for Host: "host:port", the port left out when it is the scheme's own */
    char *base;      /* path prefix, no slash at its end; "" */
    int64_t paused_until_us;
    struct link *resting; /* newest first */
    struct link *oldest;
};

struct waiting { /* a call in the queue, on its fiber's stack */
    struct waiting *next;
    struct fiber *fiber;
    bool woken;
};

struct upstream {
    struct loop *loop;
    struct resolver *resolver;
    struct upstream_options options;
    struct tls_context *tls; /* NULL: no URL needs it */
    struct endpoint *endpoints;
    unsigned endpoint_count, turn;
    unsigned open, idle, waiting;
    struct waiting *first, **last;
    struct timer sweep;
    uint64_t connects, retries;
};

/* A connection that rests, or a new one. again: not NULL: a new one, to this URL only. */
enum fault_code pool_get(struct upstream *u, struct endpoint *again, int64_t deadline_us,
                         struct link **out, struct fault *f) __attribute__((warn_unused_result));
/* Back to rest; or closed when the pool is full. */
void pool_put(struct link *k);
void pool_close(struct link *k);
/* Closes everything that rests. */
void pool_drain(struct upstream *u);

#endif
