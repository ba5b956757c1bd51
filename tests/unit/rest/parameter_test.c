/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parameters by place, style and explode, both ways, and what callers may try. */
#include "tests/unit/rest/parameter_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))
#define BROKEN   "parameter \"p\" holds a broken escape, a control character or no UTF-8"

struct row {
    uint8_t place, style;
    bool explode;
    char type;
    const char *raw;      /* the query, the path argument, the header's or cookie's value */
    const char *expected; /* JSON, or the fault's detail; NULL: absent */
    const char *written;  /* what the value is written as; NULL: the same as raw */
};

static const char *
json_of(struct arena *a, const struct value *v)
{
    struct buf b;
    const char *text;

    buf_init(&b, 1 << 16);
    json_write(&b, v);
    text = arena_dup(a, buf_view(&b)).p;
    buf_fini(&b);
    return text;
}

/* The value, or the fault's detail. */
static const char *
read_row(struct schemas *s, const struct row *row, struct parameter *p, struct value *v)
{
    struct operation o = {.parameters = p, .parameter_count = 1};
    struct str raw = str_of(row->raw);
    struct str cookie = arena_printf(s->arena, "x=1; p=%s; p2=3", row->raw);
    struct header header = {row->place == IN_COOKIE ? STR("cookie") : STR("P"),
                            row->place == IN_COOKIE ? cookie : raw};
    struct face_request q = {.operation = &o,
                             .query = row->place == IN_QUERY ? raw : STR_NONE,
                             .headers = {&header, 1},
                             .path_arguments = &raw};
    struct fault f = {0};

    *p = (struct parameter){.name = STR("p"),
                            .type = frame_type(s, row->type),
                            .place = row->place,
                            .style = row->style,
                            .explode = row->explode};
    if (parameter_read_all(&q, s->arena, v, &f))
        return arena_dup(s->arena, str_of(f.detail)).p;
    return v->kind == VALUE_ABSENT ? NULL : json_of(s->arena, v);
}

static const char *
write_row(struct schemas *s, const struct row *row, const struct parameter *p,
          const struct value *v)
{
    struct buf b;
    bool first = true;
    const char *text;

    buf_init(&b, 1 << 16);
    if (row->place == IN_QUERY)
        parameter_write_query(&b, p, v, &first);
    else
        parameter_write_text(&b, p, v);
    text = arena_dup(s->arena, str_from(buf_view(&b), row->place == IN_QUERY)).p;
    buf_fini(&b);
    return text ? text : "";
}

static bool
same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void
run(const struct row *rows, size_t n, bool both_ways)
{
    struct schemas s;

    frame_open(&s);
    for (size_t i = 0; i < n; i++) {
        struct parameter p;
        struct value v;
        const char *got = read_row(&s, &rows[i], &p, &v);

        if (!same(got, rows[i].expected))
            fail_msg("%s gives %s, not %s", rows[i].raw, got, rows[i].expected);
        if (!both_ways)
            continue;
        const char *written = write_row(&s, &rows[i], &p, &v);
        const char *wanted = rows[i].written ? rows[i].written : rows[i].raw;
        if (strcmp(written, wanted) != 0)
            fail_msg("%s is written as %s, not %s", got, written, wanted);
    }
    schemas_close(&s);
}

