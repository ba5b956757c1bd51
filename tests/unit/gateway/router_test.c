/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths to routes: literals before parameters, and arguments by the operation's parameters. */
#include "gateway/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/arena.h"

static struct parameter one[] = {{.name = {"a", 1}, .place = IN_PATH}};
static struct parameter swapped[] = {{.name = {"b", 1}, .place = IN_PATH},
                                     {.name = {"a", 1}, .place = IN_PATH}};
static const struct operation of_one = {.parameters = one, .parameter_count = 1};
static const struct operation of_two = {.parameters = swapped, .parameter_count = 2};

static const struct {
    const char *path;
    const struct operation *operation;
} routes[] = {{"/", NULL},
              {"/x/{a}/{b}/end", &of_two},
              {"/x/{a}", &of_one},
              {"/{a}/p/q/other", &of_one},
              {"/x/literal", NULL}};

static struct router *
make(struct arena *a)
{
    struct router *r = router_new(a);
    const char *why;

    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        struct route route = {
            .method = STR("GET"), .path = str_of(routes[i].path), .operation = routes[i].operation};

        assert_true(router_add(r, &route, &why));
    }
    return r;
}

static void
test_find(void **state)
{
    static const struct {
        const char *path, *route, *first, *second; /* arguments */
    } rows[] = {
        {"/", "/", NULL, NULL},
        {"/x/1", "/x/{a}", "1", NULL},
        {"/x/literal", "/x/literal", NULL, NULL},
        {"/x/1/2/end", "/x/{a}/{b}/end", "2", "1"},    /* by parameter, not by place */
        {"/x/p/q/other", "/{a}/p/q/other", "x", NULL}, /* not what the branch of /x had found */
        {"/x/1/2/none", NULL, NULL, NULL},
        {"/x//2/end", NULL, NULL, NULL},
        {"/y", NULL, NULL, NULL},
    };
    struct arena *a = arena_new(1 << 20);
    struct router *r = make(a);
    struct route_match m;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        memset(&m, 0xee, sizeof(m)); /* what was there does not matter */
        router_find(r, a, STR("GET"), str_of(rows[i].path), &m);
        assert_int_equal(m.route != NULL, rows[i].route != NULL);
        if (rows[i].route)
            assert_true(str_eq(m.route->path, str_of(rows[i].route)));
        if (rows[i].first)
            assert_true(str_eq(m.arguments[0], str_of(rows[i].first)));
        if (rows[i].second)
            assert_true(str_eq(m.arguments[1], str_of(rows[i].second)));
    }
    arena_free(a);
}

static void
test_methods(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct router *r = make(a);
    struct route_match m;

    (void)state;
    router_find(r, a, STR("HEAD"), STR("/x/1"), &m);
    assert_true(m.route && str_eq(m.route->method, STR("GET")));
    router_find(r, a, STR("POST"), STR("/x/1"), &m);
    assert_true(m.routes && !m.route);
    assert_true(str_eq(router_allow(m.routes, a), STR("HEAD, GET, OPTIONS")));
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_methods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
