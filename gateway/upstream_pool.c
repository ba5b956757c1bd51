/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/upstream_pool.h"

#include "base/clock.h"

/* ---- connections that rest ---- */

static void
unlink_resting(struct link *k)
{
    struct endpoint *e = k->owner;

    *(k->prev ? &k->prev->next : &e->resting) = k->next;
    *(k->next ? &k->next->prev : &e->oldest) = k->prev;
    k->prev = k->next = NULL;
    k->resting = false;
    e->upstream->idle--;
}

/* One that rests has nothing to say: whatever it says, it is of no use any more. */
static void
resting_event(struct watch *w, uint32_t events)
{
    struct link *k = (struct link *)w; /* its first member */

    if (k->resting && (events & ~(uint32_t)EPOLLOUT)) {
        unlink_resting(k);
        pool_close(k);
    }
}

static void
sweep(struct timer *t)
{
    struct upstream *u = (struct upstream *)((char *)t - offsetof(struct upstream, sweep));
    int64_t limit = loop_now(u->loop) - u->options.idle_us;

    for (unsigned i = 0; i < u->endpoint_count; i++) {
        struct endpoint *e = &u->endpoints[i];

        while (e->oldest && e->oldest->rests_since_us <= limit) {
            struct link *k = e->oldest;

            unlink_resting(k);
            pool_close(k);
        }
    }
    /* Without memory for the timer they rest until the backend closes them. */
    if (u->idle > 0 && loop_timer_set(u->loop, t, loop_now(u->loop) + u->options.idle_us / 2))
        return;
}

static void
wake_first(struct upstream *u)
{
    struct waiting *w = u->first;

    if (w == NULL)
        return;
    u->first = w->next;
    if (u->first == NULL)
        u->last = &u->first;
    w->woken = true;
    fiber_wake(w->fiber);
}

void
pool_put(struct link *k)
{
    struct endpoint *e = k->owner;
    struct upstream *u = e->upstream;

    if (u->idle >= u->options.max_idle || k->start != k->end ||
        k->watch.ready & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) {
        pool_close(k);
        return;
    }
    link_rest(k);
    k->prev = NULL;
    k->next = e->resting;
    *(e->resting ? &e->resting->prev : &e->oldest) = k;
    e->resting = k;
    k->resting = k->used_before = true;
    k->rests_since_us = loop_now(u->loop);
    k->watch.call = resting_event;
    u->idle++;
    if (u->sweep.place == 0) {
        u->sweep.call = sweep;
        if (loop_timer_set(u->loop, &u->sweep, k->rests_since_us + u->options.idle_us))
            u->sweep.place = 0;
    }
    wake_first(u);
}

void
pool_close(struct link *k)
{
    struct upstream *u = ((struct endpoint *)k->owner)->upstream;

    link_close(k);
    u->open--;
    wake_first(u);
}

void
pool_drain(struct upstream *u)
{
    for (unsigned i = 0; i < u->endpoint_count; i++) {
        while (u->endpoints[i].resting) {
            struct link *k = u->endpoints[i].resting;

            unlink_resting(k);
            pool_close(k);
        }
    }
    loop_timer_clear(u->loop, &u->sweep);
}

/* ---- a connection for a call ---- */

/* Round robin over the URLs that have not failed lately; over all when all have. */
static struct endpoint *
choose(struct upstream *u)
{
    unsigned first = u->turn++ % u->endpoint_count;

    for (unsigned i = 0; i < u->endpoint_count; i++) {
        struct endpoint *e = &u->endpoints[(first + i) % u->endpoint_count];

        if (e->paused_until_us <= loop_now(u->loop))
            return e;
    }
    return &u->endpoints[first];
}

static void
leave_queue(struct upstream *u, struct waiting *self)
{
    struct waiting **at = &u->first;

    while (*at && *at != self)
        at = &(*at)->next;
    if (*at)
        *at = self->next;
    if (self->next == NULL || u->first == NULL)
        for (u->last = &u->first; *u->last; u->last = &(*u->last)->next)
            ;
}

static enum fault_code
wait_turn(struct upstream *u, int64_t deadline_us, struct fault *f)
{
    struct waiting self = {.fiber = fiber_self()};
    int64_t until = loop_now(u->loop) + u->options.queue_us;
    enum fault_code code = FAULT_NONE;

    if (u->waiting >= u->options.max_waiting)
        return fault_set(f, FAULT_UNAVAILABLE, "The backend is busy.");
    *u->last = &self;
    u->last = &self.next;
    u->waiting++;
    while (!self.woken && code == FAULT_NONE)
        code = loop_wait(u->loop, until < deadline_us ? until : deadline_us);
    u->waiting--;
    if (!self.woken)
        leave_queue(u, &self);
    else if (code)
        wake_first(u); /* its place is not used: the next one's turn */
    if (code == FAULT_BACKEND_TIMEOUT)
        return fault_set(f, FAULT_UNAVAILABLE, "The backend is busy.");
    return code ? fault_set(f, code, "The call was given up in the backend's queue.") : FAULT_NONE;
}

static enum fault_code
connect_to(struct upstream *u, struct endpoint *e, int64_t deadline_us, struct link **out,
           struct fault *f)
{
    struct addresses to;
    enum fault_code code;

    u->open++; /* before any wait, so that the bound holds */
    u->connects++;
    code = resolve(u->resolver, e->host, e->port, deadline_us, &to, f);
    if (code == FAULT_NONE)
        code = link_open(u->loop, &to, e->tls ? u->tls : NULL, e->host, u->options.connect_us,
                         deadline_us, out, f);
    if (code == FAULT_NONE) {
        (*out)->owner = e;
        e->paused_until_us = 0;
        return FAULT_NONE;
    }
    u->open--;
    if (code == FAULT_BACKEND_FAILED || (code == FAULT_BACKEND_TIMEOUT && clock_us() < deadline_us))
        e->paused_until_us = clock_us() + u->options.pause_us;
    wake_first(u);
    return code;
}

static void
close_one_resting(struct upstream *u)
{
    for (unsigned i = 0; i < u->endpoint_count; i++) {
        struct link *k = u->endpoints[i].oldest;

        if (k == NULL)
            continue;
        unlink_resting(k);
        pool_close(k);
        return;
    }
}

static struct link *
take_resting(struct endpoint *e)
{
    struct link *k = e->resting;

    if (k == NULL)
        return NULL;
    unlink_resting(k);
    k->watch.call = NULL;
    k->sent = k->received = 0;
    return k;
}

enum fault_code
pool_get(struct upstream *u, struct endpoint *again, int64_t deadline_us, struct link **out,
         struct fault *f)
{
    unsigned tries = again ? 1 : u->endpoint_count;
    enum fault_code code;

    do {
        struct endpoint *e = again ? again : choose(u);

        if (again == NULL && (*out = take_resting(e)) != NULL)
            return FAULT_NONE;
        if (u->open >= u->options.max_connections && u->idle > 0)
            close_one_resting(u); /* of another URL, or one that may be stale */
        if (u->open >= u->options.max_connections) {
            code = wait_turn(u, deadline_us, f);
            if (code)
                return code;
            tries++; /* a turn in the queue is no try */
            code = FAULT_BACKEND_FAILED;
        } else {
            code = connect_to(u, e, deadline_us, out, f);
        }
    } while (code && code != FAULT_CANCELLED && code != FAULT_MEMORY && --tries > 0);
    return code;
}
