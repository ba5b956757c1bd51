/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The set, and the log behind it. `lock` is of the set and held for moments only; `log_lock` is of
 * the log's descriptor and held while the disk works; flock(2) keeps other processes out meanwhile.
 */
#include "auth/revocations.h"

#include "auth/audit_key.h"
#include "auth/file_replace.h"
#include "auth/file_stamp.h"
#include "auth/revocation_set.h"
#include "base/file.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND       1000000
#define ENTRIES_MOST 2000000
#define FILE_MOST    (32u << 20)
#define CHUNK        (256u << 10)
#define SPARED_LEAST 1000 /* lines that make it worth writing the log anew */

struct revocations {
    struct revocations_options options;
    struct audit_hash_key key; /* hides subjects */
    pthread_rwlock_t lock;
    struct revocation_set *set;
    atomic_uint_fast64_t generation;
    pthread_mutex_t log_lock;
    int fd;       /* of the log; -1: none */
    bool failed;  /* something is in force that is not in the log */
    off_t offset; /* up to where it was read */
    unsigned bad; /* lines that were broken */
    unsigned good, needed;
    struct file_stamp file_stamp;
    struct audit_listener listener;
};

void
revocations_listen(struct revocations *r, const struct audit_listener *l)
{
    r->listener = *l;
}

/* For the record: which, and where it came from. A subject stands there as its name in the log. */
static void
tell(const struct revocations *r, const struct revocation *one, const char *from)
{
    struct audit_event e = {.kind = AUDIT_REVOKE, .issuer = one->issuer};
    char text[256];

    snprintf(text, sizeof text, "%s%s%.*s, from %s", revocation_kind_name(one->kind),
             one->kind == REVOKE_SUBJECT || one->kind == REVOKE_TOKEN ? " " : "",
             one->kind == REVOKE_SUBJECT || one->kind == REVOKE_TOKEN ? (int)one->id.n : 0,
             one->id.p, from);
    e.detail = str_of(text);
    e.revocations = atomic_load(&r->generation);
    if (one->kind == REVOKE_JTI)
        e.jti = one->id;
    else if (one->kind == REVOKE_CLIENT)
        e.client_id = one->id;
    else if (one->kind == REVOKE_KEY)
        e.key_id = one->id;
    audit_tell(&r->listener, &e);
}

/* --- the set --- */

static enum fault_code
apply(struct revocations *r, const struct revocation *one, int64_t now, bool *changed)
{
    enum fault_code code;

    pthread_rwlock_wrlock(&r->lock);
    code = revocation_set_add(r->set, one, now / SECOND, changed);
    pthread_rwlock_unlock(&r->lock);
    if (*changed)
        atomic_fetch_add(&r->generation, 1);
    return code;
}

uint64_t
revocations_generation(const struct revocations *r)
{
    return atomic_load_explicit(&r->generation, memory_order_acquire);
}

size_t
revocations_count(struct revocations *r)
{
    size_t n;

    pthread_rwlock_rdlock(&r->lock);
    n = revocation_set_count(r->set);
    pthread_rwlock_unlock(&r->lock);
    return n;
}

/* Of its issuer, or of any. */
static bool
holds(const struct revocations *r, const struct revocable *t, enum revocation_kind kind,
      struct str id)
{
    return revocation_set_holds(r->set, kind, t->issuer, id, t->issued) ||
           revocation_set_holds(r->set, kind, STR(""), id, t->issued);
}

static bool
holds_subject(const struct revocations *r, const struct revocable *t)
{
    char name[AUDIT_NAME + 1];

    if (t->subject.n == 0 || !revocation_set_has(r->set, REVOKE_SUBJECT))
        return false;
    audit_name(&r->key, t->subject, name);
    return holds(r, t, REVOKE_SUBJECT, str_of(name));
}

bool
revocations_hold(struct revocations *r, const struct revocable *t)
{
    bool found;

    if (revocations_generation(r) == 0)
        return false;
    pthread_rwlock_rdlock(&r->lock);
    found = revocation_set_holds(r->set, REVOKE_JTI, t->issuer, t->jti, t->issued) ||
            holds(r, t, REVOKE_TOKEN, t->hash) || holds(r, t, REVOKE_CLIENT, t->client_id) ||
            holds_subject(r, t) || holds(r, t, REVOKE_KEY, t->key_id);
    pthread_rwlock_unlock(&r->lock);
    return found;
}