/* OpenAPI 3.1, section 4.8.12.4, and RFC 6570. */
static void
test_styles(void **state)
{
    static const struct row rows[] = {
        {IN_PATH, STYLE_SIMPLE, false, 's', "blue", "\"blue\"", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 's', "a%2Fb%20%C3%A9", "\"a/b \xc3\xa9\"", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 's', "a+b", "\"a+b\"", "a%2Bb"}, /* no space in a path */
        {IN_PATH, STYLE_SIMPLE, false, 'i', "12", "12", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 's', "0123", "\"0123\"", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'n', "100000000000000.010", "100000000000000.010", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'b', "true", "true", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'S', "blue,black,b%2Cr", "[\"blue\",\"black\",\"b,r\"]",
         NULL},
        {IN_PATH, STYLE_SIMPLE, true, 'S', "blue,black", "[\"blue\",\"black\"]", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'I', "1,2,3", "[1,2,3]", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'O', "R,100,G,200", "{\"R\":100,\"G\":\"200\"}", NULL},
        {IN_PATH, STYLE_SIMPLE, true, 'O', "R=100,B=true", "{\"R\":100,\"B\":true}", NULL},
        {IN_PATH, STYLE_LABEL, false, 's', ".blue", "\"blue\"", NULL},
        {IN_PATH, STYLE_LABEL, false, 'S', ".blue,black", "[\"blue\",\"black\"]", NULL},
        {IN_PATH, STYLE_LABEL, true, 'S', ".blue.black", "[\"blue\",\"black\"]", NULL},
        {IN_PATH, STYLE_LABEL, false, 'O', ".R,100,G,200", "{\"R\":100,\"G\":\"200\"}", NULL},
        {IN_PATH, STYLE_LABEL, true, 'O', ".R=100.G=200", "{\"R\":100,\"G\":\"200\"}", NULL},
        {IN_PATH, STYLE_LABEL, false, 'S', ".", "[]", NULL},
        {IN_PATH, STYLE_MATRIX, false, 's', ";p=blue", "\"blue\"", NULL},
        {IN_PATH, STYLE_MATRIX, false, 's', ";p", "\"\"", ";p="},
        {IN_PATH, STYLE_MATRIX, false, 'S', ";p=blue,black", "[\"blue\",\"black\"]", NULL},
        {IN_PATH, STYLE_MATRIX, true, 'S', ";p=blue;p=black", "[\"blue\",\"black\"]", NULL},
        {IN_PATH, STYLE_MATRIX, false, 'O', ";p=R,100,G,200", "{\"R\":100,\"G\":\"200\"}", NULL},
        {IN_PATH, STYLE_MATRIX, true, 'O', ";R=100;G=200", "{\"R\":100,\"G\":\"200\"}", NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "p=blue", "\"blue\"", NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "p=a+b%2B", "\"a b+\"", "p=a%20b%2B"},
        {IN_QUERY, STYLE_FORM, true, 's', "%70=1", "\"1\"", "p=1"}, /* the name encoded */
        {IN_QUERY, STYLE_FORM, true, 's', "p=", "\"\"", NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "p", "\"\"", "p="},
        {IN_QUERY, STYLE_FORM, true, 's', "&&p=a=b&", "\"a=b\"", "p=a%3Db"},
        {IN_QUERY, STYLE_FORM, true, 'S', "p=a&p=b%2Cc", "[\"a\",\"b,c\"]", NULL},
        {IN_QUERY, STYLE_FORM, true, 'S', "p=a,b", "[\"a,b\"]", "p=a%2Cb"}, /* one item */
        {IN_QUERY, STYLE_FORM, false, 'S', "p=a,b", "[\"a\",\"b\"]", NULL},
        {IN_QUERY, STYLE_FORM, false, 'S', "p=", "[]", NULL},
        {IN_QUERY, STYLE_FORM, false, 'S', "p=,a,", "[\"\",\"a\",\"\"]", NULL},
        {IN_QUERY, STYLE_FORM, true, 'I', "p=1&p=2", "[1,2]", NULL},
        {IN_QUERY, STYLE_FORM, false, 'O', "p=R,100,G,200", "{\"R\":100,\"G\":\"200\"}", NULL},
        {IN_QUERY, STYLE_FORM, true, 'O', "R=100&G=200", "{\"R\":100,\"G\":\"200\"}", NULL},
        {IN_QUERY, STYLE_SPACE, false, 'S', "p=a%20b+c", "[\"a\",\"b\",\"c\"]", "p=a%20b%20c"},
        {IN_QUERY, STYLE_SPACE, false, 'S', "p=100%2525", "[\"100%25\"]", NULL}, /* once */
        {IN_QUERY, STYLE_SPACE, false, 'O', "p=R%20100%20G%20x", "{\"R\":100,\"G\":\"x\"}", NULL},
        {IN_QUERY, STYLE_PIPE, false, 'S', "p=a|b%7cc%7Cd%20e", "[\"a\",\"b\",\"c\",\"d e\"]",
         "p=a%7Cb%7Cc%7Cd%20e"},
        {IN_QUERY, STYLE_PIPE, true, 'S', "p=a&p=b%7Cc", "[\"a\",\"b|c\"]", NULL},
        {IN_QUERY, STYLE_DEEP_OBJECT, true, 'O', "p[R]=100&p%5BG%5D=200",
         "{\"R\":100,\"G\":\"200\"}", "p%5BR%5D=100&p%5BG%5D=200"},
        {IN_QUERY, STYLE_DEEP_OBJECT, true, 'M', "p%5B%2525%5D=1", "{\"%25\":1}", NULL}, /* once */
        {IN_QUERY, STYLE_FORM, true, 'x', "p=a,b", "\"a,b\"", "p=a%2Cb"}, /* anything: as one */
        {IN_QUERY, STYLE_FORM, true, 'u', "p=a", "\"a\"", NULL},
        {IN_HEADER, STYLE_SIMPLE, false, 's', "a%20b", "\"a%20b\"", NULL}, /* never decoded */
        {IN_HEADER, STYLE_SIMPLE, false, 's', "\t blue ", "\"blue\"", "blue"},
        {IN_HEADER, STYLE_SIMPLE, false, 'S', "a, b ,c", "[\"a\",\"b\",\"c\"]", "a,b,c"},
        {IN_HEADER, STYLE_SIMPLE, false, 'O', "R,100,G,x", "{\"R\":100,\"G\":\"x\"}", NULL},
        {IN_HEADER, STYLE_SIMPLE, true, 'O', "R=100, G=x", "{\"R\":100,\"G\":\"x\"}", "R=100,G=x"},
        {IN_COOKIE, STYLE_FORM, false, 's', "a%3Bb", "\"a;b\"", NULL},
        {IN_COOKIE, STYLE_FORM, false, 'I', "1,2", "[1,2]", NULL},
    };

    (void)state;
    run(rows, N(rows), true);
}

