/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XML Schema lowered to JSON Schema: what each construct becomes, and what is told. */
#include "fixture.h"

#include "soap/xsd_lower.h"

#define Q "elementFormDefault='qualified'"

/* The schema of member a of Do, as JSON. */
static const struct {
    const char *member, *types, *json;
} MEMBERS[] = {
    {"type='x:string'", "", "{\"type\":\"string\"}"},
    {"type='x:decimal'", "", "{\"type\":\"number\"}"},
    {"type='x:unsignedByte'", "", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":255}"},
    {"type='x:int' nillable='true'", "", "{\"format\":\"int32\",\"type\":[\"integer\",\"null\"]}"},
    {"type='x:token'", "", "{\"type\":\"string\",\"x-xml-space\":\"collapse\"}"},
    {"type='x:base64Binary'", "",
     "{\"type\":\"string\",\"format\":\"byte\",\"x-xml-space\":\"collapse\"}"},
    /* a date may carry a zone, so no format */
    {"type='x:date'", "",
     "{\"type\":\"string\",\"pattern\":\"^-?[0-9]{4,}-[0-9]{2}-[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})"
     "?$\",\"x-xml-space\":\"collapse\"}"},
    {"type='x:anyType'", "", "{}"},
    {"type='t:E'",
     "<x:simpleType name='E'><x:restriction base='x:string'><x:enumeration value='0123'/>"
     "<x:enumeration value='b'/></x:restriction></x:simpleType>",
     "{\"$ref\":\"#/components/schemas/E\"}"},
    {"maxOccurs='3' type='x:string'", "",
     "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"xml\":{\"name\":\"a\",\"namespace\":"
     "\"urn:t\"}},\"minItems\":1,\"maxItems\":3}"},
    {"minOccurs='0' maxOccurs='unbounded' type='x:string'", "",
     "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"xml\":{\"name\":\"a\",\"namespace\":"
     "\"urn:t\"}},\"default\":[]}"},
    {"nillable='1' type='t:C'", "<x:complexType name='C'/>",
     "{\"anyOf\":[{\"$ref\":\"#/components/schemas/C\"},{\"type\":\"null\"}]}"},
};

/* The component E. */
static const struct {
    const char *restriction, *json;
} SIMPLE[] = {
    {"<x:restriction base='x:string'><x:enumeration value='1'/><x:enumeration value='1'/>"
     "</x:restriction>",
     "{\"type\":\"string\",\"enum\":[\"1\"]}"},
    {"<x:restriction base='x:int'><x:enumeration value='+1'/><x:minInclusive value='-5'/>"
     "<x:maxExclusive value='9'/></x:restriction>",
     "{\"type\":\"integer\",\"format\":\"int32\",\"enum\":[1],\"minimum\":-5,\"exclusiveMaximum\":"
     "9}"},
    {"<x:restriction base='x:string'><x:length value='3'/></x:restriction>",
     "{\"type\":\"string\",\"minLength\":3,\"maxLength\":3}"},
    /* base64 counts bytes: no like */
    {"<x:restriction base='x:base64Binary'><x:length value='3'/></x:restriction>",
     "{\"type\":\"string\",\"format\":\"byte\",\"x-xml-space\":\"collapse\"}"},
    {"<x:restriction base='x:decimal'><x:fractionDigits value='2'/></x:restriction>",
     "{\"type\":\"number\",\"multipleOf\":0.01}"},
    {"<x:restriction base='x:string'><x:pattern value='[A-Z]{3}'/></x:restriction>",
     "{\"type\":\"string\",\"pattern\":\"^(?:[A-Z]{3})$\"}"},
    {"<x:restriction base='x:string'><x:pattern value='a'/><x:pattern value='b'/></x:restriction>",
     "{\"type\":\"string\",\"allOf\":[{\"anyOf\":[{\"pattern\":\"^(?:a)$\"},{\"pattern\":\"^(?:b)$"
     "\"}]"
     "}]}"},
    {"<x:list itemType='x:int'/>",
     "{\"type\":\"string\",\"x-xml-space\":\"collapse\",\"x-xml-list\":true}"},
    {"<x:union memberTypes='x:int x:string'/>",
     "{\"type\":\"string\",\"x-xml-space\":\"collapse\"}"},
};

static const struct {
    const char *xsd, *json; /* NULL: no like */
} PATTERNS[] = {
    {"a^b$", "^(?:a\\^b\\$)$"},
    {"\\d{2}-\\c+", "^(?:\\d{2}-[-.0-9:A-Z_a-z\u00B7\u00C0-\uFFFD]+)$"},
    {"[^a]", "^(?:[^a])$"},
    {"\\p{Lu}", "^(?:\\p{Lu})$"},
    {"\\w", "^(?:[^\\p{P}\\p{Z}\\p{C}])$"},
    {"\\p{IsBasicLatin}", NULL},
    {"[a-z-[aeiou]]", NULL},
    {"[\\I]", NULL},
    {"a{0,70000}", NULL},
    {"[a", NULL},
    {"a\\", NULL},
};

