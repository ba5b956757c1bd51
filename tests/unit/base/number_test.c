/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Number lexemes: grammar, exact compare, integers, multiples; extreme exponents cost nothing. */
#include "base/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static void
test_grammar(void **state)
{
    static const char *const good[] = {"0",   "-0",   "10",    "1.0",    "0.001",
                                       "1e5", "1E+5", "1e-05", "-1.5e0", "0e0"};
    static const char *const bad[] = {"",   "-",   "01", "00", "-01", "1.",   ".5",  "+1",
                                      "1e", "1e+", "1 ", " 1", "0x1", "1.5.", "NaN", "1e5.0"};

    (void)state;
    for (size_t i = 0; i < N(good); i++)
        assert_true(number_is_lexeme(str_of(good[i])));
    for (size_t i = 0; i < N(bad); i++)
        assert_false(number_is_lexeme(str_of(bad[i])));
    assert_false(number_is_lexeme(STR_NONE));
}

static void
test_compare(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } rows[] = {
        {"0", "-0", 0},
        {"0.000", "0e999999999999999999999", 0},
        {"1", "1.000", 0},
        {"100", "1e2", 0},
        {"1200e-2", "0.0012e4", 0},
        {"0.1", "1e-1", 0},
        {"0.10", "0.1", 0},
        {"9007199254740993", "9007199254740992", 1}, /* the same as doubles */
        {"100000000000000.01", "100000000000000.02", -1},
        {"-1", "1", -1},
        {"-1", "0", -1},
        {"0", "1e-999999999", -1},
        {"-1e400", "-1e399", -1},
        {"1e400", "9.99e399", 1},
        {"1e-999999999", "2e-999999999", -1},
        {"1e-999999999999999999999999", "1e-999999999", -1},
        {"1e999999999", "1e-999999999", 1},
        {"2", "10", -1},
        {"1.5", "1.49999999999999999999999999", 1},
        {"123.456", "123.4560001", -1},
        {"99", "100", -1},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        struct str a = str_of(rows[i].a), b = str_of(rows[i].b);

        if (number_compare(a, b) != rows[i].order || number_compare(b, a) != -rows[i].order)
            fail_msg("%s against %s", rows[i].a, rows[i].b);
    }
}

static void
test_integers(void **state)
{
    static const struct {
        const char *text;
        bool integer, fits;
        int64_t n;
    } rows[] = {
        {"0", true, true, 0},
        {"-0.0e-5", true, true, 0},
        {"1.0", true, true, 1},
        {"1e2", true, true, 100},
        {"1.25e2", true, true, 125},
        {"1.25e1", false, false, 0},
        {"100e-2", true, true, 1},
        {"0.5", false, false, 0},
        {"9223372036854775807", true, true, INT64_MAX},
        {"9223372036854775808", true, false, 0},
        {"-9223372036854775808", true, true, INT64_MIN},
        {"-9223372036854775809", true, false, 0},
        {"1e18", true, true, 1000000000000000000},
        {"1e19", true, false, 0},
        {"1e999999999999", true, false, 0},
        {"1e-999999999999", false, false, 0},
        {"0e999999999999", true, true, 0},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        int64_t n = 0;

        assert_int_equal(number_is_integer(str_of(rows[i].text)), rows[i].integer);
        assert_int_equal(number_to_i64(str_of(rows[i].text), &n), rows[i].fits);
        if (rows[i].fits)
            assert_true(n == rows[i].n);
    }
}

static void
test_multiples(void **state)
{
    static const struct {
        const char *dividend, *divisor;
        bool yes;
    } rows[] = {
        {"0", "7", true},
        {"14", "7", true},
        {"15", "7", false},
        {"-14", "7", true},
        {"0.3", "0.1", true}, /* not so with doubles */
        {"19.99", "0.01", true},
        {"19.999", "0.01", false},
        {"1", "0.3", false},
        {"0.075", "0.0001", true},
        {"0.00751", "0.0001", false},
        {"4.5", "1.5", true},
        {"5", "2.5", true},
        {"1e400", "2", true},
        {"1e400", "3", false},
        {"1e400", "1e-999", true},
        {"1e999999999999", "1024", true},
        {"1e999999999999", "7", false},
        {"1e-999999999", "0.01", false},
        {"1", "1e9", false},
        {"12391239123", "1e-8", true},
        {"100", "12.5", true},
        /* divisors of more than 18 digits */
        {"2469135780246913578024691356", "1234567890123456789012345678", true},
        {"2469135780246913578024691357", "1234567890123456789012345678", false},
        {"1e40", "1000000000000000000000001", false},
        {"1e100", "1208925819614629174706176", true}, /* 2^80 */
        {"1e79", "1208925819614629174706176", false},
        {"1", "0", false},
        {"1", "-1", false},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++)
        if (number_is_multiple(str_of(rows[i].dividend), str_of(rows[i].divisor)) != rows[i].yes)
            fail_msg("%s of %s", rows[i].dividend, rows[i].divisor);
}

/* A million digits are read once, not multiplied. */
static void
test_long_lexemes(void **state)
{
    enum { DIGITS = 1000000 };
    char *text = malloc(DIGITS);
    char divisor[NUMBER_DIVISOR_DIGITS + 1];
    int64_t n;

    (void)state;
    assert_non_null(text);
    memset(text, '7', DIGITS);
    memset(divisor, '7', sizeof divisor);
    struct str many = {text, DIGITS};

    assert_true(number_is_integer(many));
    assert_false(number_to_i64(many, &n));
    assert_true(number_compare(many, STR("1e999998")) > 0);
    assert_true(number_is_multiple(many, STR("7")));
    assert_true(number_is_multiple(many, (struct str){divisor, 125}) == (DIGITS % 125 == 0));
    assert_false(number_is_multiple(many, (struct str){divisor, sizeof divisor})); /* too long */
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),      cmocka_unit_test(test_compare),
        cmocka_unit_test(test_integers),     cmocka_unit_test(test_multiples),
        cmocka_unit_test(test_long_lexemes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
