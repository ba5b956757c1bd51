/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Revocations: the lines of the log, the set, the file, and what a crash or another process leaves
 * in the log. */
#include "auth/revocations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "auth/revocation_set.h"
#include "tests/unit/auth/minter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW    1800000000
#define NOW_US (NOW * 1000000LL)
#define AS     STR("https://as.test")

static struct arena *arena;
static char folder[] = "/tmp/telgate-test-XXXXXX";

static const char *
path(const char *name)
{
    return arena_printf(arena, "%s/%s", folder, name).p;
}

static void
test_lines(void **state)
{
    const struct revocation rows[] = {
        {REVOKE_JTI, AS, STR("j"), 0, NOW},
        {REVOKE_TOKEN, STR(""), STR("00ff"), 0, 0},
        {REVOKE_CLIENT, STR(""), STR("a \"client\"\\"), NOW, 0},
        {REVOKE_SUBJECT, AS, STR("x"), NOW, NOW + 1},
        {REVOKE_KEY, AS, STR("k\xc3\xa9"), 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct revocation got;
        struct str line;
        struct buf b;

        buf_init(&b, 4096);
        revocation_put(&b, &rows[i]);
        line = arena_dup(arena, str_head(buf_view(&b), b.n - 1));
        buf_fini(&b);
        assert_true(revocation_read(arena, line, &got));
        assert_int_equal(got.kind, rows[i].kind);
        assert_true(str_eq(got.issuer, rows[i].issuer) && str_eq(got.id, rows[i].id));
        assert_int_equal(got.before, rows[i].before);
        assert_int_equal(got.until, rows[i].until);
        for (size_t at = 0; at < line.n; at++) { /* any other byte, and any cut, is noticed */
            struct str bad = arena_dup(arena, line);

            ((char *)(uintptr_t)bad.p)[at] ^= 1;
            assert_false(revocation_read(arena, bad, &got));
            assert_false(revocation_read(arena, str_head(line, at), &got));
        }
    }
}

static void
test_set(void **state)
{
    struct revocation_set *s = revocation_set_new(200);
    struct revocation one = {REVOKE_CLIENT, STR(""), STR("c"), NOW, 0};
    char id[16];
    bool changed;
    int n = 0;

    (void)state;
    assert_int_equal(revocation_set_add(s, &one, NOW, &changed), 0);
    assert_true(changed);
    assert_true(revocation_set_holds(s, REVOKE_CLIENT, STR(""), STR("c"), NOW));
    assert_true(revocation_set_holds(s, REVOKE_CLIENT, STR(""), STR("c"), -1));
    assert_false(revocation_set_holds(s, REVOKE_CLIENT, STR(""), STR("c"), NOW + 1));
    assert_false(revocation_set_holds(s, REVOKE_SUBJECT, STR(""), STR("c"), NOW));
    assert_false(revocation_set_holds(s, REVOKE_CLIENT, STR("c"), STR(""), NOW));
    assert_int_equal(revocation_set_add(s, &one, NOW, &changed), 0);
    assert_false(changed);
    one.before = NOW - 5; /* never less than there was */
    assert_int_equal(revocation_set_add(s, &one, NOW, &changed), 0);
    assert_false(changed);
    one.before = 0; /* all, for ever */
    assert_int_equal(revocation_set_add(s, &one, NOW, &changed), 0);
    assert_true(changed && revocation_set_holds(s, REVOKE_CLIENT, STR(""), STR("c"), NOW + 9));
    one = (struct revocation){REVOKE_JTI, AS, {id, 0}, 0, NOW + 10};
    for (; n < 1000; n++) {
        one.id.n = (size_t)snprintf(id, sizeof id, "%d", n);
        if (revocation_set_add(s, &one, NOW, &changed))
            break;
    }
    assert_int_equal(n, 199); /* full, and nothing was forgotten */
    assert_true(revocation_set_holds(s, REVOKE_JTI, AS, STR("0"), NOW));
    assert_int_equal(revocation_set_add(s, &one, NOW + 1000, &changed), 0); /* all have expired */
    assert_int_equal(revocation_set_count(s), 2);
    assert_true(revocation_set_holds(s, REVOKE_CLIENT, STR(""), STR("c"), NOW + 9));
    revocation_set_free(s);
}

static struct revocations *
open_log(const char *name)
{
    struct revocations_options o = {.log = path(name)};
    struct report r;

    report_init(&r, arena);
    return revocations_new(&o, NOW_US, &r);
}

static void
add(struct revocations *r, enum revocation_kind kind, struct str issuer, struct str id)
{
    struct revocation one = {kind, issuer, id, kind > REVOKE_TOKEN ? NOW : 0, 0};
    struct fault f;

    assert_int_equal(revocations_add(r, &one, NOW_US, &f), FAULT_NONE);
}

static const struct revocable token = {.issuer = {"https://as.test", 15},
                                       .jti = {"j", 1},
                                       .hash = {"ff", 2},
                                       .client_id = {"client", 6},
                                       .subject = {"alice", 5},
                                       .key_id = {"k", 1},
                                       .issued = NOW};

/* Each way to revoke the token, and one that is beside it. */
static void
test_each_kind(void **state)
{
    const struct {
        enum revocation_kind kind;
        struct str issuer, id;
        bool held;
    } rows[] = {
        {REVOKE_JTI, AS, STR("j"), true},
        {REVOKE_JTI, STR("https://other.test"), STR("j"), false},
        {REVOKE_JTI, AS, STR("J"), false},
        {REVOKE_TOKEN, STR(""), STR("ff"), true},
        {REVOKE_CLIENT, STR(""), STR("client"), true},
        {REVOKE_CLIENT, AS, STR("client"), true},
        {REVOKE_CLIENT, STR("https://other.test"), STR("client"), false},
        {REVOKE_SUBJECT, STR(""), STR("alice"), true},
        {REVOKE_SUBJECT, AS, STR("bob"), false},
        {REVOKE_KEY, AS, STR("k"), true},
        {REVOKE_KEY, AS, STR("l"), false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct revocations_options none = {0};
        struct report report;
        struct revocations *r;

        report_init(&report, arena);
        r = revocations_new(&none, NOW_US, &report);
        assert_false(revocations_hold(r, &token));
        add(r, rows[i].kind, rows[i].issuer, rows[i].id);
        if (revocations_hold(r, &token) != rows[i].held)
            fail_msg("row %zu", i);
        revocations_free(r);
    }
}

static struct str
file_text(const char *name)
{
    char *p = arena_alloc(arena, 1 << 16);
    FILE *f = fopen(path(name), "r");
    size_t n = f ? fread(p, 1, 1 << 16, f) : 0;

    MUST(f);
    fclose(f);
    return (struct str){p, n};
}

static void
append(const char *name, const char *text, size_t n)
{
    FILE *f = fopen(path(name), "a");

    MUST(f && fwrite(text, 1, n, f) == n && fclose(f) == 0);
}

static void
test_log(void **state)
{
    struct revocations *r = open_log("log"), *other;
    struct stat st;

    (void)state;
    assert_non_null(r);
    add(r, REVOKE_JTI, AS, STR("j"));
    add(r, REVOKE_SUBJECT, STR(""), STR("alice"));
    assert_null(memmem(file_text("log").p, file_text("log").n, "alice", 5));
    assert_int_equal(stat(path("log"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    other = open_log("log"); /* a second process: it has what is there, and gets what comes */
    assert_true(revocations_hold(other, &token));
    assert_int_equal(revocations_count(other), 2);
    add(r, REVOKE_CLIENT, STR(""), STR("x"));
    add(other, REVOKE_CLIENT, STR(""), STR("y"));
    revocations_watch(r, NOW_US);
    revocations_watch(other, NOW_US);
    assert_int_equal(revocations_count(r), 4);
    assert_int_equal(revocations_count(other), 4);
    add(r, REVOKE_CLIENT, STR(""), STR("y")); /* known: no second line */
    assert_int_equal(stat(path("log"), &st), 0);
    add(r, REVOKE_CLIENT, STR(""), STR("x"));
    assert_int_equal((size_t)st.st_size, file_text("log").n);
    revocations_free(other);
    revocations_free(r);
}

/* Each way in which a write can be torn; what was whole before it stays, and what comes after it is
 * whole again. */
static void
test_torn_tail(void **state)
{
    struct revocations *r = open_log("torn");
    struct str whole, line;

    (void)state;
    add(r, REVOKE_JTI, AS, STR("j"));
    revocations_free(r);
    whole = file_text("torn");
    for (size_t cut = 1; cut < whole.n; cut += 7) {
        line = str_head(whole, cut);
        append("torn", line.p, line.n);
        r = open_log("torn");
        assert_true(revocations_hold(r, &token));
        assert_int_equal(file_text("torn").n, whole.n); /* taken off again */
        append("torn", line.p, line.n); /* while it is open: by another that crashed */
        revocations_watch(r, NOW_US);
        add(r, REVOKE_JTI, AS, STR("next"));
        revocations_free(r);
        r = open_log("torn");
        assert_int_equal(revocations_count(r), 2);
        revocations_free(r);
        MUST(truncate(path("torn"), (off_t)whole.n) == 0);
    }
}

static void
test_broken_lines_are_left_out(void **state)
{
    struct revocations *r = open_log("broken");

    (void)state;
    append("broken", "garbage\n00000000 {\"revoke\":\"jti\"}\n\n", 34);
    add(r, REVOKE_JTI, AS, STR("j"));
    revocations_free(r);
    r = open_log("broken");
    assert_int_equal(revocations_count(r), 1);
    assert_true(revocations_hold(r, &token));
    revocations_free(r);
}

/* Lines of tokens that have expired go at the next start, when they are many. */
static void
test_the_log_is_written_anew(void **state)
{
    struct revocation one = {REVOKE_JTI, AS, STR_NONE, 0, NOW - 1000};
    struct revocations *r = open_log("long");
    struct fault f;

    (void)state;
    for (int i = 0; i < 1200; i++) {
        one.id = arena_printf(arena, "%d", i);
        assert_int_equal(revocations_add(r, &one, (NOW - 5000) * 1000000LL, &f), 0);
    }
    add(r, REVOKE_JTI, AS, STR("j"));
    revocations_free(r);
    r = open_log("long");
    assert_true(revocations_hold(r, &token));
    assert_true(file_text("long").n < 200);
    add(r, REVOKE_JTI, AS, STR("k")); /* into the new file */
    revocations_free(r);
    r = open_log("long");
    assert_int_equal(revocations_count(r), 2);
    revocations_free(r);
}

static void
write_file(const char *name, const char *text)
{
    FILE *f = fopen(path(name), "w");

    MUST(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void
test_file(void **state)
{
    struct revocations_options o = {.log = path("both"), .file = path("list")};
    struct revocations *r;
    struct report report;

    (void)state;
    report_init(&report, arena);
    write_file("list", "revocations:\n  - {client: x, before: 2027-01-15T08:00:00Z}\n");
    r = revocations_new(&o, NOW_US, &report);
    assert_non_null(r);
    assert_int_equal(revocations_count(r), 1);
    write_file("list", "revocations:\n  - {client: nonsense: 1}\n");
    revocations_watch(r, NOW_US);
    assert_int_equal(revocations_count(r), 1);
    write_file("list", "revocations:\n  - {jti: j, issuer: 'https://as.test'}\n  - {jti: bad}\n");
    revocations_watch(r, NOW_US);
    assert_true(revocations_hold(r, &token)); /* although the other one is a mistake */
    write_file("list", "revocations: []\n");
    revocations_watch(r, NOW_US);
    assert_true(revocations_hold(r, &token)); /* nothing is taken back */
    revocations_free(r);
    unlink(path("list"));
    r = open_log("both");
    assert_int_equal(revocations_count(r), 2);
    revocations_free(r);
}

static void
count(void *context, const struct revocation *one)
{
    (void)one;
    ++*(int *)context;
}

static void
test_list_mistakes(void **state)
{
    const struct {
        const char *entry;
        int taken;
    } rows[] = {
        {"{client: c}", 1},
        {"{kid: k, issuer: i, before: 100}", 1},
        {"{token_hash: ff, expires: 100}", 1},
        {"{jti: j}", 0}, /* of which issuer? */
        {"{client: c, kid: k}", 0},
        {"{issuer: i}", 0},
        {"{client: c, before: yesterday}", 0},
        {"{client: c, before: 2026-13-01T00:00:00Z}", 0},
        {"{jti: j, issuer: i, before: 5}", 0},
        {"{clients: c}", 0},
        {"text", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report r;
        int n = 0;

        report_init(&r, arena);
        if (revocations_read_list(arena, STR("list"),
                                  arena_printf(arena, "revocations:\n - %s\n", rows[i].entry), 5,
                                  count, &n, &r) != (rows[i].taken == 1) ||
            n != rows[i].taken || (r.errors == 0) != (n == 1))
            fail_msg("%s: %d", rows[i].entry, n);
    }
}

static void
test_times(void **state)
{
    int64_t t;

    (void)state;
    assert_true(revocations_read_time(STR("2026-11-25T15:00:00Z"), &t));
    assert_int_equal(t, 1795618800);
    assert_true(revocations_read_time(STR("0"), &t) && t == 0);
    assert_false(revocations_read_time(STR("2026-11-25T15:00:00+01:00"), &t));
    assert_false(revocations_read_time(STR("2026-11-25 15:00:00Z"), &t));
    assert_false(revocations_read_time(STR("-1"), &t));
    assert_false(revocations_read_time(STR(""), &t));
}

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new(256 << 20);
    MUST(mkdtemp(folder));
    return 0;
}

static int
tear_down(void **state)
{
    static const char *const names[] = {"log", "torn", "broken", "long", "both", "list"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unlink(path(names[i]));
        unlink(path(arena_printf(arena, "%s.keys", names[i]).p));
    }
    rmdir(folder);
    arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_each_kind),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_torn_tail),
        cmocka_unit_test(test_broken_lines_are_left_out),
        cmocka_unit_test(test_the_log_is_written_anew),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_list_mistakes),
        cmocka_unit_test(test_times),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
