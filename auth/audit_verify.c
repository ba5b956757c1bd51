/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/audit_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/audit_store.h"
#include "auth/audit_walk.h"

enum { SCRATCH = 4 << 20 };

struct removal { /* what a retention record says */
    uint64_t from, to, next;
    uint8_t chain[AUDIT_HASH], root[AUDIT_HASH];
};

struct verifying {
    const struct audit_check *check;
    struct audit_report *out;
    struct arena *arena;
    struct fault *fault;
    uint64_t *segments;
    unsigned n;
    struct signed_head anchor;
    bool has_anchor, anchored;
    struct trail first; /* at the beginning of the first segment that is there */
    struct removal *removals;
    unsigned removal_count;
    uint64_t done, all; /* bytes */
};

static enum fault_code
unreadable(struct fault *f, const char *path)
{
    fault_set(f, FAULT_INTERNAL, "the audit trail can not be read");
    fault_log(f, "%s: %s", path, strerror(errno));
    return FAULT_INTERNAL;
}

static void
blame(struct audit_report *r, uint64_t segment, uint64_t seq, uint64_t offset, const char *what)
{
    if (r->what[0])
        return;
    r->segment = segment;
    r->seq = seq;
    r->offset = offset;
    snprintf(r->what, sizeof r->what, "%s", what);
}

/* --- what retention says --- */

/* The word after the next one, which must be `name`. */
static struct str
take_named(struct str *rest, const char *name)
{
    struct str word = STR_NONE;

    if (!str_split(rest, ' ', &word) || !str_eq(word, str_of(name)) || !str_split(rest, ' ', &word))
        return STR_NONE;
    return word;
}

/* "segments 1-3 next 4711 chain HEX root HEX" */
static bool
read_removal(struct str detail, struct removal *out)
{
    struct str segments = take_named(&detail, "segments"), from = STR_NONE;

    return str_split(&segments, '-', &from) && str_to_u64(from, &out->from) &&
           str_to_u64(segments, &out->to) && str_to_u64(take_named(&detail, "next"), &out->next) &&
           audit_unhex(take_named(&detail, "chain"), out->chain) &&
           audit_unhex(take_named(&detail, "root"), out->root);
}

static bool
note_frame(void *context, const struct frame *f, const struct trail *t, uint64_t offset)
{
    static const char mark[] = "\"reason\":\"retention\"";
    struct verifying *v = context;
    struct audit_record record;
    struct removal *more;

    (void)offset;
    (void)t;
    if (f->type != FRAME_RECORD || !memmem(f->payload.p, f->payload.n, mark, sizeof mark - 1) ||
        !audit_event_read(v->arena, f->payload, &record) ||
        !str_eq(record.fields[FIELD_EVENT], STR("admin")) ||
        str_eq(record.fields[FIELD_NODE], STR("cli")))
        return true;
    more = reallocarray(v->removals, v->removal_count + 1, sizeof *more);
    if (more) {
        v->removals = more;
        if (read_removal(record.fields[FIELD_DETAIL], &more[v->removal_count]))
            v->removal_count++;
    }
    return true;
}

/* The first segment that is there is not the first that was written. */
static bool
is_removed_by_rule(const struct verifying *v)
{
    uint64_t gone = v->segments[0] - 1;

    for (unsigned i = 0; i < v->removal_count; i++) {
        const struct removal *r = &v->removals[i];

        if (gone < r->from || gone > r->to)
            continue;
        if (gone < r->to) /* not all of them could be removed */
            return true;
        return r->next == v->first.first &&
               memcmp(r->chain, v->first.last_chain, AUDIT_HASH) == 0 &&
               memcmp(r->root, v->first.last_root, AUDIT_HASH) == 0;
    }
    return false;
}

static void
check_beginning(struct verifying *v)
{
    static const uint8_t zero[AUDIT_HASH];
    uint64_t first = v->segments[0];

    if (first == 1) {
        if (v->first.first != 1 || memcmp(v->first.last_chain, zero, AUDIT_HASH) != 0)
            blame(v->out, 1, v->first.first, 0, "the first segment continues another one");
        return;
    }
    v->out->removed = first - 1;
    if (!is_removed_by_rule(v))
        blame(v->out, 1, 1, 0,
              "the segments up to the first one that is there are missing, and no record says that "
              "they were removed");
}

/* --- segments --- */

static void
judge(struct verifying *v, unsigned at, const struct walk *w)
{
    struct audit_report *out = v->out;
    uint64_t segment = v->segments[at];
    bool last = at + 1 == v->n;

    out->next = w->trail.next;
    out->heads += w->heads;
    if (w->heads) {
        out->signed_next = w->trail.signed_next;
        memcpy(out->head_time, w->head_time, sizeof out->head_time);
    }
    out->open = !w->closed;
    if (w->why && !(w->torn && last && out->live))
        blame(out, segment, w->trail.next, w->trail.bytes, w->why);
    else if (!w->closed && !last)
        blame(out, segment, w->trail.next, w->trail.bytes,
              "the segment ends without a footer: its last records are missing");
    if (v->has_anchor && v->anchor.segment == segment && !w->anchored)
        blame(out, segment, v->anchor.first + v->anchor.size, w->trail.bytes,
              "the anchor's head is not where it was: records before it are missing or others");
    v->anchored |= w->anchored;
}

static void
tell_progress(void *context, uint64_t bytes)
{
    struct verifying *v = context;

    v->done += bytes;
    if (v->check->progress)
        v->check->progress(v->check->context, v->done, v->all);
}

