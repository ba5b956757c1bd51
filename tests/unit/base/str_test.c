/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text helpers and the buffer with its ceiling. */
#include "base/str.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static void
test_utf8(void **state)
{
    static const struct {
        struct str text;
        bool good;
    } rows[] = {
        {STR(""), true},
        {STR("plain, and longer than eight bytes"), true},
        {STR("\0"), true}, /* NUL is a character */
        {STR("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"), true},
        {STR("\xed\x9f\xbf\xee\x80\x80"), true}, /* around the surrogates */
        {STR("\x80"), false},
        {STR("\xc0\xaf"), false}, /* overlong slash */
        {STR("\xc1\xbf"), false},
        {STR("\xe0\x9f\xbf"), false}, /* overlong */
        {STR("\xed\xa0\x80"), false}, /* a surrogate */
        {STR("\xf0\x8f\xbf\xbf"), false},
        {STR("\xf4\x90\x80\x80"), false}, /* past U+10FFFF */
        {STR("\xf5\x80\x80\x80"), false},
        {STR("12345678\xc3"), false}, /* torn at the end */
        {STR("\xe2\x82"), false},
        {STR("\xf0\x9f\x98"), false},
        {STR("\xc3("), false},
        {STR("\xff"), false},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++)
        assert_int_equal(str_is_utf8(rows[i].text), rows[i].good);
}

static void
test_to_u64(void **state)
{
    static const struct {
        struct str text;
        bool good;
        uint64_t n;
    } rows[] = {
        {STR("0"), true, 0},
        {STR("007"), true, 7},
        {STR("18446744073709551615"), true, UINT64_MAX},
        {STR("18446744073709551616"), false, 0},
        {STR("99999999999999999999"), false, 0},
        {STR(""), false, 0},
        {STR("+1"), false, 0},
        {STR("1 "), false, 0},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        uint64_t n = 0;

        assert_int_equal(str_to_u64(rows[i].text, &n), rows[i].good);
        assert_true(n == rows[i].n);
    }
}

static void
test_split(void **state)
{
    static const struct {
        struct str text;
        const char *joined; /* the parts, each in brackets */
    } rows[] = {
        {STR("a,b"), "[a][b]"}, {STR("a"), "[a]"},  {STR(""), "[]"}, /* one empty part: p is not
                                                                        NULL */
        {STR("a,"), "[a][]"},   {STR(","), "[][]"}, {STR(",,b"), "[][][b]"}, {{NULL, 0}, ""},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        struct str rest = rows[i].text, part;
        struct buf b;

        buf_init(&b, 100);
        while (str_split(&rest, ',', &part))
            buf_printf(&b, "[%.*s]", STR_ARG(part));
        buf_put_char(&b, '\0');
        assert_string_equal(b.p, rows[i].joined);
        buf_fini(&b);
    }
}

static void
test_compare_and_cut(void **state)
{
    (void)state;
    assert_true(str_eq(STR_NONE, STR("")));
    assert_false(str_eq(STR("a"), STR("b")));
    assert_true(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
    assert_false(str_eq_nocase(STR("["), STR("{"))); /* differ by 0x20, but are no letters */
    assert_false(str_eq_nocase(STR("\xc4"), STR("\xe4")));
    assert_true(str_eq_secret(STR("secret"), STR("secret")));
    assert_false(str_eq_secret(STR("secret"), STR("secreT")));
    assert_false(str_eq_secret(STR("secret"), STR("secrets")));
    assert_true(str_starts(STR("Bearer x"), STR("Bearer ")));
    assert_false(str_starts(STR("Be"), STR("Bearer ")));
    assert_true(str_ends(STR("a.yaml"), STR(".yaml")));
    assert_false(str_ends(STR("yaml"), STR(".yaml")));
    assert_true(str_starts(STR_NONE, STR("")) && str_ends(STR_NONE, STR("")));
    assert_int_equal(str_find(STR("a=b"), '='), 1);
    assert_int_equal(str_find(STR("ab"), '='), 2);
    assert_int_equal(str_find(STR_NONE, '='), 0);
    assert_true(str_eq(str_trim(STR(" \t a b\t ")), STR("a b")));
    assert_true(str_eq(str_trim(STR(" \t ")), STR("")));
    assert_true(str_hash(STR("a")) != str_hash(STR("b")));
    assert_true(str_hash(STR("")) == 0xcbf29ce484222325u); /* FNV's offset basis */
}

/* Each byte against each, at each place of words that are compared eight letters at once. */
static void
test_letters_of_any_case(void **state)
{
    char a[20], b[20];

    (void)state;
    for (size_t n = 1; n <= sizeof(a); n++)
        for (unsigned pair = 0; pair < 65536; pair++) {
            unsigned char x = (unsigned char)pair, y = (unsigned char)(pair >> 8);
            bool same = x == y || ((x ^ y) == 0x20 && isalpha(x) && x < 0x80);
            size_t at = pair * 7 % n;

            memset(a, 'q', n);
            memset(b, 'Q', n);
            a[at] = (char)x;
            b[at] = (char)y;
            assert_true(str_same_letters(a, b, n) == same);
        }
}

static void
test_buf_grows_to_its_ceiling(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    for (int i = 0; i < 1000; i++)
        buf_put_char(&b, 'x');
    assert_false(b.failed);
    assert_int_equal(b.n, 1000);
    assert_true(b.cap <= 1000);
    buf_put(&b, "", 0);
    assert_false(b.failed); /* nothing fits always */
    buf_put_char(&b, 'y');
    assert_true(b.failed);
    buf_str(&b, STR("later puts do nothing"));
    assert_null(buf_reserve(&b, 1));
    assert_int_equal(b.n, 1000);
    buf_fini(&b);
    buf_fini(&b); /* twice is safe */
    buf_init(&b, 10);
    assert_null(buf_reserve(&b, SIZE_MAX)); /* no overflow */
    assert_true(b.failed);
    buf_put_char(&b, 'x'); /* though there would be room */
    assert_int_equal(b.n, 0);
    buf_fini(&b);
}

static void
test_buf_prints_and_is_taken(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    buf_printf(&b, "%s-%d", "a", 7);
    buf_printf(&b, "%0600d", 1); /* longer than the buffer on the stack */
    assert_int_equal(b.n, 603);
    struct str taken = buf_take(&b);

    assert_int_equal(taken.n, 603);
    assert_memory_equal(taken.p, "a-70000", 7);
    assert_null(b.p);
    buf_put_char(&b, 'z'); /* usable again */
    assert_int_equal(b.n, 1);
    buf_fini(&b);
    free((char *)(uintptr_t)taken.p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_to_u64),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_compare_and_cut),
        cmocka_unit_test(test_letters_of_any_case),
        cmocka_unit_test(test_buf_grows_to_its_ceiling),
        cmocka_unit_test(test_buf_prints_and_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
