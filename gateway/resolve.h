/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Host names to addresses, in the loop: c-ares, with a cache that honours the TTL. One query a
 * name, however many fibers ask. Literals and `localhost` never leave the process (RFC 6761).
 * Belongs to one loop's thread.
 */
#ifndef GATEWAY_RESOLVE_H
#define GATEWAY_RESOLVE_H

#include <netinet/in.h>

#include "gateway/loop.h"

#define RESOLVE_ADDRESSES 8

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct addresses {
    unsigned n;
    union address items[RESOLVE_ADDRESSES]; /* best first (RFC 6724) */
};

struct resolver;

/* NULL: out of memory. c-ares itself starts with the first name that needs it. */
struct resolver *resolver_new(struct loop *l);
/* No fiber may be waiting in it. */
void resolver_free(struct resolver *r);
/* Asks these servers ("192.0.2.1:53,192.0.2.2") instead of the system's. False: malformed. */
bool resolver_use(struct resolver *r, const char *servers);
/* Waits on the running fiber. out->n is at least 1. BACKEND_FAILED (no such name, no answer),
 * BACKEND_TIMEOUT, CANCELLED, MEMORY. */
enum fault_code resolve(struct resolver *r, const char *host, uint16_t port, int64_t deadline_us,
                        struct addresses *out, struct fault *f) __attribute__((warn_unused_result));
size_t address_bytes(const union address *a); /* for connect(2) */

#endif
