/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XML Schema constructs, each with a JSON message, how it is written, and how it is read back. */
#include "fixture.h"

#define Q        "elementFormDefault='qualified'"
#define ONE(t_)  "<x:element name='Do'><x:complexType>" t_ "</x:complexType></x:element>"
#define SEQ(t_)  ONE("<x:sequence>" t_ "</x:sequence>")
#define A(type_) SEQ("<x:element name='a' type='x:" type_ "'/>")

static const struct row {
    const char *extra, *schema;
    const char *json;  /* the message; what reading `xml` must give too */
    const char *xml;   /* inside the Body, namespace declarations of the envelope left out */
    const char *input; /* read instead of xml; NULL: xml itself */
    const char *read;  /* what reading must give, or a part of the fault's detail after "!" */
} ROWS[] = {
    {Q, A("string"), "{\"a\":\"0123\"}", "<n1:Do><n1:a>0123</n1:a></n1:Do>", NULL, NULL},
    /* digits stay as they came */
    {Q, A("decimal"), "{\"a\":100000000000000.01}",
     "<n1:Do><n1:a>100000000000000.01</n1:a></n1:Do>", NULL, NULL},
    {Q, A("long"), "{\"a\":9007199254740993}", "<n1:Do><n1:a>9007199254740993</n1:a></n1:Do>", NULL,
     NULL},
    /* XML Schema's own forms of numbers */
    {Q, A("decimal"), "{\"a\":1}", "<n1:Do><n1:a>1</n1:a></n1:Do>",
     "<n1:Do><n1:a> +.50 </n1:a></n1:Do>", "{\"a\":0.50}"},
    {Q, A("decimal"), "{\"a\":-1.5e3}", "<n1:Do><n1:a>-1500</n1:a></n1:Do>",
     "<n1:Do><n1:a>-007.</n1:a></n1:Do>", "{\"a\":-7}"},
    {Q, A("double"), "{\"a\":1.5e3}", "<n1:Do><n1:a>1.5e3</n1:a></n1:Do>", NULL, NULL},
    {Q, A("double"), "{\"a\":1}", "<n1:Do><n1:a>1</n1:a></n1:Do>",
     "<n1:Do><n1:a>INF</n1:a></n1:Do>", "!a in line 1 is no number"},
    {Q, A("int"), "{\"a\":1.0}", "<n1:Do><n1:a>1</n1:a></n1:Do>", "<n1:Do><n1:a/></n1:Do>",
     "!is no number"},
    {Q, A("boolean"), "{\"a\":true}", "<n1:Do><n1:a>true</n1:a></n1:Do>",
     "<n1:Do><n1:a>0</n1:a></n1:Do>", "{\"a\":false}"},
    {Q, A("boolean"), "{\"a\":true}", "<n1:Do><n1:a>true</n1:a></n1:Do>",
     "<n1:Do><n1:a>yes</n1:a></n1:Do>", "!neither true nor false"},
    /* blanks: kept in a string, no part of a token */
    {Q, A("string"), "{\"a\":\" x \\t\"}", "<n1:Do><n1:a> x \t</n1:a></n1:Do>", NULL, NULL},
    {Q, A("token"), "{\"a\":\"x\"}", "<n1:Do><n1:a>x</n1:a></n1:Do>",
     "<n1:Do><n1:a>  x \n y </n1:a></n1:Do>", "{\"a\":\"x y\"}"},
    {Q, A("base64Binary"), "{\"a\":\"AAEC\"}", "<n1:Do><n1:a>AAEC</n1:a></n1:Do>",
     "<n1:Do><n1:a>AA\nEC</n1:a></n1:Do>", "{\"a\":\"AAEC\"}"},
    /* text in pieces: entities, CDATA, comments, beyond ASCII */
    {Q, A("string"), "{\"a\":\"<&>\\\"'é\\u0001\"}", NULL, NULL, NULL},
    {Q, A("string"), "{\"a\":\"<&>\\\"'é\\r\\n\"}",
     "<n1:Do><n1:a>&lt;&amp;&gt;\"'é&#13;\n</n1:a></n1:Do>", NULL, NULL},
    {Q, A("string"), "{\"a\":\"\"}", "<n1:Do><n1:a></n1:a></n1:Do>",
     "<n1:Do><n1:a>a<!-- c -->b<![CDATA[<c>]]>&#x64;é</n1:a></n1:Do>", "{\"a\":\"ab<c>dé\"}"},
    {Q, A("string"), "{\"a\":\"\\uFFFF\"}", NULL, NULL, NULL},
    /* unqualified children */
    {"", A("string"), "{\"a\":\"x\"}", "<n1:Do><a>x</a></n1:Do>", NULL, NULL},
    /* lists: none, one, many; the empty one is there */
    {Q, SEQ("<x:element name='i' type='x:int' minOccurs='0' maxOccurs='unbounded'/>"), "{\"i\":[]}",
     "<n1:Do></n1:Do>", NULL, NULL},
    {Q, SEQ("<x:element name='i' type='x:int' minOccurs='0' maxOccurs='unbounded'/>"),
     "{\"i\":[7]}", "<n1:Do><n1:i>7</n1:i></n1:Do>", NULL, NULL},
    {Q, SEQ("<x:element name='i' type='x:int' maxOccurs='9'/><x:element name='b' type='x:int'/>"),
     "{\"i\":[7,8],\"b\":1}", "<n1:Do><n1:i>7</n1:i><n1:i>8</n1:i><n1:b>1</n1:b></n1:Do>",
     /* out of order, and an element that a newer backend added */
     "<n1:Do><n1:i>7</n1:i><n1:new><n1:i>x</n1:i></n1:new><n1:b>1</n1:b><n1:i>8</n1:i></n1:Do>",
     "{\"i\":[7,8],\"b\":1}"},
    {Q, A("int"), "{\"a\":1}", "<n1:Do><n1:a>1</n1:a></n1:Do>",
     "<n1:Do><n1:a>1</n1:a><n1:a>2</n1:a></n1:Do>", "!a is there twice"},
    {Q, A("int"), "{\"a\":1}", "<n1:Do><n1:a>1</n1:a></n1:Do>", "<n1:Do/>", "!a is missing in Do"},
    /* same local name, another namespace: not the member */
    {Q, A("int"), "{\"a\":1}", "<n1:Do><n1:a>1</n1:a></n1:Do>", "<n1:Do><a>1</a></n1:Do>",
     "!a is missing"},
    /* nil */
    {Q, SEQ("<x:element name='a' type='x:int' nillable='true'/>"), "{\"a\":null}",
     "<n1:Do><n1:a xsi:nil=\"true\"></n1:a></n1:Do>", "<n1:Do><n1:a xsi:nil='1'/></n1:Do>",
     "{\"a\":null}"},
    {Q,
     SEQ("<x:element name='a' type='t:N' nillable='true' maxOccurs='unbounded'/>") "<x:complexType "
                                                                                   "name='N'><x:"
                                                                                   "sequence><x:"
                                                                                   "element "
                                                                                   "name='b' "
                                                                                   "type='x:int'/"
                                                                                   "></x:sequence>"
                                                                                   "</"
                                                                                   "x:complexType>",
     "{\"a\":[null,{\"b\":1}]}",
     "<n1:Do><n1:a xsi:nil=\"true\"></n1:a><n1:a><n1:b>1</n1:b></n1:a></n1:Do>", NULL, NULL},
    {Q, A("int"), "{\"a\":null}", NULL, NULL, NULL},
    /* attributes: by name, by @name where an element has it; qualified; xml:lang */
    {Q,
     ONE("<x:sequence><x:element name='id' type='x:int'/></x:sequence>"
         "<x:attribute name='id' type='x:int' use='required'/><x:attribute name='v'/>"),
     "{\"id\":1,\"@id\":2,\"v\":\"<\\\"\\n\"}",
     "<n1:Do id=\"2\" v=\"&lt;&#34;&#10;\"><n1:id>1</n1:id></n1:Do>", NULL, NULL},
    {Q,
     ONE("<x:attributeGroup ref='t:G'/>") "<x:attributeGroup name='G'><x:attribute name='b' "
                                          "form='qualified' type='x:boolean'/>"
                                          "<x:attribute ref='xml:lang'/></x:attributeGroup>",
     "{\"b\":true,\"lang\":\"en\"}", "<n1:Do n1:b=\"true\" xml:lang=\"en\"></n1:Do>", NULL, NULL},
    /* simple content */
    {Q,
     "<x:element name='Do' type='t:M'/><x:complexType name='M'><x:simpleContent>"
     "<x:extension base='x:decimal'><x:attribute name='unit' use='required'/></x:extension>"
     "</x:simpleContent></x:complexType>",
     "{\"$value\":12.50,\"unit\":\"EUR\"}", "<n1:Do unit=\"EUR\">12.50</n1:Do>", NULL, NULL},
    /* bare text as a message */
    {Q, "<x:element name='Do' type='x:string'/>", "{\"$value\":\"x\"}", "<n1:Do>x</n1:Do>", NULL,
     NULL},
    /* choice: one of them */
    {Q,
     ONE("<x:choice><x:element name='a' type='x:int'/><x:element name='b' type='x:int' "
         "maxOccurs='2'/></x:choice>"),
     "{\"a\":1}", "<n1:Do><n1:a>1</n1:a></n1:Do>", NULL, NULL},
    {Q,
     ONE("<x:choice maxOccurs='unbounded'><x:element name='a' type='x:int'/>"
         "<x:element name='b' type='x:int'/></x:choice>"),
     "{\"a\":[1,2],\"b\":[]}", "<n1:Do><n1:a>1</n1:a><n1:a>2</n1:a></n1:Do>", NULL, NULL},
    /* groups, all */
    {Q,
     ONE("<x:group ref='t:G' minOccurs='0'/>") "<x:group name='G'><x:all><x:element name='a' "
                                               "type='x:int'/></x:all></x:group>",
     "{\"a\":1}", "<n1:Do><n1:a>1</n1:a></n1:Do>", "<n1:Do/>", "{}"},
    /* extension, without xsi:type and with it */
    {Q,
     SEQ("<x:element name='p' type='t:Base' maxOccurs='unbounded'/>") "<x:complexType "
                                                                      "name='Base'><x:sequence><x:"
                                                                      "element name='a' "
                                                                      "type='x:int'/></x:sequence>"
                                                                      "</"
                                                                      "x:complexType><x:"
                                                                      "complexType "
                                                                      "name='More'><x:"
                                                                      "complexContent><x:extension "
                                                                      "base='t:Base'>"
                                                                      "<x:sequence><x:element "
                                                                      "name='b' "
                                                                      "type='x:int'/></"
                                                                      "x:sequence><x:attribute "
                                                                      "name='c'/>"
                                                                      "</x:extension></"
                                                                      "x:complexContent></"
                                                                      "x:complexType>",
     "{\"p\":[{\"a\":1},{\"@type\":\"More\",\"a\":2,\"b\":3,\"c\":\"x\"}]}",
     "<n1:Do><n1:p><n1:a>1</n1:a></n1:p><n1:p xsi:type=\"n1:More\" c=\"x\"><n1:a>2</n1:a>"
     "<n1:b>3</n1:b></n1:p></n1:Do>",
     NULL, NULL},
    /* a type that is not known is read as the declared one */
    {Q,
     SEQ("<x:element name='p' type='t:Base'/>") "<x:complexType name='Base'><x:sequence><x:element "
                                                "name='a' type='x:int'/></x:sequence>"
                                                "</x:complexType><x:complexType "
                                                "name='More'><x:complexContent><x:extension "
                                                "base='t:Base'/>"
                                                "</x:complexContent></x:complexType>",
     "{\"p\":{\"a\":1}}", "<n1:Do><n1:p><n1:a>1</n1:a></n1:p></n1:Do>",
     "<n1:Do><n1:p xsi:type='n1:Else'><n1:a>1</n1:a><n1:z/></n1:p></n1:Do>", "{\"p\":{\"a\":1}}"},
    /* restriction keeps the base's attributes */
    {Q,
     "<x:element name='Do' type='t:Less'/><x:complexType name='Base'><x:sequence>"
     "<x:element name='a' type='x:int'/><x:element name='b' type='x:int' minOccurs='0'/>"
     "</x:sequence><x:attribute name='c'/></x:complexType><x:complexType name='Less'>"
     "<x:complexContent><x:restriction base='t:Base'><x:sequence><x:element name='a' "
     "type='x:int'/></x:sequence></x:restriction></x:complexContent></x:complexType>",
     "{\"a\":1,\"c\":\"x\"}", "<n1:Do c=\"x\"><n1:a>1</n1:a></n1:Do>", NULL, NULL},
    /* substitution group: a choice among its members */
    {Q,
     SEQ("<x:element ref='t:head' maxOccurs='unbounded'/>") "<x:element name='head' type='t:H' "
                                                            "abstract='true'/><x:complexType "
                                                            "name='H'/>"
                                                            "<x:element name='one' "
                                                            "substitutionGroup='t:head'><x:"
                                                            "complexType><x:complexContent>"
                                                            "<x:extension base='t:H'><x:attribute "
                                                            "name='n'/></x:extension></"
                                                            "x:complexContent>"
                                                            "</x:complexType></"
                                                            "x:element><x:element name='two' "
                                                            "type='t:H' "
                                                            "substitutionGroup='t:head'/>",
     "{\"one\":[{\"n\":\"1\"}],\"two\":[]}", "<n1:Do><n1:one n=\"1\"></n1:one></n1:Do>", NULL,
     NULL},
    /* recursion */
    {Q,
     "<x:element name='Do' type='t:Node'/><x:complexType name='Node'><x:sequence>"
     "<x:element name='n' type='x:int'/><x:element name='kid' type='t:Node' minOccurs='0'/>"
     "</x:sequence></x:complexType>",
     "{\"n\":1,\"kid\":{\"n\":2,\"kid\":{\"n\":3}}}",
     "<n1:Do><n1:n>1</n1:n><n1:kid><n1:n>2</n1:n><n1:kid><n1:n>3</n1:n></n1:kid></n1:kid>"
     "</n1:Do>",
     NULL, NULL},
    /* wildcard: kept as it comes, attributes as @a, text beside them as $value */
    {Q, SEQ("<x:element name='a' type='x:int'/><x:any maxOccurs='unbounded'/>"),
     "{\"a\":1,\"$any\":{\"k\":[\"1\",{\"@z\":\"2\",\"$value\":\"3\"}],\"m\":{\"o\":\"\"}}}",
     "<n1:Do><n1:a>1</n1:a><k>1</k><k z=\"2\">3</k><m><o></o></m></n1:Do>", NULL, NULL},
    {Q, SEQ("<x:element name='a' type='x:anyType'/>"), "{\"a\":{\"b\":\"1\"}}",
     "<n1:Do><n1:a><b>1</b></n1:a></n1:Do>", NULL, NULL},
    {Q, SEQ("<x:element name='a'/>"), "{\"a\":\"t\"}", "<n1:Do><n1:a>t</n1:a></n1:Do>", NULL, NULL},
    /* mixed content: its text in one piece */
    {Q,
     "<x:element name='Do'><x:complexType mixed='true'><x:sequence><x:element name='b' "
     "type='x:int'/></x:sequence></x:complexType></x:element>",
     "{\"b\":1,\"$value\":\"text\"}", "<n1:Do><n1:b>1</n1:b>text</n1:Do>",
     "<n1:Do>te<n1:b>1</n1:b>xt</n1:Do>", "{\"b\":1,\"$value\":\"text\"}"},
    /* a member that the type does not know is refused, not dropped */
    {Q, A("int"), "{\"a\":1,\"b\":2}", NULL, NULL, NULL},
    {Q, A("int"), "{\"a\":[1]}", NULL, NULL, NULL},
    {Q, SEQ("<x:element name='i' type='x:int' maxOccurs='9'/>"), "{\"i\":1}", NULL, NULL, NULL},
};

