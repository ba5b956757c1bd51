/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Envelopes, well-meant and hostile: the inputs that come of them, or the fault and its shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libxml/parser.h>
#include <stdio.h>

#include "base/json.h"
#include "service_fixture.h"
#include "soap/face.h"

static struct arena *arena;
static const struct service *service;

#define E11      "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'>"
#define E12      "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'>"
#define END      "</s:Envelope>"
#define NS       " xmlns='urn:telgate:odd'"
#define THING    "<Thing id='1'><name>x</name></Thing>"
#define CALL     "<putThing" NS "><id>7</id><X-Needed>1</X-Needed>" THING "</putThing>"
#define BODY(x)  "<s:Body>" x "</s:Body>"
#define GOOD     "{\"id\":\"7\",\"body\":{\"@id\":1,\"name\":\"x\",\"always\":[]}}"
#define MUST(v_) "<h:H xmlns:h='urn:h' s:mustUnderstand='" v_ "'/>"
#define BLOCK(a) "<s:Header><h:H xmlns:h='urn:h' " a "/></s:Header>"

static const struct row {
    const char *envelope;
    const char *json;  /* the inputs; or NULL */
    const char *fault; /* what stands in the fault's message, cut at "|" into parts */
    unsigned status;   /* 0: 500 for SOAP 1.1, 400 for 1.2 */
} ROWS[] = {
    {E11 BODY(CALL) END, GOOD, NULL, 0},
    {E12 BODY(CALL) END, GOOD, NULL, 0},
    /* prefixes, order, blanks, comments, a header nobody asked for */
    {"<?xml version='1.0'?>\n<!-- c -->" E12
     " <s:Header><x:a xmlns:x='urn:x'><x:b>1</x:b></x:a></s:Header>\n <s:Body>\n"
     "<o:putThing xmlns:o='urn:telgate:odd'><!-- c --><o:Thing id=' 1 '><o:name>x</o:name>"
     "</o:Thing><o:X-Needed> true </o:X-Needed><o:id>7</o:id></o:putThing></s:Body>" END,
     GOOD, NULL, 0},
    /* xsi:type on plain types, as SOAP::Lite and php send it */
    {E11 BODY("<putThing" NS " xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
              "xmlns:x='http://www.w3.org/2001/XMLSchema'><id i:type='x:string'>7</id>"
              "<X-Needed i:type='x:boolean'>true</X-Needed>" THING "</putThing>") END,
     GOOD, NULL, 0},
    /* headers: whose are they, and must they be understood? */
    {E11 "<s:Header>" MUST("0") "</s:Header>" BODY(CALL) END, GOOD, NULL, 0},
    {E11 "<s:Header>" MUST("1") "</s:Header>" BODY(CALL) END, NULL,
     "<faultcode>e:MustUnderstand</faultcode>|</faultstring></e:Fault>", 500},
    {E12 "<s:Header>" MUST("true") "</s:Header>" BODY(CALL) END, NULL,
     "<e:NotUnderstood qname=\"h:H\" xmlns:h=\"urn:h\"/>|<e:Value>e:MustUnderstand</e:Value>", 500},
    {E12 "<s:Header>" MUST("0") MUST("1") "</s:Header>" BODY(CALL) END, NULL, "e:MustUnderstand",
     500},
    {E11 BLOCK("s:mustUnderstand='1' s:actor='urn:somebody'") BODY(CALL) END, GOOD, NULL, 0},
    {E11 BLOCK("s:mustUnderstand='1' s:actor='http://schemas.xmlsoap.org/soap/actor/next'")
         BODY(CALL) END,
     NULL, "e:MustUnderstand", 500},
    {E12 BLOCK("s:mustUnderstand='1' s:role='http://www.w3.org/2003/05/soap-envelope/role/none'")
         BODY(CALL) END,
     GOOD, NULL, 0},
    /* not SOAP's attribute */
    {E11 BLOCK("mustUnderstand='1'") BODY(CALL) END, GOOD, NULL, 0},
    /* versions */
    {"<a/>", NULL, "e:VersionMismatch|<u:Upgrade", 500},
    {"<s:Envelope xmlns:s='urn:soap13'><s:Body/></s:Envelope>", NULL, "e:VersionMismatch", 500},
    /* what is in the operation's element is told with a pointer */
    {E12 BODY("<putThing" NS "><id/><X-Needed>1</X-Needed>" THING "</putThing>") END, NULL,
     "<e:Value>e:Sender</e:Value>|<code>INVALID_PARAMETER</code>|<pointer>/id</pointer>", 0},
    {E12 BODY("<putThing" NS "><id>7</id>" THING "</putThing>") END, NULL,
     "<code>MISSING_PARAMETER</code>|X-Needed", 0},
    {E12 BODY("<putThing" NS "><id>7</id><X-Needed>1</X-Needed></putThing>") END, NULL,
     "<code>INVALID_BODY</code>|is missing", 0},
    {E12 BODY("<putThing" NS "><id>7</id><X-Needed>1</X-Needed><Thing id='1'/></putThing>") END,
     NULL, "<code>INVALID_VALUE</code>|required", 0},
    {E11 BODY("<putThing" NS "><id>7</id><X-Needed>1</X-Needed><Thing id='1'><name>x</name>"
              "<kind>q</kind></Thing></putThing>") END,
     NULL, "<faultcode>e:Client</faultcode>|<pointer>/kind</pointer>", 500},
    {E12 BODY("<putThing" NS "><id>7</id><id>8</id></putThing>") END, NULL, "id is there twice", 0},
    {E12 BODY("<putThing" NS "><id>7</id><no/></putThing>") END, NULL, "is not expected there", 0},
    {E12 BODY("<putThing" NS "><id>7<b/></id></putThing>") END, NULL, "is not expected there", 0},
    {E12 BODY("<putThing" NS "><id xmlns=''>7</id></putThing>") END, NULL, "is not expected there",
     0},
    {E12 BODY("<putThing" NS "><id>7</id><X-Needed>yes</X-Needed></putThing>") END, NULL,
     "neither true nor false", 0},
    {E12 BODY("<putThing" NS " xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='1'/>")
         END,
     NULL, "MISSING_PARAMETER", 0},
    {E12 BODY("<putThing" NS " xmlns:t='urn:telgate:odd' "
              "xmlns:i='http://www.w3.org/2001/XMLSchema-instance'><id>7</id><X-Needed>1</X-Needed>"
              "<Thing id='1'><name>x</name><pet i:type='t:Cat'><species>Dog</species><legs>4</legs>"
              "</pet></Thing></putThing>") END,
     NULL, "do not agree in pet", 0},
    /* which operation? */
    {E12 BODY("<noThing" NS "/>") END, NULL, "is no operation|/soap/odd?wsdl lists them", 0},
    {E12 BODY("<putThing xmlns='urn:other'/>") END, NULL, "is no operation", 0},
    {E12 BODY("<putThing/>") END, NULL, "is no operation", 0},
    {E12 BODY("") END, NULL, "must hold one element, it holds 0", 0},
    {E12 BODY(CALL "<x/>") END, NULL, "must hold one element, it holds 2", 0},
    {E12 BODY(CALL "<list-animals" NS "/>") END, NULL, "must hold one element, it holds 2", 0},
    {E12 BODY(CALL CALL) END, NULL, "putThing is there twice", 0},
    {E12 END, NULL, "the SOAP Body is missing", 0},
    /* hostile */
    {E12 BODY(CALL) BODY(CALL) END, NULL, "Body is there twice", 0},
    {E12 BODY(CALL) "<x/>" END, NULL, "is not expected there", 0},
    {E12 BODY(CALL) END "<x/>", NULL, "not well-formed", 0},
    {E12 BODY(CALL) END "x", NULL, "not well-formed", 0},
    {E12 "<s:Header/><s:Header/>" BODY(CALL) END, NULL, "Header is there twice", 0},
    {"<!DOCTYPE s>" E12 BODY(CALL) END, NULL, "a DOCTYPE is not allowed", 0},
    {"<!DOCTYPE s [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]>" E12 BODY("&c;") END, NULL,
     "a DOCTYPE is not allowed", 0},
    {"<!DOCTYPE s SYSTEM 'file:///etc/passwd'>" E12 BODY(CALL) END, NULL,
     "a DOCTYPE is not allowed", 0},
    {E12 BODY("<putThing" NS "><id>&a;</id></putThing>") END, NULL, "INVALID_BODY", 0},
    {E12 "<?php x?>" BODY(CALL) END, NULL, "a processing instruction is not allowed", 0},
    {E12 BODY("<p:putThing/>") END, NULL, "an XML prefix in line 1 is not declared", 0},
    {"<?xml version='1.0' encoding='UTF-16'?>" E12 BODY(CALL) END, NULL, "must be in UTF-8", 0},
    {"\xFF\xFE<\0s\0", NULL, "must be in UTF-8", 0},
    {E12 BODY("<putThing" NS "><id>\xFF\xFE</id></putThing>") END, NULL, "not well-formed", 0},
    {"", NULL, "the body is empty", 0},
    {E12 BODY(CALL), NULL, "not well-formed", 0},
};

