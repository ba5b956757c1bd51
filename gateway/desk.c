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

/* --- metrics --- */

struct totals {
    unsigned long long exchanges[6], backend_calls, breaker_refused, in_flight;
    unsigned long long cache_hits, cache_misses, cache_bytes;
};

static void
add_counters(struct totals *t, const struct counters *c)
{
    for (int i = 0; i < 6; i++)
        t->exchanges[i] += atomic_load_explicit(&c->exchanges[i], memory_order_relaxed);
    t->backend_calls += atomic_load_explicit(&c->backend_calls, memory_order_relaxed);
    t->breaker_refused += atomic_load_explicit(&c->breaker_refused, memory_order_relaxed);
    t->in_flight += atomic_load_explicit(&c->in_flight, memory_order_relaxed);
    t->cache_hits += atomic_load_explicit(&c->answers.hits, memory_order_relaxed);
    t->cache_misses += atomic_load_explicit(&c->answers.misses, memory_order_relaxed);
    t->cache_bytes += atomic_load_explicit(&c->answers.bytes, memory_order_relaxed);
}

static void
put_label(struct buf *out, const char *name, struct str text)
{
    buf_str(out, str_of(name));
    buf_str(out, STR("=\""));
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            buf_put_char(out, '\\');
        buf_put_char(out, text.p[i]);
    }
    buf_put_char(out, '"');
}

static void
put_breaker(struct buf *out, struct str contract, struct str backend, unsigned workers)
{
    buf_str(out, STR("telgate_breaker_open{"));
    put_label(out, "contract", contract);
    put_label(out, ",backend", backend);
    buf_printf(out, "} %u\n", workers);
}

/* Of the backends that have one. */
static void
put_breakers(const struct snapshot *s, struct buf *out)
{
    unsigned at = 0;

    buf_str(out, STR("# TYPE telgate_breaker_open gauge\n"));
    for (unsigned i = 0; i < s->contract_count; i++)
        for (unsigned k = 0; k < s->contracts[i]->backend_count; k++, at++)
            if (s->backends[at]->has_breaker)
                put_breaker(out, s->contracts[i]->name, s->backends[at]->name,
                            atomic_load_explicit(&s->broken[at], memory_order_relaxed));
}

void
desk_metrics(const struct desk *d, struct buf *out)
{
    static const char *const classes[] = {"left", "1xx", "2xx", "3xx", "4xx", "5xx"};
    struct totals t = {0};

    for (unsigned i = 0; i < d->all_count; i++)
        add_counters(&t, &d->all[i]->counters);
    buf_str(out, STR("# TYPE telgate_exchanges_total counter\n"));
    for (int i = 0; i < 6; i++)
        buf_printf(out, "telgate_exchanges_total{status=\"%s\"} %llu\n", classes[i],
                   t.exchanges[i]);
    buf_printf(out,
               "# TYPE telgate_in_flight gauge\ntelgate_in_flight %llu\n"
               "# TYPE telgate_backend_calls_total counter\ntelgate_backend_calls_total %llu\n",
               t.in_flight, t.backend_calls);
    put_breakers(d->edition->snapshot, out);
    buf_printf(out,
               "# TYPE telgate_breaker_refused_total counter\n"
               "telgate_breaker_refused_total %llu\n",
               t.breaker_refused);
    buf_printf(out,
               "# TYPE telgate_cache_hits_total counter\ntelgate_cache_hits_total %llu\n"
               "# TYPE telgate_cache_misses_total counter\ntelgate_cache_misses_total %llu\n"
               "# TYPE telgate_cache_bytes gauge\ntelgate_cache_bytes %llu\n",
               t.cache_hits, t.cache_misses, t.cache_bytes);
    buf_printf(out,
               "# TYPE telgate_reloads_total counter\n"
               "telgate_reloads_total{outcome=\"done\"} %u\n"
               "telgate_reloads_total{outcome=\"refused\"} %u\n",
               atomic_load(&d->reloads->done), atomic_load(&d->reloads->refused));
    audit_desk_metrics(&d->audit, out);
}
