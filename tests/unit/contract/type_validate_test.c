/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values against types: which is refused, where (JSON Pointer) and in which words; and bounds. */
#include "schemas.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define N(table) (sizeof(table) / sizeof *(table))

/* Runs one value; detail NULL: it must be right. */
static void
check_value(const struct type *t, struct str text, enum type_direction direction,
            const char *pointer, const char *detail)
{
    struct arena *a = arena_new(512 << 20);
    struct fault f = {0};
    struct value v;
    enum fault_code code;

    if (json_read(a, text, (struct json_limits){200, 4000000}, &v, &f))
        fail_msg("%.*s: %s", STR_ARG(str_head(text, 200)), f.detail);
    code = type_validate(t, &v, direction, &f);
    if (code == FAULT_NONE && detail)
        fail_msg("%.*s was taken, not: %s", STR_ARG(str_head(text, 200)), detail);
    if (code != FAULT_NONE && !detail)
        fail_msg("%.*s: '%s' %s", STR_ARG(str_head(text, 200)), f.pointer, f.detail);
    if (detail) {
        assert_int_equal(code, FAULT_INVALID_VALUE);
        assert_string_equal(f.pointer, pointer);
        assert_string_equal(f.detail, detail);
    }
    arena_free(a);
}

static void
check_schema(const char *schema, const char *value, const char *pointer, const char *detail)
{
    struct schemas s;
    const struct type *t;

    schemas_open(&s, str_of(schema));
    t = schemas_root(&s);
    if (!t)
        fail_msg("%s: %s", schema, schemas_mistakes(&s));
    check_value(t, str_of(value), TYPE_ANSWER, pointer, detail);
    schemas_close(&s);
}

