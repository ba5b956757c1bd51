/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fibers: waking, cancelling, joining, limits; thousands at once. */
#include "base/fiber.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { MANY = 3000 };

static char trace[64];

static void
say(char c)
{
    size_t n = strlen(trace);

    if (n + 1 < sizeof trace)
        trace[n] = c;
}

static void
forget(void)
{
    memset(trace, 0, sizeof trace);
}

static void
say_and_wait(void *arg)
{
    const char *letters = arg;

    say(letters[0]);
    say(fiber_wait() == FAULT_NONE ? letters[1] : 'x');
}

static void
test_starts_queued_and_waits(void **state)
{
    struct fiber_pool *p = fiber_pool_new(4);
    char one[] = "aA", other[] = "bB";

    (void)state;
    forget();
    struct fiber *a = fiber_start(p, NULL, say_and_wait, one);
    struct fiber *b = fiber_start(p, NULL, say_and_wait, other);

    assert_string_equal(trace, "");
    assert_int_equal(fiber_run_ready(p), 2);
    assert_string_equal(trace, "ab");
    assert_null(fiber_self());
    fiber_wake(b);
    fiber_wake(b); /* queued already: stays as it is */
    fiber_wake(a);
    assert_string_equal(trace, "ab");
    assert_int_equal(fiber_run_ready(p), 2);
    assert_string_equal(trace, "abBA");
    assert_int_equal(fiber_live(p), 0);
    fiber_pool_free(p);
}

static void
test_cancel_a_parked_one(void **state)
{
    struct fiber_pool *p = fiber_pool_new(1);
    char letters[] = "aA";

    (void)state;
    forget();
    struct fiber *f = fiber_start(p, NULL, say_and_wait, letters);

    assert_null(fiber_start(p, NULL, say_and_wait, letters)); /* the pool is full */
    fiber_run_ready(p);
    fiber_cancel(f);
    assert_true(fiber_is_cancelled(f));
    fiber_run_ready(p);
    assert_string_equal(trace, "ax");
    fiber_pool_free(p);
}

static void
test_cancel_before_it_ran(void **state)
{
    struct fiber_pool *p = fiber_pool_new(1);
    char letters[] = "aA";

    (void)state;
    forget();
    fiber_cancel(fiber_start(p, NULL, say_and_wait, letters));
    fiber_run_ready(p);
    assert_string_equal(trace, "ax"); /* run is called all the same: it may own things */
    fiber_pool_free(p);
}

static void
wake_oneself(void *arg)
{
    (void)arg;
    fiber_wake(fiber_self());
    assert_int_equal(fiber_wait(), FAULT_NONE); /* does not park */
    say('a');
    fiber_cancel(fiber_self());
    assert_int_equal(fiber_wait(), FAULT_CANCELLED);
    assert_int_equal(fiber_wait(), FAULT_CANCELLED); /* and ever after */
    say('b');
}

static void
test_wake_while_running(void **state)
{
    struct fiber_pool *p = fiber_pool_new(1);

    (void)state;
    forget();
    fiber_start(p, NULL, wake_oneself, NULL);
    assert_int_equal(fiber_run_ready(p), 1);
    assert_string_equal(trace, "ab");
    fiber_pool_free(p);
}

struct tree {
    struct fiber_pool *pool;
    unsigned depth, ended, cancelled;
};

static void
grow_tree(void *arg)
{
    struct tree *t = arg;
    struct tree below = {.pool = t->pool, .depth = t->depth - 1};

    for (int i = 0; t->depth && i < 3; i++)
        assert_non_null(fiber_start(t->pool, fiber_self(), grow_tree, &below));
    unsigned cancelled = fiber_wait() == FAULT_CANCELLED;

    fiber_join();
    t->ended += 1 + below.ended;
    t->cancelled += cancelled + below.cancelled;
}

static void
test_cancel_takes_the_tree(void **state)
{
    struct tree t = {.pool = fiber_pool_new(5000), .depth = 6};

    (void)state;
    struct fiber *top = fiber_start(t.pool, NULL, grow_tree, &t);

    fiber_run_ready(t.pool);
    assert_int_equal(fiber_live(t.pool), 1093); /* 1 + 3 + ... + 3^6 */
    fiber_wake(top); /* it joins, and waits for its children, woken or not */
    fiber_run_ready(t.pool);
    assert_int_equal(fiber_live(t.pool), 1093);
    fiber_wake(top);
    fiber_run_ready(t.pool);
    assert_int_equal(fiber_live(t.pool), 1093);
    fiber_cancel(top);
    fiber_run_ready(t.pool);
    assert_int_equal(fiber_live(t.pool), 0);
    assert_int_equal(t.ended, 1093);
    assert_int_equal(t.cancelled, 1092); /* top's wait had ended before */
    fiber_pool_free(t.pool);
}

