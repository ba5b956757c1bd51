/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lanes, and the thread that empties them. */
#include "auth/audit.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "auth/audit_store.h"
#include "auth/file_stamp.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

enum { TICK_US = 100000, RETRY_US = 100000, LAST_TRIES = 20 };

struct audit_lane {
    struct audit *audit;
    struct audit_lane *next;
    void (*wake)(void *context);
    void *context;
    atomic_bool watched;
    atomic_ullong durable; /* tickets up to this one are on the disk */

    pthread_mutex_t lock; /* over what follows */
    struct audit_origin origin;
    struct buf filling; /* of each record 4 bytes of length, and its text */
    unsigned reserved, queued;
    uint64_t tickets;
    int64_t oldest_us;

    struct buf taken; /* the writer's own */
    uint64_t taken_ticket;
};

struct audit {
    struct audit_options options;
    struct audit_store store;
    struct file_stamp keys; /* of the hash keys' file */
    struct audit_lane *lanes;
    pthread_t thread;
    pthread_mutex_t lock; /* over `stop`, with `bell` */
    pthread_cond_t bell;
    bool stop;
    atomic_uint pending; /* records in lanes */
    atomic_bool broken;
    int64_t next_commit_us, next_tick_us;
    atomic_ullong records, commits, bytes, errors, refused, full, segment, signatures;
    atomic_llong lag_us;
};

/* --- lanes --- */

struct audit_lane *
audit_lane_new(struct audit *a, void (*wake)(void *context), void *context)
{
    struct audit_lane *l = calloc(1, sizeof *l);

    if (!l)
        return NULL;
    l->audit = a;
    l->wake = wake;
    l->context = context;
    pthread_mutex_init(&l->lock, NULL);
    buf_init(&l->filling, (size_t)a->options.queue * (AUDIT_RECORD_MAX + 4));
    buf_init(&l->taken, l->filling.ceiling);
    pthread_mutex_lock(&a->lock);
    l->origin = a->store.origin;
    l->next = a->lanes;
    a->lanes = l;
    pthread_mutex_unlock(&a->lock);
    return l;
}

void
audit_lane_watch(struct audit_lane *l)
{
    atomic_store(&l->watched, true);
}

bool
audit_is_durable(const struct audit_lane *l, uint64_t ticket)
{
    return atomic_load(&l->durable) >= ticket;
}

bool
audit_is_broken(const struct audit_lane *l)
{
    return atomic_load_explicit(&l->audit->broken, memory_order_relaxed);
}

void
audit_count_refusal(struct audit_lane *l)
{
    atomic_fetch_add_explicit(&l->audit->refused, 1, memory_order_relaxed);
}

bool
audit_reserve(struct audit_lane *l)
{
    bool good;

    if (audit_is_broken(l))
        return false;
    pthread_mutex_lock(&l->lock);
    good = l->reserved + l->queued < l->audit->options.queue;
    l->reserved += good;
    pthread_mutex_unlock(&l->lock);
    if (!good)
        atomic_fetch_add_explicit(&l->audit->full, 1, memory_order_relaxed);
    return good;
}

void
audit_release(struct audit_lane *l)
{
    pthread_mutex_lock(&l->lock);
    l->reserved--;
    pthread_mutex_unlock(&l->lock);
}

static void
ring(struct audit *a)
{
    unsigned before = atomic_fetch_add(&a->pending, 1);

    if (before != 0 && before + 1 != a->options.batch)
        return;
    pthread_mutex_lock(&a->lock);
    pthread_cond_signal(&a->bell);
    pthread_mutex_unlock(&a->lock);
}

static bool
put_entry(struct audit_lane *l, const struct audit_event *e)
{
    size_t before = l->filling.n;
    uint32_t length = 0;

    buf_put(&l->filling, &length, sizeof length);
    if (!l->filling.failed && audit_event_write(&l->filling, &l->origin, e)) {
        length = (uint32_t)(l->filling.n - before - sizeof length);
        memcpy(l->filling.p + before, &length, sizeof length);
        return true;
    }
    l->filling.n = before;
    l->filling.failed = false;
    return false;
}

uint64_t
audit_put(struct audit_lane *l, const struct audit_event *e)
{
    uint64_t ticket = UINT64_MAX; /* never on the disk: there was no memory */
    bool good;

    pthread_mutex_lock(&l->lock);
    l->reserved--;
    good = put_entry(l, e);
    if (good) {
        if (l->queued++ == 0)
            l->oldest_us = clock_us();
        ticket = ++l->tickets;
    }
    pthread_mutex_unlock(&l->lock);
    if (good)
        ring(l->audit);
    else
        atomic_fetch_add_explicit(&l->audit->errors, 1, memory_order_relaxed);
    return ticket;
}

