/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one worker needs to serve exchanges: the snapshot as it serves it, counters, and the buffer
 * of its access log. Belongs to the worker's thread; only the counters are read by others.
 */
#ifndef GATEWAY_DESK_H
#define GATEWAY_DESK_H

#include <stdatomic.h>

#include "gateway/access_log.h"
#include "gateway/answer_cache.h"
#include "gateway/audit_desk.h"
#include "gateway/fetch.h"
#include "gateway/loop.h"
#include "gateway/rate.h"
#include "gateway/side.h"
#include "gateway/snapshot.h"
#include "gateway/worker.h"

struct edition; /* edition.h */
struct gzip;

struct counters {
    atomic_ullong exchanges[6]; /* by status class; [0]: the caller left */
    atomic_ullong backend_calls;
    atomic_ullong breaker_refused; /* calls of backends */
    atomic_ullong rate_refused;    /* calls that a rate had no room for */
    atomic_ullong in_flight;
    struct answer_counts answers; /* that are remembered */
};

struct reloads { /* of the whole gateway */
    atomic_uint done, refused;
};

struct desk {
    struct worker *worker;
    struct loop *loop;
    struct edition *edition; /* for the exchanges that begin now */
    struct fetcher fetcher;  /* keys of issuers */
    struct auth_io auth_io;
    struct audit_desk audit;
    struct side *side;   /* borrowed, of all workers; set before desk_init */
    struct rates *rates; /* the same */
    struct access_log log;
    struct loop_hook log_hook;
    struct timer tick; /* every second, where `refreshes` is set */
    bool refreshes;    /* this desk's worker keeps the issuers' keys fresh */
    struct gzip *gzip; /* NULL: not needed yet */
    uint64_t random[2];
    struct counters counters;
    struct desk *const *all; /* every worker's, for the metrics */
    unsigned all_count;
    const struct reloads *reloads; /* for the metrics */
};

/* Where requests come in: a desk, and what is served there. */
struct door {
    struct desk *desk;
    bool admin;
};

/* log_fd: of the access log, borrowed; -1: none. audit: borrowed; NULL: none. False after telling
 * the report; desk_fini is due in both cases. The worker is borrowed. */
bool desk_init(struct desk *d, struct worker *w, struct snapshot *s, int log_fd,
               struct audit *audit, struct report *r);
void desk_fini(struct desk *d);
/* Exchanges that begin from now on are served by this edition, which is taken; those under way end
 * with theirs. */
void desk_adopt(struct desk *d, struct edition *e);
/* 32 hexadecimal digits, unique enough to find one exchange in a log. */
struct str desk_new_correlator(struct desk *d, struct arena *a);

#endif
