/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The limit of an inflated body to the byte, what an Accept-Encoding says, and reuse. */
#include "gateway/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

enum { SIZE = 70000 }; /* more than is inflated at once */

static const struct header GZIP = {{"Content-Encoding", 16}, {"gzip", 4}};

static void
limits(void **state)
{
    char *text = calloc(1, SIZE);
    struct gzip *g = NULL;
    struct buf packed;

    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        text[i] = (char)('a' + i % 7);
    assert_true(gzip_encode(&g, (struct str){text, SIZE}, &packed));
    for (size_t limit = SIZE - 1; limit <= SIZE + 1; limit++) {
        struct arena *a = arena_new(1 << 20);
        struct str body = buf_view(&packed);
        struct fault f = {0};
        enum fault_code code = gzip_decode((struct headers){&GZIP, 1}, limit, a, &body, &f);

        assert_int_equal(code, limit < SIZE ? FAULT_BODY_TOO_LARGE : FAULT_NONE);
        assert_true(code || str_eq(body, (struct str){text, SIZE}));
        arena_free(a);
    }
    buf_fini(&packed);
    gzip_free(g);
    free(text);
}

static void
accepted(void **state)
{
    static const struct {
        const char *field;
        bool yes;
    } rows[] = {{"gzip", true},
                {"GZip", true},
                {"x-gzip", true},
                {"br, gzip;q=0.1", true},
                {"*", true},
                {"gzip;q=0, *", false},
                {"*;q=0", false},
                {"identity", false},
                {"", false},
                {"gzip ; q=0.00", false},
                {"gzip; level=0", true},
                {"gzipped", false},
                {"deflate, *;q=0.5", true}};

    (void)state;
    for (size_t i = 0; i < N(rows); i++)
        if (gzip_is_accepted(str_of(rows[i].field)) != rows[i].yes)
            fail_msg("%s", rows[i].field);
}

/* What does not become shorter stays as it is, and the next one is not disturbed. */
static void
reused(void **state)
{
    struct gzip *g = NULL;
    struct buf packed;

    (void)state;
    assert_false(gzip_encode(&g, STR("x"), &packed));
    assert_false(gzip_encode(&g, STR_NONE, &packed));
    for (int i = 0; i < 3; i++) {
        struct arena *a = arena_new(1 << 20);
        struct str text =
            STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        struct str body;
        struct fault f;

        assert_true(gzip_encode(&g, text, &packed));
        body = buf_view(&packed);
        assert_int_equal(gzip_decode((struct headers){&GZIP, 1}, 1000, a, &body, &f), FAULT_NONE);
        assert_true(str_eq(body, text));
        buf_fini(&packed);
        arena_free(a);
    }
    gzip_free(g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),
        cmocka_unit_test(accepted),
        cmocka_unit_test(reused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
