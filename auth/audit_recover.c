/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/audit_recover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/audit_walk.h"
#include "base/clock.h"
#include "base/log.h"

enum { DETAIL_MAX = 400 };

static enum fault_code
fail(struct fault *f, const char *path, const char *why)
{
    fault_set(f, FAULT_INTERNAL, "the audit trail can not be recovered");
    fault_log(f, "%s: %s", path, why);
    return FAULT_INTERNAL;
}

/* --- recovery --- */

/* Whether a head that was signed here stands somewhere in the bytes: then they are no torn tail.
 * *next gets the number behind what it signs. */
static bool
holds_signed_head(const struct audit_store *s, struct str bytes, uint64_t *next)
{
    struct audit_verifier *v = NULL;
    struct arena *a = arena_new(4 << 20);
    struct signed_head h;
    struct frame frame;
    bool found = false;
    char path[4096];

    snprintf(path, sizeof path, "%s/public.pem", s->options->folder);
    if (a && audit_verifier_new(path, &v, NULL) == FAULT_NONE)
        for (size_t i = 0; i + FRAME_HEAD < bytes.n; i++) {
            if ((bytes.p[i + 8] != FRAME_SIGNED && bytes.p[i + 8] != FRAME_FOOTER) || bytes.p[i] ||
                bytes.p[i + 1] || /* a head is below 64 KB */
                frame_read(str_from(bytes, i), &frame) != FRAME_GOOD ||
                !signed_head_read(a, frame.payload, &h) || !signed_head_check(&h, v))
                continue;
            found = true;
            *next = h.first + h.size;
        }
    audit_verifier_free(v);
    arena_free(a);
    return found;
}

/* Keeps what is cut off, for whoever wants to look. */
static bool
keep_aside(const char *path, uint64_t at, struct str tail)
{
    char aside[4200];
    bool good;
    int fd;

    snprintf(aside, sizeof aside, "%s.tail-%llu", path, (unsigned long long)at);
    fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return false;
    good = write(fd, tail.p, tail.n) == (ssize_t)tail.n && fsync(fd) == 0;
    return close(fd) == 0 && good;
}

struct finding { /* what the start says in the log and in its record */
    const char *reason;
    char detail[DETAIL_MAX];
};

/* The newest segment can be followed to the end of its last good frame, and no further. */
static enum fault_code
cut_tail(struct audit_store *s, uint64_t segment, struct str tail, const struct walk *w,
         struct finding *finding, struct fault *f)
{
    uint64_t at = w->trail.bytes;
    char path[4096];

    audit_segment_path(s->options->folder, segment, path, sizeof path);
    if (!keep_aside(path, at, tail) || truncate(path, (off_t)at) != 0)
        return fail(f, path, strerror(errno));
    finding->reason = "recovered";
    snprintf(finding->detail, sizeof finding->detail,
             "segment %llu: %zu bytes at offset %llu were not whole (%s), are cut off and kept in "
             "a file beside",
             (unsigned long long)segment, tail.n, (unsigned long long)at, w->why);
    if (w->begun || unlink(path) == 0)
        return fsync(s->folder_fd) == 0 ? FAULT_NONE : fail(f, path, strerror(errno));
    return fail(f, path, strerror(errno));
}

static void
leave_damage(struct audit_store *s, uint64_t segment, const struct walk *w, uint64_t next,
             struct finding *finding)
{
    memcpy(s->trail.last_chain, w->trail.chain, AUDIT_HASH);
    memcpy(s->trail.last_root, w->root, AUDIT_HASH);
    s->trail.segment = segment;
    s->trail.next = next > w->trail.next ? next : w->trail.next;
    finding->reason = "damaged";
    snprintf(finding->detail, sizeof finding->detail,
             "segment %llu is damaged at offset %llu: %s; it is left as it is",
             (unsigned long long)segment, (unsigned long long)w->trail.bytes, w->why);
}

static enum fault_code
go_on(struct audit_store *s, const char *path, const struct walk *w, struct fault *f)
{
    s->trail = w->trail;
    s->trail.opened_us = s->trail.signed_us = clock_utc_us();
    if (w->closed) {
        memcpy(s->trail.last_chain, w->trail.chain, AUDIT_HASH);
        memcpy(s->trail.last_root, w->root, AUDIT_HASH);
        return FAULT_NONE;
    }
    s->committed = w->trail.bytes;
    s->fd = open(path, O_WRONLY | O_CLOEXEC);
    return s->fd >= 0 ? FAULT_NONE : fail(f, path, strerror(errno));
}

