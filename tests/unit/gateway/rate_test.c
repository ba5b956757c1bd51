/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GCRA by a clock of the test's own: bursts, refill, lists, who is counted, a full table, threads.
 */
#include "gateway/rate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

enum { LEAST = 512 }; /* entries of the smallest table */

#define S            INT64_C(1000000) /* in us */
#define START        (1000 * S)
#define CALLER(name) ((struct rate_caller){.issuer = STR("i"), .client = STR(name)})

static struct rate
per_second(uint64_t id, int64_t n, enum rate_whom whom)
{
    int64_t interval = (1000000000 + n - 1) / n;

    return (struct rate){
        .id = id, .interval_ns = interval, .burst_ns = interval * n, .whom = (uint8_t)whom};
}

static bool
take(struct rates *t, const struct rate *r, unsigned n, struct rate_caller caller, int64_t now)
{
    int64_t wait;

    return rates_take(t, r, n, &caller, now, &wait) == NULL;
}

/* How many of 100 that come at once are let in. */
static unsigned
burst(struct rates *t, const struct rate *r, unsigned n, struct rate_caller caller, int64_t now)
{
    unsigned in = 0;

    for (int i = 0; i < 100; i++)
        in += take(t, r, n, caller, now);
    return in;
}

static void
test_burst_and_refill(void **state)
{
    struct rates *t = rates_new(LEAST);
    struct rate r = per_second(1, 10, RATE_OF_CLIENT);
    struct rate_caller caller = CALLER("a");
    int64_t wait, now = START;

    (void)state;
    assert_int_equal(burst(t, &r, 1, caller, now), 10);
    assert_ptr_equal(rates_take(t, &r, 1, &caller, now, &wait), &r);
    assert_int_equal(wait, S / 10);
    for (int i = 0; i < 20; i++) { /* one each 100 ms, not a moment earlier */
        now += S / 10;
        assert_false(take(t, &r, 1, caller, now - 1));
        assert_true(take(t, &r, 1, caller, now));
    }
    assert_int_equal(burst(t, &r, 1, caller, now + S / 2), 5);
    assert_int_equal(burst(t, &r, 1, caller, now + 10 * S), 10); /* never more than a burst */
    assert_int_equal(burst(t, &r, 1, caller, now), 0);           /* a clock that lags a little */
    rates_free(t);
}

static void
test_uneven_and_extreme(void **state)
{
    struct rates *t = rates_new(LEAST);
    struct rate third = per_second(1, 3, RATE_OF_ALL),
                most = per_second(2, 1000000000, RATE_OF_ALL);
    struct rate day = {3, INT64_C(86400000000000), INT64_C(86400000000000), RATE_OF_ALL, {0}};
    struct rate_caller caller = {0};
    int64_t wait;

    (void)state;
    assert_int_equal(burst(t, &third, 1, caller, START), 3);
    assert_int_equal(burst(t, &most, 1, caller, START), 100);
    assert_true(take(t, &day, 1, caller, START));
    assert_ptr_equal(rates_take(t, &day, 1, &caller, START + S, &wait), &day);
    assert_int_equal(wait, 86399 * S);
    assert_true(take(t, &day, 1, caller, START + 86400 * S));
    rates_free(t);
}

/* If one refuses, the others are not charged; the longest wait is told. */
static void
test_lists(void **state)
{
    struct rates *t = rates_new(LEAST);
    struct rate list[2] = {per_second(1, 5, RATE_OF_CLIENT), per_second(2, 8, RATE_OF_ALL)};
    struct rate_caller a = CALLER("a");
    int64_t wait;

    (void)state;
    assert_int_equal(burst(t, list, 2, a, START), 5);
    assert_int_equal(burst(t, list, 2, CALLER("b"), START), 3);
    assert_int_equal(burst(t, &list[0], 1, CALLER("b"), START), 2);
    assert_ptr_equal(rates_take(t, list, 2, &a, START, &wait), &list[0]);
    assert_int_equal(wait, S / 5);
    assert_true(take(t, list, 2, a, START + wait)); /* who waits so long is let in */
    rates_free(t);
}

