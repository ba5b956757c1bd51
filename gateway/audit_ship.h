/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records go elsewhere: to a syslog server over TLS, to a file of OCSF events. Each has a thread
 * that reads the segments, and a cursor in the trail's folder that says how far it has come, so
 * that nothing is left out over a restart (a record can come twice after a crash). Nobody waits for
 * it: what cannot be sent stays where it is until it can.
 */
#ifndef GATEWAY_AUDIT_SHIP_H
#define GATEWAY_AUDIT_SHIP_H

#include "gateway/config.h"

struct shipping;

/* Starts what the configuration asks for; *out is NULL when that is nothing. INTERNAL, MEMORY. */
enum fault_code shipping_start(const struct config *c, struct shipping **out, struct fault *f)
    __attribute__((warn_unused_result));
/* Sends what is left, for a second at most, and ends. NULL is allowed. */
void shipping_stop(struct shipping *s);
/* Prometheus text. Any thread. NULL is allowed. */
void shipping_metrics(const struct shipping *s, struct buf *out);

#endif