/* --- reading the log --- */

static void
take_line(struct revocations *r, struct str line, int64_t now)
{
    struct arena *a = arena_new(64u << 10);
    struct revocation one;
    bool changed = false;

    if (!a || !revocation_read(a, line, &one)) {
        r->bad++;
    } else {
        r->good++;
        r->needed += one.until == 0 || now / SECOND < one.until;
        if (apply(r, &one, now, &changed) != FAULT_NONE)
            log_event(LOG_ERROR, "revocations", "%s: there is no room for all of them",
                      r->options.log);
        if (changed)
            tell(r, &one, "the log");
    }
    arena_free(a);
}

/* The whole lines of a text; how many bytes they took. */
static size_t
take_lines(struct revocations *r, struct str text, int64_t now)
{
    size_t taken = 0;

    while (taken < text.n) {
        struct str rest = str_from(text, taken);
        size_t n = str_find(rest, '\n');

        if (n == rest.n)
            break;
        if (n > 0)
            take_line(r, str_head(rest, n), now);
        taken += n + 1;
    }
    return taken;
}

/* Everything that was appended since; what is left behind the last newline is not taken. Under
 * log_lock. */
static bool
catch_up(struct revocations *r, int64_t now)
{
    char *chunk = malloc(CHUNK);
    unsigned bad = r->bad;
    ssize_t n = chunk ? 1 : -1;

    while (n > 0) {
        size_t taken;

        n = pread(r->fd, chunk, CHUNK, r->offset);
        taken = n > 0 ? take_lines(r, (struct str){chunk, (size_t)n}, now) : 0;
        if (n == CHUNK && taken == 0)
            taken = CHUNK; /* no line is that long */
        r->offset += (off_t)taken;
        n = taken ? n : n < 0 ? -1 : 0;
    }
    free(chunk);
    if (r->bad > bad)
        log_event(LOG_WARNING, "revocations", "%s: %u lines are broken, and were left out",
                  r->options.log, r->bad - bad);
    return n == 0;
}

/* --- opening it --- */

static bool
open_log(struct revocations *r)
{
    int flags = r->options.check ? O_RDONLY : O_RDWR | O_CREAT | O_APPEND;

    r->fd = open(r->options.log, flags | O_CLOEXEC, 0600);
    r->offset = 0;
    return r->fd >= 0;
}

/* Another process has written it anew: begins again. *other: it is another file now. */
static bool
follow(struct revocations *r, bool *other)
{
    struct stat held, named;

    if (stat(r->options.log, &named) != 0 || fstat(r->fd, &held) != 0)
        return false;
    if (held.st_ino != named.st_ino || held.st_dev != named.st_dev) {
        *other = true;
        close(r->fd);
        return open_log(r);
    }
    if (named.st_size < r->offset)
        r->offset = 0;
    return true;
}

/* Alone with the log, and up to date with it. flock(LOCK_UN) is due when it is true. */
static bool
lock_log(struct revocations *r, int64_t now)
{
    bool other = true;

    while (other) { /* of another file, its own lock is wanted */
        other = false;
        while (flock(r->fd, LOCK_EX) != 0)
            if (errno != EINTR)
                return false;
        if (!follow(r, &other))
            return false;
    }
    return catch_up(r, now);
}

/* What a crash left behind the last whole line: nobody was told that it is revoked. */
static void
cut_tail(struct revocations *r)
{
    struct stat st;

    if (fstat(r->fd, &st) != 0 || st.st_size <= r->offset)
        return;
    log_event(LOG_WARNING, "revocations",
              "%s: the last %lld bytes were not written whole, and are dropped", r->options.log,
              (long long)(st.st_size - r->offset));
    if (ftruncate(r->fd, r->offset) != 0 || fsync(r->fd) != 0)
        log_event(LOG_ERROR, "revocations", "%s: %s", r->options.log, strerror(errno));
}

