/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One snapshot as one worker serves it: a client and the breakers of each backend, the GraphQL
 * documents that were checked against its schema, and the answers that are remembered. A reload
 * gives each worker another one; the exchanges that have begun with the old one end with it, and
 * the last of them frees it.
 */
#ifndef GATEWAY_EDITION_H
#define GATEWAY_EDITION_H

#include "gateway/breakers.h"
#include "gateway/desk.h"

struct prepared_cache; /* graphql/prepared.h */
struct recall;         /* recall.h */

struct edition {
    struct desk *desk;
    struct snapshot *snapshot;   /* a reference of its own */
    struct upstream **upstreams; /* by snapshot_backend */
    struct breakers breakers;
    struct prepared_cache *documents; /* of GraphQL: parsed and checked */
    struct recall *recall;            /* answers of before; NULL: none are remembered */
    unsigned users;                   /* exchanges, and the desk while it is its current one */
};

/* For the desk, which it does not take yet: any thread. NULL after telling the report. */
struct edition *edition_new(struct desk *d, struct snapshot *s, struct report *r);
/* Keeps it as long as the arena, which is freed when the answer is out: what the answer says may
 * stand in the contract. False: no memory. The desk's thread. */
bool edition_hold(struct edition *e, struct arena *a) __attribute__((warn_unused_result));
/* One user less; the last one frees it. The desk's thread; NULL is allowed. */
void edition_leave(struct edition *e);
struct upstream *edition_upstream(const struct edition *e, const struct backend *b);

#endif
