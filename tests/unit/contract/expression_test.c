/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every root of an expression, pointers, and what is told of a mistake. */
#include "contract/expression.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/unit/contract/mapping_frame.h"

#define N(table) (sizeof(table) / sizeof *(table))

static const char answer[] = "{\"Invoices\":{\"Invoice\":[{\"InvoiceNo\":\"I1\"}]},"
                             "\"Codes\":[\"c0\",\"c1\",\"c2\",\"c3\",\"c4\",\"c5\",\"c6\",\"c7\","
                             "\"c8\",\"c9\",\"c10\"]}";

static const char *
text_of(struct frame *f, struct value v)
{
    struct buf b;
    const char *text;

    buf_init(&b, 1 << 16);
    json_write(&b, &v);
    text = v.kind == VALUE_ABSENT ? "nothing" : arena_dup(f->schemas.arena, buf_view(&b)).p;
    buf_fini(&b);
    return text;
}

static bool
parse(struct frame *f, const char *text, struct expression *out)
{
    struct expression_scope scope = {&f->scope, true, frame_type(f, "Invoice")};
    struct place at = {STR("c.yaml"), 3, 7};

    return expression_parse(f->schemas.arena, str_of(text), &scope, at, &f->schemas.report, out);
}

static void
test_values(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"$inputs.id", "\"42\""},
        {"$inputs.limit", "7"},
        {"$inputs.absent", "nothing"},
        {"$inputs.X-Tag", "\"t\""},
        {"$inputs.name", "\"Ann\""}, /* a member of the body */
        {"$inputs.note", "null"},
        {"$inputs.address#/street", "\"S\""},
        {"$inputs.address#", "{\"street\":\"S\",\"zip-code\":\"9\"}"},
        {"$inputs.tags#/1", "\"b\""},
        {"$request.path.same", "\"p\""},
        {"$request.query.same", "\"q\""},
        {"$request.header.x-tag", "\"t\""},           /* a declared one, case ignored */
        {"$request.header.accept", "\"text/plain\""}, /* one that is not declared */
        {"$request.header.none", "nothing"},
        {"$request.header.x-bad", "nothing"}, /* no UTF-8 */
        {"$request.body#/a~0b~1c", "\"esc\""},
        {"$request.body#/tags/2", "nothing"},
        {"$response.status", "201"},
        {"$response.header.ACCEPT", "\"text/plain\""},
        {"$response.body#/Invoices/Invoice/0/InvoiceNo", "\"I1\""},
        {"$response.body#/Codes/10", "\"c10\""},
        {"$response.body#/Codes/99", "nothing"},
        {"$response.body#/One/Total/Cents", "nothing"}, /* a whole branch is not there */
        {"$calls.customer#/fullName", "\"Ann Other\""},
        {"$calls.bills", "nothing"}, /* failed, and optional */
        {"$calls.bills#/Codes/0", "nothing"},
        {"$item#/InvoiceNo", "\"I7\""},
        {"$item", "{\"InvoiceNo\":\"I7\"}"},
        {"$claims.sub", "\"s1\""},
        {"$claims.realm#/roles/1", "\"r1\""},
        {"$claims.none", "nothing"},
        {"$claims.none#/x", "nothing"},
        {"$secret.key", "\"hush\""},
    };
    struct frame f;
    struct value item;

    (void)state;
    frame_open(&f);
    f.response.body = frame_value(&f, answer);
    item = frame_value(&f, "{\"InvoiceNo\":\"I7\"}");
    for (size_t i = 0; i < N(rows); i++) {
        struct expression e;

        if (!parse(&f, rows[i].text, &e))
            fail_msg("%s: %s", rows[i].text, schemas_mistakes(&f.schemas));
        assert_string_equal(text_of(&f, expression_eval(&e, &f.env, &item, f.schemas.arena)),
                            rows[i].expected);
    }
    f.env.claims = NULL; /* an open operation */
    struct expression e;
    assert_true(parse(&f, "$claims.sub", &e));
    assert_int_equal(expression_eval(&e, &f.env, &item, f.schemas.arena).kind, VALUE_ABSENT);
    frame_close(&f);
}

static void
test_types(void **state)
{
    static const struct {
        const char *text, *type; /* a component's name; NULL: not known */
    } rows[] = {
        {"$inputs.id", "Text"},
        {"$inputs.limit", "Count"},
        {"$inputs.tags", "Tags"},
        {"$request.body", "Body"},
        {"$request.body#/address", "Address"},
        {"$response.body#/Invoices/Invoice/0", "Invoice"},
        {"$response.status", NULL},
        {"$calls.customer", "Customer"},
        {"$item", "Invoice"},
        {"$claims.sub", NULL},
    };
    struct frame f;

    (void)state;
    frame_open(&f);
    for (size_t i = 0; i < N(rows); i++) {
        struct expression e;

        assert_true(parse(&f, rows[i].text, &e));
        if (rows[i].type ? e.type != frame_type(&f, rows[i].type) : e.type != NULL)
            fail_msg("%s has another type", rows[i].text);
    }
    frame_close(&f);
}

#define IS_NO_EXPRESSION                                                                           \
    " is no expression; it starts with $inputs., $request., $response., $calls., $item, $claims. " \
    "or $secret. (write $$ for a plain $)"