static const char *
body_of(struct fixture *t, struct str envelope)
{
    const char *open = memmem(envelope.p, envelope.n, "<e:Body>", 8);
    const char *close = memmem(envelope.p, envelope.n, "</e:Body>", 9);

    assert_true(open && close);
    return arena_dup(t->arena, (struct str){open + 8, (size_t)(close - open - 8)}).p;
}

static void
check_write(struct fixture *t, const struct row *row)
{
    struct value v = fixture_value(t, row->json);
    struct soap_request_head head;
    struct buf out;
    enum fault_code code;

    buf_init(&out, 1 << 16);
    code = soap_request_write(t->remote, NULL, &v, NULL, &out, &head, &t->fault);
    if (!row->xml) {
        assert_int_equal(code, FAULT_INVALID_VALUE);
    } else {
        if (code != FAULT_NONE)
            fail_msg("%s: %s", row->json, t->fault.detail);
        assert_string_equal(body_of(t, buf_view(&out)), row->xml);
    }
    buf_fini(&out);
}

static void
check_read(struct fixture *t, const struct row *row)
{
    const char *body = row->input ? row->input : row->xml;
    const char *want = row->read ? row->read : row->json;
    struct soap_answer answer;
    struct str bytes = arena_printf(
        t->arena,
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/' xmlns:n1='" NS "' "
        "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><e:Body>%s</e:Body></e:Envelope>",
        body);
    enum fault_code code =
        soap_answer_read(t->remote, 200, STR("text/xml"), bytes, t->arena, &answer, &t->fault);

    if (want[0] == '!') {
        assert_int_equal(code, FAULT_BACKEND_INVALID);
        if (!strstr(t->fault.detail, want + 1))
            fail_msg("%s", t->fault.detail);
        return;
    }
    if (code != FAULT_NONE)
        fail_msg("%s: %s", body, t->fault.detail);
    assert_string_equal(fixture_json(t, &answer.value), want);
    if (type_validate(t->remote->response, &answer.value, TYPE_ANSWER, &t->fault) != FAULT_NONE)
        fail_msg("%s: %s %s", want, t->fault.pointer, t->fault.detail);
}

