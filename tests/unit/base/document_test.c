/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents: what scalars mean, where nodes stand, every mistake with its place, hostile files. */
#include "base/document.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/json.h"

#define N(table) (sizeof(table) / sizeof *(table))

enum { CEILING = 512 << 20 };

/* The document as JSON text, or the lines of the report, each with a newline. */
static void
read_to_text(struct str in, struct buf *out)
{
    struct arena *a = arena_new(CEILING);
    struct report r;
    struct value v;

    report_init(&r, a);
    struct document *d = document_parse(a, STR("f"), in, &r);

    if (d) {
        assert_int_equal(r.errors, 0);
        assert_int_equal(node_to_value(a, d->root, &v), FAULT_NONE);
        json_write(out, &v);
    }
    for (const struct report_line *line = r.first; line; line = line->next)
        buf_printf(out, "%s\n", line->text.p);
    arena_free(a);
}

struct row {
    struct str in;
    const char *out;
};

static void
check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct buf out;

        buf_init(&out, 100000);
        read_to_text(rows[i].in, &out);
        if (!str_eq(buf_view(&out), str_of(rows[i].out)))
            fail_msg("%.*s became %.*s", STR_ARG(rows[i].in), STR_ARG(buf_view(&out)));
        buf_fini(&out);
    }
}

static void
test_scalars(void **state)
{
    static const struct row rows[] = {
        {STR("[null, Null, NULL, ~, ]"), "[null,null,null,null]"},
        {STR("a:\n"), "{\"a\":null}"},
        {STR("[true, True, TRUE, false, False, FALSE]"), "[true,true,true,false,false,false]"},
        {STR("[yes, no, on, off, y, n]"), "[\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\"]"},
        {STR("[2024-01-01, 12:30, 1.2.3, 1_000]"),
         "[\"2024-01-01\",\"12:30\",\"1.2.3\",\"1_000\"]"},
        {STR("[9007199254740993, 100000000000000.01, 1e400, -0]"),
         "[9007199254740993,100000000000000.01,1e400,-0]"},
        {STR("[3.0, 3.10]"), "[3.0,3.10]"}, /* openapi: 3.0 keeps its zero */
        {STR("[+12, 007, .5, -.5, 5., +5.e3, 00, 0., 1E5]"), "[12,7,0.5,-0.5,5,5e3,0,0,1E5]"},
        {STR("[0o17, 0xFF, 0xffffffffffffffff]"), "[15,255,18446744073709551615]"},
        {STR("[0b1, 0o8, 0xg, 1e, e1, '.', +, -.]"),
         "[\"0b1\",\"0o8\",\"0xg\",\"1e\",\"e1\",\".\",\"+\",\"-.\"]"},
        {STR("['1', \"true\", 'null']"), "[\"1\",\"true\",\"null\"]"}, /* quoted is text */
        {STR("a: |\n  1\n  2\nb: >\n  x\n  y\n"), "{\"a\":\"1\\n2\\n\",\"b\":\"x y\\n\"}"},
        {STR("200: ok\ntrue: x\n"), "{\"200\":\"ok\",\"true\":\"x\"}"}, /* keys are text */
        {STR("7"), "7"},
        {STR("\xef\xbb\xbf"
             "a: 1"),
         "{\"a\":1}"}, /* a byte order mark */
        {STR("--- \na: 1\n...\n"), "{\"a\":1}"},
    };

    (void)state;
    check_rows(rows, N(rows));
}

static void
test_json(void **state)
{
    static const struct row rows[] = {
        {STR("{\"a\":[1,2.50,\"x\",null,true],\"b\":{}}"),
         "{\"a\":[1,2.50,\"x\",null,true],\"b\":{}}"},
        {STR("{\n\t\"a\":\t1,\n\t\"b\": [\n\t\t2\n\t]\n}"), "{\"a\":1,\"b\":[2]}"}, /* tabs */
        {STR("[\"\\/\\b\\f\\n\\r\\t\\\"\\\\\\u00e9\"]"), "[\"/\\b\\f\\n\\r\\t\\\"\\\\\xc3\xa9\"]"},
        {STR("{\"\\uD83D\\uDE00\":\"a\\ud83d\\ude00\\ud83d\\ude01b\"}"),
         "{\"\xf0\x9f\x98\x80\":\"a\xf0\x9f\x98\x80\xf0\x9f\x98\x81"
         "b\"}"},
        {STR("[\"\\\\uD83D\\\\uDE00\"]"), "[\"\\\\uD83D\\\\uDE00\"]"}, /* a backslash, no escape */
        {STR("[\"\\uD83D\"]"), "f:1:5: not valid YAML or JSON: found invalid Unicode character "
                               "escape code while parsing a quoted scalar\n"},
    };

    (void)state;
    check_rows(rows, N(rows));
}