static const struct {
    const char *schema, *value, *pointer, *detail;
} rows[] = {
    /* kinds */
    {"{type: integer}", "1.0", "", NULL},
    {"{type: integer}", "1e2", "", NULL},
    {"{type: integer}", "9007199254740993", "", NULL},
    {"{type: integer}", "1.5", "", "must be a whole number"},
    {"{type: integer}", "\"1\"", "", "must be a whole number"},
    {"{type: [string, 'null']}", "1", "", "must be null or a string"},
    {"{type: [number, string, array]}", "{}", "", "must be a number, a string or an array"},
    {"false", "1", "", "is not allowed here"},
    {"{type: number, enum: [1.5, 2.5]}", "2", "", "must be a number"},
    /* numbers, by their lexemes */
    {"{minimum: 5}", "5.0", "", NULL},
    {"{minimum: 5}", "4.999999999999999999999", "", "must be at least 5"},
    {"{exclusiveMinimum: 0}", "1e-400", "", NULL},
    {"{exclusiveMinimum: 0}", "0", "", "must be more than 0"},
    {"{maximum: 100000000000000.01}", "100000000000000.02", "",
     "must be at most 100000000000000.01"},
    {"{maximum: 9007199254740992}", "9007199254740993", "", "must be at most 9007199254740992"},
    {"{exclusiveMaximum: 1}", "1e400", "", "must be less than 1"},
    {"{minimum: -3}", "-3.0001", "", "must be at least -3"},
    {"{minimum: 12345678901234}", "1.23456789012", "", "must be at least 12345678901234"},
    {"{multipleOf: 0.01}", "19.99", "", NULL},
    {"{multipleOf: 0.01}", "19.999", "", "must be a multiple of 0.01"},
    {"{type: integer, format: int32}", "2147483647", "", NULL},
    {"{type: integer, format: int32}", "2147483648", "", "must be a whole number of 32 bits"},
    {"{type: integer, format: int64}", "9223372036854775808", "",
     "must be a whole number of 64 bits"},
    {"{type: number, format: double}", "1e308", "", NULL},
    {"{type: number, format: double}", "1e400", "", "must be a number in the range of a double"},
    {"{type: number, format: float}", "1e39", "", "must be a number in the range of a float"},
    /* a format of another kind says nothing */
    {"{format: int32}", "\"text\"", "", NULL},
    {"{format: date}", "20260101", "", NULL},
    /* strings: characters, not bytes */
    {"{maxLength: 2}", "\"\xC3\xA9\xE2\x82\xAC\"", "", NULL},
    {"{maxLength: 2}", "\"abc\"", "", "must have at most 2 characters"},
    {"{minLength: 1}", "\"\"", "", "must have at least 1 character"},
    {"{minLength: 2}", "\"\xF0\x9F\x98\x80\"", "", "must have at least 2 characters"},
    {"{pattern: '^[A-Z]{2}$'}", "\"AB\"", "", NULL},
    {"{pattern: '^[A-Z]{2}$'}", "\"AB\\n\"", "", "must match the pattern ^[A-Z]{2}$"},
    {"{pattern: b}", "\"abc\"", "", NULL}, /* anywhere */
    {"{format: date}", "\"2026-02-29\"", "", "must be a date, such as 2026-01-31"},
    /* enumerations */
    {"{enum: [a, b, c]}", "\"d\"", "", "is not one of the 3 allowed values"},
    {"{enum: [1, {a: [1.0]}]}", "{\"a\": [1]}", "", NULL},
    {"{const: x}", "\"y\"", "", "must be \"x\""},
    {"{const: 1}", "1.0", "", NULL},
    {"{const: 1}", "true", "", "must be a whole number"},
    {"{const: {a: 1}}", "{}", "", "is not the one allowed value"},
    /* arrays */
    {"{items: {type: string}}", "[\"a\", 1]", "/1", "must be a string"},
    {"{prefixItems: [{type: string}, true], items: false}", "[\"a\", 1, 2]", "/2",
     "is not allowed here"},
    {"{minItems: 1}", "[]", "", "must have at least 1 item"},
    {"{maxItems: 1}", "[1,2]", "", "must have at most 1 item"},
    {"{contains: {type: string}}", "[1]", "", "must have at least 1 matching item"},
    {"{contains: {type: string}, maxContains: 1}", "[\"a\",\"b\"]", "",
     "must have at most 1 matching item"},
    {"{uniqueItems: true}", "[1, 2, 1.0]", "", "must have no two equal items; items 0 and 2 are"},
    {"{uniqueItems: true}", "[0,1,2,3,4,5,6,7,8,9,1e1,100e-1]", "",
     "must have no two equal items; items 10 and 11 are"},
    {"{uniqueItems: true}", "[1,2,3,4,5,6,7,8,{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]", "",
     "must have no two equal items; items 8 and 9 are"},
    {"{uniqueItems: true}", "[1,true,\"1\",[1],{\"1\":1},0,false,null,\"\",-1,10,-0.5]", "", NULL},
    /* objects */
    {"{required: [name]}", "{}", "", "member \"name\" is required"},
    {"{properties: {a: {properties: {b: {type: string}}}}}", "{\"a\":{\"b\":1}}", "/a/b",
     "must be a string"},
    {"{properties: {a/b~c: {type: string}}}", "{\"a/b~c\":1}", "/a~1b~0c", "must be a string"},
    {"{properties: {a: true}, additionalProperties: false}", "{\"a\":1,\"b\":2}", "/b",
     "is not a member that is known here"},
    /* what only `required` names is additional still */
    {"{required: [b], additionalProperties: false}", "{\"b\":2}", "/b",
     "is not a member that is known here"},
    {"{required: [b], additionalProperties: {type: string}}", "{\"b\":2}", "/b",
     "must be a string"},
    {"{patternProperties: {'^x': {type: string}}, additionalProperties: {type: integer}}",
     "{\"x1\":\"a\",\"y\":1}", "", NULL},
    {"{patternProperties: {'^x': {type: string}}, additionalProperties: {type: integer}}",
     "{\"x1\":1}", "/x1", "must be a string"},
    {"{propertyNames: {maxLength: 3}}", "{\"abcd\":1}", "/abcd", "has a name that is not allowed"},
    {"{minProperties: 1}", "{}", "", "must have at least 1 member"},
    {"{dependentRequired: {a: [b]}}", "{\"a\":1}", "", "member \"b\" is required where \"a\" is"},
    {"{dependentSchemas: {a: {required: [c]}}}", "{\"a\":1}", "", "member \"c\" is required"},
    /* both of two types for one member count, from a base and from the schema itself */
    {"{allOf: [{properties: {a: {minLength: 2}}}], properties: {a: {maxLength: 3}}}",
     "{\"a\":\"x\"}", "/a", "must have at least 2 characters"},
    {"{allOf: [{properties: {a: {minLength: 2}}}], properties: {a: {maxLength: 3}}}",
     "{\"a\":\"xxxx\"}", "/a", "must have at most 3 characters"},
    /* alternatives: the nearest one tells */
    {"{anyOf: [{type: string}, {properties: {a: {type: string}}, type: object}]}", "{\"a\":1}",
     "/a", "must be a string"},
    {"{anyOf: [{type: string}, {type: object, required: [a]}]}", "{}", "",
     "member \"a\" is required"},
    {"{anyOf: [{type: string}, {type: object}]}", "1", "", "must be a string or an object"},
    {"{anyOf: [{required: [a]}, {required: [b]}]}", "{}", "", "matches none of the 2 alternatives"},
    {"{oneOf: [{required: [a]}, {required: [b]}]}", "{\"a\":1,\"b\":1}", "",
     "matches more than one of the 2 alternatives"},
    {"{not: {type: string}}", "\"a\"", "", "is what its type rules out"},
    {"{if: {required: [a]}, then: {required: [b]}, else: {required: [c]}}", "{\"a\":1}", "",
     "member \"b\" is required"},
    {"{if: {required: [a]}, then: {required: [b]}, else: {required: [c]}}", "{}", "",
     "member \"c\" is required"},
    /* $ref with siblings: both hold */
    {"{$defs: {t: {maxLength: 3}}, properties: {a: {$ref: '#/$defs/t', minLength: 2}}}",
     "{\"a\":\"x\"}", "/a", "must have at least 2 characters"},
    {"{$defs: {t: {maxLength: 3}}, properties: {a: {$ref: '#/$defs/t', minLength: 2}}}",
     "{\"a\":\"xxxx\"}", "/a", "must have at most 3 characters"},
    /* recursion that follows the value */
    {"{properties: {next: {$ref: '#'}, n: {type: integer}}}", "{\"next\":{\"next\":{\"n\":\"x\"}}}",
     "/next/next/n", "must be a whole number"},
};

