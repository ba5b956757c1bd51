/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One worker's way to the audit trail: its lane, and the fibers that wait until a record is on the
 * disk, or until there is room for one. Belongs to the worker's thread.
 */
#ifndef GATEWAY_AUDIT_DESK_H
#define GATEWAY_AUDIT_DESK_H

#include "auth/audit.h"
#include "auth/reason.h"
#include "gateway/config.h"
#include "gateway/loop.h"

struct exchange;
struct shipping; /* audit_ship.h */

struct audit_desk {
    struct audit *audit;             /* shared by all; NULL: no trail is kept */
    struct audit_lane *lane;         /* NULL: the same */
    const struct shipping *shipping; /* for the metrics; NULL: nothing is sent elsewhere */
    struct loop *loop;
    struct audit_waiter *waiters;
    struct post post; /* the writer's, to this worker */
    atomic_bool posted;
    bool strict; /* an answer waits until its record is on the disk */
    bool refuse; /* no room is a refusal at once */
};

/* Opens the trail that the configuration asks for; *out is NULL when it asks for none. INTERNAL,
 * MEMORY. */
enum fault_code audit_open(const struct config *c, struct str policy, struct audit **out,
                           struct fault *f) __attribute__((warn_unused_result));

/* audit may be NULL. MEMORY. */
enum fault_code audit_desk_init(struct audit_desk *d, struct audit *audit, const struct config *c,
                                struct loop *l) __attribute__((warn_unused_result));

/* Keeps a place for one record; without room the fiber waits until the deadline. UNAVAILABLE,
 * CANCELLED, MEMORY. */
enum fault_code audit_desk_reserve(struct audit_desk *d, int64_t deadline_us, struct fault *f)
    __attribute__((warn_unused_result));
/* Waits, when the trail is strict, until the record is on the disk. The same codes. */
enum fault_code audit_desk_settle(struct audit_desk *d, uint64_t ticket, int64_t deadline_us,
                                  struct fault *f) __attribute__((warn_unused_result));
/* A record beside the exchange's own: waits for room, never for the disk; the exchange's own record
 * comes after it, and what waits for that waits for both. The same codes. */
enum fault_code audit_desk_record(struct audit_desk *d, const struct audit_event *e,
                                  int64_t deadline_us, struct fault *f)
    __attribute__((warn_unused_result));

/* The step `reserve`: a place for the exchange's record, when it will leave one. */
enum fault_code audit_desk_begin(struct exchange *x) __attribute__((warn_unused_result));
/* Puts the exchange's record, once, and settles it. What the steps have left in x->audit stays; the
 * rest is filled in from the exchange. */
enum fault_code audit_desk_end(struct exchange *x) __attribute__((warn_unused_result));
/* Adds scopes that the exchange has used, for its record. */
void audit_desk_uses(struct exchange *x, const struct str *scopes, unsigned n);

/* A denial inside an exchange that goes on: of one operation among several. The same codes. */
enum fault_code audit_desk_deny(struct exchange *x, struct str operation, enum reason reason,
                                struct fault *f) __attribute__((warn_unused_result));
/* Adds the name of an operation that it has called, where the route does not tell. */
void audit_desk_calls(struct exchange *x, struct str operation);

/* Prometheus text. */
void audit_desk_metrics(const struct audit_desk *d, struct buf *out);

#endif
