/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workers: several on one address, and how one stops: what is in flight ends, then is cancelled. */
#include "gateway/worker.h"

#include "front.h"

static struct server_options options = SERVER_OPTIONS_DEFAULT;

static void
test_finishes_what_is_in_flight(void **state)
{
    char answer[4096];
    int busy, idle;
    int64_t before;

    (void)state;
    front_begin(&options, 5000000);
    busy = wire_connect(front_port);
    idle = wire_connect(front_port);
    wire_send(busy, STR("GET /sleep?400 HTTP/1.1\r\nHost: a\r\n\r\n"));
    usleep(100000);
    before = clock_us();
    worker_stop(worker);
    assert_int_equal(wire_read(idle, answer, sizeof(answer), NULL), 0); /* closed at once */
    assert_true(clock_us() - before < 250000);
    wire_read(busy, answer, sizeof(answer), NULL);
    assert_int_equal(atoi(answer + 9), 200);
    assert_non_null(strstr(answer, "Connection: close"));
    assert_true(worker_join(worker));
    assert_true(clock_us() - before < 2000000);
    worker_free(worker);
    assert_int_equal(atomic_load(&cancelled), 0);
    close(busy);
    close(idle);
}

static void
test_cancels_after_the_grace(void **state)
{
    static const char *const texts[] = {
        "GET /sleep?60000 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /sleep?60000 HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
        "GET /big HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    enum { N = sizeof(texts) / sizeof(texts[0]) };
    int64_t before = clock_us();
    int fds[N];

    (void)state;
    front_begin(&options, 200000);
    for (int i = 0; i < N; i++) {
        fds[i] = wire_connect(front_port);
        wire_send(fds[i], str_of(texts[i]));
    }
    usleep(100000);
    worker_stop(worker);
    assert_true(worker_join(worker));
    assert_true(clock_us() - before < 6000000);
    worker_free(worker);
    assert_int_equal(atomic_load(&finished), N);
    for (int i = 0; i < N; i++)
        close(fds[i]);
}

static void
test_free_without_start(void **state)
{
    struct worker_options w = WORKER_OPTIONS_DEFAULT;
    struct server_options o = options;
    struct worker *one;
    struct fault f;

    (void)state;
    o.port = 0;
    o.handle = front_handle;
    assert_int_equal(worker_new(0, &w, &one, NULL), FAULT_NONE);
    assert_int_equal(worker_serve(one, &o, NULL, NULL), FAULT_NONE);
    o.address = "nowhere";
    assert_int_equal(worker_serve(one, &o, NULL, &f), FAULT_INTERNAL);
    worker_free(one);
}

/* The kernel spreads connections over workers that listen on one port. */
static void
test_two_on_one_port(void **state)
{
    struct worker_options w = WORKER_OPTIONS_DEFAULT;
    struct server_options o = options;
    struct worker *two[2];
    char answer[1024];

    (void)state;
    o.port = 0;
    o.handle = front_handle;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(worker_new(i, &w, &two[i], NULL), FAULT_NONE);
        assert_int_equal(worker_serve(two[i], &o, &o.port, NULL), FAULT_NONE);
        assert_int_equal(worker_index(two[i]), i);
    }
    front_port = o.port;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(worker_start(two[i], NULL), FAULT_NONE);
    for (int i = 0; i < 100; i++) {
        front_ask(STR("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), answer,
                  sizeof(answer), NULL);
        assert_int_equal(atoi(answer + 9), 200);
    }
    for (unsigned i = 0; i < 2; i++)
        worker_stop(two[i]);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(worker_join(two[i]));
        assert_true(worker_stats(two[i]).requests > 10);
        worker_free(two[i]);
    }
}

/* No fiber to be had: an answer all the same. */
static void
test_no_fibers(void **state)
{
    struct worker_options w = WORKER_OPTIONS_DEFAULT;
    struct server_options o = options;
    char answer[1024];

    (void)state;
    o.port = 0;
    o.handle = front_handle;
    w.fibers = 0;
    assert_int_equal(worker_new(0, &w, &worker, NULL), FAULT_NONE);
    assert_int_equal(worker_serve(worker, &o, &front_port, NULL), FAULT_NONE);
    assert_int_equal(worker_start(worker, NULL), FAULT_NONE);
    front_ask(STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), answer, sizeof(answer), NULL);
    assert_int_equal(atoi(answer + 9), 503);
    front_ask(STR("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\nabc"), answer,
              sizeof(answer), NULL);
    assert_int_equal(atoi(answer + 9), 503);
    front_end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finishes_what_is_in_flight),
        cmocka_unit_test(test_cancels_after_the_grace),
        cmocka_unit_test(test_free_without_start),
        cmocka_unit_test(test_two_on_one_port),
        cmocka_unit_test(test_no_fibers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
