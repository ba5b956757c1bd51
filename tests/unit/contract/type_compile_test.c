/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Schemas that cannot be compiled, told with their places; warnings; identity of types. */
#include "schemas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static const struct {
    const char *schema;
    const char *mistakes; /* all lines */
} rows[] = {
    /* not supported: told, never silent */
    {"{unevaluatedProperties: false}",
     "schema:1:2: unevaluatedProperties is not supported: write the schema without it\n"},
    {"{properties: {a: {$dynamicRef: '#x'}}}",
     "schema:1:19: $dynamicRef is not supported: write the schema without it\n"},
    {"{dependencies: {}}",
     "schema:1:2: dependencies is not supported: write the schema without it\n"},
    {"{$schema: 'http://json-schema.org/draft-07/schema#'}",
     "schema:1:11: $schema is another dialect: only JSON Schema 2020-12 is supported\n"},
    /* every mistake, not the first only */
    {"{minLength: -1, maxLength: 1.5, items: 3}",
     "schema:1:13: minLength must be a whole number, 0 or more\n"
     "schema:1:28: maxLength must be a whole number, 0 or more\n"
     "schema:1:40: a schema must be an object, true or false\n"},
    {"{type: strin}",
     "schema:1:8: type must be null, boolean, integer, number, string, array or object\n"},
    {"{type: []}", "schema:1:8: type must name at least one kind\n"},
    {"{items: [true]}", "schema:1:9: items must be one schema: call the list prefixItems\n"},
    {"{allOf: []}", "schema:1:9: allOf must hold at least one schema\n"},
    {"{exclusiveMinimum: true}", "schema:1:20: exclusiveMinimum must be a number\n"},
    {"{multipleOf: 0}", "schema:1:14: multipleOf must be more than 0\n"},
    {"{required: a}", "schema:1:12: required must be a list of names\n"},
    {"{required: [1]}", "schema:1:13: required must name members\n"},
    {"{enum: a}", "schema:1:8: enum must be a list of values\n"},
    {"{properties: []}", "schema:1:14: properties must be an object of schemas\n"},
    {"{dependentRequired: {a: b}}", "schema:1:25: a must be a list of names\n"},
    {"{pattern: '('}", "schema:1:11: pattern is not a regular expression that can be used: "
                       "missing closing parenthesis\n"},
    {"{patternProperties: {'[': true}}",
     "schema:1:22: this is not a regular expression that can be used: "
     "missing terminating ] for character class\n"},
    {"{discriminator: {mapping: {}}}",
     "schema:1:17: discriminator must name a member: give it propertyName\n"},
    {"{discriminator: {propertyName: a, mapping: {b: 1}}}",
     "schema:1:48: b must be a reference to a schema\n"},
    {"{$ref: '#/nothing'}", "schema:1:1: nothing stands at #/nothing\n"},
    {"[]", "schema:1:1: a schema must be an object, true or false\n"},
    /* $id where the places of schemas are not known */
    {"{openapi: 3.1.0, $id: 'http://example.com/a', items: {$id: b}}",
     "(w) schema:1:2: openapi is no keyword of JSON Schema 2020-12 and does nothing\n"
     "schema:1:18: $id is not supported: write the schema without it\n"
     "schema:1:55: $id is not supported: write the schema without it\n"},
    /* loops that consume nothing of the value */
    {"{$ref: '#'}", "schema:1:1: this $ref leads back to itself: point it at a schema\n"},
    {"{$defs: {a: {$ref: '#/$defs/b'}, b: {$ref: '#/$defs/a'}}, items: {$ref: '#/$defs/a'}}",
     "schema:1:66: this $ref leads back to itself: point it at a schema\n"},
    {"{allOf: [{$ref: '#'}]}",
     "schema:1:1: this schema applies itself to the same value without end: break the loop of "
     "$ref, allOf, anyOf, oneOf, not or if\n"},
    {"{$defs: {a: {not: {$ref: '#/$defs/a'}}}, items: {$ref: '#/$defs/a'}}",
     "schema:1:13: this schema applies itself to the same value without end: break the loop of "
     "$ref, allOf, anyOf, oneOf, not or if\n"},
    /* warnings */
    {"{format: colour}", "(w) schema:1:10: format 'colour' is not known and not checked\n"},
    {"{maxLenght: 3}",
     "(w) schema:1:2: maxLenght is no keyword of JSON Schema 2020-12 and does nothing\n"},
    {"{nullable: true}", "(w) schema:1:2: nullable means nothing from OpenAPI 3.1 on: "
                         "write type: [..., 'null']\n"},
    /* nothing to tell */
    {"{x-any: [1], $comment: a, title: b, description: c, example: d, examples: [e],"
     " deprecated: true, externalDocs: {}, contentMediaType: a, contentEncoding: base64,"
     " contentSchema: 1, $defs: {}, definitions: 3, default: null}",
     ""},
    {"{properties: {$ref: {type: string}}}", ""}, /* a member of that name */
    {"{maxLength: 2.0, minimum: -0.5e-3}", ""},
};

