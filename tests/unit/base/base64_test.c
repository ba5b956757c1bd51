/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 both ways: RFC 4648's own vectors, every length and byte, and what is refused. */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static void
vectors(void **state)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < N(rows); i++)
        assert_true(str_eq(base64_encode(a, str_of(rows[i][0])), str_of(rows[i][1])));
    arena_free(a);
}

static void
there_and_back(void **state)
{
    struct arena *a = arena_new(1 << 22);
    char bytes[600];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i * 7 + i / 256);
    for (size_t n = 0; n < sizeof(bytes); n++) {
        struct buf out;

        buf_init(&out, 1 << 20);
        assert_true(base64_decode(&out, base64_encode(a, (struct str){bytes, n})));
        assert_true(str_eq(buf_view(&out), (struct str){bytes, n}));
        buf_fini(&out);
    }
    arena_free(a);
}

static void
refused(void **state)
{
    static const char *const rows[] = {"Z",        "Zg",   "Zg=",    "Zh==", "Zm9=", "====", "Z===",
                                       "Zg==Zg==", "Zm 9", "Zm9v\n", "Zm-_", "=m9v", "Zg=v"};

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        struct buf out;

        buf_init(&out, 1 << 10);
        buf_put_char(&out, 'x');
        if (base64_decode(&out, str_of(rows[i])) || out.n != 1)
            fail_msg("%s", rows[i]);
        buf_fini(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
