/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults in the three dialects, byte by byte. */
#include "rest/problem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "base/json.h"

#define N(table) (sizeof(table) / sizeof *(table))

static void
check(enum error_dialect dialect, const struct fault *f, const char *correlator,
      const char *expected)
{
    struct buf b;

    buf_init(&b, 4096);
    problem_write(&b, dialect, f, str_of(correlator));
    assert_false(b.failed);
    buf_put_char(&b, 0);
    assert_string_equal(b.p, expected);
    buf_fini(&b);
}

static void
test_pointer_and_detail(void **state)
{
    struct fault f;

    (void)state;
    fault_set(&f, FAULT_INVALID_VALUE, "must be a \"number\"");
    memcpy(f.pointer, "/a/0", 5);
    check(ERRORS_PROBLEM, &f, "c-1",
          "{\"type\":\"about:blank\",\"title\":\"Body against its type\",\"status\":400,"
          "\"code\":\"INVALID_VALUE\",\"detail\":\"must be a \\\"number\\\"\","
          "\"pointer\":\"/a/0\",\"correlator\":\"c-1\"}");
    check(ERRORS_TMF, &f, "c-1",
          "{\"code\":\"24\",\"reason\":\"Body against its type\","
          "\"message\":\"/a/0: must be a \\\"number\\\"\",\"status\":\"400\",\"@type\":\"Error\"}");
    check(ERRORS_CAMARA, &f, "c-1",
          "{\"status\":400,\"code\":\"INVALID_ARGUMENT\","
          "\"message\":\"/a/0: must be a \\\"number\\\"\"}");
}

/* Without detail, pointer and correlator; with the status that a binding maps the fault to. */
static void
test_bare(void **state)
{
    struct fault f;

    (void)state;
    fault_set(&f, FAULT_BACKEND_ERROR, "%s", "");
    f.status = 418;
    check(ERRORS_PROBLEM, &f, "",
          "{\"type\":\"about:blank\",\"title\":\"Backend error\",\"status\":418,"
          "\"code\":\"BACKEND_ERROR\"}");
    check(ERRORS_TMF, &f, "",
          "{\"code\":\"1\",\"reason\":\"Backend error\",\"message\":\"Backend error\","
          "\"status\":\"418\",\"@type\":\"Error\"}");
    check(ERRORS_CAMARA, &f, "",
          "{\"status\":418,\"code\":\"BAD_GATEWAY\",\"message\":\"Backend error\"}");
}

/* Each row of the fault table, in each dialect, is one JSON object; the log's text is in none. */
static void
test_all(void **state)
{
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (int code = 1; code < FAULT_COUNT; code++)
        for (unsigned dialect = ERRORS_PROBLEM; dialect <= ERRORS_CAMARA; dialect++) {
            struct fault f, inner;
            struct value v;
            struct buf b;

            fault_set(&f, (enum fault_code)code, "line\nbreak \x01 and \"quotes\"");
            fault_log(&f, "hidden");
            buf_init(&b, 4096);
            problem_write(&b, dialect, &f, STR("c"));
            assert_int_equal(json_read(a, buf_view(&b), JSON_LIMITS_DEFAULT, &v, &inner), 0);
            assert_int_equal(v.kind, VALUE_OBJECT);
            buf_put_char(&b, 0);
            assert_null(strstr(b.p, "hidden"));
            buf_fini(&b);
        }
    arena_free(a);
}

static void
test_media(void **state)
{
    (void)state;
    assert_true(str_eq(problem_media(ERRORS_PROBLEM), STR("application/problem+json")));
    assert_true(str_eq(problem_media(ERRORS_TMF), STR("application/json")));
    assert_true(str_eq(problem_media(ERRORS_CAMARA), STR("application/json")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pointer_and_detail),
        cmocka_unit_test(test_bare),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_media),
    };

    return cmocka_run_group_tests_name("problem", tests, NULL, NULL);
}