static void
test_mistakes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N(rows); i++) {
        struct schemas s;
        schemas_open(&s, str_of(rows[i].schema));
        schemas_root(&s);
        if (strcmp(schemas_mistakes(&s), rows[i].mistakes) != 0)
            fail_msg("%s:\n%s, not:\n%s", rows[i].schema, schemas_mistakes(&s), rows[i].mistakes);
        schemas_close(&s);
    }
}

/* Every keyword of the specification is found by its name (the table is sorted). */
static void
test_keywords(void **state)
{
    static const char *const names[] = {
        "$anchor",
        "$comment",
        "$defs",
        "$dynamicAnchor",
        "$dynamicRef",
        "$id",
        "$recursiveAnchor",
        "$recursiveRef",
        "$ref",
        "$schema",
        "$vocabulary",
        "additionalItems",
        "allOf",
        "anyOf",
        "const",
        "contains",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "default",
        "definitions",
        "dependencies",
        "dependentSchemas",
        "additionalProperties",
        "deprecated",
        "description",
        "dependentRequired",
        "discriminator",
        "else",
        "enum",
        "example",
        "examples",
        "exclusiveMaximum",
        "externalDocs",
        "format",
        "exclusiveMinimum",
        "if",
        "items",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "not",
        "nullable",
        "oneOf",
        "pattern",
        "patternProperties",
        "prefixItems",
        "properties",
        "propertyNames",
        "readOnly",
        "required",
        "then",
        "title",
        "type",
        "unevaluatedItems",
        "uniqueItems",
        "writeOnly",
        "unevaluatedProperties",
        "xml",
    };

    (void)state;
    for (unsigned i = 0; i < N(names); i++) {
        struct schemas s;
        char text[64];
        snprintf(text, sizeof(text), "{%s: null}", names[i]);
        schemas_open(&s, str_of(text));
        schemas_root(&s);
        if (strstr(schemas_mistakes(&s), "is no keyword"))
            fail_msg("%s is not found", names[i]);
        schemas_close(&s);
    }
}

/* A component keeps its type object; siblings of $ref make a type of their own. */
static void
test_identity(void **state)
{
    struct schemas s;
    const struct type *node, *same;
    const cJSON *schema;

    (void)state;
    schemas_open(&s, STR("openapi: 3.1.0\n"
                         "components: {schemas: {Node: {type: object, properties: {\n"
                         "  next: {$ref: '#/components/schemas/Node'},\n"
                         "  noted: {$ref: '#/components/schemas/Node', description: d},\n"
                         "  list: {type: array, items: {$ref: '#/components/schemas/Node'}}}},\n"
                         "  Alias: {$ref: '#/components/schemas/Node'}}}\n"));
    node = schemas_component(&s, "Node");
    assert_non_null(node);
    assert_int_equal(node->field_count, 3);
    assert_ptr_equal(node->fields[0].type, node);
    assert_ptr_not_equal(node->fields[1].type, node);
    assert_int_equal(node->fields[1].type->field_count, 3);
    assert_string_equal(node->fields[1].type->description.p, "d");
    assert_ptr_equal(node->fields[2].type->items, node);
    assert_true(str_eq(node->name, STR("Node")));
    schema = node_pointer(s.document->root, STR("/components/schemas/Alias"));
    same = type_compile(s.set, s.document, schema, STR("Alias"));
    assert_ptr_equal(same, node);
    assert_true(str_eq(node->name, STR("Node")));
    for (unsigned i = 0; i < node->field_count; i++)
        assert_true(node->fields[i].type->index < type_set_count(s.set));
    schemas_close(&s);
}

