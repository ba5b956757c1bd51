/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A segment as bytes, and the payloads of one: the first byte says whether the rest is taken as it
 * is, or as payloads with a newline between, which get good frames: T and the payload, T a type.
 */
#include <stdlib.h>

#include "auth/audit_event.h"
#include "auth/audit_walk.h"

static bool
see_frame(void *context, const struct frame *f, const struct trail *t, uint64_t offset)
{
    struct arena *a = arena_new(1 << 20);
    struct audit_record record;
    struct str all = *(struct str *)context;

    if (offset + f->size > all.n || t->bytes != offset + f->size)
        abort();
    if (a && audit_event_read(a, f->payload, &record) && record.fields[FIELD_EVENT].n == 0)
        abort();
    arena_free(a);
    return true;
}

static void
walk(struct str bytes)
{
    struct walk_options o = {.frame = see_frame, .context = &bytes};
    struct walk w;

    segment_walk(bytes, 1, &o, &w);
    if (w.trail.bytes > bytes.n || (!w.why && w.trail.bytes != bytes.n))
        abort();
}

static void
walk_payloads(struct str text)
{
    struct trail t = {.next = 1};
    struct str line;
    struct buf out;

    buf_init(&out, 1 << 20);
    while (text.n && str_split(&text, '\n', &line))
        if (line.n && line.n < FRAME_PAYLOAD_MAX)
            frame_put(&out, &t, (enum frame_type)line.p[0], str_from(line, 1));
    walk(buf_view(&out));
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data + 1, size - 1};

    if (size > 1 && data[0] == 'p')
        walk_payloads(rest);
    else if (size > 1)
        walk(rest);
    return 0;
}
