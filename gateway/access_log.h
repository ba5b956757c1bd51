/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One JSON line per exchange, of one worker: lines gather in a buffer and go out in one write(2)
 * per loop turn. Never a token, never a query string.
 */
#ifndef GATEWAY_ACCESS_LOG_H
#define GATEWAY_ACCESS_LOG_H

#include "base/str.h"

struct exchange;

struct access_log {
    int fd; /* borrowed; -1: off */
    struct buf lines;
};

void access_log_init(struct access_log *l, int fd);
void access_log_fini(struct access_log *l);
/* Adds the exchange's line; writes out first when the buffer is full. */
void access_log_add(struct access_log *l, const struct exchange *x);
void access_log_flush(struct access_log *l);

#endif
