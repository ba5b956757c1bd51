/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/edition.h"

#include <stdlib.h>

#include "gateway/recall.h"
#include "gateway/upstream.h"
#include "graphql/prepared.h"

static const char *
or_null(struct str s) /* contract texts end in NUL */
{
    return s.n ? s.p : NULL;
}

static bool
add_upstream(struct edition *e, const struct backend *b, struct report *r)
{
    const struct config *c = e->snapshot->config;
    struct upstream_options o = UPSTREAM_OPTIONS_DEFAULT;
    struct fault f = {0};

    o.max_connections = (unsigned)c->limit_upstreams;
    o.max_idle = (unsigned)c->limit_upstreams;
    o.max_waiting = (unsigned)c->limit_in_flight;
    o.body_bytes = c->limit_answer;
    o.connect_us = c->timeout_connect;
    o.idle_us = c->timeout_idle;
    if (b->timeout_us)
        o.hop_us = b->timeout_us;
    o.tls = (struct tls_options){or_null(b->tls_ca), or_null(b->tls_certificate),
                                 or_null(b->tls_key), b->tls_insecure};
    if (!upstream_new(e->desk->loop, worker_resolver(e->desk->worker), b->urls, b->url_count, &o,
                      &e->upstreams[snapshot_backend(e->snapshot, b)], &f))
        return true;
    report_error(r, (struct place){b->name, 0, 0}, "this backend can not be used: %s %s", f.detail,
                 f.log);
    return false;
}

static bool
fill(struct edition *e, struct report *r)
{
    const struct snapshot *s = e->snapshot;
    bool good = true;

    e->upstreams = calloc(s->backend_count + 1, sizeof(*e->upstreams));
    e->documents = prepared_cache_new((unsigned)s->config->graphql_cache);
    if (s->config->limit_answer_cache)
        e->recall = recall_new(s->config->limit_answer_cache, &e->desk->counters.answers);
    if (!e->upstreams || !e->documents || (s->config->limit_answer_cache && !e->recall) ||
        !breakers_init(&e->breakers, s)) {
        report_error(r, (struct place){STR("worker"), 0, 0}, "out of memory");
        return false;
    }
    for (unsigned i = 0; i < s->backend_count; i++)
        good &= add_upstream(e, s->backends[i], r);
    return good;
}

struct edition *
edition_new(struct desk *d, struct snapshot *s, struct report *r)
{
    struct edition *e = calloc(1, sizeof(*e));

    if (!e) {
        report_error(r, (struct place){STR("worker"), 0, 0}, "out of memory");
        return NULL;
    }
    *e = (struct edition){.desk = d, .snapshot = snapshot_ref(s), .users = 1};
    if (fill(e, r))
        return e;
    edition_leave(e);
    return NULL;
}

static void
release(void *edition)
{
    edition_leave(edition);
}

bool
edition_hold(struct edition *e, struct arena *a)
{
    if (arena_defer(a, release, e))
        return false;
    e->users++;
    return true;
}

void
edition_leave(struct edition *e)
{
    if (!e || --e->users)
        return;
    for (unsigned i = 0; e->upstreams && i < e->snapshot->backend_count; i++)
        upstream_free(e->upstreams[i]);
    free(e->upstreams);
    breakers_fini(&e->breakers);
    prepared_cache_free(e->documents);
    recall_free(e->recall);
    snapshot_unref(e->snapshot);
    free(e);
}

struct upstream *
edition_upstream(const struct edition *e, const struct backend *b)
{
    return e->upstreams[snapshot_backend(e->snapshot, b)];
}
