/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields found by name, and what a gateway makes of them. */
#include "base/header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static void
test_find(void **state)
{
    const struct header items[] = {
        {{"Accept", 6}, {"a", 1}}, {{"X-Id", 4}, {"1", 1}}, {{"x-id", 4}, {"2", 1}}};
    struct headers h = {items, 3};

    (void)state;
    assert_ptr_equal(header_find(h, STR("X-ID")), &items[1]);
    assert_null(header_find(h, STR("X-I")));
    assert_true(str_eq(header_value(h, STR("accept")), STR("a")));
    assert_int_equal(header_value(h, STR("none")).n, 0);
    assert_int_equal(header_count(h, STR("x-id")), 2);
}

static void
test_lists(void **state)
{
    const struct header items[] = {{STR("Connection"), STR("close , X-Id")},
                                   {STR("Via"), STR("te")},
                                   {STR("connection"), STR("TE")}};
    static const struct {
        const char *name, *word;
        bool listed;
    } rows[] = {
        {"connection", "close", true}, {"CONNECTION", "x-id", true},
        {"connection", "te", true},    {"connection", "x", false},
        {"connection", "", false},     {"upgrade", "te", false},
        {"via", "TE", true},           {"connection", "close , X-Id", false},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++)
        assert_int_equal(header_lists((struct headers){items, N(items)}, str_of(rows[i].name),
                                      str_of(rows[i].word)),
                         rows[i].listed);
}

static void
test_roles(void **state)
{
    static const struct {
        const char *name;
        enum header_role role;
    } rows[] = {
        {"TE", HEADER_HOP},
        {"Host", HEADER_REQUEST},
        {"DPoP", HEADER_CALLER},
        {"Date", HEADER_PASSES},
        {"Expect", HEADER_REQUEST},
        {"Cookie", HEADER_CALLER},
        {"Accept", HEADER_PASSES},
        {"Trailer", HEADER_HOP},
        {"Upgrade", HEADER_HOP},
        {"Connection", HEADER_HOP},
        {"Keep-Alive", HEADER_HOP},
        {"User-Agent", HEADER_PASSES},
        {"X-Correlator", HEADER_GATEWAY},
        {"Content-Type", HEADER_PASSES},
        {"Authorization", HEADER_CALLER},
        {"CONTENT-LENGTH", HEADER_HOP},
        {"Proxy-Connection", HEADER_HOP},
        {"transfer-encoding", HEADER_HOP},
        {"transfer_encoding", HEADER_PASSES},
        {"Proxy-Authenticate", HEADER_PROXY},
        {"Proxy-Authorization", HEADER_PROXY},
        {"Access-Control-Allow-Origin", HEADER_PASSES},
        {"", HEADER_PASSES},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++)
        assert_int_equal(header_role(str_of(rows[i].name)), rows[i].role);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_roles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
