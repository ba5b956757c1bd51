/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each question against a trail of which the answers are known, over two segments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/auth/trail.h"

#include "auth/audit_index.h"

#define T0  1790000000000000 /* 2026-09-21T14:13:20Z */
#define S   1000000ll
#define DAY (86400 * S)

/* Records begin with number 2: the first is that of the start. */
static const struct audit_event events[] = {
    /* 2 */ {.kind = AUDIT_ISSUE,
             .time_us = T0,
             .client_id = STR("shop"),
             .jti = STR("a"),
             .scopes = STR("read write"),
             .issuer = STR("as"),
             .key_id = STR("k1")},
    /* 3 */
    {.kind = AUDIT_VALIDATE,
     .time_us = T0 + S,
     .client_id = STR("shop"),
     .jti = STR("a"),
     .scopes = STR("read write"),
     .used = STR("read"),
     .peer = STR("192.0.2.1"),
     .issuer = STR("as"),
     .key_id = STR("k1"),
     .route = STR("/x"),
     .status = 200},
    /* 4 */
    {.kind = AUDIT_VALIDATE,
     .time_us = T0 + 2 * S,
     .client_id = STR("shop"),
     .jti = STR("a"),
     .scopes = STR("read write"),
     .used = STR("read"),
     .peer = STR("198.51.100.9"),
     .issuer = STR("as"),
     .key_id = STR("k1"),
     .status = 200},
    /* 5 */ {.kind = AUDIT_REVOKE, .time_us = T0 + 3 * S, .jti = STR("a"), .issuer = STR("as")},
    /* 6: too late by 40 ms */
    {.kind = AUDIT_VALIDATE,
     .time_us = T0 + 3 * S + 40000,
     .client_id = STR("shop"),
     .jti = STR("a"),
     .peer = STR("192.0.2.2"),
     .issuer = STR("as"),
     .status = 200},
    /* 7: denied, as it should be */
    {.kind = AUDIT_DENY,
     .denied = true,
     .reason = "revoked",
     .time_us = T0 + 4 * S,
     .client_id = STR("shop"),
     .partner = STR("acme"),
     .jti = STR("a"),
     .issuer = STR("as")},
    /* 8: the same jti of another issuer */
    {.kind = AUDIT_VALIDATE,
     .time_us = T0 + 5 * S,
     .client_id = STR("other"),
     .jti = STR("a"),
     .issuer = STR("elsewhere"),
     .status = 200},
    /* 9: a client's tokens */
    {.kind = AUDIT_ISSUE,
     .time_us = T0 + 6 * S,
     .client_id = STR("app"),
     .jti = STR("old"),
     .scopes = STR("read"),
     .issuer = STR("as"),
     .key_id = STR("k2")},
    /* 10 */ {.kind = AUDIT_REVOKE, .time_us = T0 + 7 * S, .client_id = STR("app")},
    /* 11: one from after that is good */
    {.kind = AUDIT_ISSUE,
     .time_us = T0 + 8 * S,
     .client_id = STR("app"),
     .jti = STR("new"),
     .scopes = STR("read"),
     .issuer = STR("as"),
     .key_id = STR("k2")},
    /* 12 */
    {.kind = AUDIT_VALIDATE,
     .time_us = T0 + 9 * S,
     .client_id = STR("app"),
     .jti = STR("new"),
     .scopes = STR("read"),
     .used = STR("read"),
     .status = 200},
    /* 13 */
    {.kind = AUDIT_VALIDATE,
     .time_us = T0 + 9 * S,
     .client_id = STR("app"),
     .jti = STR("old"),
     .status = 200},
    /* 14, 15 */
    {.kind = AUDIT_DENY,
     .denied = true,
     .reason = "expired",
     .time_us = T0 + 10 * S,
     .client_id = STR("shop"),
     .jti = STR("e"),
     .peer = STR("192.0.2.1")},
    {.kind = AUDIT_DENY,
     .denied = true,
     .reason = "expired",
     .time_us = T0 + 11 * S,
     .client_id = STR("shop"),
     .jti = STR("e"),
     .peer = STR("192.0.2.7")},
    /* 16 */
    {.kind = AUDIT_READ, .time_us = T0 + 12 * S, .client_id = STR("eve"), .detail = STR("tail")},
    /* 17: refused before anything was used */
    {.kind = AUDIT_REVOKE, .denied = true, .time_us = T0 + 13 * S, .jti = STR("new")},
    /* 18 */
    {.kind = AUDIT_VALIDATE,
     .time_us = T0 + 14 * S,
     .client_id = STR("app"),
     .jti = STR("new"),
     .peer = STR("2001:db8:1::1"),
     .status = 200},
    /* 19: the same network */
    {.kind = AUDIT_VALIDATE,
     .time_us = T0 + 15 * S,
     .client_id = STR("app"),
     .jti = STR("new"),
     .peer = STR("2001:db8:1:ffff::2"),
     .status = 200},
    /* 20, 21: a client that asks to revoke what is no token of ours, and goes on */
    {.kind = AUDIT_REVOKE,
     .time_us = T0 + 16 * S,
     .client_id = STR("shop"),
     .route = STR("/oauth2/revoke")},
    {.kind = AUDIT_VALIDATE, .time_us = T0 + 17 * S, .client_id = STR("shop"), .status = 200},
};

enum { EVENTS = sizeof events / sizeof *events };

static void
write_trail(void)
{
    struct audit_options o = trail_options();
    struct audit_store s;

    trail_clear();
    assert_int_equal(audit_store_init(&s, &o, NULL), FAULT_NONE);
    for (unsigned i = 0; i < EVENTS; i++) {
        audit_store_event(&s, &events[i]);
        if (i == 6) {
            o.segment_bytes = 1;
            audit_store_tick(&s, clock_utc_us());
            o.segment_bytes = 64 << 20;
        }
    }
    audit_store_fini(&s);
}

