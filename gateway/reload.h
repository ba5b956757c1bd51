/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new configuration for a gateway that runs: loaded and checked beside the one that is served,
 * then taken over by each worker between two exchanges. No connection is closed and no request is
 * refused; what has begun ends as it began. With a mistake in it, nothing changes.
 */
#ifndef GATEWAY_RELOAD_H
#define GATEWAY_RELOAD_H

#include "gateway/desk.h"

struct reloading {
    const char *path;       /* of the configuration */
    struct snapshot *first; /* what the gateway was started with */
    struct desk *const *desks;
    unsigned count;
    struct side *side;
    struct reloads *reloads; /* counts this one */
};

/* Returns when every worker serves the new one, or none does. The log, the trail and the counts
 * tell what became of it. The main thread, while the workers run. */
void reload(const struct reloading *r);

#endif