static void
leave_children(void *arg)
{
    struct fiber_pool *p = arg;
    static char letters[] = "cC";

    fiber_start(p, fiber_self(), say_and_wait, letters);
    fiber_start(p, fiber_self(), say_and_wait, letters);
}

static void
test_an_end_waits_for_children(void **state)
{
    struct fiber_pool *p = fiber_pool_new(8);

    (void)state;
    forget();
    struct fiber *f = fiber_start(p, NULL, leave_children, p);

    fiber_run_ready(p);
    assert_int_equal(fiber_live(p), 3);
    fiber_cancel(f);
    fiber_run_ready(p);
    assert_int_equal(fiber_live(p), 0);
    assert_string_equal(trace, "ccxx");
    fiber_pool_free(p);
}

static void
child_of_a_cancelled(void *arg)
{
    fiber_cancel(fiber_self());
    leave_children(arg);
    fiber_join();
}

static void
test_children_of_a_cancelled_are_cancelled(void **state)
{
    struct fiber_pool *p = fiber_pool_new(8);

    (void)state;
    forget();
    fiber_start(p, NULL, child_of_a_cancelled, p);
    fiber_run_ready(p);
    assert_int_equal(fiber_live(p), 0);
    assert_string_equal(trace, "cxcx");
    fiber_pool_free(p);
}

/* Uses most of the stack, and leaves frames behind for the next fiber on it. */
static unsigned
deep(unsigned n)
{
    volatile char frame[1000];

    memset((char *)(uintptr_t)frame, (int)n, sizeof frame);
    if (n)
        return deep(n - 1) + (unsigned)frame[n % sizeof frame] % 2;
    return fiber_wait() == FAULT_NONE;
}

static void
use_stack(void *arg)
{
    unsigned *sum = arg;

    *sum += deep(20) > 0;
}

static void
test_thousands(void **state)
{
    static struct fiber *all[MANY];
    struct fiber_pool *p = fiber_pool_new(MANY);
    unsigned sum = 0;

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            assert_non_null(all[i] = fiber_start(p, NULL, use_stack, &sum));
        assert_int_equal(fiber_run_ready(p), MANY);
        assert_int_equal(fiber_live(p), MANY);
        for (int i = 0; i < MANY; i++)
            fiber_wake(all[(i * 7) % MANY]); /* some twice, some not at all */
        for (int i = 0; i < MANY; i++)
            fiber_wake(all[i]);
        assert_int_equal(fiber_run_ready(p), MANY);
        assert_int_equal(fiber_live(p), 0);
    }
    assert_int_equal(sum, 3 * MANY);
    fiber_pool_free(p);
}

static void *
one_thread(void *arg)
{
    struct tree t = {.pool = fiber_pool_new(500), .depth = 4};

    (void)arg;
    for (int i = 0; i < 20; i++) {
        struct fiber *top = fiber_start(t.pool, NULL, grow_tree, &t);

        fiber_run_ready(t.pool);
        fiber_cancel(top);
        fiber_run_ready(t.pool);
    }
    unsigned *ended = arg;

    *ended = t.ended;
    fiber_pool_free(t.pool);
    return NULL;
}

static void
test_a_pool_per_thread(void **state)
{
    pthread_t threads[3];
    unsigned ended[3] = {0};

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, one_thread, &ended[i]), 0);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(ended[i], 20 * 121);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_queued_and_waits),
        cmocka_unit_test(test_cancel_a_parked_one),
        cmocka_unit_test(test_cancel_before_it_ran),
        cmocka_unit_test(test_wake_while_running),
        cmocka_unit_test(test_cancel_takes_the_tree),
        cmocka_unit_test(test_an_end_waits_for_children),
        cmocka_unit_test(test_children_of_a_cancelled_are_cancelled),
        cmocka_unit_test(test_thousands),
        cmocka_unit_test(test_a_pool_per_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
