/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Envelopes: what is written for each version and style, what answers give, what is refused. */
#include "fixture.h"

#define E11          "http://schemas.xmlsoap.org/soap/envelope/"
#define E12          "http://www.w3.org/2003/05/soap-envelope"
#define XMLNS        " xmlns:e='" E11 "' xmlns:t='" NS "'"
#define ANSWER(body) "<e:Envelope" XMLNS "><e:Body>" body "</e:Body></e:Envelope>"
#define OK           "<t:DoResponse><t:b>1</t:b></t:DoResponse>"

static const char SCHEMA[] =
    "<w:types><x:schema targetNamespace='" NS "' elementFormDefault='qualified'>"
    "<x:element name='Do'><x:complexType><x:sequence><x:element name='a' type='x:string'/>"
    "</x:sequence></x:complexType></x:element>"
    "<x:element name='DoResponse'><x:complexType><x:sequence><x:element name='b' type='x:int'/>"
    "</x:sequence></x:complexType></x:element>"
    "<x:element name='Token' type='x:string'/>"
    "<x:element name='NotFound'><x:complexType><x:sequence><x:element name='id' type='x:int'/>"
    "</x:sequence></x:complexType></x:element><x:element name='Busy' type='x:string'/>"
    "</x:schema></w:types>"
    "<w:message name='In'><w:part name='p' element='t:Do'/></w:message>"
    "<w:message name='Head'><w:part name='h' element='t:Token'/></w:message>"
    "<w:message name='RpcIn'><w:part name='x' type='x:int'/><w:part name='y' type='x:string'/>"
    "</w:message><w:message name='RpcOut'><w:part name='z' type='x:decimal'/></w:message>"
    "<w:message name='Out'><w:part name='p' element='t:DoResponse'/></w:message>"
    "<w:message name='F1'><w:part name='p' element='t:NotFound'/></w:message>"
    "<w:message name='F2'><w:part name='p' element='t:Busy'/></w:message>"
    "<w:message name='Nothing'/>"
    "<w:portType name='P'>"
    "<w:operation name='Do'><w:input message='t:In'/><w:output message='t:Out'/>"
    "<w:fault name='MissingFault' message='t:F1'/><w:fault name='BusyFault' message='t:F2'/>"
    "</w:operation>"
    "<w:operation name='Rpc'><w:input message='t:RpcIn'/><w:output message='t:RpcOut'/>"
    "</w:operation><w:operation name='Ping'><w:input message='t:Nothing'/></w:operation>"
    "</w:portType>";

static const char BINDING[] =
    "<w:binding name='B' type='t:P'><%s:binding transport='http://schemas.xmlsoap.org/soap/http'/>"
    "<w:operation name='Do'><%s:operation soapAction='urn:do'/>"
    "<w:input><%s:header message='t:Head' part='h' use='literal'/><%s:body "
    "use='literal'/></w:input>"
    "<w:output><%s:body use='literal'/></w:output></w:operation>"
    "<w:operation name='Rpc'><%s:operation style='rpc'/><w:input><%s:body use='literal' "
    "namespace='urn:r'/></w:input><w:output><%s:body use='literal' namespace='urn:r'/></w:output>"
    "</w:operation><w:operation name='Ping'><%s:operation soapAction='\"'/><w:input>"
    "<%s:body use='literal'/></w:input></w:operation></w:binding>"
    "<w:service name='S'><w:port name='O' binding='t:B'><%s:address "
    "location='http://h/p'/></w:port>"
    "</w:service></w:definitions>";

static void
read_version(struct fixture *t, const char *p)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_printf(&b, "%s%s", HEAD, SCHEMA);
    buf_printf(&b, BINDING, p, p, p, p, p, p, p, p, p, p, p);
    buf_put_char(&b, '\0');
    fixture_read(t, b.p);
    buf_fini(&b);
    if (!t->description)
        fixture_tell(t);
    assert_non_null(t->description);
    assert_int_equal(t->description->remote_count, 3);
    assert_true(str_eq(t->description->address, STR("http://h/p")));
}

