/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/desk.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "gateway/edition.h"
#include "gateway/gzip.h"
#include "gateway/recall.h"

enum { TICK_US = 1000000 };

/* --- keys of the issuers --- */

static enum fault_code
pause_fiber(void *context, unsigned milliseconds)
{
    struct fetcher *f = context;

    return loop_sleep(f->loop, clock_us() + milliseconds * 1000ll);
}

static enum fault_code
work_beside(void *context, void (*run)(void *data), void *data, size_t size)
{
    struct fetcher *f = context;
    struct desk *d = (struct desk *)((char *)f - offsetof(struct desk, fetcher));

    return side_run(d->side, d->loop, run, data, size);
}

static void
refresh_fiber(void *arg)
{
    struct desk *d = arg;

    auth_refresh(d->edition->snapshot->auth, &d->auth_io, clock_utc_us());
}

static void
refresh_keys(struct desk *d)
{
    if (!fiber_start(loop_fibers(d->loop), NULL, refresh_fiber, d))
        log_event(LOG_WARNING, "refresh", "no fiber is free to refresh the keys");
}

static void
on_tick(struct timer *t)
{
    struct desk *d = (struct desk *)((char *)t - offsetof(struct desk, tick));

    if (worker_is_stopping(d->worker))
        return;
    refresh_keys(d);
    if (loop_timer_set(d->loop, t, clock_us() + TICK_US))
        log_event(LOG_ERROR, "tick", "out of memory: keys are not refreshed any more");
}

/* --- the access log goes out once a turn --- */

static int64_t
log_patience(struct loop_hook *h)
{
    (void)h;
    return -1;
}

static void
log_turn(struct loop_hook *h, bool dry)
{
    struct desk *d = (struct desk *)((char *)h - offsetof(struct desk, log_hook));

    (void)dry;
    if (d->log.lines.n)
        access_log_flush(&d->log);
}

bool
desk_init(struct desk *d, struct worker *w, struct snapshot *s, int log_fd, struct audit *audit,
          struct report *r)
{
    d->worker = w;
    d->loop = worker_loop(w);
    access_log_init(&d->log, log_fd);
    d->log_hook = (struct loop_hook){.patience = log_patience, .run = log_turn};
    loop_hook_add(d->loop, &d->log_hook);
    fetcher_init(&d->fetcher, d->loop, worker_resolver(w));
    d->auth_io = (struct auth_io){
        .context = &d->fetcher, .fetch = fetch, .pause = pause_fiber, .work = work_beside};
    d->tick.call = on_tick;
    if (audit_desk_init(&d->audit, audit, s->config, d->loop) ||
        getrandom(d->random, sizeof(d->random), 0) != sizeof(d->random) ||
        (d->refreshes && loop_timer_set(d->loop, &d->tick, clock_us()))) {
        report_error(r, (struct place){STR("worker"), 0, 0}, "out of memory");
        return false;
    }
    d->edition = edition_new(d, s, r);
    return d->edition;
}

void
desk_fini(struct desk *d)
{
    if (!d->loop)
        return;
    loop_timer_clear(d->loop, &d->tick);
    edition_leave(d->edition);
    gzip_free(d->gzip);
    fetcher_fini(&d->fetcher);
    loop_hook_remove(d->loop, &d->log_hook);
    access_log_fini(&d->log);
}

void
desk_adopt(struct desk *d, struct edition *e)
{
    struct edition *old = d->edition;

    d->edition = e;
    recall_clear(old->recall); /* an exchange may hold it for long */
    edition_leave(old);
}

/* xorshift128+: fast, and nothing depends on its being hard to guess. */
static uint64_t
next_random(uint64_t s[2])
{
    uint64_t x = s[0], y = s[1];

    s[0] = y;
    x ^= x << 23;
    s[1] = x ^ y ^ (x >> 17) ^ (y >> 26);
    return s[1] + y;
}

/* Eight hexadecimal digits, all at once: a nibble a byte, and 39 more for those above 9. */
static void
put_hex(char *p, uint32_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t x = n;

    x = (x << 16 | x) & UINT64_C(0x0000ffff0000ffff);
    x = (x << 8 | x) & UINT64_C(0x00ff00ff00ff00ff);
    x = (x << 4 | x) & (ones * 15);
    x += ones * '0' + (((x + ones * 6) >> 4) & ones) * ('a' - '0' - 10);
    memcpy(p, &x, 8);
}

struct str
desk_new_correlator(struct desk *d, struct arena *a)
{
    char *p = arena_alloc(a, 32);

    for (int i = 0; p && i < 2; i++) {
        uint64_t word = next_random(d->random);

        put_hex(p + i * 16, (uint32_t)word);
        put_hex(p + i * 16 + 8, (uint32_t)(word >> 32));
    }
    return (struct str){p, p ? 32 : 0};
}