/* Do is both the request and the answer. */
static void
rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const struct row *row = &ROWS[i];
        struct fixture t;
        struct buf wsdl;

        buf_init(&wsdl, 1 << 20);
        buf_printf(&wsdl,
                   "%s<w:types><x:schema targetNamespace='" NS "' %s>%s</x:schema></w:types>", HEAD,
                   row->extra, row->schema);
        buf_printf(&wsdl, "%s", TAIL);
        buf_put_char(&wsdl, '\0');
        memcpy(strstr(wsdl.p, "'t:DoResponse'"), "'t:Do'        ", 14);
        fixture_read(&t, wsdl.p);
        buf_fini(&wsdl);
        if (!t.remote)
            fixture_tell(&t);
        assert_non_null(t.remote);
        print_message("row %zu: %s\n", i, row->json);
        check_write(&t, row);
        if (row->xml)
            check_read(&t, row);
        fixture_fini(&t);
    }
}

/* ---- Types of a contract: names from OpenAPI's xml, open objects, wrapped lists ---- */

static const cJSON *
resolve(void *context, const struct document *home, const cJSON *from, const char *reference,
        const struct document **where)
{
    (void)from;
    *where = home;
    return node_pointer(context, str_of(reference + 1));
}

static const struct {
    const char *schema, *json, *xml;
} CONTRACT_ROWS[] = {
    {"{type: object, properties: {id: {type: string, xml: {attribute: true}},"
     " tags: {type: array, items: {type: string, xml: {name: tag}}, xml: {wrapped: true}},"
     " n: {type: array, items: {type: integer}}}, required: [n]}",
     "{\"id\":\"1\",\"tags\":[\"a\",\"b\"],\"n\":[]}",
     "<n1:r id=\"1\"><tags><tag>a</tag><tag>b</tag></tags></n1:r>"},
    /* a wrapper that is there and empty is an empty list; one that is not is none */
    {"{type: object, properties: {t: {type: array, items: {type: string}, xml: {wrapped: true}}}}",
     "{\"t\":[]}", "<n1:r><t></t></n1:r>"},
    {"{type: object, properties: {t: {type: array, items: {type: string}}}}", "{}",
     "<n1:r></n1:r>"},
    /* TMF's and CAMARA's "@..." members are attributes */
    {"{type: object, properties: {'@type': {type: string}, a: {type: string}}}",
     "{\"@type\":\"T\",\"a\":\"x\"}", "<n1:r type=\"T\"><a>x</a></n1:r>"},
    /* members that an open type does not know come and go as they are */
    {"{type: object, properties: {a: {type: integer}}}",
     "{\"a\":1,\"b\":{\"c\":\"2\"},\"d\":[\"3\",\"4\"]}",
     "<n1:r><a>1</a><b><c>2</c></b><d>3</d><d>4</d></n1:r>"},
    {"{type: object, additionalProperties: {type: string}}", "{\"x\":\"1\"}",
     "<n1:r><x>1</x></n1:r>"},
    {"{type: object, properties: {m: {type: array, items: {type: array, items: {type: integer}}}}}",
     "{\"m\":[[1,2],[]]}", "<n1:r><m><item>1</item><item>2</item></m><m></m></n1:r>"},
    {"{type: object, properties: {a: {type: [boolean, integer]}, b: {type: [boolean, integer]}}}",
     "{\"a\":true,\"b\":1}", "<n1:r><a>true</a><b>1</b></n1:r>"},
    {"{type: object, properties: {a: {oneOf: [{type: object, properties: {x: {type: integer}}},"
     " {type: 'null'}]}}}",
     "{\"a\":null}", "<n1:r><a xsi:nil=\"true\"></a></n1:r>"},
};

