/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A job belongs to its fiber and to the thread that runs it: whoever is the last to let go frees
 * it. A fiber that is cancelled lets go at once, and the result is dropped.
 */
#include "gateway/side.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

enum { THREADS = 2, QUEUE_MOST = 64, WATCH_MS = 25, RECORD_TRIES = 400, RECORD_US = 5000 };

enum job_state { JOB_WAITED_FOR, JOB_POSTED, JOB_ABANDONED };

struct job {
    struct post post;
    struct job *next;
    struct loop *loop;
    struct fiber *waiter; /* NULL: gone; the loop's thread only */
    bool done;            /* the loop's thread only */
    _Atomic int state;    /* enum job_state */
    void (*run)(void *data);
    size_t size;
    max_align_t data[];
};

struct side {
    struct auth *auth;
    struct audit_lane *lane; /* NULL: no trail is kept */
    pthread_mutex_t lock;
    pthread_cond_t work;       /* something is queued */
    pthread_cond_t end;        /* the threads are to end */
    struct job *first, **last; /* queued */
    unsigned queued, threads;
    bool stopping;
    pthread_t thread[THREADS + 1];
};

static void
free_job(struct job *j)
{
    explicit_bzero(j->data, j->size);
    free(j);
}

/* --- the threads --- */

static void
on_done(struct post *p)
{
    struct job *j = (struct job *)((char *)p - offsetof(struct job, post));

    j->done = true;
    if (j->waiter)
        fiber_wake(j->waiter);
    else
        free_job(j);
}

static void
finish(struct job *j)
{
    int expected = JOB_WAITED_FOR;

    if (atomic_compare_exchange_strong(&j->state, &expected, JOB_POSTED))
        loop_post(j->loop, &j->post);
    else
        free_job(j);
}

static struct job *
take(struct side *s)
{
    struct job *j;

    pthread_mutex_lock(&s->lock);
    while (!s->first && !s->stopping)
        pthread_cond_wait(&s->work, &s->lock);
    j = s->first;
    if (j) {
        s->first = j->next;
        if (!s->first)
            s->last = &s->first;
        s->queued--;
    }
    pthread_mutex_unlock(&s->lock);
    return j;
}

static void *
work(void *arg)
{
    struct side *s = arg;
    struct job *j;

    while ((j = take(s))) {
        if (atomic_load(&j->state) != JOB_ABANDONED)
            j->run(j->data);
        finish(j);
    }
    return NULL;
}

/* False once the threads are to end. */
static bool
pause_watch(struct side *s)
{
    struct timespec until;
    bool stopping;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += WATCH_MS * 1000000l;
    until.tv_sec += until.tv_nsec / 1000000000l;
    until.tv_nsec %= 1000000000l;
    pthread_mutex_lock(&s->lock);
    while (!s->stopping && pthread_cond_timedwait(&s->end, &s->lock, &until) != ETIMEDOUT)
        ;
    stopping = s->stopping;
    pthread_mutex_unlock(&s->lock);
    return !stopping;
}

/* A change of a file has happened already, and cannot be refused: without room for its record, it
 * waits here, and what cannot be recorded even so is told in the log. */
void
side_record(struct side *s, const struct audit_event *e)
{
    for (int i = 0; i < RECORD_TRIES; i++) {
        if (audit_record(s->lane, e, NULL) == FAULT_NONE)
            return;
        usleep(RECORD_US);
    }
    log_event(LOG_ERROR, "audit", "%s: %.*s: no record could be kept", audit_kind_name(e->kind),
              STR_ARG(e->detail));
}

static void
record(void *side, const struct audit_event *e)
{
    side_record(side, e);
}

static void *
watch(void *arg)
{
    struct side *s = arg;

    while (pause_watch(s))
        auth_watch(s->auth, clock_utc_us());
    return NULL;
}

/* --- its life --- */

static bool
start_threads(struct side *s)
{
    while (s->threads <= THREADS) {
        if (!thread_start(&s->thread[s->threads], s->threads < THREADS ? work : watch, s))
            return false;
        s->threads++;
    }
    return true;
}

struct side *
side_new(struct auth *auth, struct audit *audit)
{
    struct audit_listener listener;
    struct side *s = calloc(1, sizeof(*s));
    pthread_condattr_t monotonic;

    if (!s)
        return NULL;
    s->auth = auth;
    s->lane = audit ? audit_lane_new(audit, NULL, NULL) : NULL;
    listener = (struct audit_listener){record, s};
    if (audit && !s->lane) {
        free(s);
        return NULL;
    }
    auth_listen(auth, &listener);
    s->last = &s->first;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->end, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (start_threads(s))
        return s;
    side_free(s);
    return NULL;
}

void
side_free(struct side *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->work);
    pthread_cond_broadcast(&s->end);
    pthread_mutex_unlock(&s->lock);
    for (unsigned i = 0; i < s->threads; i++)
        pthread_join(s->thread[i], NULL);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->end);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* --- for a fiber --- */

static bool
queue(struct side *s, struct job *j)
{
    bool room;

    pthread_mutex_lock(&s->lock);
    room = s->queued < QUEUE_MOST && !s->stopping;
    if (room) {
        *s->last = j;
        s->last = &j->next;
        s->queued++;
        pthread_cond_signal(&s->work);
    }
    pthread_mutex_unlock(&s->lock);
    return room;
}

/* The fiber will not be there when the job is done. */
static void
abandon(struct job *j)
{
    int expected = JOB_WAITED_FOR;

    j->waiter = NULL; /* when it is posted, on_done frees it; else the thread does */
    atomic_compare_exchange_strong(&j->state, &expected, JOB_ABANDONED);
}

enum fault_code
side_run(struct side *s, struct loop *loop, void (*run)(void *data), void *data, size_t size)
{
    struct job *j = calloc(1, sizeof(*j) + size);
    enum fault_code code = FAULT_NONE;

    if (!j)
        return FAULT_MEMORY;
    j->post.call = on_done;
    j->loop = loop;
    j->waiter = fiber_self();
    j->run = run;
    j->size = size;
    memcpy(j->data, data, size);
    if (!queue(s, j)) {
        free_job(j);
        return FAULT_UNAVAILABLE;
    }
    while (!code && !j->done)
        code = fiber_wait();
    if (!j->done) {
        abandon(j);
        return code;
    }
    memcpy(data, j->data, size);
    free_job(j);
    return FAULT_NONE;
}
