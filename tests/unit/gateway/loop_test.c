/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop: timers in order, calls from other threads, and what a waiting fiber is told. */
#include "gateway/loop.h"

#include <fcntl.h>

#include "wire.h"

static struct fiber_pool *fibers;
static struct loop *loop;

static int
set_up(void **state)
{
    (void)state;
    fibers = fiber_pool_new(64);
    loop = fibers ? loop_new(fibers) : NULL;
    return loop == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    loop_free(loop);
    fiber_pool_free(fibers);
    return 0;
}

/* ---- timers ---- */

enum { TIMERS = 500 };
static struct timer timers[TIMERS];
static int64_t last_due;
static unsigned fired;

static void
fires(struct timer *t)
{
    assert_true(t->due_us >= last_due);
    assert_true(loop_now(loop) >= t->due_us);
    assert_int_equal(t->place, 0);
    last_due = t->due_us;
    fired++;
}

static void
test_timers_in_order(void **state)
{
    int64_t now = clock_us();
    unsigned cleared = 0;

    (void)state;
    fired = 0;
    for (unsigned i = 0; i < TIMERS; i++) {
        timers[i] = (struct timer){.call = fires};
        assert_int_equal(loop_timer_set(loop, &timers[i], now + (i * 7919) % 20000), FAULT_NONE);
    }
    for (unsigned i = 0; i < TIMERS; i += 3, cleared++)
        loop_timer_clear(loop, &timers[i]);
    for (unsigned i = 1; i < TIMERS; i += 3) /* moved */
        assert_int_equal(loop_timer_set(loop, &timers[i], now + (i * 104729) % 30000), FAULT_NONE);
    loop_timer_clear(loop, &timers[0]); /* a second time: nothing */
    while (fired < TIMERS - cleared && clock_us() < now + 5000000)
        loop_turn(loop, -1);
    assert_int_equal(fired, TIMERS - cleared);
}

/* ---- other threads ---- */

enum { POSTS = 1000 };
static struct post posts[POSTS];
static unsigned called;

static void
counts(struct post *p)
{
    assert_ptr_equal(p, &posts[called]); /* in order */
    called++;
}

static void *
post_all(void *arg)
{
    for (unsigned i = 0; i < POSTS; i++) {
        posts[i].call = counts;
        loop_post(arg, &posts[i]);
    }
    return NULL;
}

static void
test_posts(void **state)
{
    int64_t until = clock_us() + 5000000;
    pthread_t t;

    (void)state;
    called = 0;
    pthread_create(&t, NULL, post_all, loop);
    while (called < POSTS && clock_us() < until)
        loop_turn(loop, 100000);
    pthread_join(t, NULL);
    assert_int_equal(called, POSTS);
}

/* ---- fibers ---- */

static int pair[2];
static struct watch watch;
static enum fault_code told;
static int64_t took_us;

static void
waits_for_bytes(void *arg)
{
    int64_t before = clock_us(), *wait_us = arg;

    told = loop_wait_fd(&watch, EPOLLIN, *wait_us == LOOP_NEVER ? LOOP_NEVER : before + *wait_us);
    took_us = clock_us() - before;
}

static void
open_pair(void)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(loop_watch(loop, &watch, pair[0], EPOLLIN | EPOLLRDHUP | EPOLLET, NULL),
                     FAULT_NONE);
}

static void
close_pair(void)
{
    loop_unwatch(&watch);
    close(pair[0]);
    close(pair[1]);
}

static void
test_bytes_wake(void **state)
{
    int64_t wait_us = LOOP_NEVER;

    (void)state;
    open_pair();
    fiber_start(fibers, NULL, waits_for_bytes, &wait_us);
    fiber_run_ready(fibers);
    assert_int_equal(fiber_live(fibers), 1);
    assert_int_equal(write(pair[1], "x", 1), 1);
    loop_turn(loop, 1000000);
    assert_int_equal(fiber_live(fibers), 0);
    assert_int_equal(told, FAULT_NONE);
    close_pair();
}

static void
test_deadline(void **state)
{
    int64_t wait_us = 20000;

    (void)state;
    open_pair();
    wire_run(loop, waits_for_bytes, &wait_us);
    assert_int_equal(told, FAULT_BACKEND_TIMEOUT);
    assert_true(took_us >= 20000);
    wait_us = -1; /* has passed already */
    wire_run(loop, waits_for_bytes, &wait_us);
    assert_int_equal(told, FAULT_BACKEND_TIMEOUT);
    close_pair();
}

static void
test_peer_end_wakes(void **state)
{
    int64_t wait_us = LOOP_NEVER;

    (void)state;
    open_pair();
    fiber_start(fibers, NULL, waits_for_bytes, &wait_us);
    fiber_run_ready(fibers);
    shutdown(pair[1], SHUT_WR);
    loop_turn(loop, 1000000);
    assert_int_equal(fiber_live(fibers), 0);
    assert_int_equal(told, FAULT_NONE);
    assert_true(watch.ready & EPOLLRDHUP);
    close_pair();
}

static void
test_cancel(void **state)
{
    int64_t wait_us = LOOP_NEVER;
    struct fiber *f;

    (void)state;
    open_pair();
    f = fiber_start(fibers, NULL, waits_for_bytes, &wait_us);
    fiber_run_ready(fibers);
    fiber_cancel(f);
    fiber_run_ready(fibers);
    assert_int_equal(fiber_live(fibers), 0);
    assert_int_equal(told, FAULT_CANCELLED);
    close_pair();
}

static void
sleeps(void *arg)
{
    told = loop_sleep(loop, clock_us() + *(int64_t *)arg);
}

static void
test_sleep(void **state)
{
    int64_t span_us = 30000, before = clock_us();

    (void)state;
    wire_run(loop, sleeps, &span_us);
    assert_int_equal(told, FAULT_NONE);
    assert_true(clock_us() - before >= span_us);
}

/* ---- what goes away in the middle of a batch ---- */

struct closer {
    struct watch watch; /* first */
    struct grave grave;
    struct closer *other;
    int peer;
};
static unsigned events, burials;

static void
is_buried(struct grave *g)
{
    burials++;
    free((char *)g - offsetof(struct closer, grave));
}

/* Closes the other one, whose event stands in the same batch. */
static void
closes_other(struct watch *w, uint32_t what)
{
    struct closer *c = (struct closer *)w, *o = c->other;

    (void)what;
    events++;
    close(o->watch.fd);
    loop_forget(&o->watch);
    loop_bury(loop, &o->grave, is_buried);
    c->other = NULL;
}

static void
test_close_within_a_batch(void **state)
{
    struct closer *c[2], *left;
    int fds[2][2];

    (void)state;
    events = burials = 0;
    for (int i = 0; i < 2; i++) {
        c[i] = calloc(1, sizeof(*c[i]));
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds[i]), 0);
        assert_int_equal(loop_watch(loop, &c[i]->watch, fds[i][0], EPOLLIN, closes_other), 0);
    }
    c[0]->other = c[1];
    c[1]->other = c[0];
    assert_int_equal(write(fds[0][1], "x", 1) + write(fds[1][1], "x", 1), 2);
    loop_turn(loop, 1000000);
    assert_int_equal(events, 1);
    assert_int_equal(burials, 1);
    left = fcntl(fds[0][0], F_GETFD) >= 0 ? c[0] : c[1];
    loop_unwatch(&left->watch);
    close(left == c[0] ? fds[0][0] : fds[1][0]);
    free(left);
    close(fds[0][1]);
    close(fds[1][1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_timers_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_posts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bytes_wake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_deadline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_peer_end_wakes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sleep, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_close_within_a_batch, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
