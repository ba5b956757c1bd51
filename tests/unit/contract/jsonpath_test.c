/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSONPath: what is found, in which order, and how a path that is none is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/json.h"
#include "contract/jsonpath.h"

static const char document[] =
    "{a: {b: 1, c-d: 2, 'e f': 3, \"q'q\": 4}, l: [10, 20, 30, 40], n: {a: {b: 5}},\n"
    " o: [{k: x, v: 1}, {k: y, v: 2.0, w: null}, {k: z, w: [1]}], é: 6}";

struct found { /* what a path finds, as JSON, joined by spaces */
    struct arena *arena;
    struct jsonpath_matches matches;
    const char *why;
    size_t at;
    bool fine;
    char text[2000];
};

static void
find(struct found *f, const char *path)
{
    struct report report;
    struct buf out;
    *f = (struct found){.arena = arena_new((size_t)16 << 20)};
    report_init(&report, f->arena);
    struct document *d = document_parse(f->arena, STR("d"), str_of(document), &report);
    assert_non_null(d);
    f->fine = jsonpath_find(f->arena, d->root, str_of(path), &f->matches, &f->why, &f->at);
    buf_init(&out, sizeof f->text - 1);
    for (unsigned i = 0; i < f->matches.count; i++) {
        struct value v;
        assert_int_equal(node_to_value(f->arena, f->matches.items[i].node, &v), FAULT_NONE);
        if (i)
            buf_put_char(&out, ' ');
        json_write(&out, &v);
    }
    if (out.n)
        memcpy(f->text, out.p, out.n);
    buf_fini(&out);
}

