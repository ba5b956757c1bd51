/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work beside the loop: it comes back to its fiber, is bounded, and may be left behind. */
#include "gateway/side.h"

#include <stdlib.h>

#include "wire.h"

static struct fiber_pool *fibers;
static struct loop *loop;
static struct auth *auth;
static struct side *side;
static atomic_bool gate; /* jobs that wait for it hold their thread */

struct job_data {
    int in, out;
    bool waits;
};

static void
add_one(void *data)
{
    struct job_data *d = data;

    while (d->waits && !atomic_load(&gate))
        usleep(1000);
    d->out = d->in + 1;
}

static int
set_up(void **state)
{
    struct auth_configuration c = {0};
    struct arena *a = arena_new(1 << 20);
    struct report r;

    (void)state;
    report_init(&r, a);
    auth = auth_new(&c, &r);
    arena_free(a);
    fibers = fiber_pool_new(256);
    loop = fibers ? loop_new(fibers) : NULL;
    side = auth && loop ? side_new(auth, NULL) : NULL;
    return side == NULL;
}

static int
tear_down(void **state)
{
    (void)state;
    side_free(side);
    loop_free(loop);
    fiber_pool_free(fibers);
    auth_free(auth);
    return 0;
}

struct one {
    struct fiber *fiber;
    struct job_data data;
    enum fault_code code;
    bool ended;
};

static void
run_one(void *arg)
{
    struct one *o = arg;

    o->code = side_run(side, loop, add_one, &o->data, sizeof o->data);
    o->ended = true;
}

static void
start(struct one *o, int n, bool waits)
{
    *o = (struct one){.data = {.in = n, .waits = waits}};
    o->fiber = fiber_start(fibers, NULL, run_one, o);
    assert_non_null(o->fiber);
}

static void
turn_until_ended(const struct one *items, unsigned n)
{
    int64_t until = clock_us() + 20000000;

    for (unsigned i = 0; i < n; i++)
        while (!items[i].ended && clock_us() < until)
            loop_turn(loop, 10000);
}

static void
test_results_come_back(void **state)
{
    struct one items[40];

    (void)state;
    for (int i = 0; i < 40; i++)
        start(&items[i], i, false);
    turn_until_ended(items, 40);
    for (int i = 0; i < 40; i++) {
        assert_true(items[i].ended);
        assert_int_equal(items[i].code, FAULT_NONE);
        assert_int_equal(items[i].data.out, i + 1);
    }
}

/* Two run, 64 wait; whoever comes then is told so at once. */
static void
test_a_full_queue(void **state)
{
    struct one items[100];
    unsigned refused = 0;

    (void)state;
    atomic_store(&gate, false);
    for (int i = 0; i < 100; i++)
        start(&items[i], i, true);
    for (int i = 0; i < 50; i++)
        loop_turn(loop, 1000);
    for (int i = 0; i < 100; i++)
        refused += items[i].ended && items[i].code == FAULT_UNAVAILABLE;
    assert_in_range(refused, 34, 36);
    atomic_store(&gate, true);
    turn_until_ended(items, 100);
    for (int i = 0; i < 100; i++)
        assert_true(items[i].ended && (items[i].code || items[i].data.out == i + 1));
}

/* Fibers that leave while their jobs are queued, run, or are done already. */
static void
test_who_leaves_waits_for_nothing(void **state)
{
    struct one items[30], last;

    (void)state;
    atomic_store(&gate, false);
    for (int i = 0; i < 30; i++)
        start(&items[i], i, true);
    for (int i = 0; i < 20; i++)
        loop_turn(loop, 1000);
    for (int i = 0; i < 30; i++)
        fiber_cancel(items[i].fiber);
    turn_until_ended(items, 30);
    for (int i = 0; i < 30; i++) {
        assert_true(items[i].ended);
        assert_int_equal(items[i].code, FAULT_CANCELLED);
        assert_int_equal(items[i].data.out, 0);
    }
    atomic_store(&gate, true);
    start(&last, 7, false);
    turn_until_ended(&last, 1);
    assert_int_equal(last.data.out, 8);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_results_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_queue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_leaves_waits_for_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