static void
test_refused(void **state)
{
    static const struct row rows[] = {
        {IN_PATH, STYLE_SIMPLE, false, 's', "%", BROKEN, NULL},
        {IN_PATH, STYLE_SIMPLE, false, 's', "%4", BROKEN, NULL},
        {IN_PATH, STYLE_SIMPLE, false, 's', "%zz", BROKEN, NULL},
        {IN_PATH, STYLE_SIMPLE, false, 's', "a%00b", BROKEN, NULL},
        {IN_PATH, STYLE_SIMPLE, false, 's', "a%0Ab", BROKEN, NULL},
        {IN_PATH, STYLE_SIMPLE, false, 's', "a%7F", BROKEN, NULL},
        {IN_PATH, STYLE_SIMPLE, false, 's', "%C3", BROKEN, NULL},       /* half a character */
        {IN_PATH, STYLE_SIMPLE, false, 's', "%C0%AF", BROKEN, NULL},    /* overlong */
        {IN_PATH, STYLE_SIMPLE, false, 's', "%ED%A0%80", BROKEN, NULL}, /* a surrogate */
        {IN_PATH, STYLE_SIMPLE, false, 'S', "a,%00", BROKEN, NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'i', "12x", "parameter \"p\" must be a whole number", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'i', "1.5", "parameter \"p\" must be a whole number", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'i', "0123", "parameter \"p\" must be a whole number", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'i', "", "parameter \"p\" must be a whole number", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'i', "-1", "parameter \"p\" must be at least 0", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'b', "TRUE", "parameter \"p\" must be true or false", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'e', "left",
         "parameter \"p\" is not one of the 2 allowed values", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'I', "1,,2", "parameter \"p\" must be a whole number", NULL},
        {IN_PATH, STYLE_SIMPLE, false, 'O', "R,100,G", "parameter \"p\" has a name without a value",
         NULL},
        {IN_PATH, STYLE_SIMPLE, true, 'O', "R,100", "parameter \"p\" is not a list of name=value",
         NULL},
        {IN_PATH, STYLE_SIMPLE, true, 'O', "R=1,R=2", "parameter \"p\" names a member twice", NULL},
        {IN_PATH, STYLE_SIMPLE, true, 'O', "%52=1,R=2", "parameter \"p\" names a member twice",
         NULL},
        {IN_PATH, STYLE_LABEL, false, 's', "blue",
         "parameter \"p\" does not have the form that its style asks for", NULL},
        {IN_PATH, STYLE_LABEL, false, 's', "",
         "parameter \"p\" does not have the form that its style asks for", NULL},
        {IN_PATH, STYLE_MATRIX, false, 's', "p=blue",
         "parameter \"p\" does not have the form that its style asks for", NULL},
        {IN_PATH, STYLE_MATRIX, false, 's', ";px=blue",
         "parameter \"p\" does not have the form that its style asks for", NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "p=1&p=1", "parameter \"p\" is given more than once",
         NULL},
        {IN_QUERY, STYLE_FORM, false, 'S', "p=1&p=1", "parameter \"p\" is given more than once",
         NULL},
        {IN_QUERY, STYLE_FORM, true, 'u', "p=1&p=1", "parameter \"p\" is given more than once",
         NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "p=1&q=1", "this operation has no query parameter \"q\"",
         NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "P=1", "this operation has no query parameter \"P\"",
         NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "=1", "this operation has no query parameter \"\"", NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "p[]=1", "this operation has no query parameter \"p[]\"",
         NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "%00=1",
         "the query holds a broken escape, a control character or no UTF-8", NULL},
        {IN_QUERY, STYLE_FORM, true, 's', "p=%u0041", BROKEN, NULL},
        {IN_QUERY, STYLE_FORM, true, 'O', "R=1&R=2", "parameter \"p\" names a member twice", NULL},
        {IN_QUERY, STYLE_FORM, true, 'O', "X=1", "this operation has no query parameter \"X\"",
         NULL},
        {IN_QUERY, STYLE_SPACE, false, 'S', "p=100%25%", BROKEN, NULL},
        {IN_QUERY, STYLE_DEEP_OBJECT, true, 'M', "p[a][b]=1",
         "parameter \"p\" is nested deeper than one level", NULL},
        {IN_QUERY, STYLE_DEEP_OBJECT, true, 'M', "p[a=1",
         "this operation has no query parameter \"p[a\"", NULL},
        {IN_QUERY, STYLE_DEEP_OBJECT, true, 'M', "p[a]=1&p[%61]=2",
         "parameter \"p\" names a member twice", NULL},
        {IN_HEADER, STYLE_SIMPLE, false, 's', "\xff", BROKEN, NULL},
        {IN_COOKIE, STYLE_FORM, false, 's', "%00", BROKEN, NULL},
    };

    (void)state;
    run(rows, N(rows), false);
}