/* Takes up segment number `segment`. *gone: it had not even a header, and the one before counts. */
static enum fault_code
take_up(struct audit_store *s, uint64_t segment, bool *gone, struct finding *finding,
        struct fault *f)
{
    enum fault_code code = FAULT_NONE;
    char path[4096];
    uint64_t next = 0;
    struct walk w;
    struct buf bytes;
    struct str tail;

    audit_segment_path(s->options->folder, segment, path, sizeof path);
    if (!audit_file_load(path, &bytes)) {
        buf_fini(&bytes);
        return fail(f, path, strerror(errno));
    }
    segment_walk(buf_view(&bytes), segment, NULL, &w);
    tail = str_from(buf_view(&bytes), w.trail.bytes);
    *gone = !w.begun;
    if (w.why && holds_signed_head(s, tail, &next)) {
        *gone = false;
        leave_damage(s, segment, &w, next, finding);
    } else {
        if (!w.closed && !finding->reason)
            finding->reason = "unclean";
        if (w.why)
            code = cut_tail(s, segment, tail, &w, finding, f);
        if (!code && w.begun)
            code = go_on(s, path, &w, f);
    }
    buf_fini(&bytes);
    return code;
}

enum fault_code
audit_recover(struct audit_store *s, struct fault *f)
{
    struct finding finding = {0};
    struct audit_event e = {.kind = AUDIT_CONFIG};
    enum fault_code code = FAULT_NONE;
    uint64_t *segments;
    bool gone = true;
    unsigned n;

    if (!audit_segments(s->options->folder, &segments, &n))
        code = fail(f, s->options->folder, strerror(errno));
    for (unsigned i = n; !code && gone && i > 0; i--)
        code = take_up(s, segments[i - 1], &gone, &finding, f);
    free(segments);
    if (code)
        return code;
    if (!audit_store_ready(s))
        return fail(f, s->options->folder, strerror(errno));
    e.reason = finding.reason ? finding.reason : "start";
    e.detail = str_of(finding.detail);
    audit_store_event(s, &e);
    if (finding.reason)
        log_event(LOG_WARNING, "audit", "the trail was not closed at the last stop: %s; %s",
                  finding.reason, finding.detail);
    return FAULT_NONE;
}

/* --- retention --- */

struct removal {
    uint64_t from, to; /* segments */
    struct walk last;
};

static bool
is_due(const struct audit_store *s, const struct stat *st, uint64_t bytes, int64_t now)
{
    const struct audit_options *o = s->options;

    return (o->keep_bytes && bytes > o->keep_bytes) ||
           (o->keep_us && now - (int64_t)st->st_mtime * 1000000 > o->keep_us);
}

/* How many of the oldest go. */
static unsigned
count_due(const struct audit_store *s, const uint64_t *segments, unsigned n, int64_t now)
{
    struct stat st;
    uint64_t bytes = 0;
    char path[4096];
    unsigned due = 0;

    for (unsigned i = n; i-- > 0;) { /* from the newest */
        audit_segment_path(s->options->folder, segments[i], path, sizeof path);
        if (segments[i] == s->trail.segment || stat(path, &st) != 0)
            continue;
        bytes += (uint64_t)st.st_size;
        if (!is_due(s, &st, bytes, now))
            continue;
        due = i + 1;
        break;
    }
    return due;
}

static bool
record_removal(struct audit_store *s, uint64_t from, uint64_t to)
{
    struct audit_event e = {.kind = AUDIT_ADMIN, .reason = "retention"};
    char path[4096], chain[2 * AUDIT_HASH + 1], root[2 * AUDIT_HASH + 1], detail[DETAIL_MAX];
    struct buf bytes;
    struct walk w;
    bool good;

    audit_segment_path(s->options->folder, to, path, sizeof path);
    good = audit_file_load(path, &bytes);
    if (good) {
        segment_walk(buf_view(&bytes), to, NULL, &w);
        audit_hex(w.trail.chain, chain);
        audit_hex(w.root, root);
        snprintf(detail, sizeof detail, "segments %llu-%llu next %llu chain %s root %s",
                 (unsigned long long)from, (unsigned long long)to, (unsigned long long)w.trail.next,
                 chain, root);
        e.detail = str_of(detail);
        audit_store_event(s, &e);
    }
    buf_fini(&bytes);
    return good && audit_store_commit(s);
}