enum fault_code
audit_record(struct audit_lane *l, const struct audit_event *e, uint64_t *ticket)
{
    uint64_t own;

    if (!l)
        return FAULT_NONE;
    if (!audit_reserve(l))
        return FAULT_UNAVAILABLE;
    own = audit_put(l, e);
    if (ticket)
        *ticket = own;
    return own == UINT64_MAX ? FAULT_MEMORY : FAULT_NONE;
}

/* --- the writer --- */

static struct timespec
to_timespec(int64_t us)
{
    return (struct timespec){us / 1000000, us % 1000000 * 1000};
}

/* Waits until there is something to do; false: to stop. */
static bool
await_work(struct audit *a)
{
    bool go_on;

    pthread_mutex_lock(&a->lock);
    for (;;) {
        unsigned pending = atomic_load(&a->pending);
        int64_t now = clock_us(), until = a->next_tick_us;
        struct timespec deadline;

        if (pending && a->next_commit_us < until)
            until = a->next_commit_us;
        go_on = !a->stop;
        if (!go_on || now >= until || (pending >= a->options.batch && !atomic_load(&a->broken)))
            break;
        deadline = to_timespec(until);
        pthread_cond_timedwait(&a->bell, &a->lock, &deadline);
    }
    pthread_mutex_unlock(&a->lock);
    return go_on;
}

/* Moves a lane's records into the store. */
static unsigned
collect_lane(struct audit *a, struct audit_lane *l, int64_t *oldest)
{
    struct buf swap;
    unsigned n;

    pthread_mutex_lock(&l->lock);
    swap = l->taken;
    l->taken = l->filling;
    l->filling = swap;
    n = l->queued;
    l->queued = 0;
    l->taken_ticket = l->tickets;
    if (n && l->oldest_us < *oldest)
        *oldest = l->oldest_us;
    pthread_mutex_unlock(&l->lock);
    for (size_t at = 0; at < l->taken.n;) {
        uint32_t length;

        memcpy(&length, l->taken.p + at, sizeof length);
        at += sizeof length;
        audit_store_add(&a->store, (struct str){l->taken.p + at, length});
        at += length;
    }
    l->taken.n = 0;
    return n;
}

static unsigned
collect(struct audit *a, int64_t *oldest)
{
    struct audit_lane *l;
    unsigned n = 0;

    pthread_mutex_lock(&a->lock);
    l = a->lanes;
    pthread_mutex_unlock(&a->lock);
    for (; l; l = l->next)
        n += collect_lane(a, l, oldest);
    atomic_fetch_sub(&a->pending, n);
    return n;
}

static void
publish(struct audit *a)
{
    struct audit_lane *l;

    pthread_mutex_lock(&a->lock);
    l = a->lanes;
    pthread_mutex_unlock(&a->lock);
    for (; l; l = l->next) {
        atomic_store(&l->durable, l->taken_ticket);
        if (atomic_exchange(&l->watched, false) && l->wake)
            l->wake(l->context);
    }
}

static void
tell_broken(struct audit *a, bool broken)
{
    atomic_store(&a->broken, broken);
    if (broken)
        log_event(LOG_ERROR, "audit", "records cannot be written: %s", strerror(errno));
    else
        log_event(LOG_WARNING, "audit", "records are written again");
}

static bool
commit(struct audit *a)
{
    size_t bytes = a->store.out.n;
    bool was_broken = atomic_load(&a->broken), good;

    good = !a->store.out.failed && audit_store_commit(&a->store);
    if (good == was_broken)
        tell_broken(a, !good);
    if (!good) {
        atomic_fetch_add(&a->errors, 1);
        return false;
    }
    if (bytes)
        atomic_fetch_add(&a->commits, 1);
    atomic_fetch_add(&a->bytes, bytes);
    atomic_store(&a->signatures, a->store.signatures);
    atomic_store(&a->segment, a->store.trail.segment);
    return true;
}

/* A hash key that a command has made is used from now on. */
static void
reload_keys(struct audit *a)
{
    struct file_stamp now = file_stamp_of(a->options.hash_keys);
    struct audit_hash_key key;
    struct fault f = {0};

    if (file_stamp_eq(&now, &a->keys))
        return;
    if (audit_hash_key_read(a->options.hash_keys, false, &key, &f)) {
        log_event(LOG_ERROR, "audit", "the hash key stays as it was: %s", f.log);
        a->keys = now;
        return;
    }
    a->keys = file_stamp_of(a->options.hash_keys);
    pthread_mutex_lock(&a->lock);
    a->store.origin.key = key;
    for (struct audit_lane *l = a->lanes; l; l = l->next) {
        pthread_mutex_lock(&l->lock);
        l->origin.key = key;
        pthread_mutex_unlock(&l->lock);
    }
    pthread_mutex_unlock(&a->lock);
}