static void
test_many_pairs(void **state)
{
    struct schemas s;
    struct row row = {IN_QUERY, STYLE_FORM, true, 'S', NULL, NULL, NULL};
    struct parameter p;
    struct value v;
    char text[300 * 4 + 1];

    (void)state;
    frame_open(&s);
    for (int i = 0; i < 300; i++)
        memcpy(text + 4 * i, "p=1&", 5);
    row.raw = text;
    assert_string_equal(read_row(&s, &row, &p, &v), "more than 256 query parameters");
    text[4 * 256] = 0;
    assert_non_null(read_row(&s, &row, &p, &v));
    assert_int_equal(v.n, 256);
    memset(text, '&', sizeof(text) - 1); /* empty pairs are none */
    text[sizeof(text) - 1] = 0;
    assert_null(read_row(&s, &row, &p, &v));
    schemas_close(&s);
}

/* Absent ones: left out, by default, or missing. */
static void
test_absent(void **state)
{
    struct schemas s;
    struct parameter p[3];
    struct operation o = {.parameters = p, .parameter_count = 3};
    struct face_request q = {.operation = &o};
    struct value v[3];
    struct fault f = {0};

    (void)state;
    frame_open(&s);
    p[0] = (struct parameter){.name = STR("a"), .type = frame_type(&s, 's'), .place = IN_QUERY};
    p[1] = (struct parameter){.name = STR("b"), .type = frame_type(&s, 'd'), .place = IN_QUERY};
    p[2] = (struct parameter){.name = STR("c"), .type = frame_type(&s, 's'), .place = IN_HEADER};
    assert_int_equal(parameter_read_all(&q, s.arena, v, &f), FAULT_NONE);
    assert_int_equal(v[0].kind, VALUE_ABSENT);
    assert_true(str_eq(value_text(&v[1]), STR("20")));
    assert_int_equal(v[2].kind, VALUE_ABSENT);
    p[2].required = true;
    assert_int_equal(parameter_read_all(&q, s.arena, v, &f), FAULT_MISSING_PARAMETER);
    assert_string_equal(f.detail, "parameter \"c\" is required");
    schemas_close(&s);
}

