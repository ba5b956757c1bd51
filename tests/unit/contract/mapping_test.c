/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates: what they give, what is filled by name, conversions, and what is told of mistakes. */
#include "contract/mapping.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/unit/contract/mapping_frame.h"

#define N(table) (sizeof(table) / sizeof *(table))

static const struct mapping *
compile(struct frame *f, const char *text, uint32_t *needs)
{
    struct arena *a = f->schemas.arena;
    struct document *d;

    report_init(&f->schemas.report, a);
    if (!text)
        return mapping_compile(a, f->schemas.document, NULL, &f->scope, needs, &f->schemas.report);
    d = document_parse(a, STR("t"), str_of(text), &f->schemas.report);
    if (!d)
        fail_msg("%s: %s", text, schemas_mistakes(&f->schemas));
    return mapping_compile(a, d, d->root, &f->scope, needs, &f->schemas.report);
}

static const char *
give(struct frame *f, const char *text)
{
    const struct mapping *m = compile(f, text, NULL);
    struct fault fault = {0};
    struct value v;
    struct buf b;
    const char *json;

    if (!m)
        return schemas_mistakes(&f->schemas);
    if (mapping_eval(m, &f->env, f->schemas.arena, &v, &fault))
        return fault_row(fault.code)->name;
    if (v.kind == VALUE_ABSENT)
        return "nothing";
    buf_init(&b, 1 << 16);
    json_write(&b, &v);
    json = arena_dup(f->schemas.arena, buf_view(&b)).p;
    buf_fini(&b);
    return json;
}

struct row {
    const char *text;     /* NULL: no template, all by name */
    const char *response; /* JSON; NULL: absent */
    const char *expected; /* JSON, or the lines of the report */
};

static void
run(const struct row *rows, size_t n, const char *target, bool by_name)
{
    struct frame f;

    frame_open(&f);
    f.scope.target = frame_type(&f, target);
    f.scope.by_name = by_name;
    for (size_t i = 0; i < n; i++) {
        f.response.body = frame_value(&f, rows[i].response);
        const char *got = give(&f, rows[i].text);
        if (strcmp(got, rows[i].expected) != 0)
            fail_msg("%s\n  gives   %s\n  but not %s", rows[i].text ? rows[i].text : "(by name)",
                     got, rows[i].expected);
    }
    frame_close(&f);
}

static void
test_templates(void **state)
{
    static const char one[] = "{\"One\":{\"Status\":\"O\",\"Amount\":1.50}}";
    static const struct row rows[] = {
        {"a: 1\nb: [x, true, null]\nc: {d: 1e400}", NULL,
         "{\"a\":1,\"b\":[\"x\",true,null],\"c\":{\"d\":1e400}}"},
        {"$inputs.limit", NULL, "7"},
        {"$inputs.absent", NULL, "nothing"},
        {"{a: $inputs.absent, b: $inputs.note}", NULL, "{\"b\":null}"}, /* null is there */
        {"{a: $inputs.absent}", NULL, "{}"},                            /* the outermost stays */
        {"{a: {b: {c: $inputs.absent}}, d: 1}", NULL, "{\"d\":1}"},
        {"{a: {}, b: []}", NULL, "{\"a\":{},\"b\":[]}"}, /* written so */
        {"[$inputs.absent, $inputs.id]", NULL, "[\"42\"]"},
        {"{a: [$inputs.absent]}", NULL, "{}"},
        /* escapes */
        {"$$inputs.id", NULL, "\"$inputs.id\""},
        {"$$", NULL, "\"$\""},
        {"{$$each: 1, $$: 2}", NULL, "{\"$each\":1,\"$\":2}"},
        {"'a$b'", NULL, "\"a$b\""},
        {"''", NULL, "\"\""},
        /* text */
        {"'GW-{$inputs.id}/{$inputs.limit}.'", NULL, "\"GW-42/7.\""},
        {"'{$inputs.id}'", NULL, "\"42\""},
        {"'{$inputs.id}{$inputs.id}'", NULL, "\"4242\""},
        {"'{id} {'", NULL, "\"{id} {\""}, /* no expression in it */
        {"'{$$inputs.id} {$inputs.id}'", NULL, "\"{$inputs.id} 42\""},
        {"{a: 'x{$inputs.absent}'}", NULL, "{}"}, /* an absent part: nothing at all */
        {"{a: 'x{$inputs.note}'}", NULL, "{}"},
        {"{a: 'x{$claims.realm}'}", NULL, "{}"}, /* an object is no text */
        {"'{$response.status}: {$response.body#/One/Amount}'", one, "\"201: 1.50\""},
        {"'{$secret.key}'", NULL, "\"hush\""},
        /* $map */
        {"{$map: $response.body#/One/Status, O: open, P: paid}", one, "\"open\""},
        {"{$map: $response.body#/One/Status, P: paid}", one, "nothing"},
        {"{$map: $response.body#/One/Status, P: paid, $default: other}", one, "\"other\""},
        {"{$map: $response.body#/One/Status, O: open, $default: none}", NULL, "\"none\""},
        {"{$map: $inputs.note, '': empty, $default: none}", NULL, "\"none\""}, /* null: no key */
        {"{$map: $response.status, 201: {made: true}}", NULL, "{\"made\":true}"},
        {"{$map: $claims.realm, a: 1, $default: $inputs.id}", NULL, "\"42\""},
        {"{$map: $inputs.id, '42': {$map: $inputs.limit, 7: both}}", NULL, "\"both\""},
        {"{a: {$map: $inputs.id, x: y}}", NULL, "{}"},
        {"{$map: $inputs.id, $$default: 1, $default: 2}", NULL, "2"},
    };

    (void)state;
    run(rows, N(rows), NULL, false);
}

