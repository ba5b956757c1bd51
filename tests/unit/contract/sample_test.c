/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples fit the types they are made for; a type that holds itself ends. */
#include "contract/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "tests/unit/contract/schemas.h"

#define N(table) (sizeof(table) / sizeof *(table))

static void
test_samples(void **state)
{
    static const struct {
        const char *schema, *answer; /* JSON */
    } rows[] = {
        {"{type: string}", "\"text\""},
        {"{type: string, example: abc}", "\"abc\""},
        {"{type: string, examples: [abc, d]}", "\"abc\""},
        {"{type: integer, example: abc}", "1"}, /* an example that does not fit is none */
        {"{type: string, enum: [b, a]}", "\"b\""},
        {"{const: 7}", "7"},
        {"{type: integer, default: 20}", "20"},
        {"{type: string, pattern: '^[0-9]{4}$'}", "\"1001\""},
        {"{type: string, format: date-time}", "\"2026-01-31T12:00:00Z\""},
        {"{type: string, format: uuid}", "\"123e4567-e89b-42d3-a456-426614174000\""},
        {"{type: number, maximum: 0}", "0"},
        {"{type: integer, minimum: 4711}", "4711"},
        {"{type: boolean}", "true"},
        {"{type: 'null'}", "null"},
        {"{type: array, items: {type: integer}, default: []}", "[1]"},
        {"{}", "\"text\""},
        {"{type: object, properties: {a: {type: string, writeOnly: true}, "
         "b: {type: string, readOnly: true}}}",
         "{\"b\":\"text\"}"},
        {"{type: object, required: [a], properties: {a: {type: array, items: {type: boolean}}}}",
         "{\"a\":[true]}"},
    };

    (void)state;
    for (size_t i = 0; i < N(rows); i++) {
        struct schemas s;
        struct value v;
        struct fault f;
        struct buf b;

        schemas_open(&s, str_of(rows[i].schema));
        const struct type *t = schemas_root(&s);
        if (!t)
            fail_msg("%s: %s", rows[i].schema, schemas_mistakes(&s));
        assert_int_equal(sample_value(s.arena, t, TYPE_ANSWER, &v), FAULT_NONE);
        assert_int_equal(type_validate(t, &v, TYPE_ANSWER, &f), FAULT_NONE);
        buf_init(&b, 4096);
        json_write(&b, &v);
        buf_put_char(&b, 0);
        assert_string_equal(b.p, rows[i].answer);
        buf_fini(&b);
        schemas_close(&s);
    }
}

static void
test_recursive(void **state)
{
    struct schemas s;
    struct value v;

    (void)state;
    schemas_open(&s, STR("components: {schemas: {T: {type: object, required: [n], properties: {"
                         "n: {type: string}, l: {$ref: '#/components/schemas/T'}, "
                         "r: {type: array, items: {$ref: '#/components/schemas/T'}}}}}}"));
    const struct type *t = schemas_component(&s, "T");
    assert_non_null(t);
    assert_int_equal(sample_value(s.arena, t, TYPE_REQUEST, &v), FAULT_NONE);
    assert_int_equal(v.kind, VALUE_OBJECT);
    assert_true(arena_used(s.arena) < 1 << 20);
    assert_int_equal(sample_value(s.arena, NULL, TYPE_REQUEST, &v), FAULT_NONE);
    schemas_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_recursive),
    };

    return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
