/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one worker needs to serve exchanges: the snapshot, a client per backend, counters, and the
 * buffer of its access log. Belongs to the worker's thread; only the counters are read by others.
 */
#ifndef GATEWAY_DESK_H
#define GATEWAY_DESK_H

#include <stdatomic.h>

#include "gateway/access_log.h"
#include "gateway/audit_desk.h"
#include "gateway/fetch.h"
#include "gateway/loop.h"
#include "gateway/side.h"
#include "gateway/snapshot.h"
#include "gateway/upstream.h"
#include "gateway/worker.h"

struct gzip;
struct prepared_cache; /* graphql/prepared.h */

struct counters {
    atomic_ullong exchanges[6]; /* by status class; [0]: the caller left */
    atomic_ullong backend_calls;
    atomic_uint in_flight;
};

struct desk {
    struct worker *worker;
    struct loop *loop;
    const struct snapshot *snapshot;
    struct upstream **upstreams; /* by snapshot_backend */
    struct fetcher fetcher;      /* keys of issuers */
    struct auth_io auth_io;
    struct audit_desk audit;
    struct side *side; /* borrowed, of all workers; set before desk_init */
    struct access_log log;
    struct loop_hook log_hook;
    struct timer tick;                /* every second, where `refreshes` is set */
    bool refreshes;                   /* this desk's worker keeps the issuers' keys fresh */
    struct prepared_cache *documents; /* of GraphQL: parsed and checked */
    struct gzip *gzip;                /* NULL: not needed yet */
    uint64_t random[2];
    struct counters counters;
    struct desk *const *all; /* every worker's, for the metrics */
    unsigned all_count;
};

/* Where requests come in: a desk, and what is served there. */
struct door {
    struct desk *desk;
    const struct router *router;
};

/* log_fd: of the access log, borrowed; -1: none. audit: borrowed; NULL: none. False after telling
 * the report; desk_fini is due in both cases. Worker and snapshot are borrowed. */
bool desk_init(struct desk *d, struct worker *w, const struct snapshot *s, int log_fd,
               struct audit *audit, struct report *r);
void desk_fini(struct desk *d);
struct upstream *desk_upstream(struct desk *d, const struct backend *b);
/* 32 hexadecimal digits, unique enough to find one exchange in a log. */
struct str desk_new_correlator(struct desk *d, struct arena *a);
/* Prometheus text of all workers. */
void desk_metrics(const struct desk *d, struct buf *out);

#endif