/* *trail: where the segment before has left it, then where this one does. */
static enum fault_code
verify_segment(struct verifying *v, unsigned at, struct trail *trail)
{
    struct walk_options o = {.before = at ? trail : NULL,
                             .verifier = v->check->keys,
                             .anchor = v->has_anchor ? &v->anchor : NULL,
                             .frame = note_frame,
                             .context = v};
    char path[4096];
    struct buf bytes;
    struct walk w;

    if (at && v->segments[at] != v->segments[at - 1] + 1) {
        blame(v->out, v->segments[at - 1] + 1, trail->next, 0, "the segment is missing");
        return FAULT_NONE;
    }
    audit_segment_path(v->check->folder, v->segments[at], path, sizeof path);
    if (!audit_file_load(path, &bytes)) {
        buf_fini(&bytes);
        return unreadable(v->fault, path);
    }
    segment_walk(buf_view(&bytes), v->segments[at], &o, &w);
    judge(v, at, &w);
    if (at == 0) {
        v->first = w.trail;
        v->out->first = w.trail.first;
    }
    *trail = w.trail;
    memcpy(trail->last_chain, w.trail.chain, AUDIT_HASH);
    memcpy(trail->last_root, w.root, AUDIT_HASH);
    tell_progress(v, bytes.n);
    buf_fini(&bytes);
    return FAULT_NONE;
}

static bool
is_live(const char *folder)
{
    char path[4096];
    bool live;
    int fd;

    snprintf(path, sizeof path, "%s/lock", folder);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    live = flock(fd, LOCK_SH | LOCK_NB) != 0;
    close(fd);
    return live;
}

static enum fault_code
take_anchor(struct verifying *v)
{
    struct str text = v->check->anchor;

    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == ' '))
        text.n--;
    if (!text.n)
        return FAULT_NONE;
    if (!signed_head_read(v->arena, text, &v->anchor))
        return fault_set(v->fault, FAULT_INVALID_PARAMETER,
                         "the anchor is no signed head, as `telgate audit anchor` prints it");
    if (!signed_head_check(&v->anchor, v->check->keys))
        return fault_set(v->fault, FAULT_INVALID_PARAMETER,
                         "the anchor is not signed with this key");
    v->has_anchor = true;
    return FAULT_NONE;
}

static void
add_sizes(struct verifying *v)
{
    struct stat st;
    char path[4096];

    for (unsigned i = 0; i < v->n; i++) {
        audit_segment_path(v->check->folder, v->segments[i], path, sizeof path);
        if (stat(path, &st) == 0)
            v->all += (uint64_t)st.st_size;
    }
}

static enum fault_code
verify_all(struct verifying *v)
{
    struct trail trail = {0};
    enum fault_code code = FAULT_NONE;

    add_sizes(v);
    for (unsigned i = 0; !code && !v->out->what[0] && i < v->n; i++)
        code = verify_segment(v, i, &trail);
    if (!code && !v->out->what[0])
        check_beginning(v);
    if (!code && v->has_anchor && !v->anchored && v->anchor.segment >= v->segments[0])
        blame(v->out, v->anchor.segment, v->anchor.first + v->anchor.size, 0,
              "the anchor's segment is missing");
    return code;
}

enum fault_code
audit_verify(const struct audit_check *c, struct audit_report *out, struct fault *f)
{
    struct verifying v = {.check = c, .out = out, .fault = f, .arena = arena_new(SCRATCH)};
    enum fault_code code;

    *out = (struct audit_report){.live = is_live(c->folder)};
    if (!v.arena)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    code = take_anchor(&v);
    if (!code && !audit_segments(c->folder, &v.segments, &v.n))
        code = unreadable(f, c->folder);
    out->segments = v.n;
    if (!code && v.n)
        code = verify_all(&v);
    else if (!code)
        blame(out, 1, 1, 0, "there is no segment");
    free(v.segments);
    free(v.removals);
    arena_free(v.arena);
    return code;
}

/* --- the newest head --- */

struct newest {
    struct arena *arena;
    struct str text;
};

static bool
note_head(void *context, const struct frame *f, const struct trail *t, uint64_t offset)
{
    struct newest *n = context;

    (void)t;
    (void)offset;
    if (f->type == FRAME_SIGNED || f->type == FRAME_FOOTER)
        n->text = f->payload; /* a slice: copied when the last one is known */
    return true;
}

enum fault_code
audit_newest_head(const char *folder, struct arena *a, struct str *out, struct fault *f)
{
    struct newest newest = {.arena = a};
    struct walk_options o = {.frame = note_head, .context = &newest};
    uint64_t *segments;
    char path[4096];
    struct buf bytes;
    struct walk w;
    unsigned n;

    *out = STR_NONE;
    if (!audit_segments(folder, &segments, &n))
        return unreadable(f, folder);
    for (unsigned i = n; i > 0 && !out->n; i--) {
        audit_segment_path(folder, segments[i - 1], path, sizeof path);
        newest.text = STR_NONE;
        if (audit_file_load(path, &bytes)) {
            segment_walk(buf_view(&bytes), segments[i - 1], &o, &w);
            *out = newest.text.n ? arena_dup(a, newest.text) : STR_NONE;
        }
        buf_fini(&bytes);
    }
    free(segments);
    return out->n ? FAULT_NONE : fault_set(f, FAULT_NOT_FOUND, "no head is signed yet");
}
