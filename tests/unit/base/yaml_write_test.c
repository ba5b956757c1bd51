/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is written is read back as the same tree, whatever the texts are; and how it looks. */
#include "base/yaml_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/document.h"

#define N(table) (sizeof(table) / sizeof *(table))

enum { CEILING = 64 << 20, TREES = 3000 };

static const char *const texts[] = {
    "",
    "x",
    "yes",
    "null",
    "~",
    "1",
    "0x1F",
    "1e3",
    "3.1.0",
    "1.0",
    ".5",
    "../a.b",
    "- a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "a#b",
    "it's",
    "\"q\"",
    "{a}",
    "/a/{b}",
    "[a",
    "a, b",
    "*a",
    "&a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "?",
    "? a",
    "|",
    ">",
    " a",
    "a ",
    "a\tb",
    "a\nb",
    "a\n  b\n\nc",
    "a\n",
    "\na",
    " a\nb",
    "a\r\nb",
    "\x01",
    "\x7f",
    "\xC2\x85",
    "\xE2\x80\xA8",
    "\xEF\xBB\xBFx",
    "\xC3\xBC",
    "\\",
    "a\\nb",
    "http://a.b/c",
    "2024-01-01",
    "12:30",
    "---",
    "...",
    "--- a",
    "=",
    "<<",
    "#/a/b",
    "$.a",
    "(a)",
    "a  b",
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
    "a text of  two blanks that is longer than what is folded one two three four five six seven "
    "eight nine ten",
    "averyveryverylongwordwithoutanyblankaveryveryverylongwordwithoutanyblankaveryveryverylongword",
    "first line: of some\n- lines # that\n\n  look like YAML\nend",
};

static uint64_t state;

static unsigned
below(unsigned n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)((state >> 11) % n);
}

static cJSON *
random_tree(unsigned depth)
{
    unsigned kind = below(depth > 4 ? 4 : 7);
    cJSON *node;

    if (kind == 0)
        return below(2) ? cJSON_CreateNull() : cJSON_CreateBool(below(2));
    if (kind == 1)
        return cJSON_CreateNumber(below(1000) - 500.0);
    if (kind < 4)
        return cJSON_CreateString(texts[below(N(texts))]);
    node = kind == 4 ? cJSON_CreateArray() : cJSON_CreateObject();
    for (unsigned n = below(5); n > 0; n--) {
        const char *key = texts[below(N(texts))];

        if (kind == 4)
            cJSON_AddItemToArray(node, random_tree(depth + 1));
        else if (!node_get(node, key) && strlen(key) < 60)
            cJSON_AddItemToObject(node, key, random_tree(depth + 1));
    }
    return node;
}

static void
expect_same(const cJSON *root)
{
    struct arena *a = arena_new(CEILING);
    struct report r;
    struct buf text;
    struct document *d;

    buf_init(&text, CEILING);
    yaml_write(&text, root);
    assert_false(text.failed);
    report_init(&r, a);
    d = document_parse(a, STR("f"), buf_view(&text), &r);
    if (!d || !cJSON_Compare(root, d->root, true)) {
        print_message("%.*s\n%s\n", STR_ARG(buf_view(&text)), r.first ? r.first->text.p : "");
        fail_msg("not the same tree");
    }
    buf_fini(&text);
    arena_free(a);
}

static void
comes_back(void **unused)
{
    (void)unused;
    state = 88172645463325252u;
    for (unsigned i = 0; i < TREES; i++) {
        cJSON *root = cJSON_CreateObject();

        cJSON_AddItemToObject(root, "a", random_tree(0));
        cJSON_AddItemToObject(root, "b", random_tree(0));
        expect_same(root);
        cJSON_Delete(root);
    }
}

static void
each_text_comes_back(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < N(texts); i++) {
        cJSON *root = cJSON_CreateObject();
        cJSON *list = cJSON_AddArrayToObject(root, "list");

        cJSON_AddStringToObject(root, "text", texts[i]);
        cJSON_AddItemToArray(list, cJSON_CreateString(texts[i]));
        cJSON_AddItemToArray(list, cJSON_Parse("{\"a\": [[[[1]]]]}"));
        expect_same(root);
        cJSON_Delete(root);
    }
}

/* Short things in a line, comments, folded and literal text, digits as they are. */
static void
is_readable(void **unused)
{
    static const char in[] =
        "{\"#\": \"Of\\ntwo lines.\", \"openapi\": \"3.1.0\", \"on\": {\"a\": [1, \"b\"], \"no\": "
        "true}, \"deep\": {\"a\": {\"b\": {\"c\": {\"d\": 1}}}}, \"list\": [{\"#\": \"first\", "
        "\"a\": 1}, {\"b\": 100000000000000.01}], \"path/{x}\": \"a\\nb\", \"e\": {}}";
    static const char want[] = "# Of\n# two lines.\n"
                               "openapi: 3.1.0\n"
                               "'on': {a: [1, b], 'no': true}\n"
                               "deep:\n  a:\n    b: {c: {d: 1}}\n"
                               "list:\n"
                               "  -\n    # first\n    a: 1\n"
                               "  - {b: 100000000000000.01}\n"
                               "path/{x}: |-\n  a\n  b\n"
                               "e: {}\n";
    struct arena *a = arena_new(CEILING);
    struct report r;
    struct buf text;

    (void)unused;
    buf_init(&text, CEILING);
    report_init(&r, a);
    yaml_write(&text, document_parse(a, STR("f"), STR(in), &r)->root);
    buf_put_char(&text, '\0');
    assert_string_equal(text.p, want);
    buf_fini(&text);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_comes_back),
        cmocka_unit_test(comes_back),
        cmocka_unit_test(is_readable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