static void
check_contract_row(const char *schema, const char *json, const char *xml)
{
    struct fixture t = {.arena = arena_new(1 << 22)};
    const struct document *d;
    const struct type *type;
    const struct xml_root *root;
    struct type_set *set;
    struct xml_codec *codec = xml_codec_new(t.arena, true);
    struct value v = fixture_value(&t, json), back;
    struct buf out;
    struct str want;

    report_init(&t.report, t.arena);
    d = document_parse(t.arena, STR("t"), str_of(schema), &t.report);
    assert_true(d && codec);
    set = type_set_new(t.arena, (struct type_resolver){resolve, d->root}, &t.report);
    type = type_compile(set, d, d->root, STR_NONE);
    type_set_finish(set);
    root = type ? xml_codec_root(codec, STR(NS), STR("r"), type) : NULL;
    fixture_tell(&t);
    assert_true(root && xml_codec_finish(codec));
    buf_init(&out, 1 << 20);
    assert_int_equal(xml_write(root, &v, &out, &t.fault), FAULT_NONE);
    want = arena_printf(t.arena, "<n1:r%.*s%s", STR_ARG(root->declarations), xml + 5);
    assert_true(str_eq(buf_view(&out), want));
    if (xml_read(root, t.arena, buf_view(&out), FAULT_INVALID_BODY, &back, &t.fault))
        fail_msg("%s", t.fault.detail);
    assert_string_equal(fixture_json(&t, &back), json);
    buf_fini(&out);
    fixture_fini(&t);
}

static void
contract_types(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(CONTRACT_ROWS) / sizeof(CONTRACT_ROWS[0]); i++) {
        print_message("%s\n", CONTRACT_ROWS[i].schema);
        check_contract_row(CONTRACT_ROWS[i].schema, CONTRACT_ROWS[i].json, CONTRACT_ROWS[i].xml);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows),
        cmocka_unit_test(contract_types),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
