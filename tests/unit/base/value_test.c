/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building, finding, comparing and copying trees. */
#include "base/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/json.h"

#define N(table) (sizeof(table) / sizeof *(table))

static struct value
read_value(struct arena *a, const char *text)
{
    struct fault f;
    struct value v;

    if (json_read(a, str_of(text), JSON_LIMITS_DEFAULT, &v, &f) != FAULT_NONE)
        fail_msg("%s: %s", text, f.detail);
    return v;
}

static void
test_equal(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"1", "1.0", true},
        {"[1e2,\"a\"]", "[100,\"\\u0061\"]", true},
        {"{\"a\":1,\"b\":[2]}", "{\"b\":[2.0],\"a\":1}", true}, /* whatever the order */
        {"{\"a\":1}", "{\"b\":1}", false},
        {"{\"a\":1}", "{\"a\":1,\"b\":2}", false},
        {"[1,2]", "[2,1]", false},
        {"[]", "{}", false},
        {"1", "\"1\"", false},
        {"true", "false", false},
        {"null", "false", false},
        {"null", "null", true},
        {"9007199254740993", "9007199254740992", false}, /* the same as doubles */
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        struct value one = read_value(a, rows[i].a), other = read_value(a, rows[i].b);

        assert_int_equal(value_equal(&one, &other), rows[i].same);
        assert_int_equal(value_equal(&other, &one), rows[i].same);
    }
    arena_free(a);
}

/* 50,000 members against the same in the other order. */
static void
test_equal_is_not_quadratic(void **state)
{
    enum { MEMBERS = 50000 };
    struct arena *a = arena_new(32 << 20);
    struct value up = VALUE_OF(VALUE_OBJECT), down = VALUE_OF(VALUE_OBJECT);

    (void)state;
    for (int i = 0; i < MEMBERS; i++) {
        struct str one = arena_printf(a, "m%d", i), other = arena_printf(a, "m%d", MEMBERS - 1 - i);

        assert_int_equal(value_add(a, &up, one, value_integer(a, i)), FAULT_NONE);
        assert_int_equal(value_add(a, &down, other, value_integer(a, MEMBERS - 1 - i)), FAULT_NONE);
    }
    assert_true(value_equal(&up, &down));
    down.members[7].value = value_boolean(true);
    assert_false(value_equal(&up, &down));
    arena_free(a);
}

static void
test_get(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct value v = read_value(a, "{\"a\":1,\"b\":2,\"\":3}");

    (void)state;
    assert_ptr_equal(value_get(&v, STR("b")), &v.members[1].value);
    assert_ptr_equal(value_get(&v, STR("")), &v.members[2].value);
    assert_null(value_get(&v, STR("B")));
    assert_ptr_equal(value_get_at(&v, STR("b"), 1), &v.members[1].value);
    assert_ptr_equal(value_get_at(&v, STR("b"), 0), &v.members[1].value); /* a wrong hint */
    assert_ptr_equal(value_get_at(&v, STR("a"), 99), &v.members[0].value);
    assert_null(value_get_at(&v, STR("z"), 0));
    assert_null(value_get(&v.members[0].value, STR("a"))); /* no object */
    arena_free(a);
}

static void
test_pointer(void **state)
{
    static const struct {
        const char *pointer, *found; /* NULL: nothing */
    } rows[] = {
        {"", "{\"foo\":[\"bar\",[7]],\"\":0,\"a/b\":1,\"m~n\":2,\"k\":{\"0\":3}}"},
        {"/foo", "[\"bar\",[7]]"},
        {"/foo/0", "\"bar\""},
        {"/foo/1/0", "7"},
        {"/", "0"}, /* the member with the empty name */
        {"/a~1b", "1"},
        {"/m~0n", "2"},
        {"/k/0", "3"}, /* a name, not an index */
        {"/foo/2", NULL},
        {"/foo/-", NULL},
        {"/foo/01", NULL}, /* no zeros in front */
        {"/foo/+1", NULL},
        {"/foo/99999999999999999999", NULL},
        {"/foo/0/0", NULL}, /* inside of text */
        {"/m~n", NULL},     /* no such escape */
        {"/m~", NULL},
        {"foo", NULL},
        {"/foo/", NULL},
        {"//", NULL},
    };
    struct arena *a = arena_new(1 << 20);
    struct value v = read_value(a, rows[0].found);

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        const struct value *found = value_pointer(&v, str_of(rows[i].pointer));

        if (!rows[i].found) {
            assert_null(found);
            continue;
        }
        struct value expected = read_value(a, rows[i].found);

        assert_non_null(found);
        assert_true(value_equal(found, &expected));
    }
    assert_ptr_equal(value_pointer(&v, STR_NONE), &v);
    arena_free(a);
}

