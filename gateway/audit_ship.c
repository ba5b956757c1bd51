/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/audit_ship.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/audit_export.h"
#include "auth/audit_segment.h"
#include "auth/audit_store.h"
#include "auth/file_replace.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"
#include "gateway/audit_ship_tls.h"

enum {
    WINDOW = 1 << 20, /* of a segment, read at once */
    OUT_MAX = 16 << 20,
    IDLE_US = 200000,
    SAVE_US = 500000,
    LAST_US = 1000000,
    PAUSE_MOST_US = 30000000
};

struct shipper;

struct sink {
    const char *name;
    void (*put)(struct buf *out, struct str text, const struct audit_record *r);
    bool (*deliver)(struct shipper *s, struct str bytes); /* false: said why */
};

struct cursor {
    uint64_t segment, offset;
};

struct shipper {
    const struct sink *sink;
    const struct config *config;
    const char *folder;
    pthread_t thread;
    bool running;
    struct ship_tls *tls;
    struct cursor at, saved;
    int64_t saved_us, pause_us;
    uint64_t batch; /* records of the batch at hand */
    atomic_bool stop;
    atomic_ullong sent, failures;
};

struct shipping {
    struct shipper shippers[2];
    unsigned n;
};

/* --- where it stands --- */

static void
cursor_path(const struct shipper *s, char *out, size_t size)
{
    snprintf(out, size, "%s/cursor.%s", s->folder, s->sink->name);
}

static bool
segment_exists(const struct shipper *s, uint64_t segment)
{
    char path[4096];

    audit_segment_path(s->folder, segment, path, sizeof path);
    return access(path, F_OK) == 0;
}

static uint64_t
oldest_segment(const struct shipper *s)
{
    uint64_t *segments, oldest = 1;
    unsigned n;

    if (audit_segments(s->folder, &segments, &n) && n)
        oldest = segments[0];
    free(segments);
    return oldest;
}

/* "SEGMENT OFFSET\n" */
static void
load_cursor(struct shipper *s)
{
    char path[4096];
    struct str segment, rest;
    struct buf text;

    cursor_path(s, path, sizeof path);
    if (file_load(path, 64, &text, NULL)) {
        rest = str_head(buf_view(&text), str_find(buf_view(&text), '\n'));
        if (!str_split(&rest, ' ', &segment) || !str_to_u64(segment, &s->at.segment) ||
            !str_to_u64(rest, &s->at.offset))
            s->at = (struct cursor){0};
    }
    buf_fini(&text);
    if (!s->at.segment)
        s->at = (struct cursor){oldest_segment(s), 0};
    s->saved = s->at;
}

static void
save_cursor(struct shipper *s, bool now)
{
    char path[4096], line[64];
    struct str text = {line, 0};

    if ((s->saved.segment == s->at.segment && s->saved.offset == s->at.offset) ||
        (!now && clock_us() - s->saved_us < SAVE_US))
        return;
    cursor_path(s, path, sizeof path);
    text.n = (size_t)snprintf(line, sizeof line, "%llu %llu\n", (unsigned long long)s->at.segment,
                              (unsigned long long)s->at.offset);
    if (!file_replace(path, 0640, text) && !file_create(path, 0640, text))
        log_event(LOG_ERROR, "audit", "%s: %s", path, strerror(errno));
    s->saved = s->at;
    s->saved_us = clock_us();
}

/* --- reading --- */

static void
put_record(struct shipper *s, struct str payload, struct buf *out)
{
    struct arena *a = arena_new(256 * 1024);
    struct audit_record record;

    if (a && audit_event_read(a, payload, &record)) {
        s->sink->put(out, payload, &record);
        s->batch++;
    }
    arena_free(a);
}

/* The frames of a window; *to moves on over those that are whole. ended: nothing more will come
 * behind what the segment had. */
static void
take_window(struct shipper *s, struct str bytes, bool ended, struct cursor *to, struct buf *out)
{
    enum frame_fault fault;
    struct frame frame;
    bool some = false;

    while ((fault = frame_read(bytes, &frame)) == FRAME_GOOD) {
        if (frame.type == FRAME_RECORD)
            put_record(s, frame.payload, out);
        to->offset += frame.size;
        bytes = str_from(bytes, frame.size);
        some = true;
    }
    if (ended && !some) /* at its end, or at damage, which verify tells of */
        *to = (struct cursor){to->segment + 1, 0};
}