/* Part of what is told when the schema is refused. */
static const struct {
    const char *schema, *told;
} MISTAKES[] = {
    {"<x:element name='Do' type='t:None'/>", ":1:316: type {urn:t}None is not declared"},
    {"<x:element name='Do' type='u:None'/>", "the prefix of u:None is not declared"},
    {"<x:element name='Dont'/>", "element {urn:t}Do is not declared"},
    {"<x:import namespace='urn:u' schemaLocation='http://h/u.xsd'/><x:element name='Do' "
     "type='u:T' xmlns:u='urn:u'/>",
     "its schema at http://h/u.xsd is not fetched, put a copy beside"},
    {"<x:include schemaLocation='none-here.xsd'/><x:element name='Do'/>", "cannot open /tmp/none"},
    {"<x:redefine schemaLocation='u.xsd'/><x:element name='Do'/>", "xs:redefine is not supported"},
    {"<x:element name='Do' type='t:A'/><x:complexType name='A'><x:complexContent><x:extension "
     "base='t:A'/></x:complexContent></x:complexType>",
     "its own base"},
    {"<x:element name='Do'><x:complexType><x:group ref='t:G'/></x:complexType></x:element>"
     "<x:group name='G'><x:sequence><x:group ref='t:G'/></x:sequence></x:group>",
     "without end"},
    {"<x:element name='Do' type='t:S'/><x:simpleType name='S'><x:restriction base='t:S'/>"
     "</x:simpleType>",
     "its own base"},
    {"<x:element name='Do'><x:complexType><x:attributeGroup "
     "ref='t:G'/></x:complexType></x:element>",
     "attributeGroup {urn:t}G is not declared"},
    {"<x:element/>", "element without a name"},
};

static void
without_xml(cJSON *schema)
{
    cJSON_DeleteItemFromObjectCaseSensitive(schema, "xml");
}

/* cJSON prints 0.01 as it is; larger lexemes are not in these tables. */
static void
check_schema(const cJSON *schema, const char *want)
{
    cJSON *copy = cJSON_Duplicate(schema, true);
    char *text;

    without_xml(copy);
    text = cJSON_PrintUnformatted(copy);
    assert_string_equal(text, want);
    free(text);
    cJSON_Delete(copy);
}

static void
read_member(struct fixture *t, const char *member, const char *types)
{
    struct str schema;

    *t = (struct fixture){.arena = arena_new(1 << 20)};
    schema = arena_printf(t->arena,
                          "<x:element name='Do'><x:complexType><x:sequence><x:element name='a' %s/>"
                          "</x:sequence></x:complexType></x:element><x:element name='DoResponse'>"
                          "<x:complexType/></x:element>%s",
                          member, types);
    {
        struct arena *of_text = t->arena;
        fixture_schema(t, Q, schema.p);
        arena_free(of_text);
    }
    if (!t->remote)
        fixture_tell(t);
    assert_non_null(t->remote);
}

static void
members(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++) {
        struct fixture t;

        read_member(&t, MEMBERS[i].member, MEMBERS[i].types);
        check_schema(node_get(node_get(t.remote->request->schema, "properties"), "a"),
                     MEMBERS[i].json);
        fixture_fini(&t);
    }
}

static void
simple_types(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(SIMPLE) / sizeof(SIMPLE[0]); i++) {
        struct fixture t;
        struct str inline_type;
        struct arena *a = arena_new(1 << 20);
        const cJSON *schema;

        inline_type = arena_printf(a,
                                   "<x:element name='Do'><x:complexType><x:attribute name='a'>"
                                   "<x:simpleType>%s</x:simpleType></x:attribute>"
                                   "</x:complexType></x:element><x:element name='DoResponse'>"
                                   "<x:complexType/></x:element>",
                                   SIMPLE[i].restriction);
        fixture_schema(&t, Q, inline_type.p);
        arena_free(a);
        if (!t.remote)
            fixture_tell(&t);
        assert_non_null(t.remote);
        schema = node_get(node_get(t.remote->request->schema, "properties"), "a");
        check_schema(schema, SIMPLE[i].json);
        fixture_fini(&t);
    }
}

static void
patterns(void **state)
{
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof(PATTERNS) / sizeof(PATTERNS[0]); i++) {
        const char *got = xsd_pattern(a, PATTERNS[i].xsd);

        if (PATTERNS[i].json)
            assert_string_equal(got ? got : "", PATTERNS[i].json);
        else
            assert_null(got);
    }
    arena_free(a);
}

static void
mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(MISTAKES) / sizeof(MISTAKES[0]); i++) {
        struct fixture t;

        fixture_schema(&t, Q, MISTAKES[i].schema);
        assert_null(t.description);
        if (!fixture_told(&t, MISTAKES[i].told)) {
            fixture_tell(&t);
            fail_msg("%s", MISTAKES[i].told);
        }
        fixture_fini(&t);
    }
}

/* A choice allows one of its branches, and nothing else. */
static void
choices(void **state)
{
    static const struct {
        const char *json;
        bool valid;
    } rows[] = {
        {"{\"z\":1,\"a\":1}", true},  {"{\"z\":1,\"b\":1,\"c\":1}", true},
        {"{\"z\":1,\"d\":1}", true},  {"{\"z\":1}", false},
        {"{\"z\":1,\"b\":1}", false}, {"{\"z\":1,\"a\":1,\"d\":1}", false},
        {"{\"a\":1}", false},
    };
    struct fixture t;

    (void)state;
    fixture_schema(&t, Q,
                   "<x:element name='Do'><x:complexType><x:sequence>"
                   "<x:element name='z' type='x:int'/><x:choice>"
                   "<x:element name='a' type='x:int'/><x:sequence><x:element name='b' "
                   "type='x:int'/><x:element name='c' type='x:int'/></x:sequence>"
                   "<x:element name='d' type='x:int'/></x:choice></x:sequence></x:complexType>"
                   "</x:element><x:element name='DoResponse'/>");
    assert_non_null(t.remote);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct value v = fixture_value(&t, rows[i].json);

        if ((type_validate(t.remote->request, &v, TYPE_REQUEST, &t.fault) == FAULT_NONE) !=
            rows[i].valid)
            fail_msg("%s: %s", rows[i].json, t.fault.detail);
    }
    fixture_fini(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members),  cmocka_unit_test(simple_types), cmocka_unit_test(patterns),
        cmocka_unit_test(mistakes), cmocka_unit_test(choices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
