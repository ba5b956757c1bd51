/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/session.h"

#include <stdio.h>

#include "gateway/command.h"

enum { ARENA_MAX = 256 << 20 };

bool
session_open(struct session *s, const char *config, bool check)
{
    *s = (struct session){.arena = arena_new(ARENA_MAX)};
    if (!s->arena) {
        fprintf(stderr, "out of memory\n");
        return false;
    }
    report_init(&s->report, s->arena);
    s->snapshot = snapshot_load(config, check, &s->report);
    command_report(&s->report);
    return s->snapshot;
}

void
session_close(struct session *s)
{
    snapshot_free(s->snapshot);
    arena_free(s->arena);
}
