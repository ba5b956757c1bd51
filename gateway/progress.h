/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far long work is, on standard error: a bar on a terminal, else a line now and then. */
#ifndef GATEWAY_PROGRESS_H
#define GATEWAY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what;
    int64_t began_us, told_us;
    bool shown;
};

void progress_begin(struct progress *p, const char *what);
/* context: a struct progress. */
void progress_tell(void *context, uint64_t done, uint64_t all);
/* Takes the bar away. */
void progress_end(struct progress *p);

#endif