static void
test_each(void **state)
{
    static const char each[] = "{$each: $response.body#/Invoices/Invoice, no: $item#/InvoiceNo}";
    static const struct row rows[] = {
        {each, "{\"Invoices\":{\"Invoice\":[{\"InvoiceNo\":\"1\"},{\"InvoiceNo\":\"2\"}]}}",
         "[{\"no\":\"1\"},{\"no\":\"2\"}]"},
        {each, "{\"Invoices\":{\"Invoice\":{\"InvoiceNo\":\"1\"}}}", "[{\"no\":\"1\"}]"},
        {each, "{\"Invoices\":{\"Invoice\":[]}}", "[]"},
        {each, "{\"Invoices\":{\"Invoice\":null}}", "[]"},
        {each, "{\"Invoices\":{}}", "[]"},
        {each, "{}", "[]"},
        {each, NULL, "[]"},
        {each, "{\"Invoices\":{\"Invoice\":[{}]}}", "[{}]"}, /* an item stays an item */
        {each, "{\"Invoices\":{\"Invoice\":[null,{\"InvoiceNo\":\"1\"}]}}", "[{\"no\":\"1\"}]"},
        {"{$each: $response.body#/Invoices/Invoice, no: $item#/InvoiceNo, of: $inputs.id,\n"
         " lines: {$each: $item#/Line, p: $item#/Pos}}",
         "{\"Invoices\":{\"Invoice\":[{\"InvoiceNo\":\"1\",\"Line\":[{\"Pos\":1},{\"Pos\":2}]}]}}",
         "[{\"no\":\"1\",\"of\":\"42\",\"lines\":[{\"p\":1},{\"p\":2}]}]"},
        {"{$each: $response.body#/Codes, $map: $item, a: 1, b: {x: $item}, $default: 0}",
         "{\"Codes\":[\"a\",\"b\",\"c\"]}", "[1,{\"x\":\"b\"},0]"},
        {"{$each: $response.body#/Codes, $map: $item, a: 1}", "{\"Codes\":[\"a\",\"z\"]}", "[1]"},
        {"{$each: $inputs.tags, t: $item}", NULL, "[{\"t\":\"a\"},{\"t\":\"b\"}]"},
        /* a call that failed and may: no list, not an empty one */
        {"{a: {$each: $calls.bills#/Codes, c: $item}, b: $calls.customer#/fullName}", NULL,
         "{\"b\":\"Ann Other\"}"},
        {"{$each: $calls.customer, n: $item#/fullName}", NULL, "[{\"n\":\"Ann Other\"}]"},
    };

    (void)state;
    run(rows, N(rows), NULL, false);
}