static void
test_rows(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N(rows); i++)
        check_schema(rows[i].schema, rows[i].value, rows[i].pointer, rows[i].detail);
}

/* ---- Directions ---- */

static void
test_directions(void **state)
{
    struct schemas s;
    const struct type *t;

    (void)state;
    schemas_open(&s, STR("{required: [id, secret], properties: {id: {type: string, readOnly: true},"
                         " secret: {type: string, writeOnly: true}}}"));
    t = schemas_root(&s);
    assert_non_null(t);
    check_value(t, STR("{\"secret\":\"x\"}"), TYPE_REQUEST, "", NULL);
    check_value(t, STR("{\"secret\":\"x\",\"id\":\"1\"}"), TYPE_REQUEST, "/id",
                "is read-only: leave it out");
    check_value(t, STR("{\"secret\":\"x\",\"id\":\"1\"}"), TYPE_REQUEST_LENIENT, "", NULL);
    check_value(t, STR("{\"secret\":\"x\",\"id\":1}"), TYPE_REQUEST_LENIENT, "/id",
                "must be a string");
    check_value(t, STR("{\"id\":\"1\"}"), TYPE_REQUEST, "/id", "is read-only: leave it out");
    check_value(t, STR("{}"), TYPE_REQUEST, "", "member \"secret\" is required");
    check_value(t, STR("{\"id\":\"1\"}"), TYPE_ANSWER, "", NULL);
    check_value(t, STR("{\"id\":\"1\",\"secret\":\"x\"}"), TYPE_ANSWER, "/secret", "is write-only");
    schemas_close(&s);
}

/* ---- Discriminators ---- */

