/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON: what is read and written, what is refused and where, limits, and big objects. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

/* A heap block of exactly the text's size, so that ASan sees a read past its end. */
static char *
exact(struct str text)
{
    char *p = malloc(text.n ? text.n : 1);

    assert_non_null(p);
    if (text.n)
        memcpy(p, text.p, text.n);
    return p;
}

static enum fault_code
read_text(struct arena *a, struct str text, struct value *v, struct fault *f)
{
    memset(f, 0, sizeof *f);
    return json_read(a, text, JSON_LIMITS_DEFAULT, v, f);
}

/* Each row alone, and as a long text, for the paths of the fast scan. */
static void
check_round(struct str in, struct str out, const char *padding)
{
    struct arena *a = arena_new(1 << 20);
    struct fault f;
    struct value v;
    struct buf text, back;

    buf_init(&text, 10000);
    buf_init(&back, 10000);
    buf_printf(&text, "%s", padding);
    buf_str(&text, in);
    buf_printf(&text, "%s", padding);
    char *whole = exact(buf_view(&text));

    if (read_text(a, (struct str){whole, text.n}, &v, &f) != FAULT_NONE)
        fail_msg("%.*s: %s", STR_ARG(in), f.detail);
    json_write(&back, &v);
    if (!str_eq(buf_view(&back), out))
        fail_msg("%.*s became %.*s", STR_ARG(in), STR_ARG(buf_view(&back)));
    free(whole);
    buf_fini(&text);
    buf_fini(&back);
    arena_free(a);
}

