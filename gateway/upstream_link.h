/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection to a backend: connect, TLS, send and receive, each waiting on the running fiber.
 *
 * System calls are tried first; only what would block waits for the loop. A link belongs to one
 * fiber at a time, or rests in its pool. Faults: BACKEND_FAILED, BACKEND_TIMEOUT, CANCELLED,
 * MEMORY; after one of them the link can only be closed.
 */
#ifndef GATEWAY_UPSTREAM_LINK_H
#define GATEWAY_UPSTREAM_LINK_H

#include <sys/uio.h>

#include "gateway/resolve.h"
#include "gateway/upstream_tls.h"

struct link {
    struct watch watch; /* first: found again from the event */
    struct loop *loop;
    struct grave grave;
    struct link *prev, *next; /* resting in a pool */
    void *owner;              /* of the pool */
    struct tls *tls;          /* NULL: plain */
    char *in;                 /* bytes received: in[start] to in[end]; NULL: none yet */
    size_t start, end, cap;
    int64_t rests_since_us;
    uint64_t received, sent; /* bytes, since the last time it left the pool */
    bool resting, used_before;
};

/* Connects to the first address that answers; each gets until connect_us (a span) and the
 * deadline (a time) allow. tls: NULL for plain. */
enum fault_code link_open(struct loop *l, const struct addresses *to, struct tls_context *tls,
                          const char *host, int64_t connect_us, int64_t deadline_us,
                          struct link **out, struct fault *f) __attribute__((warn_unused_result));
/* Nothing is in it, nor expected for a while: its buffer goes. */
void link_rest(struct link *k);
/* Frees it; its memory goes when the loop's batch is done. */
void link_close(struct link *k);

/* Sends all of it (iov is used up). When `early` is not NULL, it stops as soon as bytes of an
 * answer are there, and says so. */
enum fault_code link_send(struct link *k, struct iovec *iov, int count, int64_t deadline_us,
                          bool *early, struct fault *f) __attribute__((warn_unused_result));
/* Bytes, or the end, have come unasked. Not known under TLS: false. */
bool link_has_spoken(struct link *k);
/* Receives some bytes behind in[end]; *closed: the peer has ended the stream instead. The room is
 * grown up to `most` bytes in all; the caller has made sure that there is some. */
enum fault_code link_receive(struct link *k, size_t most, int64_t deadline_us, bool *closed,
                             struct fault *f) __attribute__((warn_unused_result));

static inline struct str
link_bytes(const struct link *k)
{
    return (struct str){k->in + k->start, k->end - k->start};
}

static inline void
link_take(struct link *k, size_t n) /* n bytes are done with */
{
    k->start += n;
    if (k->start == k->end)
        k->start = k->end = 0;
}

#endif