static const char pets[] =
    "openapi: 3.1.0\n"
    "components:\n"
    "  schemas:\n"
    "    Pet: {type: object, required: [kind], properties: {kind: {type: string}},\n"
    "          discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat',"
    " dog: Dog}}}\n"
    "    Cat: {allOf: [{$ref: '#/components/schemas/Pet'}], required: [lives],\n"
    "          properties: {lives: {type: integer}}}\n"
    "    Dog: {allOf: [{$ref: '#/components/schemas/Pet'}], properties: {bark: {type: string}}}\n"
    "    Puppy: {allOf: [{$ref: '#/components/schemas/Dog'}], required: [age]}\n"
    /* the base lists its own subtypes, which lead back to it */
    "    Shape: {oneOf: [{$ref: '#/components/schemas/Circle'}, {$ref: "
    "'#/components/schemas/Box'}],\n"
    "            discriminator: {propertyName: t}}\n"
    "    Circle: {allOf: [{$ref: '#/components/schemas/Shape'}], required: [r]}\n"
    "    Box: {allOf: [{$ref: '#/components/schemas/Shape'}], required: [w]}\n"
    "    CatOrId: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: "
    "'#/components/schemas/Id'}],\n"
    "              discriminator: {propertyName: kind, mapping: {cat: Cat}}}\n"
    "    Id: {type: object, properties: {kind: {const: Id}, id: {type: string}}}\n";

static const struct {
    const char *type, *value, *pointer, *detail;
} pet_rows[] = {
    {"Pet", "{\"kind\":\"cat\",\"lives\":9}", "", NULL},
    {"Pet", "{\"kind\":\"cat\",\"lives\":\"9\"}", "/lives", "must be a whole number"},
    {"Pet", "{\"kind\":\"cat\"}", "", "member \"lives\" is required"},
    {"Pet", "{\"kind\":\"dog\",\"bark\":1}", "/bark", "must be a string"},
    {"Pet", "{\"kind\":\"Puppy\"}", "", "member \"age\" is required"}, /* by its component name */
    {"Pet", "{\"kind\":\"fish\"}", "", NULL}, /* not known: what the base says holds */
    {"Pet", "{}", "", "member \"kind\" is required"},
    {"Dog", "{\"kind\":\"Puppy\"}", "", "member \"age\" is required"}, /* inherited */
    {"Dog", "{\"kind\":\"cat\"}", "", NULL},                           /* no subtype of Dog */
    {"Shape", "{\"t\":\"Circle\",\"r\":1}", "", NULL},
    {"Shape", "{\"t\":\"Circle\"}", "", "member \"r\" is required"},
    {"Shape", "{\"t\":\"Line\"}", "", "member \"t\" names none of the 2 alternatives"},
    {"Shape", "{}", "", "member \"t\" names none of the 2 alternatives"},
    {"Circle", "{\"t\":\"Circle\",\"r\":1}", "", NULL},
    {"CatOrId", "{\"kind\":\"cat\"}", "", "member \"lives\" is required"},
    {"CatOrId", "{\"kind\":\"Id\",\"id\":7}", "/id", "must be a string"},
};

static void
test_discriminators(void **state)
{
    (void)state;
    for (unsigned i = 0; i < N(pet_rows); i++) {
        struct schemas s;
        const struct type *t;
        schemas_open(&s, str_of(pets));
        t = schemas_component(&s, pet_rows[i].type);
        if (!t)
            fail_msg("%s", schemas_mistakes(&s));
        check_value(t, str_of(pet_rows[i].value), TYPE_REQUEST, pet_rows[i].pointer,
                    pet_rows[i].detail);
        schemas_close(&s);
    }
}

/* ---- Bounds ---- */

/* text n times, then the middle, then closing n times */
static struct str
nested(struct buf *b, const char *open, const char *middle, const char *close, unsigned n)
{
    buf_init(b, 64 << 20);
    for (unsigned i = 0; i < n; i++)
        buf_str(b, str_of(open));
    buf_str(b, str_of(middle));
    for (unsigned i = 0; i < n; i++)
        buf_str(b, str_of(close));
    return buf_view(b);
}

