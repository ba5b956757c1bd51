/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files: sizes around the bound, what is no regular file, and the mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static char path[] = "/tmp/telgate-test-XXXXXX";

static int
set_up(void **state)
{
    (void)state;
    close(mkstemp(path));
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static void
store(size_t n)
{
    FILE *file = fopen(path, "w");

    for (size_t i = 0; i < n; i++)
        fputc('a' + (int)(i % 26), file);
    fclose(file);
}

static void
test_sizes(void **state)
{
    static const struct {
        size_t size, most;
        bool good;
    } rows[] = {
        {0, 0, true},  {0, 10, true},        {10, 10, true},          {10, 9, false},
        {1, 0, false}, {65536, 65536, true}, {200000, 1 << 20, true}, {200000, 199999, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text;
        bool good;

        store(rows[i].size);
        good = file_load(path, rows[i].most, &text, NULL);
        assert_int_equal(good, rows[i].good);
        if (good)
            assert_int_equal(text.n, rows[i].size);
        else
            assert_int_equal(errno, EFBIG);
        if (good && text.n)
            assert_int_equal(text.p[text.n - 1], 'a' + (text.n - 1) % 26);
        buf_fini(&text);
    }
}

static void
test_what_is_no_file(void **state)
{
    static const struct {
        const char *path;
        int error;
    } rows[] = {{"/nonexistent", ENOENT}, {"/tmp", EINVAL}, {"/dev/null", EINVAL}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf text;

        assert_false(file_load(rows[i].path, 100, &text, NULL));
        assert_int_equal(errno, rows[i].error);
        buf_fini(&text);
    }
}

static void
test_mode(void **state)
{
    struct buf text;
    unsigned mode = 0;

    (void)state;
    store(5);
    chmod(path, 0640);
    assert_true(file_load(path, 100, &text, &mode));
    assert_int_equal(mode, 0640);
    buf_fini(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_what_is_no_file),
        cmocka_unit_test(test_mode),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
