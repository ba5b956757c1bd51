/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One worker: a thread with its loop, its fibers, its resolver and its servers. Workers share
 * nothing; each listens on the same address, and the kernel spreads the connections.
 *
 * Made by the main thread: worker_new, worker_serve, worker_start, worker_stop, worker_join,
 * worker_free. Between worker_start and worker_join all of it belongs to the worker's thread;
 * only worker_stop and loop_post may be called from outside.
 */
#ifndef GATEWAY_WORKER_H
#define GATEWAY_WORKER_H

#include "gateway/loop.h"
#include "gateway/resolve.h"
#include "gateway/server.h"

#define WORKER_SERVERS 4

struct worker_options {
    unsigned fibers;  /* live at once; well below half of vm.max_map_count, over all workers */
    int64_t grace_us; /* what is in flight may take when the worker stops; then it is cancelled */
    int64_t last_us;  /* ... and what is cancelled may take to end */
};

#define WORKER_OPTIONS_DEFAULT                                                                     \
    ((struct worker_options){.fibers = 8192, .grace_us = 10000000, .last_us = 5000000})

struct worker;

/* MEMORY. */
enum fault_code worker_new(unsigned index, const struct worker_options *o, struct worker **out,
                           struct fault *f) __attribute__((warn_unused_result));
/* Adds a server before worker_start; at most WORKER_SERVERS. server_new's codes. port: where it
 * listens; may be NULL. */
enum fault_code worker_serve(struct worker *w, const struct server_options *o, uint16_t *port,
                             struct fault *f) __attribute__((warn_unused_result));
/* What its TLS servers show from now on; borrowed. The worker's thread only. */
void worker_show(struct worker *w, const struct server_tls *tls);
/* The thread, with all signals blocked. INTERNAL. */
enum fault_code worker_start(struct worker *w, struct fault *f) __attribute__((warn_unused_result));
/* Any thread, once: no new connections, finish what is in flight, then end the thread. */
void worker_stop(struct worker *w);
/* Waits for the thread's end. False when some fiber did not end in time: nothing of the worker
 * may be freed then. */
bool worker_join(struct worker *w);
/* After worker_join, or without worker_start. Upstreams of its loop are freed before. */
void worker_free(struct worker *w);

unsigned worker_index(const struct worker *w);
struct loop *worker_loop(struct worker *w);
struct resolver *worker_resolver(struct worker *w);
/* True from worker_stop on: background fibers end. The worker's thread only. */
bool worker_is_stopping(const struct worker *w);
/* Summed over its servers. The worker's thread only. */
struct server_stats worker_stats(const struct worker *w);

#endif