static void
check_big(const char *schema, struct str value, const char *detail)
{
    struct schemas s;
    struct arena *a = arena_new(512 << 20);
    struct fault f = {0};
    struct value v;
    const struct type *t;

    schemas_open(&s, str_of(schema));
    t = schemas_root(&s);
    if (!t)
        fail_msg("%s", schemas_mistakes(&s));
    assert_int_equal(json_read(a, value, (struct json_limits){200, 4000000}, &v, &f), 0);
    if (type_validate(t, &v, TYPE_ANSWER, &f) == FAULT_NONE)
        assert_null(detail);
    else
        assert_string_equal(f.detail, detail ? detail : "");
    arena_free(a);
    schemas_close(&s);
}

static void
test_bounds(void **state)
{
    static const char tree[] = "{items: {$ref: '#'}}";
    /* twice the work at each level: 2^60 without a budget */
    static const char twice[] = "{anyOf: [{properties: {a: {$ref: '#'}}, required: [z]},"
                                " {properties: {a: {$ref: '#'}}, required: [y]}]}";
    struct buf b;

    (void)state;
    check_big(tree, nested(&b, "[", "", "]", 60), NULL);
    buf_fini(&b);
    check_big(tree, nested(&b, "[", "", "]", 100), "is nested too deep");
    buf_fini(&b);
    check_big(twice, nested(&b, "{\"a\":", "1", "}", 60),
              "takes too much work to check: send less");
    buf_fini(&b);
    /* not hides no giving up */
    check_big("{not: {items: {$ref: '#'}}}", nested(&b, "[", "1", "]", 100), "is nested too deep");
    buf_fini(&b);
}

struct deep {
    const struct type *type;
    struct value value;
    struct fault fault;
};

static void *
check_deep(void *arg)
{
    struct deep *deep = arg;

    if (type_validate(deep->type, &deep->value, TYPE_ANSWER, &deep->fault) == FAULT_NONE)
        return NULL;
    return deep;
}

/* Alternatives inside alternatives, as far as the bounds let them, at each level of the value: on
 * half of a fiber's stack. */
static void
test_small_stack(void **state)
{
#ifdef __SANITIZE_ADDRESS__
    const size_t stack = 4 << 20; /* its frames are much larger */
#else
    const size_t stack = 128 << 10;
#endif
    enum { LEVELS = 48 };
    struct deep deep = {0};
    struct schemas s;
    struct buf schema, value;
    pthread_attr_t attr;
    pthread_t thread;
    void *failed;

    (void)state;
    buf_init(&schema, 1 << 20);
    buf_printf(&schema, "{$ref: '#/$defs/d0', $defs: {");
    for (unsigned i = 0; i < LEVELS; i++)
        buf_printf(&schema, "d%u: {not: {not: {anyOf: [{$ref: '#/$defs/d%u'}]}}}, ", i, i + 1);
    buf_printf(&schema, "d%u: {properties: {a: {$ref: '#'}}, required: [b]}}}", LEVELS);
    schemas_open(&s, buf_view(&schema));
    deep.type = schemas_root(&s);
    if (!deep.type)
        fail_msg("%s", schemas_mistakes(&s));
    nested(&value, "{\"a\":", "1", "}", 63);
    assert_int_equal(
        json_read(s.arena, buf_view(&value), JSON_LIMITS_DEFAULT, &deep.value, &deep.fault), 0);
    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstacksize(&attr, stack), 0);
    assert_int_equal(pthread_create(&thread, &attr, check_deep, &deep), 0);
    pthread_join(thread, &failed);
    pthread_attr_destroy(&attr);
    assert_ptr_equal(failed, &deep);
    assert_string_equal(deep.fault.detail, "is nested too deep");
    buf_fini(&schema);
    buf_fini(&value);
    schemas_close(&s);
}