/* `content: application/json`; without a schema there is no type at all. */
static void
test_json(void **state)
{
    static const struct {
        uint8_t place;
        const char *raw, *expected, *written;
    } rows[] = {
        {IN_QUERY, "p=%7B%22a%22%3A%5B1%2C2%5D%7D", "{\"a\":[1,2]}", NULL},
        {IN_QUERY, "p=[1]", "[1]", "p=%5B1%5D"},
        {IN_QUERY, "p={", "parameter \"p\" is not well-formed JSON", NULL},
        {IN_QUERY, "p={\"a\":1,\"a\":2}", "parameter \"p\" is not well-formed JSON", NULL},
        {IN_QUERY, "p=%00", "parameter \"p\" is not well-formed JSON", NULL},
        {IN_HEADER, "{\"a\":\"%20\"}", "{\"a\":\"%20\"}", NULL}, /* a header is never decoded */
        {IN_PATH, "%5B%22%2F%22%5D", "[\"/\"]", NULL},
    };
    struct schemas s;

    (void)state;
    frame_open(&s);
    for (size_t i = 0; i < N(rows); i++) {
        struct parameter p = {.name = STR("p"), .place = rows[i].place, .is_json = true};
        struct operation o = {.parameters = &p, .parameter_count = 1};
        struct str raw = str_of(rows[i].raw);
        struct header header = {STR("p"), raw};
        struct face_request q = {.operation = &o,
                                 .query = rows[i].place == IN_QUERY ? raw : STR_NONE,
                                 .headers = {&header, 1},
                                 .path_arguments = &raw};
        struct row row = {.place = rows[i].place};
        struct fault f = {0};
        struct value v;

        if (parameter_read_all(&q, s.arena, &v, &f)) {
            assert_string_equal(f.detail, rows[i].expected);
            continue;
        }
        assert_string_equal(json_of(s.arena, &v), rows[i].expected);
        assert_string_equal(write_row(&s, &row, &p, &v),
                            rows[i].written ? rows[i].written : rows[i].raw);
    }
    schemas_close(&s);
}

static void
test_header_twice(void **state)
{
    struct schemas s;
    struct parameter p = {.name = STR("p"), .place = IN_HEADER};
    struct operation o = {.parameters = &p, .parameter_count = 1};
    struct header headers[] = {{STR("P"), STR("1")}, {STR("p"), STR("2")}};
    struct face_request q = {.operation = &o, .headers = {headers, 2}};
    struct fault f = {0};
    struct value v;

    (void)state;
    frame_open(&s);
    p.type = frame_type(&s, 's');
    assert_int_equal(parameter_read_all(&q, s.arena, &v, &f), FAULT_INVALID_PARAMETER);
    assert_string_equal(f.detail, "parameter \"p\" is given more than once");
    schemas_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_styles),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_many_pairs), cmocka_unit_test(test_absent),
        cmocka_unit_test(test_json),       cmocka_unit_test(test_header_twice),
    };

    return cmocka_run_group_tests_name("parameter", tests, NULL, NULL);
}
