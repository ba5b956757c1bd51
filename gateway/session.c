/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/session.h"

#include <stdio.h>

#include "gateway/command.h"

enum { ARENA_MAX = 256 << 20 };

static bool
open_by(struct session *s, const char *config, bool check,
        struct snapshot *(*load)(const char *path, bool check, struct report *r))
{
    *s = (struct session){.arena = arena_new(ARENA_MAX)};
    if (!s->arena) {
        fprintf(stderr, "out of memory\n");
        return false;
    }
    report_init(&s->report, s->arena);
    s->snapshot = load(config, check, &s->report);
    command_report(&s->report);
    return s->snapshot;
}

bool
session_open(struct session *s, const char *config, bool check)
{
    return open_by(s, config, check, snapshot_load);
}

bool
session_open_auth(struct session *s, const char *config, bool check)
{
    return open_by(s, config, check, snapshot_load_auth);
}

void
session_close(struct session *s)
{
    snapshot_unref(s->snapshot);
    arena_free(s->arena);
}