static void
test_patterns_are_bounded(void **state)
{
    struct buf b;

    (void)state;
    nested(&b, "a", "", "", 5000);
    struct buf quoted;
    buf_init(&quoted, 1 << 20);
    buf_printf(&quoted, "\"%.*s!\"", STR_ARG(buf_view(&b)));
    check_big("{pattern: '^(a+)+$'}", buf_view(&quoted),
              "takes too much work to match its pattern");
    check_big("{pattern: '(x+x+)+y'}", buf_view(&quoted),
              "must match the pattern (x+x+)+y"); /* no x, hence no work */
    check_big("{pattern: '(a|aa)+$'}", buf_view(&quoted),
              "takes too much work to match its pattern");
    buf_fini(&quoted);
    buf_fini(&b);
}

static void
test_many_unique(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 16 << 20);
    for (unsigned i = 0; i < 200000; i++)
        buf_printf(&b, "%c%u", i ? ',' : '[', i);
    buf_put_char(&b, ']');
    check_big("{uniqueItems: true}", buf_view(&b), NULL);
    b.n--;
    buf_printf(&b, ",1999e2]");
    check_big("{uniqueItems: true}", buf_view(&b),
              "must have no two equal items; items 199900 and 200000 are");
    buf_fini(&b);
}

/* A pointer longer than its room is cut between characters. */
static void
test_long_pointer(void **state)
{
    struct schemas s;
    struct fault f = {0};
    struct value v;
    struct buf b;

    (void)state;
    nested(&b, "{\"\xE2\x82\xAC~\xE2\x82\xAC\":", "1", "}", 40);
    schemas_open(&s, STR("{type: object, additionalProperties: {$ref: '#'}}"));
    const struct type *t = schemas_root(&s);
    assert_int_equal(json_read(s.arena, buf_view(&b), JSON_LIMITS_DEFAULT, &v, &f), 0);
    assert_int_equal(type_validate(t, &v, TYPE_ANSWER, &f), FAULT_INVALID_VALUE);
    assert_true(strlen(f.pointer) > sizeof(f.pointer) - 12);
    assert_true(str_is_utf8(str_of(f.pointer)));
    assert_memory_equal(f.pointer, "/\xE2\x82\xAC~0\xE2\x82\xAC/", 10);
    buf_fini(&b);
    schemas_close(&s);
}

/* A long name is cut between characters, in the detail too. */
static void
test_long_name(void **state)
{
    struct schemas s;
    struct value v = VALUE_OF(VALUE_OBJECT);
    struct fault f = {0};
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    buf_printf(&b, "{required: [");
    for (unsigned i = 0; i < 80; i++)
        buf_printf(&b, "\xE2\x82\xAC");
    buf_printf(&b, "]}");
    schemas_open(&s, buf_view(&b));
    const struct type *t = schemas_root(&s);
    assert_int_equal(type_validate(t, &v, TYPE_ANSWER, &f), FAULT_INVALID_VALUE);
    assert_true(str_is_utf8(str_of(f.detail)));
    assert_true(str_ends(str_of(f.detail), STR("\" is required")));
    buf_fini(&b);
    schemas_close(&s);
}

/* More required members than the mask has bits. */
static void
test_many_required(void **state)
{
    struct buf schema, value;

    (void)state;
    buf_init(&schema, 65536);
    buf_init(&value, 65536);
    buf_printf(&schema, "{required: [m0");
    buf_printf(&value, "{\"m0\":0");
    for (unsigned i = 1; i < 100; i++) {
        buf_printf(&schema, ", m%u", i);
        buf_printf(&value, ",\"m%u\":0", i);
    }
    buf_printf(&schema, "]}");
    buf_put_char(&schema, 0);
    buf_put_char(&value, '}');
    check_big(schema.p, buf_view(&value), NULL);
    value.n -= strlen(",\"m99\":0}");
    buf_put_char(&value, '}');
    check_big(schema.p, buf_view(&value), "member \"m99\" is required");
    buf_fini(&schema);
    buf_fini(&value);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_directions),
        cmocka_unit_test(test_discriminators), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_small_stack),    cmocka_unit_test(test_patterns_are_bounded),
        cmocka_unit_test(test_many_unique),    cmocka_unit_test(test_long_pointer),
        cmocka_unit_test(test_long_name),      cmocka_unit_test(test_many_required),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