static bool
xml_is_wellformed(struct str s)
{
    xmlDoc *doc = xmlReadMemory(s.p, (int)s.n, "fault", NULL, XML_PARSE_NONET);

    xmlFreeDoc(doc);
    return doc != NULL;
}

static struct str
inputs_json(const struct inputs *in)
{
    struct value all = VALUE_OF(VALUE_OBJECT);
    struct buf b;
    struct str s;

    assert_int_equal(value_add(arena, &all, STR("id"), in->parameters[0]), FAULT_NONE);
    assert_int_equal(value_add(arena, &all, STR("body"), in->body), FAULT_NONE);
    buf_init(&b, 1 << 20);
    json_write(&b, &all);
    s = arena_dup(arena, buf_view(&b));
    buf_fini(&b);
    return s;
}

static enum fault_code
read_inputs(struct face_request *q, struct inputs *in, struct fault *f)
{
    enum fault_code code = soap_face.dispatch(q, arena, f);

    return code ? code : soap_face.read(q, arena, in, f);
}

/* Every part of `parts`, cut at "|", stands in the answer. */
static void
check_fault(const struct face_request *q, const struct fault *f, const char *parts, unsigned status)
{
    struct face_answer answer = {0};
    struct str rest = str_of(parts), part;

    buf_init(&answer.body, 1 << 16);
    soap_face.refuse(q, f, arena, &answer);
    while (str_split(&rest, '|', &part))
        if (!memmem(answer.body.p, answer.body.n, part.p, part.n)) {
            print_message("no %.*s in %.*s\n", STR_ARG(part), (int)answer.body.n, answer.body.p);
            fail();
        }
    assert_int_equal(answer.status, status);
    assert_true(xml_is_wellformed(buf_view(&answer.body)));
    buf_fini(&answer.body);
}

