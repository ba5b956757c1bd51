/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads beside the workers, for what would hold up an event loop: the scrypt of a client's
 * secret, the fsync of a revocation; and one that looks every few milliseconds whether a file of
 * auth/ has changed. A fiber waits in side_run as for anything else; the queue is bounded.
 */
#ifndef GATEWAY_SIDE_H
#define GATEWAY_SIDE_H

#include "auth/auth.h"
#include "gateway/loop.h"

struct side;

/* Starts the threads, all signals blocked. auth: borrowed. audit: where changes of files are
 * recorded; borrowed; NULL: nowhere. NULL: no memory or threads. */
struct side *side_new(struct auth *auth, struct audit *audit);
/* Finishes what is queued and ends the threads. After the workers' threads, before their loops,
 * audit and auth are freed. NULL is allowed. */
void side_free(struct side *s);
/* Records a change that has happened already: waits for room, and tells the log when there was
 * none. Not a worker's thread. */
void side_record(struct side *s, const struct audit_event *e);
/* See struct auth_io's `work`; the loop is the running fiber's. */
enum fault_code side_run(struct side *s, struct loop *loop, void (*run)(void *data), void *data,
                         size_t size) __attribute__((warn_unused_result));

#endif