static void
test_mistakes(void **state)
{
    static const struct row rows[] = {
        {"{a: $inputs.nope, b: $inputs.nope}", NULL,
         "t:1:5: $inputs.nope names no parameter of the operation and no member of its body\n"
         "t:1:22: $inputs.nope names no parameter of the operation and no member of its body\n"},
        {"a:\n  'x {$inputs.id'", NULL,
         "t:2:3: a {$ in this text has no }; close it, or write {$$\n"},
        {"'{$inputs.tags}'", NULL,
         "t:1:1: $inputs.tags gives no text, which a template text needs\n"},
        {"{$secret.none: 1}", NULL,
         "t:1:2: \"$secret.none\" is no template key here; there are $each, and $map with "
         "$default\n"},
        {"{$default: 1}", NULL,
         "t:1:2: \"$default\" is no template key here; there are $each, and $map with $default\n"},
        {"{$each: $inputs.tags, $default: 1}", NULL,
         "t:1:23: \"$default\" is no template key here; there are $each, and $map with $default\n"},
        {"{$each: [1], a: 1}", NULL,
         "t:1:9: $each takes one expression, such as $response.body#/list\n"},
        {"{$map: {a: 1}}", NULL,
         "t:1:8: $map takes one expression, such as $response.body#/list\n"},
        {"{$map: Status}", NULL,
         "t:1:8: Status is no expression; it starts with $inputs., $request., $response., "
         "$calls., $item, $claims. or $secret. (write $$ for a plain $)\n"},
        {"{a: $item}", NULL, "t:1:5: $item stands outside of any $each\n"},
        {"{a: $secret.none}", NULL,
         "t:1:5: $secret.none is not configured; add it under `secrets` in the configuration\n"},
    };

    (void)state;
    run(rows, N(rows), NULL, false);
}

/* Text parts, and levels: both bounded at load. */
static void
test_bounds(void **state)
{
    struct frame f;
    struct buf b;

    (void)state;
    frame_open(&f);
    buf_init(&b, 1 << 16);
    buf_put_char(&b, '"');
    for (int i = 0; i < 33; i++)
        buf_str(&b, STR("{$inputs.id}"));
    buf_put(&b, "\"\0", 2);
    assert_string_equal(give(&f, b.p), "t:1:1: this text has more than 32 parts\n");
    b.n = 0;
    for (int i = 0; i < 40; i++)
        buf_str(&b, STR("{a: "));
    buf_str(&b, STR("1"));
    for (int i = 0; i < 40; i++)
        buf_put_char(&b, '}');
    buf_put_char(&b, 0);
    assert_string_equal(give(&f, b.p),
                        "t:1:133: the template is nested too deep; 32 levels are the limit\n");
    buf_fini(&b);
    frame_close(&f);
}

static void
test_needs(void **state)
{
    struct frame f;
    uint32_t needs = 0;

    (void)state;
    frame_open(&f);
    assert_non_null(compile(&f, "{a: $inputs.id}", &needs));
    assert_int_equal(needs, 0);
    assert_non_null(compile(&f, "{a: 'x{$calls.bills#/One/Status}'}", &needs));
    assert_int_equal(needs, 2);
    assert_non_null(compile(&f, "{$each: $calls.customer, a: 1}", &needs));
    assert_int_equal(needs, 3);
    frame_close(&f);
}