/* What comes after a finish is finished by the next one. */
static void
test_finish_twice(void **state)
{
    struct schemas s;
    struct value v = VALUE_OF(VALUE_OBJECT);
    struct fault f;
    const struct type *first, *second;

    (void)state;
    schemas_open(&s, STR("{a: {required: [x]}, b: {allOf: [{$ref: '#/a'}], oneOf: [{properties: "
                         "{y: {const: 1}}}, {properties: {y: {const: 2}}}]}}"));
    first = type_compile(s.set, s.document, node_get(s.document->root, "a"), STR("A"));
    type_set_finish(s.set);
    assert_int_equal(type_validate(first, &v, TYPE_ANSWER, &f), FAULT_INVALID_VALUE);
    second = type_compile(s.set, s.document, node_get(s.document->root, "b"), STR_NONE);
    type_set_finish(s.set);
    type_set_finish(s.set);
    assert_int_equal(s.report.errors, 0);
    assert_int_equal(second->field_count, 1);
    assert_int_equal(type_validate(second, &v, TYPE_ANSWER, &f), FAULT_INVALID_VALUE);
    assert_string_equal(f.detail, "member \"x\" is required");
    schemas_close(&s);
}

/* 400 components of 12 members each, in a chain of allOf four deep: far below 100 ms. */
static void
test_many(void **state)
{
    struct schemas s;
    struct buf b;
    const struct type *t;

    (void)state;
    buf_init(&b, 8 << 20);
    buf_printf(&b, "{\"openapi\": \"3.1.0\", \"components\": {\"schemas\": {");
    for (unsigned i = 0; i < 400; i++) {
        buf_printf(&b, "%s\"T%u\": {\"type\": \"object\", \"properties\": {", i ? "," : "", i);
        for (unsigned k = 0; k < 12; k++)
            buf_printf(&b, "%s\"m%u_%u\": {\"$ref\": \"#/components/schemas/T%u\"}", k ? "," : "",
                       i, k, (i * 7 + k) % 400);
        buf_printf(&b, "}%s", i % 4 ? ", \"allOf\": [{\"$ref\": \"#/components/schemas/" : "");
        if (i % 4)
            buf_printf(&b, "T%u\"}]", i - 1);
        buf_printf(&b, "}");
    }
    buf_printf(&b, "}}}");
    schemas_open(&s, buf_view(&b));
    t = schemas_component(&s, "T3");
    if (!t)
        fail_msg("%s", schemas_mistakes(&s));
    assert_int_equal(t->field_count, 48);
    assert_int_equal(type_set_count(s.set), 400);
    assert_int_equal(t->rule_count, 1);
    schemas_close(&s);
    buf_fini(&b);
}

/* A small arena fails somewhere inside; it is told, and nothing is out of bounds. */
static void
test_out_of_memory(void **state)
{
    (void)state;
    for (size_t ceiling = 20000; ceiling < 60000; ceiling += 500) {
        struct arena *a = arena_new(ceiling), *big = arena_new(1 << 20);
        struct report r;
        struct document *d;
        struct type_set *set;
        report_init(&r, big);
        d = document_parse(
            big, STR("schema"),
            STR("{allOf: [{$ref: '#/$defs/a'}], oneOf: [{properties: {x: {const: 1}}},"
                " {properties: {x: {const: 2}}}], $defs: {a: {properties: {y: {enum: "
                "[a, b]}}, discriminator: {propertyName: y, mapping: {a: '#'}}}}}"),
            &r);
        set = type_set_new(a, (struct type_resolver){schemas_resolve, &r}, &r);
        if (set && type_compile(set, d, d->root, STR_NONE))
            type_set_finish(set);
        arena_free(a);
        arena_free(big);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes), cmocka_unit_test(test_keywords),
        cmocka_unit_test(test_identity), cmocka_unit_test(test_finish_twice),
        cmocka_unit_test(test_many),     cmocka_unit_test(test_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