#define NOT_THERE(name)                                                                            \
    ": \"" name "\" is not there by the type; check its spelling against the contract"

static void
test_mistakes(void **state)
{
    static const struct {
        const char *text, *told; /* behind place and text */
    } rows[] = {
        {"$", IS_NO_EXPRESSION},
        {"$inputs", IS_NO_EXPRESSION},
        {"$input.id", IS_NO_EXPRESSION},
        {"$INPUTS.id", IS_NO_EXPRESSION},
        {"$items", IS_NO_EXPRESSION},
        {"$inputs.", " names no parameter of the operation and no member of its body"},
        {"$inputs.ID", " names no parameter of the operation and no member of its body"},
        {"$inputs.same", " names several parameters; write $request.path.NAME, "
                         "$request.query.NAME or $request.header.NAME"},
        {"$inputs.address#/town", NOT_THERE("town")},
        {"$inputs.id#/x", NOT_THERE("x")},
        {"$request.url", " is not known; $request has body, path.NAME, query.NAME, header.NAME "
                         "and cookie.NAME"},
        {"$request.path.limit", " names no parameter of the operation"},
        {"$request.cookie.c", " names no parameter of the operation"},
        {"$request.header.", " lacks a name"},
        {"$request.header.accept#/0", " is text, which no pointer leads into; remove what follows "
                                      "the #"},
        {"$request.body#name", " has a pointer that does not start with /"},
        {"$request.body#/", NOT_THERE("")},
        {"$request.body#/a~2b", " has a ~ in its pointer that is neither ~0 nor ~1"},
        {"$request.body#/a~", " has a ~ in its pointer that is neither ~0 nor ~1"},
        {"$response.code", " is not known; $response has body, status and header.NAME"},
        {"$response.status#/0", " is text, which no pointer leads into; remove what follows the #"},
        {"$response.body#/Codes/01", NOT_THERE("01")}, /* no zeros in front */
        {"$response.body#/Codes/-", NOT_THERE("-")},
        {"$response.body#/Codes/0/x", NOT_THERE("x")},
        {"$calls.order", " names no entry of `calls`"},
        {"$calls.customer#/name", NOT_THERE("name")},
        {"$item#/Nope", NOT_THERE("Nope")},
        {"$claims.", " lacks a name"},
        {"$secret.other", " is not configured; add it under `secrets` in the configuration"},
        {"$secret.", " is not configured; add it under `secrets` in the configuration"},
        {"$secret.key#/0", " is text, which no pointer leads into; remove what follows the #"},
    };
    struct frame f;

    (void)state;
    frame_open(&f);
    for (size_t i = 0; i < N(rows); i++) {
        struct expression e;
        char line[512];

        report_init(&f.schemas.report, f.schemas.arena);
        assert_false(parse(&f, rows[i].text, &e));
        assert_int_equal(f.schemas.report.errors, 1);
        snprintf(line, sizeof(line), "c.yaml:3:7: %s%s", rows[i].text, rows[i].told);
        assert_string_equal(f.schemas.report.first->text.p, line);
    }
    frame_close(&f);
}

static void
test_out_of_scope(void **state)
{
    struct frame f;
    struct expression e;
    struct expression_scope scope = {&f.scope, false, NULL};
    struct place at = {STR("c"), 1, 1};

    (void)state;
    frame_open(&f);
    f.scope.has_response = false;
    f.scope.call_count = 0;
    f.scope.secret = NULL;
    assert_false(
        expression_parse(f.schemas.arena, STR("$item"), &scope, at, &f.schemas.report, &e));
    assert_false(parse(&f, "$response.body", &e));
    assert_false(parse(&f, "$calls.customer", &e));
    assert_false(parse(&f, "$secret.key", &e));
    assert_string_equal(
        schemas_mistakes(&f.schemas),
        "c:1:1: $item stands outside of any $each\n"
        "c.yaml:3:7: $response.body stands where there is no answer yet\n"
        "c.yaml:3:7: $calls.customer names no entry of `calls`\n"
        "c.yaml:3:7: $secret.key is not configured; add it under `secrets` in the configuration\n");
    frame_close(&f);
}

static void
test_step(void **state)
{
    static const struct {
        const char *type, *token;
        bool may;
    } rows[] = {
        {"Open", "anything", true},
        {"Map", "anything", true},
        {"Address", "anything", false}, /* its members are known */
        {"Tags", "0", true},
        {"Tags", "x", false},
        {"Text", "0", false},
        {"Pet", "kind", true},
        {"Pet", "lives", true}, /* of a subtype */
        {"Pet", "wings", false},
        {NULL, "x", true},
    };
    struct frame f;
    const struct type *out;

    (void)state;
    frame_open(&f);
    for (size_t i = 0; i < N(rows); i++)
        assert_int_equal(expression_step(frame_type(&f, rows[i].type), str_of(rows[i].token), &out),
                         rows[i].may);
    frame_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),   cmocka_unit_test(test_types),
        cmocka_unit_test(test_mistakes), cmocka_unit_test(test_out_of_scope),
        cmocka_unit_test(test_step),
    };

    return cmocka_run_group_tests_name("expression", tests, NULL, NULL);
}