/* One round: what is in the lanes goes to the disk. False: it could not. */
static bool
round_trip(struct audit *a)
{
    int64_t oldest = INT64_MAX, began = clock_us();
    unsigned n = 0;

    a->next_commit_us = began + a->options.interval_us;
    if (!atomic_load(&a->broken)) {
        if (began >= a->next_tick_us || a->store.trail.bytes >= a->options.segment_bytes) {
            a->next_tick_us = began + TICK_US;
            reload_keys(a);
            audit_store_tick(&a->store, clock_utc_us());
        }
        if (audit_store_ready(&a->store))
            n = collect(a, &oldest);
        atomic_fetch_add(&a->records, n);
    }
    if (!audit_store_ready(&a->store) || !commit(a)) {
        if (a->store.fd < 0 && !atomic_load(&a->broken))
            tell_broken(a, true);
        a->next_commit_us = a->next_tick_us = began + RETRY_US;
        return false;
    }
    if (n)
        atomic_store(&a->lag_us, clock_us() - oldest);
    publish(a);
    return true;
}

static void *
write_records(void *arg)
{
    struct audit *a = arg;

    while (await_work(a))
        round_trip(a);
    for (int i = 0; i < LAST_TRIES && (!round_trip(a) || atomic_load(&a->pending)); i++)
        ;
    if (atomic_load(&a->pending) || a->store.out.n)
        log_event(LOG_ERROR, "audit", "the last records could not be written");
    return NULL;
}

/* --- start and end --- */

static void
init_locks(struct audit *a)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&a->lock, NULL);
    pthread_cond_init(&a->bell, &attributes);
    pthread_condattr_destroy(&attributes);
}

static void
free_all(struct audit *a)
{
    struct audit_lane *next;

    audit_store_fini(&a->store);
    for (struct audit_lane *l = a->lanes; l; l = next) {
        next = l->next;
        buf_fini(&l->filling);
        buf_fini(&l->taken);
        pthread_mutex_destroy(&l->lock);
        free(l);
    }
    pthread_cond_destroy(&a->bell);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

enum fault_code
audit_new(const struct audit_options *o, struct audit **out, struct fault *f)
{
    struct audit *a = calloc(1, sizeof *a);
    enum fault_code code;

    if (!a)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    a->options = *o;
    init_locks(a);
    code = audit_store_init(&a->store, &a->options, f);
    atomic_store(&a->segment, a->store.trail.segment);
    a->keys = file_stamp_of(a->options.hash_keys);
    if (!code && !thread_start(&a->thread, write_records, a))
        code = fault_set(f, FAULT_INTERNAL, "the audit trail's writer does not start");
    if (code)
        free_all(a);
    else
        *out = a;
    return code;
}

void
audit_free(struct audit *a)
{
    if (!a)
        return;
    pthread_mutex_lock(&a->lock);
    a->stop = true;
    pthread_cond_signal(&a->bell);
    pthread_mutex_unlock(&a->lock);
    pthread_join(a->thread, NULL);
    free_all(a);
}

struct audit_stats
audit_stats(struct audit *a)
{
    struct audit_stats s = {.records = atomic_load(&a->records),
                            .commits = atomic_load(&a->commits),
                            .bytes = atomic_load(&a->bytes),
                            .signatures = atomic_load(&a->signatures),
                            .segment = atomic_load(&a->segment),
                            .errors = atomic_load(&a->errors),
                            .refused = atomic_load(&a->refused),
                            .full = atomic_load(&a->full),
                            .queued = atomic_load(&a->pending),
                            .lag_us = atomic_load(&a->lag_us),
                            .broken = atomic_load(&a->broken)};
    struct audit_lane *l;

    pthread_mutex_lock(&a->lock);
    l = a->lanes;
    pthread_mutex_unlock(&a->lock);
    for (; l; l = l->next) {
        double fill;

        pthread_mutex_lock(&l->lock);
        fill = (double)(l->queued + l->reserved) / a->options.queue;
        pthread_mutex_unlock(&l->lock);
        s.fill = fill > s.fill ? fill : s.fill;
    }
    return s;
}