static struct buf got;

/* "value value|" of each row. */
static void
take_row(void *context, char **names, char **values, int n)
{
    (void)context;
    (void)names;
    for (int i = 0; i < n; i++)
        buf_printf(&got, "%s%s", i ? " " : "", values[i] ? values[i] : "-");
    buf_put_char(&got, '|');
}

static const char *
ask(const char *question, struct audit_arguments arguments)
{
    struct audit_index_options o = {.folder = trail_folder};
    struct audit_index *x;
    struct fault f = {0};

    got.n = 0;
    arguments.now_us = arguments.now_us ? arguments.now_us : T0 + DAY;
    assert_int_equal(audit_index_open(&o, &x, &f), FAULT_NONE);
    if (audit_index_ask(x, question, &arguments, take_row, NULL, &f))
        buf_printf(&got, "%s %s", f.detail, f.log);
    audit_index_close(x);
    buf_put_char(&got, '\0');
    return got.p;
}

#define ASK(question, ...) ask(question, (struct audit_arguments){__VA_ARGS__})
#define D                  "2026-09-21T14:13:"

static void
test_questions(void **state)
{
    (void)state;
    assert_string_equal(ASK("used-after-revoke", 0),
                        "6 " D "23.040000Z a shop 192.0.2.2 - " D "23.000000Z 5 40.0|"
                        "13 " D "29.000000Z old app - - " D "27.000000Z 10 2000.0|");
    assert_string_equal(ASK("by-jti", .value = "e"),
                        "14 " D "30.000000Z deny deny expired shop 192.0.2.1 - - - -|"
                        "15 " D "31.000000Z deny deny expired shop 192.0.2.7 - - - -|");
    assert_string_equal(ASK("denials", .partner = "acme"),
                        "7 " D "24.000000Z acme shop revoked - - - - a|");
    assert_string_equal(ASK("expired-reuse", 0),
                        "e shop 2 " D "30.000000Z " D "31.000000Z 192.0.2.1,192.0.2.7|");
    assert_string_equal(ASK("multi-network", 0), "a shop 2 3 " D "21.000000Z " D "23.040000Z "
                                                 "192.0.2.0/24,198.51.100.0/24|");
    assert_string_equal(ASK("unused-scopes", 0), "shop write -|");
    assert_string_equal(ASK("unused-scopes", .now_us = T0 + 60 * DAY, .days = 90), "shop write -|");
    assert_string_equal(ASK("unused-scopes", .now_us = T0 + 100 * DAY), ""); /* nothing is held */
    assert_string_equal(ASK("key-usage", 0), "as k1 - 1 2 - " D "20.000000Z " D "22.000000Z|"
                                             "as k2 - 2 - - " D "26.000000Z " D "28.000000Z|");
    assert_string_equal(ASK("who-read-audit", 0), "16 " D "32.000000Z eve tail|");
    assert_string_equal(ASK("denials", .since_us = T0 + 11 * S),
                        "15 " D "31.000000Z - shop expired 192.0.2.7 - - - e|"
                        "17 " D "33.000000Z - - - - - - - new|");
    assert_string_equal(ASK("denials", .until_us = T0 + 5 * S),
                        "7 " D "24.000000Z acme shop revoked - - - - a|");
    assert_string_equal(ASK("nothing", 0), "there is no such question ");
    assert_string_equal(ASK("by-jti", 0), "by-jti needs JTI ");
}

static const char *
index_of(unsigned segment)
{
    static char path[128];

    audit_segment_path(trail_folder, segment, path, sizeof path);
    memcpy(path + strlen(path), ".index", 7);
    return path;
}

/* An index that is lost, broken or of another segment is made again. */
static void
test_rebuilt(void **state)
{
    FILE *file;

    (void)state;
    ASK("who-read-audit", 0);
    assert_int_equal(unlink(index_of(1)), 0);
    assert_string_equal(ASK("who-read-audit", 0), "16 " D "32.000000Z eve tail|");
    file = fopen(index_of(2), "w");
    fputs("no database at all, whatever it may be called", file);
    fclose(file);
    assert_string_equal(ASK("who-read-audit", 0), "16 " D "32.000000Z eve tail|");
    write_trail(); /* takes the indexes away, too */
    ASK("who-read-audit", 0);
    assert_int_equal(access(index_of(1), F_OK), 0);
}

/* A segment that grows is indexed further, not anew. */
static void
test_grows(void **state)
{
    struct audit_options o = trail_options();
    struct audit_event e = {.kind = AUDIT_READ, .time_us = T0, .client_id = STR("bob")};
    struct audit_store s;

    (void)state;
    trail_clear();
    assert_int_equal(audit_store_init(&s, &o, NULL), FAULT_NONE);
    for (unsigned i = 0; i < 3; i++) {
        audit_store_event(&s, &e);
        assert_true(audit_store_commit(&s));
        ASK("who-read-audit", 0);
        assert_int_equal(got.n - 1, (i + 1) * strlen("2 " D "20.000000Z bob -|"));
    }
    audit_store_fini(&s);
    write_trail();
}

static int
set_up(void **state)
{
    if (trail_set_up(state))
        return -1;
    buf_init(&got, 1 << 20);
    write_trail();
    return 0;
}

static int
tear_down(void **state)
{
    buf_fini(&got);
    return trail_tear_down(state);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_rebuilt),
        cmocka_unit_test(test_grows),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