static const struct {
    const char *version;
    unsigned remote;
    const char *headers, *message, *type, *action, *bytes; /* bytes: inside the envelope */
} REQUESTS[] = {
    {"s", 0, "{\"Token\":\"k\"}", "{\"a\":\"x\"}", "text/xml; charset=utf-8", "\"urn:do\"",
     "<e:Header><n1:Token>k</n1:Token></e:Header><e:Body><n1:Do><n1:a>x</n1:a></n1:Do></e:Body>"},
    {"s12", 0, NULL, "{\"a\":\"x\"}", "application/soap+xml; charset=utf-8; action=\"urn:do\"",
     NULL, "<e:Header></e:Header><e:Body><n1:Do><n1:a>x</n1:a></n1:Do></e:Body>"},
    {"s", 1, NULL, "{\"x\":1,\"y\":\"2\"}", "text/xml; charset=utf-8", "\"\"",
     "<e:Body><n4:Rpc><x>1</x><y>2</y></n4:Rpc></e:Body>"},
    /* no parts: an empty Body; an action with a quote in it is not sent */
    {"s", 2, NULL, "{}", "text/xml; charset=utf-8", "\"\"", "<e:Body></e:Body>"},
};

static void
requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(REQUESTS) / sizeof(REQUESTS[0]); i++) {
        struct fixture t;
        struct soap_request_head head;
        struct value headers = {0}, message;
        struct buf out;

        read_version(&t, REQUESTS[i].version);
        message = fixture_value(&t, REQUESTS[i].message);
        if (REQUESTS[i].headers)
            headers = fixture_value(&t, REQUESTS[i].headers);
        buf_init(&out, 1 << 20);
        assert_int_equal(soap_request_write(&t.description->remotes[REQUESTS[i].remote], &headers,
                                            &message, NULL, &out, &head, &t.fault),
                         FAULT_NONE);
        buf_put_char(&out, '\0');
        assert_non_null(strstr(out.p, strcmp(REQUESTS[i].version, "s") ? E12 : E11));
        if (!strstr(out.p, REQUESTS[i].bytes))
            fail_msg("%s", out.p);
        assert_true(str_eq(head.content_type, str_of(REQUESTS[i].type)));
        assert_true(REQUESTS[i].action ? str_eq(head.action, str_of(REQUESTS[i].action))
                                       : head.action.p == NULL);
        buf_fini(&out);
        fixture_fini(&t);
    }
}

static const struct {
    unsigned remote, status;
    const char *type, *bytes;
    enum fault_code code;
    const char *json;                     /* the value; NULL: none */
    const char *fault, *subcode, *detail; /* of a SOAP fault */
    bool sender;
} ANSWERS[] = {
    {0, 200, "text/xml; charset=utf-8", ANSWER(OK), 0, "{\"b\":1}", NULL, NULL, NULL, false},
    /* headers are stepped over, however they look; a byte order mark and a declaration */
    {0, 200, "text/xml",
     "\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8'?>\n<e:Envelope" XMLNS
     "><e:Header><z><e:Body/></z></e:Header>\n<e:Body>\n" OK "\n</e:Body></e:Envelope>\n<!-- -->\n",
     0, "{\"b\":1}", NULL, NULL, NULL, false},
    /* an answer in the other version is read as well */
    {0, 200, "application/soap+xml",
     "<Envelope xmlns='" E12 "'><Body><DoResponse xmlns='" NS "'><b>1</b></DoResponse></Body>"
     "</Envelope>",
     0, "{\"b\":1}", NULL, NULL, NULL, false},
    {1, 200, "text/xml", ANSWER("<r:RpcResponse xmlns:r='urn:r'><z>1.50</z></r:RpcResponse>"), 0,
     "{\"z\":1.50}", NULL, NULL, NULL, false},
    {2, 202, "", "", 0, NULL, NULL, NULL, NULL, false},
    /* Latin 1 is converted */
    {0, 200, "text/xml",
     "<?xml version='1.0' encoding='ISO-8859-1'?>" ANSWER(
         "<e:Fault><faultcode>t:Caf\xE9</faultcode><faultstring>f</faultstring></e:Fault>"),
     0, NULL, "", "Café", NULL, false},
    {0, 500, "text/xml",
     ANSWER("<e:Fault><faultcode>e:Client</faultcode><faultstring>secret</faultstring>"
            "<detail><other/><t:NotFound><t:id>7</t:id></t:NotFound></detail></e:Fault>"),
     0, NULL, "MissingFault", "Client", "{\"id\":7}", true},
    {0, 500, "text/xml",
     ANSWER("<e:Fault><faultcode>e:Server.Busy</faultcode><faultstring>secret</faultstring>"
            "<detail><t:Busy>soon</t:Busy></detail></e:Fault>"),
     0, NULL, "BusyFault", "Busy", "{\"$value\":\"soon\"}", false},
    {0, 400, "application/soap+xml",
     "<e:Envelope xmlns:e='" E12 "'><e:Body><e:Fault><e:Code><e:Value>e:Sender</e:Value>"
     "<e:Subcode><e:Value>x:Outer</e:Value><e:Subcode><e:Value>x:Inner</e:Value></e:Subcode>"
     "</e:Subcode></e:Code><e:Reason><e:Text>secret</e:Text></e:Reason></e:Fault></e:Body>"
     "</e:Envelope>",
     0, NULL, "", "Inner", NULL, true},
    /* what is not SOAP */
    {0, 200, "text/html", "<html/>", FAULT_BACKEND_INVALID, NULL, NULL, NULL, NULL, false},
    {0, 200, "text/xml", "", FAULT_BACKEND_INVALID, NULL, NULL, NULL, NULL, false},
    {0, 404, "text/html", "secret", FAULT_BACKEND_ERROR, NULL, NULL, NULL, NULL, false},
    {0, 503, "", "", FAULT_UNAVAILABLE, NULL, NULL, NULL, NULL, false},
    {0, 500, "text/xml", ANSWER(OK), FAULT_BACKEND_ERROR, NULL, NULL, NULL, NULL, false},
};

