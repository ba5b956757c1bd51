/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One text, one encoding. */
#include "auth/base64url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void
test_decode(void **state)
{
    static const struct {
        struct str text, bytes;
        bool good;
    } rows[] = {
        {STR(""), STR(""), true},
        {STR("Zg"), STR("f"), true},
        {STR("Zm8"), STR("fo"), true},
        {STR("Zm9v"), STR("foo"), true},
        {STR("Zm9vYmFy"), STR("foobar"), true},
        {STR("-_-_"), STR("\xfb\xff\xbf"), true},
        {STR("AA"), STR("\0"), true},
        {STR("Zh"), STR(""), false},   /* a bit that carries nothing is set */
        {STR("Zm9"), STR(""), false},  /* the same, of two */
        {STR("Zg=="), STR(""), false}, /* padding */
        {STR("Z"), STR(""), false},
        {STR("Zm9vY"), STR(""), false},
        {STR("Zm+v"), STR(""), false}, /* the other alphabet */
        {STR("Zm/v"), STR(""), false},
        {STR("Zm9v\n"), STR(""), false},
        {STR(" Zm9v"), STR(""), false},
        {STR("Zm\0v"), STR(""), false},
        {STR("Zm\xff\x80"), STR(""), false},
    };
    char out[16];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(base64url_decode(rows[i].text, out), rows[i].good);
        if (rows[i].good)
            assert_memory_equal(out, rows[i].bytes.p, rows[i].bytes.n);
    }
}

static void
test_round_trip(void **state)
{
    uint8_t bytes[70], back[70];
    char text[100];

    (void)state;
    for (size_t n = 0; n <= sizeof bytes; n++) {
        for (size_t i = 0; i < n; i++)
            bytes[i] = (uint8_t)(i * 37 + n * 11);
        base64url_encode(bytes, n, text);
        assert_int_equal(BASE64URL_DECODED(BASE64URL_ENCODED(n)), n);
        assert_true(base64url_decode((struct str){text, BASE64URL_ENCODED(n)}, back));
        assert_memory_equal(bytes, back, n);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_decode),
                                       cmocka_unit_test(test_round_trip)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
