/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How times and durations are written and read. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void
test_format(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1795446245123456, "2026-11-23T15:04:05.123456Z"},
        {INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z"},
        {INT64_C(253402300800000000), "0000-00-00T00:00:00.000000Z"}, /* five digits do not fit */
        {INT64_MAX, "0000-00-00T00:00:00.000000Z"},
        {INT64_MIN, "0000-00-00T00:00:00.000000Z"},
    };
    char text[28];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clock_format(rows[i].us, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void
test_times(void **state)
{
    static const struct {
        struct str text;
        int64_t us; /* -1: refused */
    } rows[] = {
        {STR("1970-01-01T00:00:00Z"), 0},
        {STR("2026-11-25T14:36:32Z"), INT64_C(1795617392000000)},
        {STR("2026-11-25T14:36:32.5Z"), INT64_C(1795617392500000)},
        {STR("2026-11-25T14:36:32.0000019Z"), INT64_C(1795617392000001)},
        {STR("2026-11-25T15:36:32+01:00"), INT64_C(1795617392000000)},
        {STR("2026-11-25T09:06:32-05:30"), INT64_C(1795617392000000)},
        {STR("2024-02-29T00:00:00Z"), INT64_C(1709164800000000)},
        {STR("2023-02-29T00:00:00Z"), -1}, /* no leap year */
        {STR("2023-04-31T00:00:00Z"), -1},
        {STR("2023-13-01T00:00:00Z"), -1},
        {STR("2023-00-01T00:00:00Z"), -1},
        {STR("2023-01-01T24:00:00Z"), -1},
        {STR("2023-01-01T00:60:00Z"), -1},
        {STR("1969-12-31T23:59:59Z"), -1},
        {STR("2023-01-01T00:00:00"), -1}, /* no zone */
        {STR("2023-01-01T00:00:00z"), -1},
        {STR("2023-01-01T00:00:00+15:00"), -1},
        {STR("2023-01-01T00:00:00+1:00"), -1},
        {STR("2023-01-01 00:00:00Z"), -1},
        {STR("2023-1-01T00:00:00Z"), -1},
        {STR("2023-01-01T00:00:00Z "), -1},
        {STR("-023-01-01T00:00:00Z"), -1},
        {STR("2023"), -1},
        {STR(""), -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = -1;
        bool good = clock_parse(rows[i].text, &us);

        if (good != (rows[i].us >= 0) || (good && us != rows[i].us))
            fail_msg("%s: %d, %lld", rows[i].text.p, good, (long long)us);
    }
}

static void
test_durations(void **state)
{
    static const struct {
        struct str text;
        int64_t us; /* -1: refused */
    } rows[] = {
        {STR("250ms"), 250000},  {STR("2s"), 2000000},
        {STR("1m"), 60000000},   {STR("24h"), INT64_C(86400000000)},
        {STR("0s"), 0},          {STR("25h"), -1}, /* past a day */
        {STR("86400001ms"), -1}, {STR("18446744073709551615h"), -1},
        {STR("5"), -1}, /* no unit */
        {STR("s"), -1},          {STR("1.5s"), -1},
        {STR("1 s"), -1},        {STR("-1s"), -1},
        {STR("1S"), -1},         {STR(""), -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = -1;

        assert_int_equal(clock_parse_duration(rows[i].text, &us), rows[i].us >= 0);
        assert_int_equal(us, rows[i].us);
    }
}

static void
test_clocks_run(void **state)
{
    int64_t before = clock_us();

    (void)state;
    assert_true(clock_us() >= before);
    assert_true(clock_utc_us() > INT64_C(1700000000000000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_clocks_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
