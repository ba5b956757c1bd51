/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys over time: who signs when, what is published, and what a file may not hold. */
#include "auth/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "auth/file_replace.h"
#include "base/file.h"
#include "tests/unit/auth/minter.h"

#include <sys/stat.h>
#include <unistd.h>

#define NOW 1800000000

static struct arena *arena;
static char folder[] = "/tmp/telgate-test-XXXXXX";

static const char *
path(const char *name)
{
    return arena_printf(arena, "%s/%s", folder, name).p;
}

static struct keyring *
load(const char *name, unsigned *errors)
{
    struct report r;
    struct keyring *k;

    report_init(&r, arena);
    k = keyring_new(path(name), ALGORITHM_ES256, (struct place){STR("conf"), 1, 1}, &r);
    *errors = r.errors;
    return k;
}

static const char *
rotate(const char *name, int64_t now, int64_t from, int64_t until)
{
    struct keyring_rotation r = {path(name), ALGORITHM_ES256, now, from, until, {{0}, 0, 0}};
    char *kid = arena_alloc(arena, 44);
    struct report report;

    report_init(&report, arena);
    return keyring_rotate(&r, kid, &report) ? kid : NULL;
}

static void
test_over_time(void **state)
{
    struct keyring *first, *k;
    const char *old, *new;
    unsigned errors;
    struct buf b;

    (void)state;
    first = load("over", &errors);
    assert_non_null(first);
    old = keyring_signer(first, NOW)->kid;
    assert_false(keyring_changed(first));
    new = rotate("over", NOW, NOW + 10, NOW + 100);
    assert_non_null(new);
    assert_true(keyring_changed(first));
    k = load("over", &errors);
    assert_string_equal(keyring_signer(k, NOW)->kid, old);
    assert_string_equal(keyring_signer(k, NOW + 9)->kid, old);
    assert_string_equal(keyring_signer(k, NOW + 10)->kid, new);
    assert_string_equal(keyring_signer(k, NOW + 1000)->kid, new);
    assert_string_equal(keyring_newest(k)->kid, new);
    assert_int_equal(keyring_count(k, NOW), 2);
    assert_int_equal(keyring_count(k, NOW + 99), 2);
    assert_int_equal(keyring_count(k, NOW + 100), 1);
    assert_non_null(keyring_find(k, str_of(old), NOW + 99));
    assert_null(keyring_find(k, str_of(old), NOW + 100));
    assert_null(keyring_find(k, STR("other"), NOW));
    buf_init(&b, 4096);
    keyring_put_jwks(k, NOW + 100, &b);
    assert_null(memmem(b.p, b.n, old, 43));
    assert_non_null(memmem(b.p, b.n, new, 43));
    assert_null(memmem(b.p, b.n, "\"d\"", 3));
    buf_fini(&b);
    keyring_unref(k);
    keyring_unref(first);
}

/* One that replaces a key which has not begun to sign yet: that one never takes over again. */
static void
test_at_once(void **state)
{
    const char *pending, *urgent;
    struct keyring *k;
    unsigned errors;

    (void)state;
    keyring_unref(load("once", &errors));
    pending = rotate("once", NOW, NOW + 300, NOW + 1000);
    urgent = rotate("once", NOW, NOW, NOW + 1000);
    k = load("once", &errors);
    assert_string_equal(keyring_signer(k, NOW)->kid, urgent);
    assert_string_equal(keyring_signer(k, NOW + 301)->kid, urgent);
    assert_non_null(keyring_find(k, str_of(pending), NOW + 999));
    keyring_unref(k);
}

static void
test_many(void **state)
{
    unsigned errors, n = 1;

    (void)state;
    keyring_unref(load("many", &errors));
    while (rotate("many", NOW, NOW, NOW + 100))
        assert_true(++n <= 8);
    assert_int_equal(n, 8);
    assert_non_null(rotate("many", NOW + 100, NOW + 100, NOW + 200)); /* the others have expired */
    keyring_unref(load("many", &errors));
    assert_int_equal(errors, 0);
}

static struct str
file_text(const char *name)
{
    struct buf text;
    unsigned mode;

    MUST(file_load(path(name), 1 << 16, &text, &mode));
    assert_int_equal(mode, 0600);
    return buf_view(&text);
}

static void
test_files(void **state)
{
    struct str pem;
    unsigned errors;

    (void)state;
    keyring_unref(load("files", &errors));
    pem = file_text("files");
    {
        const struct {
            struct str text;
            bool good;
        } rows[] = {
            {pem, true},
            {arena_printf(arena, "telgate: from 0 until 0\n%.*s", STR_ARG(pem)), true},
            {arena_printf(arena, "a comment\n%.*s\n\n", STR_ARG(pem)), true},
            {arena_printf(arena, "telgate: from 0 until 5\n%.*s", STR_ARG(pem)), false},
            {arena_printf(arena, "telgate: from 0\n%.*s", STR_ARG(pem)), false},
            {arena_printf(arena, "telgate: from x until 0\n%.*s", STR_ARG(pem)), false},
            {arena_printf(arena, "telgate: from -1 until 0\n%.*s", STR_ARG(pem)), false},
            {str_head(pem, pem.n - 30), false},
            {str_head(pem, 30), false},
            {str_from(pem, 30), false},
            {STR(""), false},
            {STR("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"), false},
        };

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct keyring *k;

            MUST(file_replace(path("files"), 0600, rows[i].text));
            k = load("files", &errors);
            if (!k != !rows[i].good || (errors == 0) != rows[i].good)
                fail_msg("row %zu", i);
            keyring_unref(k);
        }
    }
    free((void *)(uintptr_t)pem.p);
    assert_null(rotate("missing", NOW, NOW, NOW + 1));
}

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    MUST(mkdtemp(folder));
    return 0;
}

static int
tear_down(void **state)
{
    static const char *const names[] = {"over", "once", "many", "files"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(path(names[i]));
    if (rmdir(folder) != 0) /* a draft was left */
        return -1;
    arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_over_time),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
