/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a token may come from, and what a refusal says. */
#include "auth/credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "auth/scopes.h"

static void
test_find(void **state)
{
    static const struct {
        const char *first, *second, *query;
        enum reason reason;
        const char *token;
    } rows[] = {
        {"Bearer abc", NULL, "", REASON_NONE, "abc"},
        {"bearer  abc ", NULL, "", REASON_NONE, "abc"},
        {NULL, NULL, "", REASON_NO_TOKEN, NULL},
        {"", NULL, "", REASON_NO_TOKEN, NULL},
        {"Basic YTpi", NULL, "", REASON_OTHER_SCHEME, NULL},
        {"Bearerabc", NULL, "", REASON_OTHER_SCHEME, NULL},
        {"Bearer", NULL, "", REASON_MALFORMED_HEADER, NULL},
        {"Bearer ", NULL, "", REASON_MALFORMED_HEADER, NULL},
        {"Bearer a b", NULL, "", REASON_MALFORMED_HEADER, NULL},
        {"Bearer a,Bearer b", NULL, "", REASON_MALFORMED_HEADER, NULL},
        {"Bearer a", "Bearer a", "", REASON_TWO_CREDENTIALS, NULL},
        {"Bearer a", "Basic YTpi", "", REASON_TWO_CREDENTIALS, NULL},
        {NULL, NULL, "access_token=abc", REASON_TOKEN_IN_QUERY, NULL},
        {"Bearer abc", NULL, "x=1&access_token=abc", REASON_TOKEN_IN_QUERY, NULL},
        {"Bearer abc", NULL, "access_token", REASON_TOKEN_IN_QUERY, NULL},
        {"Bearer abc", NULL, "a%63cess%5Ftoken=abc", REASON_TOKEN_IN_QUERY, NULL},
        {"Bearer abc", NULL, "my_access_token=1&q=access_token", REASON_NONE, "abc"},
        {"Bearer abc", NULL, "access_token%=1&%6", REASON_NONE, "abc"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct header items[3] = {{STR("Host"), STR("x")}};
        struct headers headers = {items, 1};
        struct credentials found = {0};
        enum reason r;

        if (rows[i].first)
            items[headers.n++] = (struct header){STR("authorization"), str_of(rows[i].first)};
        if (rows[i].second)
            items[headers.n++] = (struct header){STR("Authorization"), str_of(rows[i].second)};
        r = credentials_find(headers, str_of(rows[i].query), STR_NONE, &found);
        if (r != rows[i].reason || !str_eq(found.token, str_of(rows[i].token)))
            fail_msg("row %zu: %s, token `%.*s`", i, reason_name(r), STR_ARG(found.token));
    }
}

static void
test_challenge(void **state)
{
    static const struct {
        enum reason reason;
        const char *scope, *metadata, *wanted;
    } rows[] = {
        {REASON_NO_TOKEN, "", "", "Bearer realm=\"telgate\""},
        {REASON_NO_TOKEN, "read", "https://g/.well-known/oauth-protected-resource",
         "Bearer realm=\"telgate\", scope=\"read\", "
         "resource_metadata=\"https://g/.well-known/oauth-protected-resource\""},
        {REASON_EXPIRED, "", "",
         "Bearer realm=\"telgate\", error=\"invalid_token\", "
         "error_description=\"the token has expired\""},
        {REASON_CRITICAL_HEADER, "", "", /* backquotes are not for all readers */
         "Bearer realm=\"telgate\", error=\"invalid_token\", "
         "error_description=\"the token's header has 'crit', which is not accepted\""},
        {REASON_SCOPE, "read write", "",
         "Bearer realm=\"telgate\", error=\"insufficient_scope\", error_description=\"the token's "
         "scopes do not cover this operation\", scope=\"read write\""},
        {REASON_TOKEN_IN_QUERY, "read", "",
         "Bearer realm=\"telgate\", error=\"invalid_request\", error_description=\"a token in the "
         "query is not accepted; send it in the Authorization header\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct challenge c = {.realm = STR("telgate"),
                              .scope = str_of(rows[i].scope),
                              .resource_metadata = str_of(rows[i].metadata),
                              .reason = rows[i].reason};
        struct fault f;
        struct buf b;

        buf_init(&b, 1000);
        assert_int_equal(reason_fault(rows[i].reason, &f), reason_code(rows[i].reason));
        credentials_challenge(&b, &c, &f);
        if (!str_eq(buf_view(&b), str_of(rows[i].wanted)))
            fail_msg("row %zu: %.*s", i, (int)b.n, b.p);
        buf_fini(&b);
    }
}

static void
test_quoting(void **state)
{
    struct challenge c = {.realm = STR("a\"b\\c\r\nX: y\xc3\xa9")};
    struct fault f;
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    reason_fault(REASON_NO_TOKEN, &f);
    credentials_challenge(&b, &c, &f);
    assert_true(str_eq(buf_view(&b), STR("Bearer realm=\"a?b?c??X: y??\"")));
    buf_fini(&b);
}

static void
test_scopes(void **state)
{
    struct str has[] = {STR("read"), STR("write")}, admin[] = {STR("admin")};
    struct str both[] = {STR("read"), STR("admin")}, upper[] = {STR("Read")};
    struct principal p = {.scopes = has, .scope_count = 2};
    const struct {
        struct scope_set alternatives[2];
        unsigned n;
        enum reason reason;
    } rows[] = {
        {{{NULL, 0}}, 1, REASON_NONE}, /* any token */
        {{{has, 1}}, 1, REASON_NONE},
        {{{has, 2}}, 1, REASON_NONE},
        {{{both, 2}}, 1, REASON_SCOPE},           /* AND inside one */
        {{{admin, 1}, {has, 1}}, 2, REASON_NONE}, /* OR between them */
        {{{admin, 1}, {both, 2}}, 2, REASON_SCOPE},
        {{{upper, 1}}, 1, REASON_SCOPE}, /* case counts */
        {{{NULL, 0}}, 0, REASON_NONE},   /* open */
    };
    struct buf b;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(scopes_check(&p, rows[i].alternatives, rows[i].n), rows[i].reason);
    assert_int_equal(scopes_check(NULL, rows[1].alternatives, 1), REASON_NO_TOKEN);
    assert_int_equal(scopes_check(NULL, rows[0].alternatives, 1), REASON_NO_TOKEN);
    buf_init(&b, 100);
    scopes_put(&b, rows[2].alternatives[0]);
    assert_true(str_eq(buf_view(&b), STR("read write")));
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find), cmocka_unit_test(test_challenge),
        cmocka_unit_test(test_quoting), cmocka_unit_test(test_scopes)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
