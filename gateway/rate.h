/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much of their rates callers have used: one memory for all workers, which outlives a reload.
 *
 * GCRA (ITU-T I.371, the token bucket without a bucket): of each rule and caller one time is kept,
 * the one at which all that it has used is refilled. Such an entry is free again once its time has
 * passed, and nothing is lost with it. When a row of the table has no free one, the entry that is
 * nearest to being free makes room: its caller, who has used least, has a whole burst again. Rules
 * for all callers together have a table of their own, in which callers displace nothing.
 */
#ifndef GATEWAY_RATE_H
#define GATEWAY_RATE_H

#include "contract/operation.h"

struct rates;

struct rate_caller {
    struct str issuer;          /* of the names: those of two issuers are two, though alike */
    struct str client, subject; /* empty: none; without both it is known by its address */
    struct str address;         /* "192.0.2.1" or "2001:db8::1" */
};

/* Room for so many callers of rules, 16 bytes each, rounded up. NULL: no memory. */
struct rates *rates_new(size_t entries);
/* No thread may be using it. NULL is allowed. */
void rates_free(struct rates *t);
/* NULL: each of the n rules (at most RATES_MAX) had room, and has one call less; else the one that
 * has room last, *wait_us is how long that takes, and nothing is counted. now_us: clock_us.
 * Thread-safe. */
const struct rate *rates_take(struct rates *t, const struct rate *rules, unsigned n,
                              const struct rate_caller *caller, int64_t now_us, int64_t *wait_us)
    __attribute__((warn_unused_result));

#endif