static void
test_build(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct value array = VALUE_OF(VALUE_ARRAY), object = VALUE_OF(VALUE_OBJECT);

    (void)state;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(value_append(a, &array, value_integer(a, i)), FAULT_NONE);
        assert_int_equal(value_add(a, &object, arena_printf(a, "%d", i), array.items[i]), 0);
    }
    for (int i = 0; i < 100; i++) {
        int64_t n;

        assert_true(number_to_i64(value_text(&array.items[i]), &n) && n == i);
        assert_ptr_equal(value_get(&object, arena_printf(a, "%d", i)), &object.members[i].value);
    }
    struct value least = value_integer(a, INT64_MIN);

    assert_true(str_eq(value_text(&least), STR("-9223372036854775808")));
    arena_free(a);
}

static void
test_out_of_memory(void **state)
{
    struct arena *a = arena_new(4 * sizeof(struct value));
    struct value array = VALUE_OF(VALUE_ARRAY), object = VALUE_OF(VALUE_OBJECT), copy;

    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(value_append(a, &array, value_boolean(true)), FAULT_NONE);
    assert_int_equal(value_append(a, &array, value_boolean(true)), FAULT_MEMORY);
    assert_int_equal(array.n, 4); /* as it was */
    assert_int_equal(value_add(a, &object, STR("a"), array), FAULT_MEMORY);
    assert_int_equal(value_integer(a, 1).kind, VALUE_ABSENT);
    assert_int_equal(value_dup(a, &array, &copy), FAULT_MEMORY);
    arena_free(a);
}

static void
test_dup_refers_to_nothing(void **state)
{
    char text[] = "{\"name\":[\"text\",12.50,true,null,{}]}";
    struct arena *from = arena_new(1 << 20), *to = arena_new(1 << 20), *b = arena_new(1 << 20);
    struct value v = read_value(from, text), copy, expected;

    (void)state;
    assert_int_equal(value_dup(to, &v, &copy), FAULT_NONE);
    memset(text, 'x', sizeof text - 1);
    arena_free(from);
    expected = read_value(b, "{\"name\":[\"text\",12.50,true,null,{}]}");
    assert_true(value_equal(&copy, &expected));
    assert_true(str_eq(value_text(&copy.members[0].value.items[1]), STR("12.50")));
    arena_free(to);
    arena_free(b);
}

/* Deeper than VALUE_DEPTH, which only code of ours can build: refused, no overflow of the stack. */
static void
test_too_deep(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct value v = VALUE_OF(VALUE_ARRAY), copy;
    struct buf b;

    (void)state;
    for (int i = 0; i < VALUE_DEPTH; i++) {
        struct value outer = VALUE_OF(VALUE_ARRAY);

        assert_int_equal(value_append(a, &outer, v), FAULT_NONE);
        v = outer;
    }
    buf_init(&b, 10000);
    json_write(&b, &v);
    assert_true(b.failed);
    assert_int_equal(value_dup(a, &v, &copy), FAULT_INTERNAL);
    assert_false(value_equal(&v, &v));
    buf_fini(&b);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_equal_is_not_quadratic),
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_pointer),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_dup_refers_to_nothing),
        cmocka_unit_test(test_too_deep),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
