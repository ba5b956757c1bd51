/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shape that codecs follow: fields, kinds, alternatives, variants, and names in XML. */
#include "schemas.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

static const struct {
    const char *schema;
    const char *shape;
} rows[] = {
    /* kinds: intersected by allOf, united by oneOf and anyOf, narrowed by enum and const */
    {"{type: [string, 'null']}", "null|string"},
    {"true", "any"},
    {"false", "none"},
    {"{type: integer}", "integer"},
    {"{type: number}", "integer|fraction"},
    {"{allOf: [{type: number}, {type: integer}]}", "integer"},
    {"{type: string, allOf: [{type: integer}]}", "none"},
    {"{oneOf: [{type: string}, {type: integer}]}", "integer|string"},
    {"{type: [string, object], anyOf: [{type: string}, {type: integer}]}", "string"},
    {"{enum: [a, b]}", "string choices 2"},
    {"{enum: [1, 2.5, null]}", "null|integer|fraction choices 3"},
    {"{const: 1.0}", "integer choices 1"},
    {"{oneOf: [{const: a, title: A}, {const: b}]}", "string choices 2"},
    /* fields: bases first, then document order, alternatives last and optional */
    {"{type: object, required: [b, a], properties: {c: true, a: true},"
     " allOf: [{properties: {b: true, a: true}}, {required: [c]}]}",
     "object b! a! c"},
    {"{type: object, properties: {k: true}, oneOf: [{properties: {x: true}, required: [x]},"
     " {properties: {y: true}, required: [y, k]}]}",
     "object k x y"},
    {"{type: object, oneOf: [{properties: {x: true, k: true}, required: [x, k]},"
     " {properties: {k: true, y: true}, required: [y, k]}]}",
     "object x k! y"},
    /* what a derived schema says of a member counts; notes alone do not */
    {"{type: object, allOf: [{properties: {a: {type: string}, b: {type: string}}}],"
     " properties: {a: {type: integer}, b: {description: d}}}",
     "object a:integer b:string"},
    /* alternatives that type one member differently */
    {"{oneOf: [{type: object, properties: {v: {type: string}}},"
     " {type: object, properties: {v: {type: integer}}}, {type: object, properties: {v: {type: "
     "boolean}}}]}",
     "object v:boolean|integer|string"},
    {"{oneOf: [{type: object, properties: {v: {const: a}}},"
     " {type: object, properties: {v: {const: b}}}]}",
     "object v:string"},
    /* recursive alternatives end */
    {"{$defs: {a: {type: object, properties: {n: {$ref: '#/$defs/a'}}}, b: {type: object,"
     " properties: {n: {$ref: '#/$defs/b'}}}}, oneOf: [{$ref: '#/$defs/a'}, {$ref: '#/$defs/b'}]}",
     "object n:object"},
    /* XSD's choice */
    {"{type: object, properties: {a: true, b: true},"
     " oneOf: [{required: [a]}, {required: [b]}]}",
     "object a b choice"},
    {"{type: object, oneOf: [{properties: {a: true}, required: [a]},"
     " {properties: {b: true}, required: [b]}, {maxProperties: 0}]}",
     "object a b choice"},
    {"{type: object, properties: {a: true, b: true, c: true},"
     " oneOf: [{required: [a]}, {required: [b]}]}",
     "object a b c"},
    /* other members */
    {"{type: object, additionalProperties: false, properties: {a: true}}", "object a closed"},
    {"{type: object, additionalProperties: {type: string}}", "object *string"},
    {"{type: object, patternProperties: {'^x': {type: string}}, additionalProperties: false}",
     "object *string"},
    {"{allOf: [{type: object, additionalProperties: false, properties: {a: true}}]}",
     "object a closed"},
    {"{oneOf: [{type: object, additionalProperties: false, properties: {a: true}},"
     " {type: object, additionalProperties: false, properties: {b: true}}]}",
     "object a b closed"},
    /* items */
    {"{type: array, items: {type: string}}", "array [string]"},
    {"{allOf: [{type: array, items: {type: string}}], maxItems: 3}", "array [string]"},
    {"{type: array, prefixItems: [{type: string}], items: {type: integer}}", "array"},
    {"{type: [array, 'null'], oneOf: [{type: 'null'}, {type: array, items: {type: string}}]}",
     "null|array [string]"},
    /* notes */
    {"{allOf: [{type: string, format: date, readOnly: true, default: '2026-01-01'}]}",
     "string date read default"},
    {"{$defs: {t: {type: string, format: uuid}}, $ref: '#/$defs/t', writeOnly: true,"
     " deprecated: true}",
     "string uuid write deprecated"},
};

