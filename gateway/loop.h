/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One worker's event loop: sockets by epoll, timers, calls from other threads, and the fibers that
 * wait for any of them.
 *
 * Everything but loop_post belongs to the loop's own thread. A resumed fiber can close a socket
 * whose event stands later in the same batch: so a watch that goes away is only marked, and what
 * holds it is handed to loop_bury, which frees it when the batch is done.
 */
#ifndef GATEWAY_LOOP_H
#define GATEWAY_LOOP_H

#include <sys/epoll.h>

#include "base/fiber.h"

struct loop;

#define LOOP_NEVER INT64_MAX /* a deadline that does not come */

/* A descriptor in the loop. Embedded in its owner; zeroed before first use. */
struct watch {
    struct loop *loop;
    int fd;               /* borrowed; -1: no longer watched */
    uint32_t ready;       /* EPOLL* bits seen; whoever meets EAGAIN clears the bit */
    struct fiber *waiter; /* in loop_wait_fd */
    void (*call)(struct watch *w, uint32_t events); /* NULL: only the waiter is woken */
};

struct timer {
    int64_t due_us; /* clock_us */
    unsigned place; /* in the heap, from 1; 0: not set */
    void (*call)(struct timer *t);
};

/* A call that another thread asks for. Owned by the caller until it is called. */
struct post {
    struct post *next;
    void (*call)(struct post *p);
};

/* Something to free when no event of the batch can refer to it any more. */
struct grave {
    struct grave *next;
    void (*call)(struct grave *g);
};

/* A part that works between events (the server). */
struct loop_hook {
    struct loop_hook *next;
    /* Microseconds until it must run; 0: at once; -1: only when an event says so. */
    int64_t (*patience)(struct loop_hook *h);
    /* Every turn. dry: the loop has looked, or waited as long as it may, and nothing came. */
    void (*run)(struct loop_hook *h, bool dry);
};

/* fibers: borrowed. NULL: out of memory or descriptors. */
struct loop *loop_new(struct fiber_pool *fibers);
/* No fiber may be waiting in it. */
void loop_free(struct loop *l);
struct fiber_pool *loop_fibers(const struct loop *l);
/* Turns until loop_stop. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* One turn: waits for at most wait_us (-1: as long as it takes). For tests, and for draining. */
void loop_turn(struct loop *l, int64_t wait_us);
/* clock_us at the start of this turn. */
int64_t loop_now(const struct loop *l);

/* Adds fd; events with EPOLLET where edges are wanted. BACKEND_FAILED when the kernel refuses. */
enum fault_code loop_watch(struct loop *l, struct watch *w, int fd, uint32_t events,
                           void (*call)(struct watch *, uint32_t))
    __attribute__((warn_unused_result));
/* Takes it out; the fd stays open. Safe when it is not watched. */
void loop_unwatch(struct watch *w);
/* The same without the system call, when the last descriptor of the file is closed next. */
void loop_forget(struct watch *w);

/* Parks the running fiber until one of `events` (or an error, or the peer's end) is ready.
 * BACKEND_TIMEOUT when deadline_us (clock_us) comes first, CANCELLED, MEMORY. */
enum fault_code loop_wait_fd(struct watch *w, uint32_t events, int64_t deadline_us)
    __attribute__((warn_unused_result));
/* Parks the running fiber until it is woken, or the deadline comes. The same codes. */
enum fault_code loop_wait(struct loop *l, int64_t deadline_us) __attribute__((warn_unused_result));
/* Parks the running fiber until the time has come. CANCELLED, MEMORY. */
enum fault_code loop_sleep(struct loop *l, int64_t until_us) __attribute__((warn_unused_result));

/* call(t) once due_us has come, unless it is cleared. Setting it again moves it. MEMORY. */
enum fault_code loop_timer_set(struct loop *l, struct timer *t, int64_t due_us)
    __attribute__((warn_unused_result));
void loop_timer_clear(struct loop *l, struct timer *t);

/* Any thread, any time before loop_free: p->call(p) in the loop's thread, in order. */
void loop_post(struct loop *l, struct post *p);
/* g->call(g) when the batch is done. */
void loop_bury(struct loop *l, struct grave *g, void (*call)(struct grave *));
void loop_hook_add(struct loop *l, struct loop_hook *h);
void loop_hook_remove(struct loop *l, struct loop_hook *h);

#endif
