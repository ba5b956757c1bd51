/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/metrics.h"

#include "gateway/edition.h"

static const struct series {
    const char *name, *kind;
    size_t at; /* in struct counters */
} series[] = {
#define AT(member) offsetof(struct counters, member)
    {"telgate_in_flight", "gauge", AT(in_flight)},
    {"telgate_backend_calls_total", "counter", AT(backend_calls)},
    {"telgate_breaker_refused_total", "counter", AT(breaker_refused)},
    {"telgate_rate_refused_total", "counter", AT(rate_refused)},
    {"telgate_cache_hits_total", "counter", AT(answers.hits)},
    {"telgate_cache_misses_total", "counter", AT(answers.misses)},
    {"telgate_cache_bytes", "gauge", AT(answers.bytes)},
};

static unsigned long long
sum(const struct desk *d, size_t at)
{
    unsigned long long n = 0;

    for (unsigned i = 0; i < d->all_count; i++)
        n += atomic_load_explicit((atomic_ullong *)((char *)&d->all[i]->counters + at),
                                  memory_order_relaxed);
    return n;
}

static void
put_type(struct buf *out, const char *name, const char *kind)
{
    buf_printf(out, "# TYPE %s %s\n", name, kind);
}

static void
put_exchanges(const struct desk *d, struct buf *out)
{
    static const char *const classes[] = {"left", "1xx", "2xx", "3xx", "4xx", "5xx"};

    put_type(out, "telgate_exchanges_total", "counter");
    for (unsigned i = 0; i < 6; i++)
        buf_printf(out, "telgate_exchanges_total{status=\"%s\"} %llu\n", classes[i],
                   sum(d, AT(exchanges) + i * sizeof(atomic_ullong)));
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

    put_type(out, "telgate_breaker_open", "gauge");
    for (unsigned i = 0; i < s->contract_count; i++)
        for (unsigned k = 0; k < s->contracts[i]->backend_count; k++, at++)
            if (s->backends[at]->has_breaker)
                put_breaker(out, s->contracts[i]->name, s->backends[at]->name,
                            atomic_load_explicit(&s->broken[at], memory_order_relaxed));
}

static void
put_reloads(const struct reloads *r, struct buf *out)
{
    put_type(out, "telgate_reloads_total", "counter");
    buf_printf(out,
               "telgate_reloads_total{outcome=\"done\"} %u\n"
               "telgate_reloads_total{outcome=\"refused\"} %u\n",
               atomic_load(&r->done), atomic_load(&r->refused));
}

void
metrics_write(const struct desk *d, struct buf *out)
{
    put_exchanges(d, out);
    for (size_t i = 0; i < sizeof(series) / sizeof(*series); i++) {
        put_type(out, series[i].name, series[i].kind);
        buf_printf(out, "%s %llu\n", series[i].name, sum(d, series[i].at));
    }
    put_breakers(d->edition->snapshot, out);
    put_reloads(d->reloads, out);
    audit_desk_metrics(&d->audit, out);
}