static void
put_kinds(struct buf *b, uint8_t kinds)
{
    static const char *const names[] = {"null",   "boolean", "integer", "fraction",
                                        "string", "array",   "object"};
    bool first = true;

    if (kinds == 0 || kinds == TYPE_ANY)
        buf_printf(b, "%s", kinds ? "any" : "none");
    for (unsigned i = 0; i < N(names) && kinds != TYPE_ANY; i++)
        if (kinds >> i & 1) {
            buf_printf(b, "%s%s", first ? "" : "|", names[i]);
            first = false;
        }
}

static void
put_shape(struct buf *b, const struct type *t)
{
    put_kinds(b, t->kinds);
    for (unsigned i = 0; i < t->field_count; i++) {
        buf_printf(b, " %.*s", STR_ARG(t->fields[i].name));
        if (t->fields[i].type->kinds != TYPE_ANY) {
            buf_put_char(b, ':');
            put_kinds(b, t->fields[i].type->kinds);
        }
        buf_printf(b, "%s", t->fields[i].required ? "!" : "");
    }
    if (t->items) {
        buf_printf(b, " [");
        put_kinds(b, t->items->kinds);
        buf_put_char(b, ']');
    }
    if (t->additional) {
        buf_printf(b, " *");
        put_kinds(b, t->additional->kinds);
    }
    if (t->choices)
        buf_printf(b, " choices %u", t->choices->n);
    buf_printf(b, "%s%s%s%s", t->format == FORMAT_DATE ? " date" : "",
               t->format == FORMAT_UUID ? " uuid" : "", t->closed ? " closed" : "",
               t->ordered_choice ? " choice" : "");
    buf_printf(b, "%s%s%s%s", t->read_only ? " read" : "", t->write_only ? " write" : "",
               t->deprecated ? " deprecated" : "", t->fallback ? " default" : "");
}

static void
test_shapes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N(rows); i++) {
        struct schemas s;
        struct buf b;
        const struct type *t;
        schemas_open(&s, str_of(rows[i].schema));
        t = schemas_root(&s);
        if (!t)
            fail_msg("%s: %s", rows[i].schema, schemas_mistakes(&s));
        buf_init(&b, 4096);
        put_shape(&b, t);
        if (!str_eq(buf_view(&b), str_of(rows[i].shape)))
            fail_msg("%s: %.*s, not: %s", rows[i].schema, STR_ARG(buf_view(&b)), rows[i].shape);
        buf_fini(&b);
        schemas_close(&s);
    }
}

/* ---- Variants ---- */

static const char animals[] =
    "openapi: 3.1.0\n"
    "components: {schemas: {\n"
    "  Animal: {type: object, discriminator: {propertyName: kind, mapping: {cat: Cat,\n"
    "    self: '#/components/schemas/Animal'}}, properties: {kind: {type: string}}},\n"
    "  Cat: {allOf: [{$ref: '#/components/schemas/Animal'}]},\n"
    "  Dog: {allOf: [{$ref: '#/components/schemas/Animal'}], xml: {name: hound, namespace: n}},\n"
    "  Puppy: {allOf: [{$ref: '#/components/schemas/Dog'}]},\n"
    "  Noted: {$ref: '#/components/schemas/Animal', description: d},\n"
    "  Either: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}],\n"
    "    discriminator: {propertyName: kind, mapping: {a: Dog}}}}}\n";

static const struct {
    const char *type, *variants;
} variant_rows[] = {
    /* those of the mapping, then by component name those that it leaves out */
    {"Animal", "kind cat=Cat self=Animal Dog=Dog/hound Puppy=Puppy"},
    /* inherited: its own subtypes only */
    {"Dog", "kind Dog=Dog/hound Puppy=Puppy"},
    {"Puppy", "kind Puppy=Puppy"},
    {"Noted", "kind cat=Cat self=Animal Dog=Dog/hound Puppy=Puppy"},
    {"Either", "kind a=Dog/hound Cat=Cat"},
};

static void
test_variants(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N(variant_rows); i++) {
        struct schemas s;
        struct buf b;
        const struct type *t;
        schemas_open(&s, str_of(animals));
        t = schemas_component(&s, variant_rows[i].type);
        if (!t)
            fail_msg("%s", schemas_mistakes(&s));
        buf_init(&b, 4096);
        buf_str(&b, t->discriminator);
        for (unsigned k = 0; k < t->variant_count; k++) {
            const struct variant *v = &t->variants[k];
            buf_printf(&b, " %.*s=%.*s", STR_ARG(v->value), STR_ARG(v->type->name));
            if (v->xml.name.n)
                buf_printf(&b, "/%.*s", STR_ARG(v->xml.name));
        }
        if (!str_eq(buf_view(&b), str_of(variant_rows[i].variants)))
            fail_msg("%s: %.*s, not: %s", variant_rows[i].type, STR_ARG(buf_view(&b)),
                     variant_rows[i].variants);
        buf_fini(&b);
        schemas_close(&s);
    }
}