#define BAD(bytes_) bytes_
static const char *const HOSTILE[] = {
    /* a bomb, and any other DOCTYPE */
    BAD("<!DOCTYPE e [<!ENTITY a 'secret'><!ENTITY b '&a;&a;'>]><e>&b;</e>"),
    BAD("<!DOCTYPE e SYSTEM 'file:///etc/passwd'><e/>"),
    BAD("<?secret secret?>" ANSWER(OK)),
    /* two Bodies, none, a stranger in it, two messages, text or junk behind */
    BAD("<e:Envelope" XMLNS "><e:Body>" OK "</e:Body><e:Body>" OK "</e:Body></e:Envelope>"),
    BAD("<e:Envelope" XMLNS "/>"),
    BAD("<e:Envelope" XMLNS "><e:Body/></e:Envelope>"),
    BAD(ANSWER("<t:secret/>")),
    BAD(ANSWER(OK OK)),
    BAD(ANSWER("<e:Fault/>" OK)),
    BAD(ANSWER(OK) "secret"),
    BAD(ANSWER(OK) "<secret/>"),
    BAD("<e:Envelope xmlns:e='urn:secret'><e:Body/></e:Envelope>"),
    /* prefixes: undeclared on an element, an attribute, in a header */
    BAD(ANSWER("<u:DoResponse/>")),
    BAD(ANSWER("<t:DoResponse u:secret='1'><t:b>1</t:b></t:DoResponse>")),
    BAD("<e:Envelope" XMLNS "><e:Header><u:secret/></e:Header><e:Body>" OK
        "</e:Body></e:Envelope>"),
    /* entities and characters */
    BAD(ANSWER("<t:DoResponse><t:b>&secret;</t:b></t:DoResponse>")),
    BAD(ANSWER("<t:DoResponse><t:b>&#0;1</t:b></t:DoResponse>")),
    BAD(ANSWER("<t:DoResponse><t:b>\x01</t:b></t:DoResponse>")),
    BAD(ANSWER("<t:DoResponse><t:b>\xC0\xAF</t:b></t:DoResponse>")),
    BAD("<?xml version='1.0' encoding='UTF-16'?>" ANSWER(OK)),
    BAD("<?xml version='1.0' encoding='EBCDIC-CP-US'?>" ANSWER(OK)),
    BAD("\xFF\xFE<"),
    /* cut off, or never begun */
    BAD("<e:Envelope" XMLNS "><e:Body>" OK "</e:Body>"),
    BAD("<e:Envelope" XMLNS "><e:Body><t:DoResponse><t:b"),
    BAD("secret"),
    BAD("<"),
    BAD(ANSWER("<t:DoResponse><t:b>1</t:DoResponse></t:b>")),
    BAD(ANSWER("<t:DoResponse a='1' a='2'><t:b>1</t:b></t:DoResponse>")),
};

static void
check_refused(struct fixture *t, struct str bytes)
{
    struct soap_answer answer;
    char *heap = malloc(bytes.n ? bytes.n : 1); /* its end is seen by AddressSanitizer */
    enum fault_code code;

    memcpy(heap, bytes.p, bytes.n);
    code = soap_answer_read(t->remote, 200, STR("text/xml"), (struct str){heap, bytes.n}, t->arena,
                            &answer, &t->fault);
    free(heap);
    if (code != FAULT_BACKEND_INVALID)
        fail_msg("%.*s", STR_ARG(str_head(bytes, 200)));
    assert_null(strstr(t->fault.detail, "secret"));
    assert_null(strstr(t->fault.log, "secret"));
}

