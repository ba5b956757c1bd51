/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Once is once, also for many threads; what cannot be remembered is refused. */
#include "auth/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <openssl/sha.h>
#include <pthread.h>
#include <stdatomic.h>

enum { THREADS = 8, IDS = 2000 };

static void
id_of(unsigned n, uint8_t id[32])
{
    SHA256((const uint8_t *)&n, sizeof n, id);
}

static void
test_once(void **state)
{
    struct replay *r = replay_new(1024);
    uint8_t id[32];

    (void)state;
    id_of(1, id);
    assert_int_equal(replay_check(r, id, 100, 50), REPLAY_NEW);
    assert_int_equal(replay_check(r, id, 100, 50), REPLAY_SEEN);
    assert_int_equal(replay_check(r, id, 200, 100), REPLAY_SEEN); /* the last moment */
    assert_int_equal(replay_check(r, id, 300, 101), REPLAY_NEW);
    assert_int_equal(replay_check(r, id, 300, 102), REPLAY_SEEN);
    id[31] ^= 1;
    assert_int_equal(replay_check(r, id, 300, 102), REPLAY_NEW);
    replay_free(r);
}

static void
test_full(void **state)
{
    struct replay *r = replay_new(1024);
    unsigned known = 0, full = 0;
    uint8_t id[32];

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        id_of(i, id);
        if (replay_check(r, id, 100, 50) == REPLAY_NEW)
            known++;
        else
            full++;
    }
    assert_int_equal(known, 1024); /* every slot is used before any is refused for good */
    assert_int_equal(full, 5000 - 1024);
    for (unsigned i = 0; i < 1000; i++) { /* none of them was forgotten for another */
        id_of(i, id);
        assert_int_not_equal(replay_check(r, id, 100, 50), REPLAY_NEW);
    }
    id_of(6000, id);
    assert_int_equal(replay_check(r, id, 200, 101), REPLAY_NEW);
    replay_free(r);
}

static struct replay *shared;
static atomic_uint fresh;

static void *
use_all(void *unused)
{
    uint8_t id[32];

    for (unsigned i = 0; i < IDS; i++) {
        id_of(i, id);
        if (replay_check(shared, id, 100, 50) == REPLAY_NEW)
            atomic_fetch_add(&fresh, 1);
    }
    return unused;
}

static void
test_threads(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    shared = replay_new(65536);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, use_all, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(fresh, IDS);
    replay_free(shared);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