/* The answer to the caller: Answer to Bill and Bills. */
static void
test_answer_by_name(void **state)
{
    static const char line[] =
        "{\"One\":{\"InvoiceNo\":\"7\",\"Amount\":100000000000000.01,\"Line\":[{\"Pos\":1}],"
        "\"Total\":{\"Cents\":5}}}";
    static const struct row bill[] = {
        /* nothing of the outermost level is called as it should be */
        {NULL, NULL,
         "schema: nothing fills \"invoice_no\", which is required; write where it comes from\n"
         "schema: nothing fills \"amount\", which is required; write where it comes from\n"},
        /* a record into a record, member by member, names folded, values converted */
        {"$response.body#/One", line,
         "{\"invoice_no\":\"7\",\"amount\":100000000000000.01,\"total\":{\"cents\":\"5\"},"
         "\"line\":[{\"pos\":\"1\"}]}"},
        /* an optional list that is not there stays away, as its minItems wants */
        {"$response.body#/One", "{\"One\":{\"InvoiceNo\":\"7\",\"Amount\":1}}",
         "{\"invoice_no\":\"7\",\"amount\":1}"},
        {"$response.body#/One", "{\"One\":{}}", "{}"}, /* for validation to refuse */
        {"$response.body#/One", NULL, "nothing"},
        {"{invoice_no: $response.body#/One/InvoiceNo, amount: 2}", line,
         "{\"invoice_no\":\"7\",\"amount\":2}"},
        {"{amount: 2}", line,
         "t:1:1: nothing fills \"invoice_no\", which is required; write where it comes from\n"},
        {"{invoice_no: $inputs.absent, amount: 2}", line, "{\"amount\":2}"},
        /* conversions of what is written */
        {"{invoice_no: 17, amount: '2.50'}", line, "{\"invoice_no\":\"17\",\"amount\":2.50}"},
        {"{invoice_no: $inputs.limit, amount: $inputs.id}", line,
         "{\"invoice_no\":\"7\",\"amount\":42}"},
        {"{invoice_no: a, amount: $inputs.name}", line,
         "{\"invoice_no\":\"a\",\"amount\":\"Ann\"}"}, /* for validation to refuse */
        /* mistakes */
        {"{invoice_no: a, amount: x}", line,
         "t:1:25: this value does not fit where it goes: it must be a number\n"},
        {"{invoice_no: a, amount: 1, state: shut}", line,
         "t:1:35: this value does not fit where it goes: it is not one of the 3 allowed values\n"},
        {"{invoice_no: a, amount: 1, stat: open}", line,
         "t:1:28: \"stat\" is no member of what this template gives; check its spelling\n"},
        {"{invoice_no: a, amount: 1, total: 5}", line,
         "t:1:35: this value does not fit where it goes: it must be an object\n"},
        {"{invoice_no: a, amount: 1, line: $inputs.id}", line,
         "t:1:34: this gives text where the type wants a list\n"},
        {"{invoice_no: {a: 1}, amount: [1]}", line,
         "t:1:14: an object does not fit here by the type\n"
         "t:1:30: a list does not fit here by the type\n"},
        {"{invoice_no: a, amount: {$each: $inputs.tags, x: 1}}", line,
         "t:1:25: $each gives a list, which does not fit here by the type\n"},
        {"{invoice_no: a, amount: 1, line: {pos: 1}}", line,
         "t:1:34: a list belongs here by the type; use $each, or write [ ] around\n"},
        {"{invoice_no: a, amount: $response.body#/One}", line,
         "t:1:25: this gives an object where the type wants a number\n"},
        {"{invoice_no: a, amount: 1, total: 'x{$inputs.id}'}", line,
         "t:1:35: text does not fit here by the type\n"},
        {"{invoice_no: null, amount: 1}", line,
         "t:1:1: \"invoice_no\" is required; it can not be left out\n"},
        {"$$x", line, "t:1:1: this value does not fit where it goes: it must be an object\n"},
    };
    static const char each[] = "{$each: $response.body#/Invoices/Invoice, amount: 1}";
    static const struct row bills[] = {
        {each, "{\"Invoices\":{\"Invoice\":[{\"InvoiceNo\":\"1\",\"Total\":{}}]}}",
         "[{\"invoice_no\":\"1\",\"amount\":1,\"total\":{}}]"},
        {"$response.body#/Invoices/Invoice",
         "{\"Invoices\":{\"Invoice\":[{\"InvoiceNo\":\"1\",\"Amount\":2}]}}",
         "[{\"invoice_no\":\"1\",\"amount\":2}]"},
        {"$response.body#/One", "{\"One\":{\"InvoiceNo\":\"1\",\"Amount\":2}}",
         "[{\"invoice_no\":\"1\",\"amount\":2}]"}, /* one becomes a list of one */
        {"{$each: $response.body#/Invoices/Invoice, line: null}",
         "{\"Invoices\":{\"Invoice\":[{\"InvoiceNo\":\"1\",\"Amount\":2,\"Line\":[{\"Pos\":1}]}]}}",
         "[{\"invoice_no\":\"1\",\"amount\":2}]"}, /* left out on purpose */
        {"{$each: $response.body#/Invoices/Invoice, total: {cents: $item#/Amount}}",
         "{\"Invoices\":{\"Invoice\":[{\"InvoiceNo\":\"1\",\"Amount\":2}]}}",
         "[{\"invoice_no\":\"1\",\"amount\":2,\"total\":{\"cents\":\"2\"}}]"},
        {"{$each: $response.body#/Codes}", NULL,
         "t:1:1: nothing fills \"invoice_no\", which is required; write where it comes from\n"
         "t:1:1: nothing fills \"amount\", which is required; write where it comes from\n"},
    };

    (void)state;
    run(bill, N(bill), "Bill", true);
    run(bills, N(bills), "Bills", true);
}