static void
test_who_is_counted(void **state)
{
    static const struct {
        enum rate_whom whom;
        struct rate_caller one, other;
        bool same;
    } rows[] = {
        {RATE_OF_ALL, {.client = {"a", 1}}, {.address = {"192.0.2.1", 9}}, true},
        {RATE_OF_CLIENT, {.client = {"a", 1}}, {.client = {"b", 1}}, false},
        {RATE_OF_CLIENT,
         {{"i", 1}, {"a", 1}, {"s", 1}, {"192.0.2.1", 9}},
         {{"i", 1}, {"a", 1}, {"t", 1}, {"192.0.2.2", 9}},
         true},
        {RATE_OF_CLIENT,
         {.issuer = {"i", 1}, .client = {"a", 1}},
         {.issuer = {"k", 1}, .client = {"a", 1}},
         false},
        {RATE_OF_CLIENT,
         {.issuer = {"ia", 2}, .client = {"b", 1}},
         {.issuer = {"i", 1}, .client = {"ab", 2}},
         false},
        {RATE_OF_CLIENT, {.client = {"a", 1}}, {.subject = {"a", 1}}, false},
        {RATE_OF_CLIENT, {.subject = {"a", 1}}, {.subject = {"b", 1}}, false},
        {RATE_OF_CLIENT, {.client = {"192.0.2.1", 9}}, {.address = {"192.0.2.1", 9}}, false},
        {RATE_OF_CLIENT, {.address = {"192.0.2.1", 9}}, {.address = {"192.0.2.2", 9}}, false},
        {RATE_OF_CLIENT,
         {.address = {"192.0.2.1", 9}},
         {.issuer = {"i", 1}, .address = {"192.0.2.1", 9}},
         true}, /* an issuer names nobody */
        {RATE_OF_ADDRESS,
         {.client = {"a", 1}, .address = {"192.0.2.1", 9}},
         {.client = {"b", 1}, .address = {"192.0.2.1", 9}},
         true},
        {RATE_OF_ADDRESS, {.address = {"192.0.2.1", 9}}, {.address = {"192.0.2.2", 9}}, false},
        {RATE_OF_ADDRESS, {.address = {"2001:db8::1", 11}}, {.address = {"2001:db8::2", 11}}, true},
        {RATE_OF_ADDRESS,
         {.address = {"2001:db8::1", 11}},
         {.address = {"2001:db8:0:1::1", 15}},
         false},
        {RATE_OF_ADDRESS,
         {.address = {"192.0.2.1", 9}},
         {.address = {"::ffff:192.0.2.1", 16}},
         true},
        {RATE_OF_ADDRESS,
         {.address = {"::ffff:192.0.2.1", 16}},
         {.address = {"::ffff:192.0.2.2", 16}},
         false},
        {RATE_OF_ADDRESS, {.address = {NULL, 0}}, {.address = {"x", 1}}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct rates *t = rates_new(LEAST);
        struct rate r = per_second(1, 1, rows[i].whom), next = per_second(2, 1, rows[i].whom);

        assert_true(take(t, &r, 1, rows[i].one, START));
        if (take(t, &r, 1, rows[i].other, START) == rows[i].same)
            fail_msg("row %zu", i);
        assert_false(take(t, &r, 1, rows[i].one, START));
        assert_false(take(t, &r, 1, rows[i].other, START));
        assert_true(take(t, &next, 1, rows[i].one, START)); /* another declaration */
        rates_free(t);
    }
}

static struct rate_caller
caller_number(unsigned n, char text[16])
{
    int length = snprintf(text, 16, "c%u", n);

    return (struct rate_caller){.client = {text, (size_t)length}};
}

/* A table that is full forgets who has used least; who has used all, and what is counted for all
 * callers, stay. */
static void
test_full(void **state)
{
    struct rates *t = rates_new(LEAST);
    struct rate r = per_second(1, 10, RATE_OF_CLIENT), all = per_second(2, 1, RATE_OF_ALL);
    char text[16];

    (void)state;
    assert_true(take(t, &all, 1, CALLER("greedy"), START));
    assert_int_equal(burst(t, &r, 1, CALLER("greedy"), START), 10);
    for (unsigned i = 0; i < 100 * LEAST; i++) {
        assert_true(take(t, &r, 1, caller_number(i, text), START));
        if (i % (10 * LEAST) == 0) /* whoever comes is counted, though there is no room */
            assert_int_equal(burst(t, &r, 1, caller_number(i, text), START), 9);
    }
    assert_false(take(t, &r, 1, CALLER("greedy"), START));
    assert_false(take(t, &all, 1, CALLER("other"), START));
    for (unsigned i = 0; i < LEAST; i++) /* free again, when their time has passed */
        assert_true(take(t, &r, 1, caller_number(i, text), START + 2 * S));
    rates_free(t);
}

enum { THREADS = 8, EACH = 4000, N = 10000 };

static struct rates *shared;
static struct rate shared_rules[3];
static atomic_uint let_in;

/* Half of the threads take the rules the other way round. */
static void *
take_many(void *reversed)
{
    struct rate rules[3] = {shared_rules[0], shared_rules[1], shared_rules[2]};

    if (reversed) {
        rules[0] = shared_rules[2];
        rules[2] = shared_rules[0];
    }
    for (int i = 0; i < EACH; i++)
        if (take(shared, rules, 3, CALLER("a"), START))
            atomic_fetch_add(&let_in, 1);
    return NULL;
}

static void
test_threads(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    shared = rates_new(LEAST);
    shared_rules[0] = per_second(1, N, RATE_OF_CLIENT);
    shared_rules[1] = per_second(2, N + 1, RATE_OF_ALL);
    shared_rules[2] = per_second(3, 10 * N, RATE_OF_ADDRESS);
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, i % 2 ? &shared : NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(let_in, N); /* of 32000 at one instant */
    rates_free(shared);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_and_refill),
        cmocka_unit_test(test_uneven_and_extreme),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_who_is_counted),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
