/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes to the text of a table of clients: what is changed, and that nothing else is. */
#include "auth/clients_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static struct arena *arena;

static const char *
add(const char *text, const char *client, struct str *out)
{
    struct clients_member m[] = {{"secret_scrypt", STR("\"x\"")}, {"scopes", STR("[\"a\"]")}};
    const char *wrong;
    struct buf b;

    buf_init(&b, 1 << 16);
    wrong = clients_edit_add(arena, str_of(text), str_of(client), m, 2, &b);
    *out = arena_dup(arena, buf_view(&b));
    buf_fini(&b);
    return wrong;
}

static const char *
set(const char *text, const char *client, const char *name, const char *removed, struct str *out)
{
    struct clients_member m = {name, STR("new")};
    const char *wrong;
    struct buf b;

    buf_init(&b, 1 << 16);
    wrong = clients_edit_set(arena, str_of(text), str_of(client), m, removed, &b);
    *out = arena_dup(arena, buf_view(&b));
    buf_fini(&b);
    return wrong;
}

/* after: NULL when the text cannot be changed. */
static void
test_add(void **state)
{
    static const char new_two[] = "  b:\n    secret_scrypt: \"x\"\n    scopes: [\"a\"]\n";
    const struct {
        const char *text, *client, *before; /* what stands before the new client */
        const char *added;
    } rows[] = {
        {"clients: {}\n", "b", "clients: \n", new_two},
        {"clients: {}", "b", "clients: \n", new_two},
        {"# c\nclients: {}  # d\n", "b", "# c\nclients:   # d\n", new_two},
        {"clients:\n  a:\n    x: 1\n", "b", "clients:\n  a:\n    x: 1\n", new_two},
        {"clients:\n  a: {x: 1}", "b", "clients:\n  a: {x: 1}\n", new_two},
        {"clients:\n  a:\n    x: 1\n# end\n", "b", "clients:\n  a:\n    x: 1\n# end\n", new_two},
        {"clients:\n    a:\n        x: 1\n", "b", "clients:\n    a:\n        x: 1\n",
         "    b:\n      secret_scrypt: \"x\"\n      scopes: [\"a\"]\n"},
        {"clients:\n  a: {}\n", "5 c", "clients:\n  a: {}\n",
         "  \"5 c\":\n    secret_scrypt: \"x\"\n    scopes: [\"a\"]\n"},
        {"clients:\n  a: {}\n", "-", "clients:\n  a: {}\n",
         "  \"-\":\n    secret_scrypt: \"x\"\n    scopes: [\"a\"]\n"},
        {"clients: {a: {x: 1}}\n", "b", NULL, NULL},
        {"{\"clients\": {\"a\": {}}}", "b", NULL, NULL},
        {"clients: { }\n", "b", NULL, NULL},
        {"other: {}\n", "b", NULL, NULL},
        {"clients:\n  a: {}\nother: {}\n", "b", NULL, NULL},
        {"clients: [\n", "b", NULL, NULL},
        {"", "b", NULL, NULL},
    };
    struct str out;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *wrong = add(rows[i].text, rows[i].client, &out);
        struct str wanted =
            rows[i].before ? arena_printf(arena, "%s%s", rows[i].before, rows[i].added) : out;

        if (!wrong != !!rows[i].before || !str_eq(out, wanted))
            fail_msg("row %zu: %s\n%.*s", i, wrong ? wrong : "", STR_ARG(out));
    }
}

static void
test_set(void **state)
{
    const struct {
        const char *text, *client, *name, *removed, *after;
    } rows[] = {
        {"clients:\n  a:\n    x: 1\n    y: 2\n", "a", "x", NULL,
         "clients:\n  a:\n    x: new\n    y: 2\n"},
        {"clients:\n  a:\n    x: 1\n    y: 2", "a", "y", NULL,
         "clients:\n  a:\n    x: 1\n    y: new\n"},
        {"clients:\n  a:\n    x: 1\n", "a", "z", NULL, "clients:\n  a:\n    z: new\n    x: 1\n"},
        {"clients:\n  a:\n    x: 1 # c\n  b:\n    x: 1\n", "b", "x", NULL,
         "clients:\n  a:\n    x: 1 # c\n  b:\n    x: new\n"},
        {"clients:\n  a:\n    x: [1, 2]\n    y: 1\n", "a", "x", NULL,
         "clients:\n  a:\n    x: new\n    y: 1\n"},
        {"clients:\n  a:\n    y: 1\n    x: 1\n", "a", "x", "y", "clients:\n  a:\n    x: new\n"},
        {"clients:\n  a:\n    y: 1\n", "a", "x", "y", "clients:\n  a:\n    x: new\n"},
        {"clients:\n  a:\n    y: 1\n", "a", "x", "z", "clients:\n  a:\n    x: new\n    y: 1\n"},
        {"clients:\n  a:\n    y:\n      - 1\n", "a", "x", NULL,
         "clients:\n  a:\n    x: new\n    y:\n      - 1\n"},
        {"clients:\r\n  a:\r\n    x: 1\r\n", "a", "x", NULL, "clients:\r\n  a:\r\n    x: new\n"},
        {"clients:\n  a:\n    x:\n      - 1\n      - 2\n", "a", "x", NULL, NULL}, /* many lines */
        {"clients:\n  a:\n    x: [1,\n      2]\n", "a", "x", NULL, NULL},
        {"clients:\n  a: {x: 1}\n", "a", "x", NULL, NULL},
        {"clients:\n  a: {}\n", "a", "x", NULL, NULL},
        {"clients:\n  a:\n    x: 1\n", "b", "x", NULL, NULL},
        {"{\"clients\": {\"a\": {\"x\": 1}}}\n", "a", "x", NULL, NULL},
    };
    struct str out;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *wrong = set(rows[i].text, rows[i].client, rows[i].name, rows[i].removed, &out);

        if (!wrong != !!rows[i].after || (!wrong && !str_eq(out, str_of(rows[i].after))))
            fail_msg("row %zu: %s\n%.*s", i, wrong ? wrong : "", STR_ARG(out));
    }
}

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    return arena ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_set),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