/* The message to a backend: the inputs to Request. */
static void
test_request_by_name(void **state)
{
    static const struct {
        const char *target, *text, *expected;
    } rows[] = {
        {"Request", "{AccountNo: $inputs.id}",
         "{\"AccountNo\":\"42\",\"Limit\":7,\"Address\":{\"Street\":\"S\",\"ZipCode\":\"9\"},"
         "\"Items\":[]}"},
        {"Request", "{AccountNo: $inputs.id, Address: {Street: x}, Limit: null, Items: a}",
         "{\"AccountNo\":\"42\",\"Address\":{\"Street\":\"x\",\"ZipCode\":\"9\"},"
         "\"Items\":[\"a\"]}"},
        {"Request", "{AccountNo: $inputs.limit, Address: null, Items: $inputs.limit}",
         "{\"AccountNo\":\"7\",\"Limit\":7,\"Items\":[\"7\"]}"},
        /* the order of the type, not of the template */
        {"Request", "{Items: $inputs.tags, Address: null, Limit: '8', AccountNo: '1'}",
         "{\"AccountNo\":\"1\",\"Limit\":8,\"Items\":[\"a\",\"b\"]}"},
        {"Request", NULL,
         "schema: nothing fills \"AccountNo\", which is required; write where it comes from\n"},
        {"Twice", NULL,
         "schema: \"double-name\" could be filled from \"double_name\" or from \"doubleName\"; "
         "write which one\n"},
        {"Twice", "{double-name: $inputs.doubleName}", "{\"double-name\":\"y\"}"},
        {"Unfilled", "{}",
         "t:1:1: nothing fills \"colour\", which is required; write where it comes from\n"},
        {"Default", "{}", "{\"colour\":\"red\"}"},
        {"Misfit", "{}",
         "t:1:1: \"address\" is text and would be filled by name with an object; write where it "
         "comes from\n"},
        {"Misfit", "{address: null}", "{}"},
        {"Numbers", "$inputs.limit", "[7]"},
        {"Numbers", "[$inputs.id, '8', 9]", "[42,8,9]"},
        {"Tags", "[1, true, $inputs.limit]", "[\"1\",\"true\",\"7\"]"},
        {"Tags", "1", "[\"1\"]"},
        {"Flag", "'true'", "true"},
        {"Flag", "$inputs.limit",
         "t:1:1: this gives a number where the type wants true or false\n"},
    };
    struct frame f;

    (void)state;
    frame_open(&f);
    f.scope.has_response = false;
    f.scope.by_name = true;
    for (size_t i = 0; i < N(rows); i++) {
        f.scope.target = frame_type(&f, rows[i].target);
        const char *got = give(&f, rows[i].text);
        if (strcmp(got, rows[i].expected) != 0)
            fail_msg("%s: %s\n  gives   %s\n  but not %s", rows[i].target,
                     rows[i].text ? rows[i].text : "(by name)", got, rows[i].expected);
    }
    frame_close(&f);
}

/* Two parameters of one name, in the path and in the query, fit equally well. */
static void
test_same_name_in_two_places(void **state)
{
    struct frame f;

    (void)state;
    frame_open(&f);
    f.scope.has_response = false;
    f.scope.by_name = true;
    struct field field = {.name = STR("same"), .type = frame_type(&f, "Text")};
    struct type record = {.kinds = TYPE_OBJECT, .fields = &field, .field_count = 1};
    f.scope.target = &record;
    assert_string_equal(give(&f, NULL),
                        "schema: \"same\" could be filled from \"same\" or from \"same\"; write "
                        "which one\n");
    frame_close(&f);
}

static const char *
tree_text(struct frame *f, int depth, const char *name, const char *child)
{
    struct buf b;
    const char *text;

    buf_init(&b, 1 << 20);
    for (int i = 0; i < depth; i++)
        buf_printf(&b, "{\"%s\":\"n\",\"%s\":[", name, child);
    buf_printf(&b, "{\"%s\":\"leaf\"}", name);
    for (int i = 0; i < depth; i++)
        buf_str(&b, STR("]}"));
    text = arena_dup(f->schemas.arena, buf_view(&b)).p;
    buf_fini(&b);
    return text;
}