static void
test_variant_of_value(void **state)
{
    struct schemas s;
    struct fault f;
    struct value v;
    const struct type *t;

    (void)state;
    schemas_open(&s, str_of(animals));
    t = schemas_component(&s, "Animal");
    assert_int_equal(
        json_read(s.arena, STR("{\"x\":1,\"kind\":\"Puppy\"}"), JSON_LIMITS_DEFAULT, &v, &f), 0);
    assert_true(str_eq(type_variant(t, &v)->name, STR("Puppy")));
    v.members[1].value = value_string(STR("bird"));
    assert_ptr_equal(type_variant(t, &v), t);
    v.members[1].value = value_boolean(true);
    assert_ptr_equal(type_variant(t, &v), t);
    assert_ptr_equal(type_variant(t->fields[0].type, &v), t->fields[0].type);
    v = value_boolean(true);
    assert_ptr_equal(type_variant(t, &v), t);
    schemas_close(&s);
}

/* ---- Fields by name ---- */

static void
test_field(void **state)
{
    struct schemas s;
    const struct type *t;
    uint32_t hint = 0;

    (void)state;
    schemas_open(&s, STR("{properties: {a: true, b: true, '': true, cc: true, ab: true}}"));
    t = schemas_root(&s);
    assert_ptr_equal(type_field(t, STR("a"), &hint), &t->fields[0]);
    assert_int_equal(hint, 1);
    assert_ptr_equal(type_field(t, STR("ab"), &hint), &t->fields[4]);
    assert_int_equal(hint, 5);
    assert_ptr_equal(type_field(t, STR(""), &hint), &t->fields[2]);
    assert_null(type_field(t, STR("A"), &hint));
    assert_int_equal(hint, 3);
    hint = 4000000000;
    assert_ptr_equal(type_field(t, STR("cc"), &hint), &t->fields[3]);
    schemas_close(&s);
    schemas_open(&s, STR("true"));
    t = schemas_root(&s);
    hint = 0;
    assert_null(type_field(t, STR("a"), &hint));
    schemas_close(&s);
}

/* ---- XML ---- */

static void
test_xml(void **state)
{
    static const struct {
        const char *member, *xml; /* name, {namespace}, @ for an attribute, + for wrapped */
    } expected[] = {
        {"plain", "plain"},          {"renamed", "{urn:a}other"},
        {"@type", "@type"},          {"@list", "list"}, /* no attribute can hold it */
        {"attribute", "@id"},        {"text", "text()"},
        {"animals", "animal"},       {"zoo", "+zoo"},
        {"buyer", "{urn:c}buyer"}, /* a component's name is that of a root element */
        {"seller", "{urn:c}seller"}, {"item", "thing"},
    };
    struct schemas s;
    const struct type *t;
    struct buf b;

    (void)state;
    schemas_open(
        &s, STR("openapi: 3.1.0\n"
                "components: {schemas: {Party: {type: object, xml: {name: Party, namespace: "
                "'urn:c'}},\n"
                "  Thing: {type: string, xml: {name: Thing}},\n"
                "  All: {type: object, properties: {\n"
                "    plain: {type: string}, renamed: {type: string, xml: {name: other,"
                " namespace: 'urn:a'}},\n"
                "    '@type': {type: string}, '@list': {type: array, items: {type: string}},\n"
                "    attribute: {type: string, xml: {attribute: true, name: id}},\n"
                "    text: {type: string, xml: {nodeType: text}},\n"
                "    animals: {type: array, items: {type: string, xml: {name: animal}}},\n"
                "    zoo: {type: array, xml: {wrapped: true}, items: {type: string, xml: {name: "
                "animal}}},\n"
                "    buyer: {$ref: '#/components/schemas/Party'},\n"
                "    seller: {$ref: '#/components/schemas/Party', description: d},\n"
                "    item: {$ref: '#/components/schemas/Thing', xml: {name: thing}}}}}}\n"));
    t = schemas_component(&s, "All");
    if (!t)
        fail_msg("%s", schemas_mistakes(&s));
    assert_int_equal(t->field_count, N(expected));
    for (unsigned i = 0; i < N(expected); i++) {
        const struct type_xml *xml = &t->fields[i].xml;
        buf_init(&b, 100);
        if (xml->ns.n)
            buf_printf(&b, "{%.*s}", STR_ARG(xml->ns));
        buf_printf(&b, "%s%s%.*s%s", xml->wrapped ? "+" : "", xml->node == XML_ATTRIBUTE ? "@" : "",
                   STR_ARG(xml->name), xml->node == XML_TEXT ? "()" : "");
        if (!str_eq(buf_view(&b), str_of(expected[i].xml)))
            fail_msg("%s: %.*s, not: %s", expected[i].member, STR_ARG(buf_view(&b)),
                     expected[i].xml);
        buf_fini(&b);
    }
    schemas_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_variant_of_value),
        cmocka_unit_test(test_field),
        cmocka_unit_test(test_xml),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