static bool
read_window(struct shipper *s, struct cursor at, struct buf *window)
{
    char path[4096];
    ssize_t n;
    int fd;

    audit_segment_path(s->folder, at.segment, path, sizeof path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    n = pread(fd, window->p, WINDOW, (off_t)at.offset);
    close(fd);
    window->n = n > 0 ? (size_t)n : 0;
    return n >= 0;
}

/* Gone by retention before it was sent: that is said, and the next one is taken. */
static void
skip_missing(struct shipper *s)
{
    uint64_t oldest = oldest_segment(s);

    if (segment_exists(s, s->at.segment) || oldest <= s->at.segment)
        return;
    log_event(LOG_ERROR, "audit", "segments %llu to %llu were removed before %s had them",
              (unsigned long long)s->at.segment, (unsigned long long)(oldest - 1), s->sink->name);
    s->at = (struct cursor){oldest, 0};
}

/* One window to the sink. False: nothing to do now. */
static bool
ship(struct shipper *s, struct buf *window, struct buf *out)
{
    struct cursor to;
    bool moved, ended;

    out->n = 0;
    s->batch = 0;
    skip_missing(s);
    to = s->at;
    ended = segment_exists(s, to.segment + 1); /* before it is read to its end */
    if (read_window(s, to, window))
        take_window(s, buf_view(window), ended, &to, out);
    moved = to.segment != s->at.segment || to.offset != s->at.offset;
    if (out->n && !s->sink->deliver(s, buf_view(out))) {
        atomic_fetch_add(&s->failures, 1);
        s->pause_us = s->pause_us * 2 > PAUSE_MOST_US ? PAUSE_MOST_US
                      : s->pause_us                   ? s->pause_us * 2
                                                      : IDLE_US;
        return false;
    }
    s->pause_us = 0;
    atomic_fetch_add(&s->sent, s->batch);
    s->at = to;
    save_cursor(s, false);
    return moved;
}

static void
rest(struct shipper *s)
{
    int64_t until = clock_us() + (s->pause_us ? s->pause_us : IDLE_US);

    save_cursor(s, true);
    while (!atomic_load(&s->stop) && clock_us() < until)
        usleep(20000);
}

static void *
run(void *arg)
{
    struct shipper *s = arg;
    struct buf window, out;
    int64_t last;

    buf_init(&window, WINDOW);
    buf_init(&out, OUT_MAX);
    load_cursor(s);
    if (buf_reserve(&window, WINDOW)) {
        while (!atomic_load(&s->stop))
            if (!ship(s, &window, &out))
                rest(s);
        last = clock_us() + LAST_US;
        while (clock_us() < last && ship(s, &window, &out))
            ;
        save_cursor(s, true);
    }
    ship_tls_close(s->tls);
    buf_fini(&window);
    buf_fini(&out);
    return NULL;
}

/* --- the sinks --- */

static void
put_ocsf(struct buf *out, struct str text, const struct audit_record *r)
{
    (void)text;
    audit_export_ocsf(out, r);
}

static bool
deliver_file(struct shipper *s, struct str bytes)
{
    const char *path = s->config->audit_ocsf.p;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    bool good = fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n && fdatasync(fd) == 0;

    if (!good && !s->pause_us)
        log_event(LOG_ERROR, "audit", "%s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return good;
}

static bool
deliver_tls(struct shipper *s, struct str bytes)
{
    const struct config *c = s->config;
    struct fault f = {0};

    if (!s->tls &&
        ship_tls_open(c->audit_syslog, c->audit_syslog_ca.p, c->audit_syslog_certificate.p,
                      c->audit_syslog_key.p, &s->tls, &f)) {
        if (!s->pause_us)
            log_event(LOG_ERROR, "audit", "syslog: %s: %s", f.detail, f.log);
        return false;
    }
    if (ship_tls_send(s->tls, bytes))
        return true;
    log_event(LOG_WARNING, "audit", "syslog: the connection was lost");
    ship_tls_close(s->tls);
    s->tls = NULL;
    return false;
}

static const struct sink syslog_sink = {"syslog", audit_export_syslog, deliver_tls};
static const struct sink ocsf_sink = {"ocsf", put_ocsf, deliver_file};

/* --- start and end --- */

static bool
start(struct shipping *all, const struct config *c, const struct sink *sink)
{
    struct shipper *s = &all->shippers[all->n++];

    s->sink = sink;
    s->config = c;
    s->folder = c->audit_folder.p;
    s->running = thread_start(&s->thread, run, s);
    return s->running;
}

enum fault_code
shipping_start(const struct config *c, struct shipping **out, struct fault *f)
{
    bool good = true;

    *out = NULL;
    if (!c->audit_folder.n || (!c->audit_syslog.n && !c->audit_ocsf.n))
        return FAULT_NONE;
    *out = calloc(1, sizeof **out);
    if (!*out)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    if (c->audit_syslog.n)
        good = start(*out, c, &syslog_sink);
    if (c->audit_ocsf.n)
        good &= start(*out, c, &ocsf_sink);
    return good ? FAULT_NONE : fault_set(f, FAULT_INTERNAL, "a thread does not start");
}

void
shipping_stop(struct shipping *all)
{
    for (unsigned i = 0; all && i < all->n; i++)
        atomic_store(&all->shippers[i].stop, true);
    for (unsigned i = 0; all && i < all->n; i++)
        if (all->shippers[i].running)
            pthread_join(all->shippers[i].thread, NULL);
    free(all);
}

void
shipping_metrics(const struct shipping *all, struct buf *out)
{
    if (!all)
        return;
    buf_str(out, STR("# TYPE telgate_audit_shipped_total counter\n"));
    for (unsigned i = 0; i < all->n; i++)
        buf_printf(out, "telgate_audit_shipped_total{to=\"%s\"} %llu\n",
                   all->shippers[i].sink->name,
                   (unsigned long long)atomic_load(&all->shippers[i].sent));
    buf_str(out, STR("# TYPE telgate_audit_ship_failures_total counter\n"));
    for (unsigned i = 0; i < all->n; i++)
        buf_printf(out, "telgate_audit_ship_failures_total{to=\"%s\"} %llu\n",
                   all->shippers[i].sink->name,
                   (unsigned long long)atomic_load(&all->shippers[i].failures));
}