/* Lines that somebody may still need. */
static void
put_needed(struct str text, int64_t now, struct buf *out)
{
    for (struct str line; str_split(&text, '\n', &line);) {
        struct arena *a = arena_new(64u << 10);
        struct revocation one;

        if (a && revocation_read(a, line, &one) &&
            (one.until == 0 || now / SECOND < one.until + 300))
            revocation_put(out, &one);
        arena_free(a);
    }
}

/* Writes the log anew when most of it is of no use any more. Locked. */
static bool
shorten(struct revocations *r, int64_t now)
{
    unsigned spared = r->good - r->needed;
    struct buf text, out;
    bool good;

    if (spared < SPARED_LEAST || spared < r->needed)
        return true;
    buf_init(&out, SIZE_MAX / 2);
    good = file_load(r->options.log, (size_t)r->offset, &text, NULL);
    if (good)
        put_needed(buf_view(&text), now, &out);
    good = good && !out.failed && file_replace(r->options.log, 0600, buf_view(&out));
    buf_fini(&text);
    buf_fini(&out);
    log_event(good ? LOG_INFO : LOG_ERROR, "revocations",
              "%s: %u lines of tokens that have expired %s", r->options.log, spared,
              good ? "were taken out" : "could not be taken out");
    return good;
}

static bool
fail(struct revocations *r, struct report *report, const char *why)
{
    report_error(report, (struct place){str_of(r->options.log), 0, 0}, "revocations: %s", why);
    return false;
}

static bool
read_key(struct revocations *r, struct report *report)
{
    char path[4096];
    struct fault f = {0};

    if (!r->options.log)
        return RAND_bytes(r->key.secret, sizeof r->key.secret) == 1;
    if (snprintf(path, sizeof path, "%s.keys", r->options.log) >= (int)sizeof path)
        return fail(r, report, "the path is too long");
    return audit_hash_key_read(path, false, &r->key, &f) == FAULT_NONE || fail(r, report, f.log);
}

static bool
replay(struct revocations *r, int64_t now, struct report *report)
{
    bool good;

    if (r->options.check && access(r->options.log, F_OK) != 0)
        return true; /* nothing is there, and a check makes nothing */
    if (!read_key(r, report) || !open_log(r))
        return fail(r, report, strerror(errno));
    if (r->options.check)
        return catch_up(r, now) || fail(r, report, "cannot be read");
    good = lock_log(r, now);
    if (good) {
        cut_tail(r);
        good = shorten(r, now);
    }
    flock(r->fd, LOCK_UN);
    return good || fail(r, report, "cannot be read or locked");
}

/* --- appending --- */

static bool
write_line(struct revocations *r, struct str line)
{
    struct stat st;
    ssize_t n;

    if (fstat(r->fd, &st) != 0)
        return false;
    if (st.st_size > r->offset && write(r->fd, "\n", 1) != 1) /* ends what a crash left */
        return false;
    n = write(r->fd, line.p, line.n);
    if (n == (ssize_t)line.n && fdatasync(r->fd) == 0)
        return true;
    if (ftruncate(r->fd, st.st_size) != 0)
        log_event(LOG_ERROR, "revocations", "%s: %s", r->options.log, strerror(errno));
    return false;
}

static enum fault_code
append(struct revocations *r, const struct revocation *one, int64_t now, struct fault *f)
{
    struct buf line;
    bool good;

    buf_init(&line, REVOCATION_LINE + 1);
    revocation_put(&line, one);
    pthread_mutex_lock(&r->log_lock);
    good = !line.failed && lock_log(r, now) && write_line(r, buf_view(&line)) && catch_up(r, now);
    r->failed |= !good;
    flock(r->fd, LOCK_UN);
    pthread_mutex_unlock(&r->log_lock);
    buf_fini(&line);
    if (good)
        return FAULT_NONE;
    fault_set(f, FAULT_UNAVAILABLE, "the revocation is in force, but could not be written down");
    fault_log(f, "%s: %s", r->options.log, strerror(errno));
    log_event(LOG_ERROR, "revocations", "%s: %s", r->options.log, strerror(errno));
    return FAULT_UNAVAILABLE;
}

