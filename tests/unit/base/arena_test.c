/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arenas: alignment, growth, the ceiling, deferred calls, threads. */
#include "base/arena.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void
test_blocks_do_not_overlap(void **state)
{
    enum { N = 4000 };
    static unsigned char *blocks[N];
    struct arena *a = arena_new(64 << 20);
    size_t sum = 0;

    (void)state;
    for (int i = 0; i < N; i++) {
        size_t size = (size_t)(i * 37 % 900) + (i % 500 == 0 ? 300000 : 0); /* some in own chunks */

        blocks[i] = arena_alloc(a, size);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % 8, 0);
        memset(blocks[i], i % 251, size);
        sum += size;
    }
    assert_int_equal(arena_used(a), sum);
    for (int i = 0; i < N; i++) {
        size_t size = (size_t)(i * 37 % 900);

        if (size) {
            assert_int_equal(blocks[i][0], i % 251);
            assert_int_equal(blocks[i][size - 1], i % 251);
        }
    }
    arena_free(a);
}

static void
test_ceiling(void **state)
{
    struct arena *a = arena_new(1000);
    volatile size_t huge = SIZE_MAX; /* volatile: the compiler would warn of it */

    (void)state;
    assert_null(arena_alloc(a, 1001));
    assert_null(arena_alloc(a, huge));
    assert_null(arena_zalloc(a, huge / 2, 4)); /* the product overflows */
    assert_non_null(arena_alloc(a, 990));
    assert_null(arena_alloc(a, 11));
    assert_null(arena_dup(a, STR("0123456789")).p); /* 10 and a NUL */
    assert_non_null(arena_alloc(a, 10));
    assert_non_null(arena_alloc(a, 0));
    assert_null(arena_alloc(a, 1));
    assert_int_equal(arena_used(a), 1000);
    arena_free(a);
    arena_free(NULL);
}

static void
test_texts(void **state)
{
    struct arena *a = arena_new(100000);
    char long_text[9000];

    (void)state;
    memset(long_text, 'x', sizeof long_text);
    struct str s = arena_dup(a, (struct str){long_text, sizeof long_text});

    assert_int_equal(s.n, sizeof long_text);
    assert_int_equal(s.p[s.n], 0);
    assert_non_null(arena_dup(a, STR_NONE).p); /* empty is not a failure */
    s = arena_printf(a, "%s %d", "a", 7);
    assert_int_equal(s.n, 3);
    assert_string_equal(s.p, "a 7");
    const unsigned char *zeroed = arena_zalloc(a, 10, 10);

    for (int i = 0; i < 100; i++)
        assert_int_equal(zeroed[i], 0);
    arena_free(a);
}

static char order[8];

static void
note(void *arg)
{
    size_t n = strlen(order);

    if (n + 1 < sizeof order)
        order[n] = *(const char *)arg;
}

static void
test_deferred_newest_first(void **state)
{
    struct arena *a = arena_new(1000);
    char letters[] = "abc";

    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(arena_defer(a, note, &letters[i]), FAULT_NONE);
    assert_string_equal(order, "");
    arena_free(a);
    assert_string_equal(order, "cba");
    a = arena_new(8);
    assert_int_equal(arena_defer(a, note, letters), FAULT_MEMORY);
    arena_free(a);
    assert_string_equal(order, "cba"); /* not tied, not called */
}

/* Arenas made here and freed elsewhere, and the other way round. */
static void *
swap_arenas(void *arg)
{
    struct arena **all = arg;

    for (int round = 0; round < 100; round++)
        arena_free(arena_new(100));
    for (int i = 0; i < 100; i++) {
        arena_free(all[i]);
        all[i] = arena_new(1 << 20);
        assert_non_null(arena_alloc(all[i], 20000));
    }
    return NULL;
}

static void
test_threads(void **state)
{
    struct arena *all[100];
    pthread_t thread;

    (void)state;
    for (int i = 0; i < 100; i++)
        all[i] = arena_new(100);
    assert_int_equal(pthread_create(&thread, NULL, swap_arenas, all), 0);
    pthread_join(thread, NULL);
    for (int i = 0; i < 100; i++)
        arena_free(all[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_do_not_overlap),
        cmocka_unit_test(test_ceiling),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_deferred_newest_first),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