/* A type that holds itself ends at load; its data to the depth that a reader lets through. */
static void
test_recursive_by_name(void **state)
{
    struct frame f;

    (void)state;
    frame_open(&f);
    f.scope.by_name = true;
    f.scope.response = frame_type(&f, "Tree");
    f.scope.target = frame_type(&f, "Baum");
    f.response.body = frame_value(&f, tree_text(&f, 31, "Name", "Child"));
    assert_string_equal(give(&f, NULL), tree_text(&f, 31, "name", "child"));
    f.response.body = VALUE_OF(VALUE_NULL);
    assert_string_equal(give(&f, NULL), "nothing");

    struct value deep = frame_value(&f, "{\"Name\":\"leaf\"}");
    for (int i = 0; i < 100; i++) {
        struct value list = VALUE_OF(VALUE_ARRAY), node = VALUE_OF(VALUE_OBJECT);

        assert_int_equal(value_append(f.schemas.arena, &list, deep), FAULT_NONE);
        assert_int_equal(value_add(f.schemas.arena, &node, STR("Child"), list), FAULT_NONE);
        deep = node;
    }
    f.response.body = deep;
    assert_string_equal(give(&f, NULL), "BACKEND_INVALID");
    frame_close(&f);
}

/* A discriminator's subtypes, where both sides know them; their own members are converted, too. */
static void
test_subtypes_by_name(void **state)
{
    static const char *const rows[][2] = {
        {"{'kind':'cat','Name':'a','Lives':9}", "{'kind':'cat','name':'a','lives':'9'}"},
        {"{'kind':'cat','Lives':9,'Child':{'kind':'cat','Lives':1}}",
         "{'kind':'cat','child':{'kind':'cat','lives':'1'},'lives':'9'}"},
        {"{'kind':'animal','Name':'a','Lives':9}", "{'kind':'animal','name':'a'}"},
        {"{'Name':'a','Child':{'Name':'b'}}", "{'name':'a','child':{'name':'b'}}"},
        {"{'Child':{}}", "{'child':{}}"},
    };
    struct frame f;

    (void)state;
    frame_open(&f);
    f.scope.by_name = true;
    f.scope.response = frame_type(&f, "Animal");
    f.scope.target = frame_type(&f, "Tier");
    for (size_t i = 0; i < N(rows); i++) {
        char in[200] = {0}, out[200] = {0};

        for (size_t k = 0; rows[i][0][k]; k++)
            in[k] = rows[i][0][k] == '\'' ? '"' : rows[i][0][k];
        for (size_t k = 0; rows[i][1][k]; k++)
            out[k] = rows[i][1][k] == '\'' ? '"' : rows[i][1][k];
        f.response.body = frame_value(&f, in);
        assert_string_equal(give(&f, NULL), out);
    }
    frame_close(&f);
}

/* Every ceiling gives a fault or a line of the report, never a crash. */
static void
test_no_memory(void **state)
{
    static const char text[] =
        "{$each: $response.body#/Invoices/Invoice, state: {$map: $item#/Status, O: open}, "
        "line: [{pos: 'x{$item#/Amount}'}]}";
    struct frame f;

    (void)state;
    frame_open(&f);
    f.scope.by_name = true;
    f.scope.target = frame_type(&f, "Bills");
    f.response.body =
        frame_value(&f, "{\"Invoices\":{\"Invoice\":[{\"InvoiceNo\":\"1\",\"Amount\":2}]}}");
    const struct mapping *m = compile(&f, text, NULL);
    struct document *d = document_parse(f.schemas.arena, STR("t"), STR(text), &f.schemas.report);
    assert_non_null(m);
    for (size_t ceiling = 1; ceiling < 4096; ceiling += 64) {
        struct arena *a = arena_new(ceiling), *told = arena_new(1 << 20);
        struct report r;
        struct fault fault;
        struct value v;

        report_init(&r, told);
        if (!mapping_compile(a, d, d->root, &f.scope, NULL, &r))
            assert_true(r.errors > 0);
        enum fault_code code = mapping_eval(m, &f.env, a, &v, &fault);
        assert_true(code == FAULT_NONE || code == FAULT_MEMORY);
        arena_free(a);
        arena_free(told);
    }
    frame_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_each),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_answer_by_name),
        cmocka_unit_test(test_request_by_name),
        cmocka_unit_test(test_same_name_in_two_places),
        cmocka_unit_test(test_recursive_by_name),
        cmocka_unit_test(test_subtypes_by_name),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