void
audit_retain(struct audit_store *s, int64_t now)
{
    uint64_t *segments;
    unsigned n, due;
    char path[4096], index[4104];

    if (audit_segments(s->options->folder, &segments, &n)) {
        due = count_due(s, segments, n, now);
        if (due && record_removal(s, segments[0], segments[due - 1])) {
            for (unsigned i = 0; i < due; i++) {
                audit_segment_path(s->options->folder, segments[i], path, sizeof path);
                if (unlink(path) != 0)
                    log_event(LOG_WARNING, "audit", "%s: %s", path, strerror(errno));
                snprintf(index, sizeof index, "%s.index", path);
                unlink(index);
            }
            log_event(LOG_INFO, "audit", "%u segments are past retention and removed", due);
        }
    }
    free(segments);
}

/* --- the spool --- */

enum { SPOOL_MAX = 16 << 20 };

/* What other processes may record: what commands do, never what the gateway decided. */
static bool
may_spool(const struct audit_record *r)
{
    enum audit_kind kind = audit_kind_of(r->fields[FIELD_EVENT]);

    return str_eq(r->fields[FIELD_NODE], STR("cli")) && kind != AUDIT_VALIDATE &&
           kind != AUDIT_DENY && kind != AUDIT_INTROSPECT;
}

static void
take_line(struct audit_store *s, struct str line)
{
    static const struct str start = STR("{\"seq\":0,\"time\":\"");
    struct arena *a = arena_new(256 * 1024);
    struct audit_record record;

    if (a && line.n <= AUDIT_RECORD_MAX - 24 && str_starts(line, start) &&
        audit_event_read(a, line, &record) && may_spool(&record))
        audit_store_add(s, str_from(line, sizeof "{\"seq\":0" - 1));
    else if (line.n)
        log_event(LOG_ERROR, "audit", "a line of the spool is no record and is dropped");
    arena_free(a);
}

static void
take_lines(struct audit_store *s, int fd)
{
    struct buf text;
    struct str rest, line;
    ssize_t n = 1;

    buf_init(&text, SPOOL_MAX);
    while (n > 0 && buf_reserve(&text, 65536)) {
        n = read(fd, text.p + text.n, 65536);
        text.n += n > 0 ? (size_t)n : 0;
    }
    rest = buf_view(&text);
    while (rest.n && str_split(&rest, '\n', &line))
        take_line(s, line);
    if (audit_store_commit(s) && ftruncate(fd, 0) != 0)
        log_event(LOG_ERROR, "audit", "the spool cannot be emptied: %s", strerror(errno));
    buf_fini(&text);
}

void
audit_spool_take(struct audit_store *s)
{
    int fd = openat(s->folder_fd, "spool", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct stat st;

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX) == 0 && fstat(fd, &st) == 0 && st.st_size > 0)
        take_lines(s, fd);
    close(fd);
}

enum fault_code
audit_spool_add(const char *folder, const struct audit_origin *o, const struct audit_event *e,
                struct fault *f)
{
    char path[4096];
    struct buf line;
    bool good = false;
    int fd;

    snprintf(path, sizeof path, "%s/spool", folder);
    buf_init(&line, 2 * AUDIT_RECORD_MAX);
    buf_str(&line, STR("{\"seq\":0"));
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (fd >= 0 && flock(fd, LOCK_EX) == 0 && audit_event_write(&line, o, e)) {
        buf_put_char(&line, '\n');
        good = !line.failed && write(fd, line.p, line.n) == (ssize_t)line.n && fsync(fd) == 0;
    }
    if (fd >= 0)
        close(fd);
    buf_fini(&line);
    if (good)
        return FAULT_NONE;
    fault_set(f, FAULT_INTERNAL, "the audit trail could not be told of this");
    fault_log(f, "%s: %s", path, strerror(errno));
    return FAULT_INTERNAL;
}