static void
test_rounds(void **state)
{
    static const struct {
        struct str in, out; /* out empty: as in */
    } rows[] = {
        {STR("null"), STR("")},
        {STR("[true,false,null]"), STR("")},
        {STR("[]"), STR("")},
        {STR("{}"), STR("")},
        {STR("[[],{},[[]],{\"a\":{}}]"), STR("")},
        {STR("\"\""), STR("")},
        {STR("{\"\":0,\"a\":1}"), STR("")}, /* an empty name */
        {STR(" [ 1 ,\t2\r\n, 3 ] "), STR("[1,2,3]")},
        {STR("{ \"a\" : 1 , \"b\" : [ ] , \"c\" : { } }"), STR("{\"a\":1,\"b\":[],\"c\":{}}")},
        /* lexemes are kept */
        {STR("[0,-0,1.0,1e400,1E+2,-1.5e-10,9007199254740993,100000000000000.01]"), STR("")},
        {STR("12"), STR("")},
        {STR("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), STR("\"\\\"\\\\/\\b\\f\\n\\r\\t\"")},
        {STR("\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\""),
         STR("\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"")},
        {STR("\"\\u0000\\u001f\\u007f\""), STR("\"\\u0000\\u001f\x7f\"")},
        {STR("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 and much more of it: \xc3\xa9\""), STR("")},
        {STR("\"0123456789012345678901234567890123456789\\n0123456789\""), STR("")},
        {STR("[\"1234567\",\"12345678\",\"123456789abcdef\",\"123456789abcdef0\"]"), STR("")},
        {STR("[\"\\n\",\"1\\n\",\"1234\\n\",\"1234567\\n\",\"123456789abcde\\n\"]"), STR("")},
        {STR("{\"a\\tb\":\"\\u0001\"}"), STR("")},
        /* same bit in the filter of names, yet distinct */
        {STR("{\"ab\":1,\"aab\":2,\"acb\":3,\"ba\":4,\"a\":5,\"b\":6}"), STR("")},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        struct str out = rows[i].out.n ? rows[i].out : rows[i].in;

        check_round(rows[i].in, out, "");
        check_round(rows[i].in, out, "                                          \n");
    }
}

static void
test_refused(void **state)
{
    static const struct {
        struct str text;
        const char *detail;
    } rows[] = {
        {STR(""), "line 1, column 1: the text ends too early"},
        {STR("  \n "), "line 1, column 1: the text ends too early"},
        {STR("{"), "line 1, column 2: the name of a member is expected"},
        {STR("["), "line 1, column 2: the text ends inside an array or object"},
        {STR("[1"), "line 1, column 3: the text ends inside an array or object"},
        {STR("[[1]"), "line 1, column 5: the text ends inside an array or object"},
        {STR("]"), "line 1, column 1: a value is expected"},
        {STR("[1,]"), "line 1, column 4: a value is expected"},
        {STR("[,1]"), "line 1, column 2: a value is expected"},
        {STR("[1 2]"), "line 1, column 4: a comma or ] is expected"},
        {STR("[1}"), "line 1, column 3: a comma or ] is expected"},
        {STR("{\"a\":1]"), "line 1, column 7: a comma or } is expected"},
        {STR("{\"a\":1,}"), "line 1, column 8: the name of a member is expected"},
        {STR("{\"a\" 1}"), "line 1, column 6: a colon is expected"},
        {STR("{a:1}"), "line 1, column 2: the name of a member is expected"},
        {STR("{\"a\":}"), "line 1, column 6: a value is expected"},
        {STR("{\"a\"}"), "line 1, column 5: a colon is expected"},
        {STR("1 2"), "line 1, column 3: something follows the value"},
        {STR("{} x"), "line 1, column 4: something follows the value"},
        {STR("{}]"), "line 1, column 3: something follows the value"},
        {STR("\"a\" ]                            ]"),
         "line 1, column 5: something follows the value"},
        {STR("[1]\0"), "line 1, column 4: something follows the value"},
        {STR("\xef\xbb\xbf{}"), "line 1, column 1: a value is expected"}, /* a byte order mark */
        {STR("01"), "line 1, column 1: a number starts with 0"},
        {STR("-01"), "line 1, column 1: a number starts with 0"},
        {STR("-"), "line 1, column 2: a digit is missing in a number"},
        {STR("[1.]"), "line 1, column 4: a digit is missing in a number"},
        {STR("[1e]"), "line 1, column 4: a digit is missing in a number"},
        {STR("[1e+]"), "line 1, column 5: a digit is missing in a number"},
        {STR("[.5]"), "line 1, column 2: a value is expected"},
        {STR("[+1]"), "line 1, column 2: a value is expected"},
        {STR("0x10"), "line 1, column 2: something follows the value"},
        {STR("NaN"), "line 1, column 1: a value is expected"},
        {STR("tru"), "line 1, column 1: a value is expected"},
        {STR("truex"), "line 1, column 5: something follows the value"},
        {STR("'a'"), "line 1, column 1: a value is expected"},
        {STR("\"a"), "line 1, column 3: the text ends inside a string"},
        {STR("[\"0123456789012345678901234567890123]"),
         "line 1, column 38: the text ends inside a string"},
        {STR("\"a\nb\""), "line 1, column 3: a control character in a string, escape it"},
        {STR("\"a\0b\""), "line 1, column 3: a control character in a string, escape it"},
        {STR("\"\\x\""), "line 1, column 2: no such escape"},
        {STR("\"\\"), "line 1, column 2: no such escape"},
        {STR("\"\\\0\""), "line 1, column 2: no such escape"},
        {STR("\"\\u12g4\""), "line 1, column 2: an escape needs four hexadecimal digits"},
        {STR("\"\\u12"), "line 1, column 2: an escape needs four hexadecimal digits"},
        {STR("\"\\ud800\""), "line 1, column 2: half of a surrogate pair"},
        {STR("\"\\udc00\""), "line 1, column 2: half of a surrogate pair"},
        {STR("\"\\ud800\\u0041\""), "line 1, column 2: half of a surrogate pair"},
        {STR("\"\\ud800\\ud800\""), "line 1, column 2: half of a surrogate pair"},
        {STR("\"\xff\""), "line 1, column 2: not UTF-8"},
        {STR("\"\xed\xa0\x80\""), "line 1, column 2: not UTF-8"},
        {STR("\"\xc3"), "line 1, column 2: not UTF-8"},
        {STR("{\"a\":1,\n \"a\":2}"), "line 2, column 2: a duplicate member"},
        {STR("{\"a\":1,\"\\u0061\":2}"),
         "line 1, column 18: a duplicate member"}, /* told at the end */
        {STR("{\"\":1,\"\":2}"), "line 1, column 7: a duplicate member"},
        {STR("[{\"a\":{\"x\":1,\"y\":2,\"x\":3}}]"), "line 1, column 20: a duplicate member"},
        /* characters are counted, not bytes */
        {STR("[\"\xc3\xa9\xe2\x82\xac\", ?]"), "line 1, column 8: a value is expected"},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        struct fault f;
        struct value v;
        char *text = exact(rows[i].text);

        assert_int_equal(read_text(a, (struct str){text, rows[i].text.n}, &v, &f),
                         FAULT_INVALID_BODY);
        if (strcmp(f.detail, rows[i].detail) != 0)
            fail_msg("%.*s: %s", STR_ARG(rows[i].text), f.detail);
        free(text);
    }
    arena_free(a);
}

static void
test_limits(void **state)
{
    static const struct {
        const char *text;
        struct json_limits limits;
        const char *detail; /* NULL: read */
    } rows[] = {
        {"[[[1]]]", {3, 100}, NULL},
        {"[[[[1]]]]", {3, 100}, "line 1, column 4: nested too deep"},
        {"[[],[[]],[]]", {3, 100}, NULL}, /* depth comes back */
        {"[[[[]]]]", {3, 100}, "line 1, column 4: nested too deep"},
        {"[1,2,3]", {3, 4}, NULL},
        {"[1,2,3,4]", {3, 4}, "line 1, column 8: too many values"},
        {"1", {0, 1}, NULL},
        {"1", {0, 0}, "line 1, column 1: too many values"},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        struct fault f;
        struct value v;
        enum fault_code code = json_read(a, str_of(rows[i].text), rows[i].limits, &v, &f);

        assert_int_equal(code, rows[i].detail ? FAULT_INVALID_BODY : FAULT_NONE);
        if (rows[i].detail)
            assert_string_equal(f.detail, rows[i].detail);
    }
    arena_free(a);
}

/* Nested far deeper than any stack, with the limit raised: VALUE_DEPTH holds. */
static void
test_depth_10000(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct fault f;
    struct value v;
    char text[20000];

    (void)state;
    memset(text, '[', 10000);
    memset(text + 10000, ']', 10000);
    assert_int_equal(json_read(a, (struct str){text, sizeof text},
                               (struct json_limits){UINT32_MAX, 100000}, &v, &f),
                     FAULT_INVALID_BODY);
    assert_string_equal(f.detail, "line 1, column 257: nested too deep");
    assert_int_equal(json_read(a, (struct str){text + 10000 - VALUE_DEPTH, 2 * VALUE_DEPTH},
                               (struct json_limits){UINT32_MAX, 100000}, &v, &f),
                     FAULT_NONE);
    struct buf b;
    struct value copy;

    buf_init(&b, 10000);
    json_write(&b, &v);
    assert_false(b.failed);
    assert_int_equal(b.n, 2 * VALUE_DEPTH);
    assert_int_equal(value_dup(a, &v, &copy), FAULT_NONE);
    assert_true(value_equal(&v, &copy));
    buf_fini(&b);
    arena_free(a);
}

/* 200,000 members, the last a duplicate of the first: found, and in no quadratic time. */
static void
test_big_object(void **state)
{
    enum { MEMBERS = 200000 };
    struct arena *a = arena_new(64 << 20);
    struct fault f;
    struct value v;
    struct buf b, back;

    (void)state;
    buf_init(&b, 16 << 20);
    buf_init(&back, 16 << 20);
    for (int i = 0; i < MEMBERS; i++)
        buf_printf(&b, "%c\"member%d\":%d", i ? ',' : '{', i, i);
    buf_put_char(&b, '}');
    assert_int_equal(read_text(a, buf_view(&b), &v, &f), FAULT_NONE);
    assert_int_equal(v.n, MEMBERS);
    json_write(&back, &v);
    assert_true(str_eq(buf_view(&b), buf_view(&back)));
    b.n--;
    buf_printf(&b, ",\n\"member0\":1}");
    assert_int_equal(read_text(a, buf_view(&b), &v, &f), FAULT_INVALID_BODY);
    assert_string_equal(f.detail, "line 2, column 1: a duplicate member");
    buf_fini(&b);
    buf_fini(&back);
    arena_free(a);
}

static void
test_memory(void **state)
{
    struct fault f;
    struct value v;
    struct buf b;

    (void)state;
    for (size_t ceiling = 0; ceiling < 160; ceiling += 8) { /* each allocation fails in its turn */
        struct arena *a = arena_new(ceiling);
        enum fault_code code = read_text(a, STR("[{\"a\\n\":[1,2,\"\\t\"]}]  "), &v, &f);

        assert_int_equal(code, FAULT_MEMORY);
        arena_free(a);
    }
    struct arena *a = arena_new(10000);

    assert_int_equal(read_text(a, STR("[\"text\",{\"name\":\"a\\nb\"}]"), &v, &f), FAULT_NONE);
    for (size_t ceiling = 0; ceiling < 24; ceiling++) {
        buf_init(&b, ceiling);
        json_write(&b, &v);
        assert_true(b.failed);
        buf_fini(&b);
    }
    buf_init(&b, 24);
    json_write(&b, &v);
    assert_false(b.failed);
    buf_fini(&b);
    arena_free(a);
}

/* A tree that was read may be appended to. */
static void
test_append_to_what_was_read(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct fault f;
    struct value v;

    (void)state;
    for (uint32_t n = 0; n < 40; n++) {
        struct buf b;

        buf_init(&b, 1000);
        buf_put_char(&b, '[');
        for (uint32_t i = 0; i < n; i++)
            buf_str(&b, i ? STR(",1") : STR("1"));
        buf_put_char(&b, ']');
        assert_int_equal(read_text(a, buf_view(&b), &v, &f), FAULT_NONE);
        for (int i = 0; i < 10; i++)
            assert_int_equal(value_append(a, &v, value_boolean(true)), FAULT_NONE);
        assert_int_equal(v.n, n + 10);
        for (uint32_t i = 0; i < n; i++)
            assert_int_equal(v.items[i].kind, VALUE_NUMBER);
        buf_fini(&b);
    }
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_depth_10000),
        cmocka_unit_test(test_big_object),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_append_to_what_was_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
