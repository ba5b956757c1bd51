/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What decides whether an exchange is let in now: one row each in policies.c. */
#ifndef GATEWAY_POLICIES_H
#define GATEWAY_POLICIES_H

#include "gateway/exchange.h"

/* True when the operation is open, or the principal covers one of its alternatives: that one is
 * *by, or NULL. p may be NULL. */
bool policies_allow(const struct operation *o, const struct principal *p,
                    const struct security **by);
/* Runs the policies in order; the first refusal stands. */
enum fault_code policies_admit(struct exchange *x) __attribute__((warn_unused_result));
/* Counts one call of the operation, where its rates have room. TOO_MANY_REQUESTS, with the time
 * until they have. */
enum fault_code policies_bound_rate(struct exchange *x, const struct operation *o, struct fault *f)
    __attribute__((warn_unused_result));
/* Whether the login behind the token is as the operation demands it. NONE or STEP_UP. */
enum reason policies_check_login(const struct operation *o, const struct principal *p)
    __attribute__((warn_unused_result));

#endif