static void
check(struct str envelope, const char *json, const char *parts, unsigned status)
{
    bool soap12 = envelope.n && memmem(envelope.p, envelope.n, "2003/05/soap-envelope'", 22);
    struct header type = {STR("Content-Type"),
                          soap12 ? STR("application/soap+xml") : STR("text/xml")};
    struct face_request q = {
        .service = service, .body = envelope, .headers = {&type, 1}, .correlator = STR("c<1>")};
    struct inputs in = {0};
    struct fault f = {0};
    enum fault_code code = read_inputs(&q, &in, &f);

    if (!code != !parts) {
        print_message("%.*s: %s\n", STR_ARG(envelope), f.detail);
        fail();
    }
    if (json)
        assert_string_equal(inputs_json(&in).p, json);
    else
        check_fault(&q, &f, parts, status ? status : soap12 ? 400 : 500);
}

static void
test_envelopes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        const struct row *row = &ROWS[i];
        struct str envelope = str_of(row->envelope);

        if (envelope.n == 3) /* UTF-16: it has a NUL */
            envelope.n = 6;
        check(envelope, row->json, row->fault, row->status);
    }
}

/* ---- Large ones ---- */

/* `#` stands for the number. */
static void
put_numbered(struct buf *b, const char *what, unsigned n)
{
    for (; *what; what++) {
        if (*what == '#')
            buf_printf(b, "%u", n);
        else
            buf_put_char(b, *what);
    }
}

static void
check_repeated(const char *before, const char *what, unsigned n, const char *after,
               const char *fault)
{
    struct buf b;

    buf_init(&b, 1 << 22);
    buf_str(&b, str_of(before));
    for (unsigned i = 0; i < n; i++)
        put_numbered(&b, what, i);
    buf_str(&b, str_of(after));
    check(buf_view(&b), NULL, fault, 0);
    buf_fini(&b);
}