static void
test_aliases(void **state)
{
    static const struct row rows[] = {
        {STR("a: &x {k: [1, 2]}\nb: *x\nc: [*x, *x]"),
         "{\"a\":{\"k\":[1,2]},\"b\":{\"k\":[1,2]},\"c\":[{\"k\":[1,2]},{\"k\":[1,2]}]}"},
        {STR("[&x 1, *x, &x 2, *x]"), "[1,1,2,2]"}, /* the latest of that name */
        {STR("a: &x\nb: *x"), "{\"a\":null,\"b\":null}"},
        {STR("a: *x"), "f:1:4: an alias without its anchor before it\n"},
        {STR("a: &x [*x]"), "f:1:8: an alias inside of what it stands for\n"},
        {STR("a: &x k\n*x : 1"), "f:2:1: the key of a member must be text\n"},
    };

    (void)state;
    check_rows(rows, N(rows));
}

static void
test_mistakes(void **state)
{
    static const struct row rows[] = {
        {STR(""), "f:1:1: empty: a document is expected\n"},
        {STR("# nothing\n"), "f:1:1: empty: a document is expected\n"},
        {STR("a: 1\nb: 2\na: 3\n"),
         "f:3:1: a duplicate key, also at line 1, column 1: take one of them out\n"},
        {STR("a: !!str 1\nb: !x {c: 1}\n"),
         "f:1:4: a YAML tag: take it out\nf:2:4: a YAML tag: take it out\n"}, /* both are told */
        {STR("a: &x {b: 1}\nc:\n  <<: *x\n"), "f:3:3: a merge key (<<): write the members out\n"},
        {STR("a: 1\n---\nb: 2\n"), "f:2:1: a second document: keep one in a file\n"},
        {STR("[a]: 1\n"), "f:1:1: the key of a member must be text\n"},
        {STR("? {a: 1}\n: 2\n"), "f:1:3: the key of a member must be text\n"},
        {STR("a: .inf\nb: -.Inf\nc: .nan\n"),
         "f:1:4: JSON has no such number, quote it if it is text\n"
         "f:2:4: JSON has no such number, quote it if it is text\n"
         "f:3:4: JSON has no such number, quote it if it is text\n"},
        {STR("a: 0x10000000000000000\n"),
         "f:1:4: this number is too long for its base, write it in decimal\n"},
        {STR("a: \"x\\0y\"\n"), "f:1:4: a NUL character: take it out\n"},
        {STR("a: \"\xff\"\n"), "f:1:5: not UTF-8: save it as UTF-8\n"},
        {STR("\n a: 1\n\tb: 2\n"),
         "f:3:1: not valid YAML or JSON: found a tab character that violates "
         "indentation while scanning a plain scalar\n"},
        {STR("{\"a\": 1"), "f:2:1: not valid YAML or JSON: did not find expected ',' or '}' while "
                           "parsing a flow mapping\n"},
        {STR("{\"a\": 1, \"a\": 2, \"a\": 3}"),
         "f:1:10: a duplicate key, also at line 1, column 2: take one of them out\n"
         "f:1:18: a duplicate key, also at line 1, column 10: take one of them out\n"},
    };

    (void)state;
    check_rows(rows, N(rows));
}

static void
test_places(void **state)
{
    static const struct {
        const char *pointer;
        unsigned line, column, key_line, key_column;
    } rows[] = {
        {"", 1, 1, 1, 1},                           /* no key: its own place */
        {"/a", 1, 4, 1, 1},     {"/b", 3, 3, 2, 1}, /* a block mapping stands where its first key
                                                       stands */
        {"/b/c", 3, 6, 3, 3},   {"/b/c/1", 3, 13, 3, 13}, {"/b/x~1y", 4, 8, 4, 3},
        {"/d", 5, 4, 5, 1},     /* an alias, where it is used */
        {"/d/1", 3, 13, 3, 13}, /* its parts, where they were written */
    };
    struct arena *a = arena_new(CEILING);
    struct report r;
    cJSON stranger = {0};

    (void)state;
    report_init(&r, a);
    struct document *d =
        document_parse(a, STR("f"), STR("a: 1\nb:\n  c: &x [1, 2]\n  x/y: z\nd: *x\n"), &r);

    assert_non_null(d);
    for (size_t i = 0; i < N(rows); i++) {
        const cJSON *node = node_pointer(d->root, str_of(rows[i].pointer));

        assert_non_null(node);
        struct place at = document_place(d, node), key = document_key_place(d, node);

        assert_true(str_eq(at.path, STR("f")));
        assert_int_equal(at.line, rows[i].line);
        assert_int_equal(at.column, rows[i].column);
        assert_int_equal(key.line, rows[i].key_line);
        assert_int_equal(key.column, rows[i].key_column);
    }
    assert_int_equal(document_place(d, &stranger).line, 0);
    assert_int_equal(document_place(d, NULL).line, 0);
    assert_null(node_pointer(d->root, STR("/b/c/2")));
    assert_null(node_pointer(d->root, STR("/b/C")));
    assert_null(node_pointer(d->root, STR("b")));
    arena_free(a);
}

