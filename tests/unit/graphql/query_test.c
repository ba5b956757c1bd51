/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The executable language: what parses, what strings mean, and where mistakes are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "graphql/query.h"

static struct query *
parse(struct arena *a, struct str text, struct errors *errors)
{
    *errors = (struct errors){.arena = a};
    return query_parse(a, text, 200, errors);
}

static void
test_good(void **state)
{
    static const char *const rows[] = {
        "{a}",
        "\xEF\xBB\xBF{a}", /* a byte order mark */
        "query Q($a: [Int!]! = [1, 2] @d, $b: X) @e(x: $a) { a: b(c: {d: $b, e: null}) @f { g } }",
        "mutation M { a } subscription S { b } fragment F on T @x { ...G ... on U { a } ... { b } "
        "}",
        "{ a(x: -0, y: 1.5e-3, z: ENUM, s: \"\\u{1F600}\\uD83D\\uDE00\\n\", b: \"\"\"x\"\"\") }",
        "\"\"\"What it is for.\"\"\" query Q(\"and this\" $a: Int) { a }", /* descriptions, 2025 */
        "\"F\" fragment F on T { a }",
        "# comment\n,,{ a # end\n,b}",
        "{ on query mutation fragment true null }", /* no reserved words for fields */
    };
    struct errors errors;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *a = arena_new(1 << 20);

        if (!parse(a, str_of(rows[i]), &errors))
            fail_msg("%s: %s", rows[i], errors.first->message.p);
        arena_free(a);
    }
}

static void
test_bad(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *message;
    } rows[] = {
        {"", 1, 1, "Syntax Error: Expected an operation or a fragment, found <EOF>."},
        {"{", 1, 2, "Syntax Error: Expected a name, found <EOF>."},
        {"{}", 1, 2, "Syntax Error: Expected a name, found \"}\"."},
        {"{\n  a(x: )\n}", 2, 8, "Syntax Error: Expected a value, found \")\"."},
        {"{ a(x: 01) }", 1, 9, "Syntax Error: Invalid number, expected it to end here."},
        {"{ a(x: 1.) }", 1, 10, "Syntax Error: Invalid number, expected digit after the point."},
        {"{ a(x: 1x) }", 1, 9, "Syntax Error: Invalid number, expected it to end here."},
        {"{ a(x: -) }", 1, 9, "Syntax Error: Invalid number, expected digit."},
        {"{ a(x: \"b) }", 1, 13, "Syntax Error: Unterminated string."},
        {"{ a(x: \"b\n\") }", 1, 10, "Syntax Error: Unterminated string."},
        {"{ a(x: \"\"\"b) }", 1, 15, "Syntax Error: Unterminated string."},
        {"{ a(x: \"\\q\") }", 1, 8, "Syntax Error: Invalid character escape sequence."},
        {"{ a(x: \"\\uD800\") }", 1, 8, "Syntax Error: Invalid character escape sequence."},
        {"{ a(x: \"\\u{110000}\") }", 1, 8, "Syntax Error: Invalid character escape sequence."},
        {"{ \xC3\xA4 }", 1, 3, "Syntax Error: Unexpected character."},
        {"{ a } ?", 1, 7, "Syntax Error: Unexpected character."},
        {"\r\n\r{ a } x", 3, 7, "Syntax Error: Expected an operation or a fragment, found \"x\"."},
        {"fragment on on T { a }", 1, 10,
         "Syntax Error: Expected a name of the fragment, found \"on\"."},
        {"query ($a: Int = $b) { a }", 1, 18,
         "Syntax Error: Expected a constant value, found \"$\"."},
        {"query ($a: [Int) { a }", 1, 16, "Syntax Error: Expected \"]\", found \")\"."},
        {"type T { a: Int }", 1, 1,
         "Syntax Error: Expected an operation or a fragment, found \"type\"."},
        {"{ a .. }", 1, 5, "Syntax Error: Unexpected character."},
        {"\"x\" { a }", 1, 5, "Syntax Error: Expected an operation or a fragment, found \"{\"."},
        /* columns count characters */
        {"{ a(x: \"\xC3\xA4\xC3\xA4\") ? }", 1, 14, "Syntax Error: Unexpected character."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *a = arena_new(1 << 20);
        struct errors errors;

        if (parse(a, str_of(rows[i].text), &errors))
            fail_msg("%s parses", rows[i].text);
        assert_int_equal(errors.count, 1);
        assert_string_equal(errors.first->message.p, rows[i].message);
        assert_int_equal(errors.first->at.line, rows[i].line);
        assert_int_equal(errors.first->at.column, rows[i].column);
        arena_free(a);
    }
}

static void
test_strings(void **state)
{
    static const struct {
        const char *literal, *meaning;
    } rows[] = {
        {"\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "a\"\\/\b\f\n\r\t"},
        {"\"\\u00e4\\u{e4}\\uD83D\\uDE00\"", "\xC3\xA4\xC3\xA4\xF0\x9F\x98\x80"},
        {"\"\"", ""},
        {"\"\"\"\"\"\"", ""},
        {"\"\"\"a\"\"\"", "a"},
        {"\"\"\"\n    a\n      b\n\n    c\n  \"\"\"", "a\n  b\n\nc"}, /* common indentation */
        {"\"\"\"  a\n    b\"\"\"", "  a\nb"},                         /* not of the first line */
        {"\"\"\"a \\\"\"\" \\n\"\"\"", "a \"\"\" \\n"},
        {"\"\"\"a\r\nb\rc\"\"\"", "a\nb\nc"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *a = arena_new(1 << 20);
        struct str text = arena_printf(a, "{ a(x: %s) }", rows[i].literal);
        struct errors errors;
        struct query *q = parse(a, text, &errors);
        struct str got;

        assert_non_null(q);
        got = q->definitions->selections->arguments->value->text;
        assert_int_equal(got.n, strlen(rows[i].meaning));
        assert_memory_equal(got.p, rows[i].meaning, got.n);
        arena_free(a);
    }
}

/* Many times the same text between two others. */
static struct str
repeated(struct arena *a, const char *head, const char *middle, unsigned n, const char *tail)
{
    size_t room = strlen(head) + strlen(middle) * n + strlen(tail);
    char *text = arena_alloc(a, room + 1), *to = text;

    assert_non_null(text);
    to = stpcpy(to, head);
    for (unsigned i = 0; i < n; i++)
        to = stpcpy(to, middle);
    stpcpy(to, tail);
    return (struct str){text, room};
}

static void
test_limits(void **state)
{
    static const struct {
        const char *head, *middle;
        unsigned n;
        const char *message;
    } rows[] = {
        {"", "{a", 63, "Syntax Error: Expected a name, found <EOF>."}, /* the deepest */
        {"", "{a", 65, "Syntax Error: Document nests too deep."},
        {"{a(x:", "[", 70, "Syntax Error: Document nests too deep."},
        {"{", "a ", 300, "Syntax Error: Document contains too many tokens. Parsing aborted."},
        {"query($a:", "[", 20,
         "Syntax Error: Expected fewer lists inside each other, found \"[\"."},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *a = arena_new(1 << 20);
        struct errors errors;
        const char *tail = i == 0 ? "{" : "";

        assert_null(parse(a, repeated(a, rows[i].head, rows[i].middle, rows[i].n, tail), &errors));
        assert_string_equal(errors.first->message.p, rows[i].message);
        arena_free(a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
