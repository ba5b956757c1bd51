/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/worker.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/thread.h"

#define LOOK_US 10000  /* how often a stopping worker looks whether it is done */
#define SAY_US  250000 /* for what is cancelled to tell its client so */

struct worker {
    unsigned index;
    struct worker_options options;
    struct fiber_pool *fibers;
    struct loop *loop;
    struct resolver *resolver;
    struct server *servers[WORKER_SERVERS];
    unsigned server_count;
    pthread_t thread;
    struct post stop;
    struct timer look;
    bool stopping, cancelled, unfinished;
    int64_t grace_ends_us;
};

enum fault_code
worker_new(unsigned index, const struct worker_options *o, struct worker **out, struct fault *f)
{
    struct worker *w = calloc(1, sizeof(*w));

    if (w == NULL)
        return fault_set(f, FAULT_MEMORY, "No memory for a worker.");
    w->index = index;
    w->options = *o;
    w->fibers = fiber_pool_new(o->fibers);
    w->loop = w->fibers ? loop_new(w->fibers) : NULL;
    w->resolver = w->loop ? resolver_new(w->loop) : NULL;
    if (w->resolver) {
        *out = w;
        return FAULT_NONE;
    }
    worker_free(w);
    return fault_set(f, FAULT_MEMORY, "No memory for a worker.");
}

enum fault_code
worker_serve(struct worker *w, const struct server_options *o, uint16_t *port, struct fault *f)
{
    struct server *s;
    enum fault_code code;

    if (w->server_count == WORKER_SERVERS)
        return fault_set(f, FAULT_INTERNAL, "A worker has at most %d servers.", WORKER_SERVERS);
    code = server_new(w->loop, o, &s, f);
    if (code)
        return code;
    w->servers[w->server_count++] = s;
    if (port)
        *port = server_port(s);
    return FAULT_NONE;
}

static void *
work(void *arg)
{
    struct worker *w = arg;

    loop_run(w->loop);
    return NULL;
}

enum fault_code
worker_start(struct worker *w, struct fault *f)
{
    if (thread_start(&w->thread, work, w))
        return FAULT_NONE;
    return fault_set(f, FAULT_INTERNAL, "A worker's thread does not start.");
}

void
worker_show(struct worker *w, const struct server_tls *tls)
{
    for (unsigned i = 0; i < w->server_count; i++)
        server_show(w->servers[i], tls);
}

/* ---- stopping ---- */

static unsigned
live(const struct worker *w)
{
    unsigned n = fiber_live(w->fibers);

    for (unsigned i = 0; i < w->server_count; i++)
        n += server_live(w->servers[i]);
    return n;
}

static void
hurry(struct worker *w, int64_t now)
{
    if (!w->cancelled && now >= w->grace_ends_us) {
        w->cancelled = true;
        for (unsigned i = 0; i < w->server_count; i++)
            server_cancel(w->servers[i]);
    }
    if (now >= w->grace_ends_us + SAY_US)
        for (unsigned i = 0; i < w->server_count; i++)
            server_cut(w->servers[i]);
}

static void
look(struct timer *t)
{
    struct worker *w = (struct worker *)((char *)t - offsetof(struct worker, look));
    int64_t now = loop_now(w->loop);

    if (live(w) == 0) {
        loop_stop(w->loop);
        return;
    }
    hurry(w, now);
    w->unfinished = now >= w->grace_ends_us + w->options.last_us;
    if (w->unfinished || loop_timer_set(w->loop, t, now + LOOK_US)) {
        w->unfinished = true;
        loop_stop(w->loop);
    }
}

static void
stop(struct post *p)
{
    struct worker *w = (struct worker *)((char *)p - offsetof(struct worker, stop));

    if (w->stopping)
        return;
    w->stopping = true;
    w->grace_ends_us = loop_now(w->loop) + w->options.grace_us;
    for (unsigned i = 0; i < w->server_count; i++)
        server_quiesce(w->servers[i]);
    w->look.call = look;
    if (loop_timer_set(w->loop, &w->look, loop_now(w->loop) + LOOK_US / 10))
        look(&w->look);
}

void
worker_stop(struct worker *w)
{
    w->stop.call = stop;
    loop_post(w->loop, &w->stop);
}

bool
worker_join(struct worker *w)
{
    pthread_join(w->thread, NULL);
    return !w->unfinished;
}

void
worker_free(struct worker *w)
{
    if (w == NULL)
        return;
    for (unsigned i = 0; i < w->server_count; i++)
        server_free(w->servers[i]);
    resolver_free(w->resolver);
    if (w->loop)
        loop_turn(w->loop, 0); /* buries what the servers have left */
    loop_free(w->loop);
    fiber_pool_free(w->fibers);
    free(w);
}

/* ---- what it has ---- */

unsigned
worker_index(const struct worker *w)
{
    return w->index;
}

struct loop *
worker_loop(struct worker *w)
{
    return w->loop;
}

struct resolver *
worker_resolver(struct worker *w)
{
    return w->resolver;
}

bool
worker_is_stopping(const struct worker *w)
{
    return w->stopping;
}

struct server_stats
worker_stats(const struct worker *w)
{
    struct server_stats sum = {0};

    for (unsigned i = 0; i < w->server_count; i++) {
        struct server_stats s = server_stats(w->servers[i]);

        sum.connections += s.connections;
        sum.live += s.live;
        sum.parked += s.parked;
        sum.requests += s.requests;
        sum.suspends += s.suspends;
    }
    return sum;
}