static void
test_nodes(void **state)
{
    struct arena *a = arena_new(CEILING);
    struct report r;

    (void)state;
    report_init(&r, a);
    struct document *d = document_parse(a, STR("f"), STR("{a: x, A: 12.50, n: null}"), &r);

    assert_string_equal(node_string(d->root, "a", "?"), "x");
    assert_string_equal(node_string(d->root, "A", "?"), "?"); /* a number */
    assert_string_equal(node_string(d->root, "z", "?"), "?");
    assert_true(str_eq(node_lexeme(node_get(d->root, "A")), STR("12.50")));
    assert_true(node_get(d->root, "A")->valuedouble == 12.5);
    assert_int_equal(node_lexeme(node_get(d->root, "a")).n, 0);
    assert_null(node_get(node_get(d->root, "a"), "a")); /* no object */
    assert_null(node_get(NULL, "a"));
    /* a caller may take nodes out, and put his own in */
    cJSON_DeleteItemFromObjectCaseSensitive(d->root, "A");
    assert_true(cJSON_AddStringToObject(d->root, "new", "x") != NULL);
    arena_free(a);
}

/* Expects NULL, and the first line of the report; the test's runner would see a hang. */
static void
check_hostile(struct buf *text, const char *line)
{
    struct arena *a = arena_new(CEILING);
    struct report r;

    report_init(&r, a);
    assert_false(text->failed);
    assert_null(document_parse(a, STR("f"), buf_view(text), &r));
    assert_string_equal(r.first->text.p, line);
    arena_free(a);
    buf_fini(text);
}

static void
test_hostile(void **state)
{
    struct buf text;

    (void)state;
    buf_init(&text, 1 << 20); /* a billion laughs */
    buf_str(&text, STR("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"));
    for (int i = 1; i < 10; i++) {
        buf_printf(&text, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            buf_printf(&text, "*a%d, ", i - 1);
        buf_str(&text, STR("]\n"));
    }
    check_hostile(&text, "f:7:10: more than two million values, aliases included: use fewer");

    buf_init(&text, 1 << 20);
    for (int i = 0; i < 201; i++)
        buf_put_char(&text, '[');
    check_hostile(&text, "f:1:201: nested deeper than 200: make it flatter");

    buf_init(&text, 1 << 20); /* depth by aliases */
    buf_str(&text, STR("- &a0 [1]\n"));
    for (int i = 1; i < 300; i++)
        buf_printf(&text, "- &a%d [*a%d]\n", i, i - 1);
    check_hostile(&text, "f:200:10: nested deeper than 200 by an alias: make it flatter");

    buf_init(&text, 1 << 20);
    for (int i = 0; i < 1001; i++)
        buf_printf(&text, "- &a%d x\n", i);
    check_hostile(&text, "f:1001:3: more than 1000 anchors: use fewer");
}

/* A megabyte, and tens of thousands of members in one mapping. */
static void
test_big(void **state)
{
    struct arena *a = arena_new(CEILING);
    struct report r;
    struct buf text;

    (void)state;
    report_init(&r, a);
    buf_init(&text, 4 << 20);
    for (int i = 0; text.n < 1 << 20; i++)
        buf_printf(&text, "key%d:\n  description: some words of text here\n  list: [%d, a, b]\n", i,
                   i);
    assert_non_null(document_parse(a, STR("f"), buf_view(&text), &r));
    arena_free(a);
    buf_fini(&text);
}

static void
test_files(void **state)
{
    char path[] = "/tmp/document_test_XXXXXX", line[100];
    struct arena *a = arena_new(CEILING);
    int fd = mkstemp(path);
    struct report r;

    (void)state;
    report_init(&r, a);
    assert_true(fd >= 0 && write(fd, "a: 1\n", 5) == 5);
    struct document *d = document_read(a, path, &r);

    assert_non_null(d);
    assert_true(str_eq(d->path, str_of(path)));
    assert_int_equal(ftruncate(fd, (32 << 20) + 1), 0);
    assert_null(document_read(a, path, &r));
    snprintf(line, sizeof line, "%s: larger than 32 MB: split it", path);
    assert_string_equal(r.first->text.p, line);
    close(fd);
    unlink(path);
    assert_null(document_read(a, path, &r));
    snprintf(line, sizeof line, "%s: cannot be read: No such file or directory", path);
    assert_string_equal(r.last->text.p, line);
    assert_null(document_read(a, "/", &r));
    assert_string_equal(r.last->text.p, "/: cannot be read: Is a directory");
    assert_int_equal(r.errors, 3);
    report_warning(&r, (struct place){STR("f"), 0, 0}, "odd");
    assert_int_equal(r.warnings, 1);
    assert_true(r.last->warning);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars), cmocka_unit_test(test_json),
        cmocka_unit_test(test_aliases), cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_places),  cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_big),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
