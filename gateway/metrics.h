/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /metrics: what the workers have counted, as Prometheus text (exposition format 0.0.4). */
#ifndef GATEWAY_METRICS_H
#define GATEWAY_METRICS_H

#include "gateway/desk.h"

/* Of all workers. A new count is a member of struct counters and a row in metrics.c. */
void metrics_write(const struct desk *d, struct buf *out);

#endif
