/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is remembered of documents, for how long, and how much of it; and which trusted ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/graphql/fixture.h"

/* a: the arena of the request. */
static const struct prepared *
get(struct fixture *x, struct arena *a, const char *text)
{
    struct errors errors = {.arena = a};

    return prepared_get(x->graphql.cache, x->graphql.schema, &x->graphql.limits, str_of(text), a,
                        &errors);
}

static void
test_remembered(void **state)
{
    struct arena *one = arena_new(1 << 20), *two = arena_new(1 << 20);
    const struct prepared *p;
    struct fixture x, y;

    (void)state;
    fixture_open(&x, fixture_contract);
    fixture_open(&y, fixture_contract);
    p = get(&x, one, "{ getParty { name } }");
    assert_non_null(p);
    assert_ptr_equal(get(&x, two, "{ getParty { name } }"), p);
    assert_ptr_not_equal(get(&x, two, "{ getParty { name }  }"), p); /* other places */
    assert_null(get(&x, two, "{ nope }"));
    assert_null(get(&x, two, "{"));
    /* another schema, the same text */
    prepared_cache_free(y.graphql.cache);
    y.graphql.cache = x.graphql.cache;
    assert_ptr_not_equal(get(&y, two, "{ getParty { name } }"), p);
    arena_free(two);
    arena_free(one);
    fixture_close(&x);
    arena_free(y.arena);
}

/* A hundred others: it goes from the cache, but not from who holds it. */
static void
test_bounded(void **state)
{
    struct arena *a = arena_new(1 << 20);
    const struct prepared *p;
    struct fixture x;
    char text[64];

    (void)state;
    fixture_open(&x, fixture_contract);
    p = get(&x, a, "{ getParty { name } }");
    for (int i = 0; i < 100; i++) {
        struct arena *other = arena_new(1 << 20);

        snprintf(text, sizeof(text), "query Q%d { getParty { name } }", i);
        assert_non_null(get(&x, other, text));
        arena_free(other);
    }
    assert_int_equal(p->holders, 1);
    assert_true(str_eq(p->text, STR("{ getParty { name } }")));
    assert_true(str_eq(p->query->definitions->selections->name, STR("getParty")));
    arena_free(a);
    fixture_close(&x);
}

/* A plan is kept, unless a variable says what is in it; no document is kept that is too large. */
static void
test_plans(void **state)
{
    struct arena *a = arena_new(64 << 20);
    const struct prepared *p;
    struct fixture x;
    struct buf b;

    (void)state;
    fixture_open(&x, fixture_contract);
    p = get(&x, a, "{ listPets { __typename ... on Cat { lives } } }");
    assert_non_null(p->query->definitions->plan);
    assert_int_equal(p->holders, 2);
    p = get(&x, a, "{ getParty { name @skip(if: true) kind } }");
    assert_non_null(p->query->definitions->plan);
    p = get(&x, a,
            "query ($a: Boolean!) { ...F } fragment F on Query { getParty { name ...G } } "
            "fragment G on Party { kind @skip(if: $a) }");
    assert_null(p->query->definitions->plan);
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 1600; i++)
        buf_str(&b, i ? STR(" name") : STR("{ getParty { name"));
    buf_str(&b, STR(" } }"));
    buf_put_char(&b, 0);
    p = get(&x, a, b.p);
    assert_int_equal(p->holders, 1);
    buf_fini(&b);
    arena_free(a);
    fixture_close(&x);
}

static void
test_trusted(void **state)
{
    static const char hash[] = "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e";
    static const char other[] = "71f7dc5758652baac68e4a10c50be732b741c892ade2883a99358f52b555286b";
    struct trusted_document list[] = {{STR(hash), STR("a")}, {STR(other), STR("b")}};
    struct trusted t = {.documents = list, .count = 2};
    struct arena *a = arena_new(1 << 20);
    struct fixture x;
    struct error why;

    (void)state;
    trusted_sort(&t);
    assert_true(str_eq(trusted_find(&t, STR(hash)), STR("a")));
    assert_true(str_eq(trusted_find(&t, arena_printf(a, "sha256:%s", other)), STR("b")));
    assert_null(trusted_find(NULL, STR(hash)).p);
    assert_null(trusted_find(&t, STR("")).p);
    assert_null(trusted_find(&t, STR("sha256:")).p);
    assert_null(trusted_find(&t, arena_printf(a, "sha512:%s", hash)).p);
    assert_null(trusted_find(&t, arena_printf(a, "%s0", hash)).p);
    assert_null(
        trusted_find(&t, STR("7DBA4BD717B41F10434822356A93C32B1FB4907B983E854300AD839F84CDCD6E"))
            .p);
    fixture_open(&x, fixture_contract);
    assert_true(
        trusted_check(x.graphql.schema, &x.graphql.limits, STR("{ getParty { name } }"), a, &why));
    assert_false(
        trusted_check(x.graphql.schema, &x.graphql.limits, STR("{ getParty\n{ nope } }"), a, &why));
    assert_int_equal(why.at.line, 2);
    fixture_close(&x);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_remembered),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_trusted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