static void
answers(void **state)
{
    struct fixture t;

    (void)state;
    read_version(&t, "s");
    for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++) {
        struct soap_answer a;
        enum fault_code code = soap_answer_read(&t.description->remotes[ANSWERS[i].remote],
                                                ANSWERS[i].status, str_of(ANSWERS[i].type),
                                                str_of(ANSWERS[i].bytes), t.arena, &a, &t.fault);

        if (code != ANSWERS[i].code)
            fail_msg("%s: %s", ANSWERS[i].bytes, t.fault.detail);
        assert_null(strstr(t.fault.detail, "secret"));
        if (code != FAULT_NONE)
            continue;
        assert_string_equal(fixture_json(&t, &a.value), ANSWERS[i].json ? ANSWERS[i].json : "");
        assert_int_equal(a.is_fault, ANSWERS[i].fault != NULL);
        assert_int_equal(a.is_sender, ANSWERS[i].sender);
        assert_true(str_eq(a.fault, str_of(ANSWERS[i].fault)));
        assert_true(str_eq(a.code, str_of(ANSWERS[i].subcode)));
        assert_string_equal(fixture_json(&t, &a.detail),
                            ANSWERS[i].detail ? ANSWERS[i].detail : "");
    }
    fixture_fini(&t);
}

static void
hostile_answers(void **state)
{
    struct fixture t;

    (void)state;
    read_version(&t, "s");
    for (size_t i = 0; i < sizeof(HOSTILE) / sizeof(HOSTILE[0]); i++)
        check_refused(&t, str_of(HOSTILE[i]));
    check_refused(&t, STR(ANSWER(OK) "\0"));
    check_refused(&t, STR(ANSWER("<t:DoResponse><t:b>1\0</t:b></t:DoResponse>")));
    fixture_fini(&t);
}

static void
repeat(struct buf *b, const char *text, unsigned n)
{
    while (n--)
        buf_put(b, text, strlen(text));
}

/* Deep, wide, and crowded documents end early, or are stepped over in linear time. */
static void
large_answers(void **state)
{
    struct soap_answer answer;
    struct fixture t;
    struct buf b;

    (void)state;
    read_version(&t, "s");
    buf_init(&b, 64 << 20);
    buf_printf(&b, "<e:Envelope" XMLNS "><e:Body>");
    repeat(&b, "<a>", 100000);
    check_refused(&t, buf_view(&b));
    b.n = 0; /* 200 attributes are many, 8000 would cost seconds */
    buf_printf(&b, "<e:Envelope" XMLNS "><e:Body><t:DoResponse ");
    for (unsigned i = 0; i < 8000; i++)
        buf_printf(&b, "a%u='>' ", i);
    buf_printf(&b, "><t:b>1</t:b></t:DoResponse></e:Body></e:Envelope>");
    check_refused(&t, buf_view(&b));
    b.n = 0; /* namespaces that pile up */
    buf_printf(&b, "<e:Envelope" XMLNS "><e:Header>");
    for (unsigned i = 0; i < 100; i++)
        buf_printf(&b, "<a xmlns:a%u='u' xmlns:b%u='u' xmlns:c%u='u' xmlns:d%u='u'>", i, i, i, i);
    check_refused(&t, buf_view(&b));
    b.n = 0; /* 5,000 strangers beside the member */
    buf_printf(&b, "<e:Envelope" XMLNS "><e:Body><t:DoResponse>");
    for (unsigned i = 0; i < 5000; i++)
        buf_printf(&b, "<t:new%u x='='/>", i);
    buf_printf(&b, "<t:b>1</t:b></t:DoResponse></e:Body></e:Envelope>");
    assert_int_equal(
        soap_answer_read(t.remote, 200, STR("text/xml"), buf_view(&b), t.arena, &answer, &t.fault),
        FAULT_NONE);
    assert_int_equal(answer.unknown, 5000);
    buf_fini(&b);
    fixture_fini(&t);
}

static void
no_memory(void **state)
{
    struct fixture t;
    struct soap_answer answer;

    (void)state;
    read_version(&t, "s");
    for (size_t ceiling = 64; ceiling < 4096; ceiling += 64) {
        struct arena *a = arena_new(ceiling);
        enum fault_code code =
            soap_answer_read(t.remote, 200, STR("text/xml"), STR(ANSWER(OK)), a, &answer, &t.fault);
        assert_true(code == FAULT_NONE || code == FAULT_MEMORY);
        arena_free(a);
    }
    fixture_fini(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),        cmocka_unit_test(answers),
        cmocka_unit_test(hostile_answers), cmocka_unit_test(large_answers),
        cmocka_unit_test(no_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
