/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

#define EVENTS_A_TURN 256

struct loop {
    int epoll_fd;
    struct watch bell; /* an eventfd that other threads ring */
    struct fiber_pool *fibers;
    int64_t now_us;
    bool stopped;
    struct timer **heap; /* heap[0] is due first */
    unsigned timers, room;
    struct loop_hook *hooks;
    struct grave *graves;
    pthread_mutex_t lock; /* over posts */
    struct post *first, **last;
};

/* ---- timers: a binary heap that knows each timer's place ---- */

static void
heap_put(struct loop *l, unsigned at, struct timer *t)
{
    l->heap[at] = t;
    t->place = at + 1;
}

static void
heap_up(struct loop *l, unsigned at, struct timer *t)
{
    while (at > 0 && l->heap[(at - 1) / 2]->due_us > t->due_us) {
        heap_put(l, at, l->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(l, at, t);
}

static void
heap_down(struct loop *l, unsigned at, struct timer *t)
{
    unsigned child;

    while ((child = 2 * at + 1) < l->timers) {
        if (child + 1 < l->timers && l->heap[child + 1]->due_us < l->heap[child]->due_us)
            child++;
        if (l->heap[child]->due_us >= t->due_us)
            break;
        heap_put(l, at, l->heap[child]);
        at = child;
    }
    heap_put(l, at, t);
}

static bool
heap_grow(struct loop *l)
{
    unsigned room = l->room ? l->room * 2 : 64;
    struct timer **heap = reallocarray(l->heap, room, sizeof(*heap));

    if (heap == NULL)
        return false;
    l->heap = heap;
    l->room = room;
    return true;
}

enum fault_code
loop_timer_set(struct loop *l, struct timer *t, int64_t due_us)
{
    loop_timer_clear(l, t);
    if (l->timers == l->room && !heap_grow(l))
        return FAULT_MEMORY;
    t->due_us = due_us;
    l->timers++;
    heap_up(l, l->timers - 1, t);
    return FAULT_NONE;
}

void
loop_timer_clear(struct loop *l, struct timer *t)
{
    unsigned at = t->place - 1;
    struct timer *moved;

    if (t->place == 0)
        return;
    t->place = 0;
    moved = l->heap[--l->timers];
    if (moved == t)
        return;
    if (at > 0 && l->heap[(at - 1) / 2]->due_us > moved->due_us)
        heap_up(l, at, moved);
    else
        heap_down(l, at, moved);
}

static void
run_timers(struct loop *l)
{
    while (l->timers > 0 && l->heap[0]->due_us <= l->now_us) {
        struct timer *t = l->heap[0];

        loop_timer_clear(l, t);
        t->call(t);
    }
}

/* ---- calls from other threads ---- */

void
loop_post(struct loop *l, struct post *p)
{
    uint64_t one = 1;
    bool was_empty;
    ssize_t n;

    p->next = NULL;
    pthread_mutex_lock(&l->lock);
    was_empty = l->first == NULL;
    *l->last = p;
    l->last = &p->next;
    /* Rung under the lock, so that the loop cannot be freed between the two. */
    if (was_empty)
        n = write(l->bell.fd, &one, sizeof(one));
    else
        n = 0;
    pthread_mutex_unlock(&l->lock);
    (void)n; /* only a counter near 2^64 could make it fail */
}

static void
bell_rings(struct watch *w, uint32_t events)
{
    struct loop *l = w->loop;
    struct post *p, *next;
    uint64_t count;
    ssize_t n = read(w->fd, &count, sizeof(count));

    (void)n;
    (void)events;
    w->ready = 0;
    pthread_mutex_lock(&l->lock);
    p = l->first;
    l->first = NULL;
    l->last = &l->first;
    pthread_mutex_unlock(&l->lock);
    for (; p; p = next) {
        next = p->next;
        p->call(p);
    }
}

/* ---- the loop ---- */

struct loop *
loop_new(struct fiber_pool *fibers)
{
    struct loop *l = calloc(1, sizeof(*l));
    int bell;

    if (l == NULL)
        return NULL;
    l->fibers = fibers;
    l->last = &l->first;
    l->now_us = clock_us();
    l->bell.fd = -1;
    pthread_mutex_init(&l->lock, NULL);
    l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (l->epoll_fd >= 0 && bell >= 0 &&
        loop_watch(l, &l->bell, bell, EPOLLIN, bell_rings) == FAULT_NONE)
        return l;
    if (bell >= 0)
        close(bell);
    l->bell.fd = -1;
    loop_free(l);
    return NULL;
}

void
loop_free(struct loop *l)
{
    if (l == NULL)
        return;
    if (l->bell.fd >= 0)
        close(l->bell.fd);
    if (l->epoll_fd >= 0)
        close(l->epoll_fd);
    pthread_mutex_destroy(&l->lock);
    free(l->heap);
    free(l);
}

struct fiber_pool *
loop_fibers(const struct loop *l)
{
    return l->fibers;
}

int64_t
loop_now(const struct loop *l)
{
    return l->now_us;
}

void
loop_stop(struct loop *l)
{
    l->stopped = true;
}

void
loop_run(struct loop *l)
{
    for (l->stopped = false; !l->stopped;)
        loop_turn(l, -1);
}

/* The shortest of what the caller, the timers and the hooks can bear; -1: no end. */
static int64_t
loop_patience(struct loop *l, int64_t wait_us)
{
    int64_t now = clock_us();

    if (l->timers > 0) {
        int64_t left = l->heap[0]->due_us > now ? l->heap[0]->due_us - now : 0;

        wait_us = wait_us < 0 || left < wait_us ? left : wait_us;
    }
    for (struct loop_hook *h = l->hooks; h; h = h->next) {
        int64_t left = h->patience(h);

        if (left >= 0 && (wait_us < 0 || left < wait_us))
            wait_us = left;
    }
    return wait_us;
}

static int
to_milliseconds(int64_t us) /* rounded up: a timer never fires early and spins */
{
    if (us < 0)
        return -1;
    return us > 3600 * INT64_C(1000000) ? 3600000 : (int)((us + 999) / 1000);
}

static void
deliver(struct watch *w, uint32_t events)
{
    if (w->fd < 0)
        return; /* closed by something that ran earlier in this batch */
    w->ready |= events;
    if (w->waiter)
        fiber_wake(w->waiter);
    if (w->call)
        w->call(w, events);
}

static void
bury(struct loop *l)
{
    while (l->graves) {
        struct grave *g = l->graves;

        l->graves = g->next;
        g->call(g);
    }
}

void
loop_turn(struct loop *l, int64_t wait_us)
{
    struct epoll_event events[EVENTS_A_TURN];
    int64_t patience = loop_patience(l, wait_us);
    int n = epoll_wait(l->epoll_fd, events, EVENTS_A_TURN, to_milliseconds(patience));

    l->now_us = clock_us();
    for (int i = 0; i < n; i++)
        deliver(events[i].data.ptr, events[i].events);
    run_timers(l);
    fiber_run_ready(l->fibers);
    for (struct loop_hook *h = l->hooks, *next; h; h = next) {
        next = h->next;
        h->run(h, n <= 0);
    }
    fiber_run_ready(l->fibers);
    bury(l);
}

enum fault_code
loop_watch(struct loop *l, struct watch *w, int fd, uint32_t events,
           void (*call)(struct watch *, uint32_t))
{
    struct epoll_event e = {.events = events, .data.ptr = w};

    *w = (struct watch){.loop = l, .fd = fd, .call = call};
    if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0)
        return FAULT_NONE;
    w->fd = -1;
    return FAULT_BACKEND_FAILED;
}

void
loop_unwatch(struct watch *w)
{
    if (w->loop && w->fd >= 0)
        epoll_ctl(w->loop->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
    w->fd = -1;
}

void
loop_forget(struct watch *w)
{
    w->fd = -1;
}

void
loop_bury(struct loop *l, struct grave *g, void (*call)(struct grave *))
{
    g->call = call;
    g->next = l->graves;
    l->graves = g;
}

void
loop_hook_add(struct loop *l, struct loop_hook *h)
{
    h->next = l->hooks;
    l->hooks = h;
}

void
loop_hook_remove(struct loop *l, struct loop_hook *h)
{
    struct loop_hook **at = &l->hooks;

    while (*at && *at != h)
        at = &(*at)->next;
    if (*at)
        *at = h->next;
}

/* ---- fibers that wait ---- */

struct alarm { /* on the waiting fiber's stack */
    struct timer timer;
    struct fiber *fiber;
    bool rang;
};

static void
alarm_rings(struct timer *t)
{
    struct alarm *a = (struct alarm *)t; /* its first member */

    a->rang = true;
    fiber_wake(a->fiber);
}

static enum fault_code
alarm_set(struct loop *l, struct alarm *a, int64_t deadline_us)
{
    *a = (struct alarm){.timer.call = alarm_rings, .fiber = fiber_self()};
    if (deadline_us == LOOP_NEVER)
        return FAULT_NONE;
    return loop_timer_set(l, &a->timer, deadline_us);
}

enum fault_code
loop_wait_fd(struct watch *w, uint32_t events, int64_t deadline_us)
{
    struct loop *l = w->loop;
    struct alarm a;
    enum fault_code code;

    events |= EPOLLERR | EPOLLHUP | (events & EPOLLIN ? (uint32_t)EPOLLRDHUP : 0);
    if (w->ready & events)
        return fiber_is_cancelled(fiber_self()) ? FAULT_CANCELLED : FAULT_NONE;
    code = alarm_set(l, &a, deadline_us);
    w->waiter = a.fiber;
    while (code == FAULT_NONE && !(w->ready & events))
        code = a.rang ? FAULT_BACKEND_TIMEOUT : fiber_wait();
    w->waiter = NULL;
    loop_timer_clear(l, &a.timer);
    return code;
}

enum fault_code
loop_wait(struct loop *l, int64_t deadline_us)
{
    struct alarm a;
    enum fault_code code = alarm_set(l, &a, deadline_us);

    if (code == FAULT_NONE)
        code = fiber_wait();
    loop_timer_clear(l, &a.timer);
    if (code == FAULT_NONE && a.rang)
        code = FAULT_BACKEND_TIMEOUT;
    return code;
}

enum fault_code
loop_sleep(struct loop *l, int64_t until_us)
{
    enum fault_code code = FAULT_NONE;

    while (code == FAULT_NONE)
        code = loop_wait(l, until_us);
    return code == FAULT_BACKEND_TIMEOUT ? FAULT_NONE : code;
}
