/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate audit tail`: the newest records, a line each, and with -f those that come. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/audit_segment.h"
#include "auth/audit_store.h"
#include "gateway/command_audit.h"

enum { POLL_US = 200000 };

struct tail {
    const char *folder;
    uint64_t segment, at; /* the next byte that is not printed */
    bool closed;          /* the segment's footer was seen */
};

static void
print_record(struct str payload)
{
    printf("%.*s\n", STR_ARG(payload));
}

/* Counts the records behind the offset, or prints those after the first `skip` ones. */
static uint64_t
read_on(struct tail *t, bool print, uint64_t skip)
{
    struct frame frame;
    struct buf bytes;
    uint64_t at = t->at, n = 0;
    char path[4096];

    audit_segment_path(t->folder, t->segment, path, sizeof path);
    if (audit_file_load(path, &bytes))
        while (frame_read(str_from(buf_view(&bytes), at), &frame) == FRAME_GOOD) {
            if (frame.type == FRAME_RECORD && n++ >= skip && print)
                print_record(frame.payload);
            t->closed = frame.type == FRAME_FOOTER;
            at += frame.size;
        }
    buf_fini(&bytes);
    if (print)
        t->at = at;
    return n;
}

static bool
is_there(const struct tail *t, uint64_t segment)
{
    char path[4096];

    audit_segment_path(t->folder, segment, path, sizeof path);
    return access(path, F_OK) == 0;
}

static void
follow(struct tail *t)
{
    for (;;) {
        read_on(t, true, 0);
        fflush(stdout);
        if (t->closed && is_there(t, t->segment + 1))
            *t = (struct tail){.folder = t->folder, .segment = t->segment + 1};
        else
            usleep(POLL_US);
    }
}

/* Prints the last `wanted` records of all segments. */
static void
print_last(struct tail *t, const uint64_t *segments, unsigned n, uint64_t wanted)
{
    uint64_t have = 0;
    unsigned from = n;

    while (from > 0 && have < wanted) {
        *t = (struct tail){.folder = t->folder, .segment = segments[--from]};
        have += read_on(t, false, 0);
    }
    for (; from < n; from++) {
        uint64_t skip = have > wanted ? have - wanted : 0;

        *t = (struct tail){.folder = t->folder, .segment = segments[from]};
        read_on(t, true, skip);
        have -= skip;
    }
}

int
audit_tail_part(const struct command *c, struct arena *a, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT, *lines = "10";
    const struct flag flags[] = {
        {"--config", "-c", &config}, {"--lines", "-n", &lines}, {NULL, NULL, NULL}};
    bool follows = audit_switch("-f", &argc, argv);
    struct tail tail = {0};
    struct audit_place p;
    uint64_t *segments, wanted;
    unsigned n;

    if (!command_flags(c, flags, &argc, argv) || argc > 2 || !str_to_u64(str_of(lines), &wanted))
        return command_usage(c);
    if (!audit_place_find(&p, a, argc > 1 ? argv[1] : NULL, config) ||
        !audit_note_reading(&p, follows ? STR("tail -f") : STR("tail")))
        return AUDIT_UNREADABLE;
    tail.folder = p.folder;
    if (!audit_segments(p.folder, &segments, &n) || !n) {
        fprintf(stderr, "%s: there is no segment\n", p.folder);
        return AUDIT_UNREADABLE;
    }
    print_last(&tail, segments, n, wanted);
    free(segments);
    if (follows)
        follow(&tail);
    return AUDIT_OK;
}