enum fault_code
revocations_add(struct revocations *r, const struct revocation *one, int64_t now, struct fault *f)
{
    struct revocation hidden = *one;
    char name[AUDIT_NAME + 1];
    enum fault_code code;
    bool changed;

    if (one->kind == REVOKE_SUBJECT) {
        audit_name(&r->key, one->id, name);
        hidden.id = str_of(name);
    }
    code = apply(r, &hidden, now, &changed);
    if (code)
        return fault_set(f, code, "there are too many revocations");
    if (r->fd < 0 || r->options.check || (!changed && !r->failed))
        return FAULT_NONE;
    return append(r, &hidden, now, f);
}

/* --- the watched file, and what other processes append --- */

struct taking {
    struct revocations *revocations;
    int64_t now;
    unsigned n;
};

static void
take_entry(void *context, const struct revocation *one)
{
    struct taking *t = context;
    uint64_t before = revocations_generation(t->revocations);
    struct revocation hidden = *one;
    char name[AUDIT_NAME + 1];
    struct fault f;

    if (revocations_add(t->revocations, one, t->now, &f) != FAULT_NONE)
        log_event(LOG_ERROR, "revocations", "%s: %s", t->revocations->options.file, f.detail);
    if (revocations_generation(t->revocations) == before)
        return;
    t->n++;
    if (one->kind == REVOKE_SUBJECT) {
        audit_name(&t->revocations->key, one->id, name);
        hidden.id = str_of(name);
    }
    tell(t->revocations, &hidden, "the watched file");
}

/* What of it is sound is taken, also when the rest is not: a mistake in one line must not keep the
 * others from being revoked. */
static bool
read_file(struct revocations *r, int64_t now, struct report *report)
{
    struct arena *a = arena_new(256u << 20);
    struct taking t = {r, now, 0};
    struct buf text;
    bool good;

    r->file_stamp = file_stamp_of(r->options.file);
    good = file_load(r->options.file, FILE_MOST, &text, NULL) && a;
    if (!good)
        report_error(report, (struct place){str_of(r->options.file), 0, 0}, "cannot be read: %s",
                     strerror(errno));
    else
        good = revocations_read_list(a, str_of(r->options.file), buf_view(&text),
                                     r->file_stamp.seconds, take_entry, &t, report);
    buf_fini(&text);
    arena_free(a);
    if (t.n)
        log_event(LOG_INFO, "revocations", "%s: %u are new", r->options.file, t.n);
    return good;
}

static void
watch_file(struct revocations *r, int64_t now)
{
    struct file_stamp stamp = file_stamp_of(r->options.file);
    struct arena *a;
    struct report report;

    if (file_stamp_eq(&stamp, &r->file_stamp))
        return;
    a = arena_new(8u << 20);
    if (!a)
        return;
    report_init(&report, a);
    read_file(r, now, &report);
    for (const struct report_line *l = report.first; l; l = l->next)
        log_event(LOG_ERROR, "revocations", "%.*s", STR_ARG(l->text));
    arena_free(a);
}

static void
watch_log(struct revocations *r, int64_t now)
{
    struct stat st;
    bool other;

    pthread_mutex_lock(&r->log_lock);
    if (stat(r->options.log, &st) == 0 && follow(r, &other) && st.st_size != r->offset)
        catch_up(r, now);
    pthread_mutex_unlock(&r->log_lock);
}

void
revocations_watch(struct revocations *r, int64_t now)
{
    if (r->fd >= 0)
        watch_log(r, now);
    if (r->options.file)
        watch_file(r, now);
}

/* --- its life --- */

struct revocations *
revocations_new(const struct revocations_options *o, int64_t now, struct report *report)
{
    struct revocations *r = calloc(1, sizeof *r);
    bool good;

    if (!r)
        return NULL;
    r->options = *o;
    r->fd = -1;
    pthread_rwlock_init(&r->lock, NULL);
    pthread_mutex_init(&r->log_lock, NULL);
    r->set = revocation_set_new(ENTRIES_MOST);
    good = r->set && (o->log ? replay(r, now, report) : read_key(r, report));
    if (good && o->file)
        good = read_file(r, now, report);
    if (good)
        return r;
    revocations_free(r);
    return NULL;
}

void
revocations_free(struct revocations *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    revocation_set_free(r->set);
    pthread_rwlock_destroy(&r->lock);
    pthread_mutex_destroy(&r->log_lock);
    free(r);
}
