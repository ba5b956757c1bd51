/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an Accept header gives a media type. */
#include "rest/accept.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static void
test_quality(void **state)
{
    static const struct {
        const char *accept, *media;
        unsigned quality;
    } rows[] = {
        {"", "application/json", 1000},
        {"  ", "application/json", 1000},
        {"application/json", "application/json", 1000},
        {"Application/JSON", "application/json", 1000},
        {"application/json;charset=utf-8", "application/json", 1000},
        {"text/html", "application/json", 0},
        {"*/*", "application/json", 1000},
        {"application/*", "application/json", 1000},
        {"text/*", "application/json", 0},
        {"*/json", "application/json", 0}, /* no such range */
        {"*", "application/json", 0},
        {"application", "application/json", 0},
        {"application/*json", "application/json", 0},
        {"text/html, */*;q=0.1", "application/json", 100},
        {"application/json;q=0", "application/json", 0},
        {"application/json;q=0, */*", "application/json", 0}, /* the most specific decides */
        {"*/*;q=0.8, application/*;q=0.5", "application/json", 500},
        {"application/*;q=0.5, */*;q=0.8", "application/json", 500},
        {"application/json;q=0.375", "application/json", 375},
        {"application/json ; q=0.5", "application/json", 500},
        {"application/json;Q=0.5", "application/json", 500},
        {"application/json;v=1;q=0.5", "application/json", 500},
        {"application/json;q=.2", "application/json", 200}, /* old clients write it so */
        {"application/json;q=1.000", "application/json", 1000},
        {"application/json;q=1.5", "application/json", 1000},
        {"application/json;q=0.12345", "application/json", 123},
        {"application/json;q=", "application/json", 1000},
        {"application/json;q=x", "application/json", 1000},
        {"application/json;q=-1", "application/json", 1000},
        {"application/json;q=0.0.9", "application/json", 1000},
        {"application/json;q=00", "application/json", 1000},
        {",,application/json,", "application/json", 1000},
        {";q=0.5", "application/json", 0},
        {"\xff\xff/\xff", "application/json", 0},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        unsigned got = accept_quality(str_of(rows[i].accept), str_of(rows[i].media));

        if (got != rows[i].quality)
            fail_msg("%s gives %s %u, not %u", rows[i].accept, rows[i].media, got, rows[i].quality);
    }
    assert_int_equal(accept_quality(STR_NONE, STR("text/csv")), 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_quality)};

    return cmocka_run_group_tests_name("accept", tests, NULL, NULL);
}