static void
test_found(void **state)
{
    static const struct {
        const char *path, *found;
    } rows[] = {
        {"$.a.b", "1"},
        {"$['a']['b']", "1"},
        {"$[\"a\"].b", "1"},
        {"$ .a [ 'b' ]", "1"}, /* blanks between segments and within brackets */
        {"$.a.c-d", "2"},      /* not RFC 9535's shorthand, but what people write */
        {"$.a['e f']", "3"},
        {"$.a['q\\'q']", "4"},
        {"$.a[\"q'q\"]", "4"},
        {"$.a['\\u0062']", "1"},
        {"$.é", "6"},
        {"$['\\u00e9']", "6"},
        {"$.nothing.at.all", ""},
        {"$.a.*", "1 2 3 4"},
        {"$.a[*]", "1 2 3 4"},
        {"$.a['b','c-d']", "1 2"},
        {"$.a['b','b']", "1"}, /* each node once */
        {"$.l[0]", "10"},
        {"$.l[-1]", "40"},
        {"$.l[4]", ""},
        {"$.l[1:3]", "20 30"},
        {"$.l[:2]", "10 20"},
        {"$.l[-2:]", "30 40"},
        {"$.l[::2]", "10 30"},
        {"$.l[::-1]", "40 30 20 10"},
        {"$.l[3:0:-2]", "40 20"},
        {"$.l[::0]", ""},
        {"$.l[0, 2]", "10 30"},
        {"$.a[0]", ""}, /* an index of an object */
        {"$..b", "1 5"},
        {"$..['b']", "1 5"},
        {"$.n..*", "{\"b\":5} 5"},
        {"$..l[0]", "10"},
        {"$.o[?@.k == 'x'].v", "1"},
        {"$.o[?(@.k == 'x')].v", "1"},
        {"$.o[?@.k=='x'||@.k==\"y\"].v", "1 2.0"},
        {"$.o[?@.k == 'x' && @.v == 2].v", ""},
        {"$.o[?@.v == 2].k", "\"y\""}, /* numbers by value: 2 is 2.0 */
        {"$.o[?@.v < 2].k", "\"x\""},
        {"$.o[?@.v <= 2].k", "\"x\" \"y\""},
        {"$.o[?@.k > 'x'].k", "\"y\" \"z\""},
        {"$.o[?@.v].k", "\"x\" \"y\""},
        {"$.o[?!@.v].k", "\"z\""},
        {"$.o[?!(@.v == 1)].k", "\"y\" \"z\""},
        {"$.o[?@.w == null].k", "\"y\""}, /* there, and null */
        {"$.o[?@.w[?@ == 1]].k", "\"z\""},
        {"$.o[?@.none == @.nothing].k", "\"x\" \"y\" \"z\""}, /* Nothing equals Nothing */
        {"$.o[?@.v == $.a.b].k", "\"x\""},
        {"$.l[?@ > 15 && (@ < 25 || @ == 40)]", "20 40"},
        {"$[?@.b]['b']", "1"},
        {"$.a.b.c", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct found f;
        find(&f, rows[i].path);
        if (!f.fine || strcmp(f.text, rows[i].found))
            print_error("path: %s (%s)\n", rows[i].path, f.why ? f.why : "fine");
        assert_true(f.fine);
        assert_string_equal(f.text, rows[i].found);
        arena_free(f.arena);
    }
}

static void
test_refused(void **state)
{
    static const struct {
        const char *path, *why;
        size_t at;
    } rows[] = {
        {"", "must begin with $", 0},
        {"a.b", "must begin with $", 0},
        {"$a", "goes on where it should end", 1},
        {"$.a ", "goes on where it should end", 3},
        {"$.", "needs a name, * or [...] here; quote other names: ['...']", 2},
        {"$..", "needs a name, * or [...] here; quote other names: ['...']", 3},
        {"$./a", "needs a name, * or [...] here; quote other names: ['...']", 2},
        {"$[", "has a selector that is none of 'name', *, 0, 0:9 and ?filter", 2},
        {"$[]", "has a selector that is none of 'name', *, 0, 0:9 and ?filter", 2},
        {"$['a'", "needs a ']' or ',' here", 5},
        {"$['a", "has a quote that is not closed", 4},
        {"$['\\x']", "has an escape that is not one of JSONPath's", 4},
        {"$['\\ud83d']", "has an escape that is not one of JSONPath's", 4},
        {"$[01]", "has a number that is no index", 2},
        {"$[99999999999]", "has a number that is no index", 2},
        {"$[-]", "has a '-' without a number", 2},
        {"$.o[?]", "needs @, $, a literal or ( in its filter here", 5},
        {"$.o[?1]", "has a literal alone in its filter: compare it", 6},
        {"$.o[?@.a ==]", "needs @, $, a literal or ( in its filter here", 11},
        {"$.o[?@.a === 1]", "needs @, $, a literal or ( in its filter here", 11},
        {"$.o[?@.a == 01]", "has a literal that is no number", 14},
        {"$.o[?(@.a]", "needs a ) here", 9},
        {"$.o[?length(@.a) == 1]", "calls a function, which is not supported", 5},
        {"$.none[?]", "needs @, $, a literal or ( in its filter here", 8}, /* also if unused */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct found f;
        find(&f, rows[i].path);
        if (f.fine || strcmp(f.why, rows[i].why) || f.at != rows[i].at)
            print_error("path: %s (%s, %zu)\n", rows[i].path, f.why ? f.why : "fine", f.at);
        assert_false(f.fine);
        assert_string_equal(f.why, rows[i].why);
        assert_int_equal(f.at, rows[i].at);
        arena_free(f.arena);
    }
}

#define NESTED "..[?@..*..[?@..*"

/* Hostile paths end soon, with a reason. */
static void
test_bounds(void **state)
{
    static char text[5000];
    struct found f;
    (void)state;
    memset(text, '.', sizeof text - 1);
    text[0] = '$';
    find(&f, text);
    assert_string_equal(f.why, "is too long");
    arena_free(f.arena);
    memset(text, '(', sizeof text);
    memcpy(text, "$[?", 3);
    text[1003] = '\0';
    find(&f, text);
    assert_string_equal(f.why, "is nested too deep");
    arena_free(f.arena);
    /* each level asks everything below again */
    snprintf(text, sizeof text, "$%s%s%s%s]]]]]]]]", NESTED, NESTED, NESTED, NESTED);
    find(&f, text);
    assert_true(f.fine || !strcmp(f.why, "matches too much: name what you mean more closely") ||
                !strcmp(f.why, "asks for too much work") || !strcmp(f.why, "out of memory"));
    arena_free(f.arena);
}

/* The parent comes with the node, so that it can be removed. */
static void
test_parents(void **state)
{
    struct found f;
    (void)state;
    find(&f, "$.l[1]");
    assert_int_equal(f.matches.count, 1);
    assert_string_equal(f.matches.items[0].parent->string, "l");
    arena_free(f.arena);
    find(&f, "$");
    assert_int_equal(f.matches.count, 1);
    assert_null(f.matches.items[0].parent);
    arena_free(f.arena);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_parents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