static void
test_many(void **state)
{
    (void)state;
    check_repeated(E12 "<s:Body>", "<a#/>", 5000, "</s:Body>" END, "more than 64 unknown elements");
    check_repeated(E12 "<s:Header>", "<a#/>", 5000, "</s:Header>" BODY(CALL) END,
                   "more than 64 unknown elements");
    check_repeated(E12 "<s:Body>", "<a/><!--#-->", 5000, "</s:Body>" END,
                   "more than 64 unknown elements");
    check_repeated(E12 "<s:Header><a>", "<a#/>", 5000, "</a></s:Header>" BODY(CALL) END,
                   "more than 4096 different names");
    check_repeated(E12 "<s:Header>", "<a/><!--#-->", 5000, "</s:Header>" BODY(CALL) END,
                   "more than 64 unknown elements");
    check_repeated(E12 "<s:Body><putThing" NS "><Thing id='1'><free>", "<a#/>", 2000,
                   "</free></Thing></putThing></s:Body>" END,
                   "INVALID_BODY|more than 1000 different");
    check_repeated(E12 "<s:Body><putThing" NS ">", "<a#/>", 4000, "</putThing></s:Body>" END,
                   "INVALID_BODY|is not expected there");
    check_repeated(E12 "<s:Body><putThing" NS ">", "<a#/>", 5000, "</putThing></s:Body>" END,
                   "more than 4096 different names");
    check_repeated(E12 "<s:Body><putThing" NS ">", "<X-Needed>1</X-Needed><!--#-->", 5000,
                   "</putThing></s:Body>" END, "INVALID_BODY|X-Needed is there twice");
    check_repeated(E12 "<s:Body><putThing" NS ">", "<Thing id='1'><child id='#'>", 100, "",
                   "not well-formed");
    check_repeated(E12 "<s:Body>", "<a><!--#-->", 300, "", "deep");
    check_repeated("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'", " a#='1'", 5000,
                   "/>", "attributes in one XML element");
}

/* A list of many is no attack. */
static void
test_long_list(void **state)
{
    struct face_request q = {.service = service};
    struct inputs in = {0};
    struct fault f = {0};
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 22);
    buf_str(&b, STR(E12 "<s:Body><putThing" NS "><id>7</id><X-Needed>1</X-Needed>" THING));
    for (unsigned i = 0; i < 5000; i++)
        buf_printf(&b, "<tags>%u</tags>", i);
    buf_str(&b, STR("</putThing></s:Body>" END));
    q.body = buf_view(&b);
    assert_int_equal(read_inputs(&q, &in, &f), FAULT_NONE);
    assert_int_equal(in.parameters[3].n, 5000);
    buf_fini(&b);
}

static void
test_media(void **state)
{
    static const struct {
        const char *type;
        enum fault_code code;
    } rows[] = {
        {"text/xml", FAULT_NONE},
        {"Text/XML; Charset=\"UTF-8\"", FAULT_NONE},
        {"application/soap+xml; charset=utf-8; action=\"x\"", FAULT_NONE},
        {"text/xml; charset=iso-8859-1", FAULT_UNSUPPORTED_MEDIA_TYPE},
        {"application/json", FAULT_UNSUPPORTED_MEDIA_TYPE},
        {"multipart/related; type=\"application/xop+xml\"", FAULT_NONE},
        {"multipart/related; type=\"text/xml\"", FAULT_UNSUPPORTED_MEDIA_TYPE},
        {"", FAULT_UNSUPPORTED_MEDIA_TYPE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct header h = {STR("Content-Type"), str_of(rows[i].type)};
        struct face_request q = {.headers = {&h, 1}};
        struct fault f = {0};

        assert_int_equal(soap_face.negotiate(&q, &f), rows[i].code);
        if (f.code)
            check_fault(&q, &f, "<status>415</status>", 415);
    }
}

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)512 << 20);
    service = fixture_service(arena, "tests/unit/soap/service.yaml", NULL);
    return service ? 0 : 1;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    xml_thread_fini();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_envelopes),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_long_list),
        cmocka_unit_test(test_media),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
