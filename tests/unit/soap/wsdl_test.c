/* SPDX-License-Identifier: GPL-2.0-or-later */
/* WSDL documents: several files and namespaces, ports and bindings, sharing between threads. */
#include "fixture.h"

#include <pthread.h>
#include <sys/stat.h>

struct file {
    const char *name, *text;
};

/* Files in a folder of their own, read by the first one's name. */
static void
read_files(struct fixture *t, const struct file *files, size_t n)
{
    char folder[] = "/tmp/telgate-test-XXXXXX", path[256];

    *t = (struct fixture){.arena = arena_new(16 << 20)};
    report_init(&t->report, t->arena);
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < n; i++) {
        FILE *f;

        snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
        f = fopen(path, "w");
        assert_non_null(f);
        fputs(files[i].text, f);
        fclose(f);
    }
    snprintf(path, sizeof(path), "%s/%s", folder, files[0].name);
    t->description = soap_wsdl_read(t->arena, path, &t->report);
    t->remote = t->description ? t->description->remotes : NULL;
    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
        unlink(path);
    }
    rmdir(folder);
}

#define W                                                                                          \
    "xmlns:w='http://schemas.xmlsoap.org/wsdl/' xmlns:s='http://schemas.xmlsoap.org/wsdl/soap/'"
#define X "xmlns:x='http://www.w3.org/2001/XMLSchema'"

/* WSDL imports WSDL; schemas import and include in circles; a chameleon takes its includer's
 * namespace; an anonymous import finds a schema that another file brought. */
static const struct file CIRCLES[] = {
    {"main.wsdl",
     "<w:definitions " W " xmlns:a='urn:a' xmlns:i='urn:i' targetNamespace='urn:m' xmlns:m='urn:m'>"
     "<w:import namespace='urn:i' location='inner.wsdl'/>"
     "<w:binding name='B' type='i:P'><s:binding style='document' "
     "transport='http://schemas.xmlsoap.org/soap/http'/>"
     "<wsp:Policy xmlns:wsp='http://www.w3.org/ns/ws-policy'/>"
     "<w:operation name='Do'><s:operation soapAction='urn:do'/><w:input><s:body use='literal'/>"
     "</w:input><w:output><s:body use='literal'/></w:output></w:operation></w:binding>"
     "<w:service name='S'><w:port name='O' binding='m:B'><s:address location='http://h'/></w:port>"
     "</w:service></w:definitions>"},
    {"inner.wsdl", "<w:definitions " W " xmlns:a='urn:a' targetNamespace='urn:i' xmlns:i='urn:i'>"
                   "<w:import namespace='urn:m' location='main.wsdl'/>"
                   "<w:types><x:schema " X "><x:import namespace='urn:a' schemaLocation='./a.xsd'/>"
                   "</x:schema></w:types>"
                   "<w:message name='M'><w:part name='p' element='a:Do'/></w:message>"
                   "<w:portType name='P'><w:operation name='Do'><w:input message='i:M'/>"
                   "<w:output message='i:M'/></w:operation></w:portType></w:definitions>"},
    {"a.xsd",
     "<x:schema " X " targetNamespace='urn:a' xmlns:b='urn:b' xmlns:a='urn:a' "
     "elementFormDefault='qualified'><x:import namespace='urn:b' schemaLocation='b.xsd'/>"
     "<x:include schemaLocation='chameleon.xsd'/>"
     "<x:element name='Do'><x:complexType><x:sequence><x:element ref='b:x'/>"
     "<x:element name='c' type='a:C'/></x:sequence></x:complexType></x:element></x:schema>"},
    {"b.xsd", "<x:schema " X " targetNamespace='urn:b' xmlns:a='urn:a'>"
              "<x:import namespace='urn:a' schemaLocation='a.xsd'/>"
              "<x:element name='x'><x:complexType><x:sequence><x:element name='c' type='a:C' "
              "minOccurs='0'/></x:sequence></x:complexType></x:element></x:schema>"},
    {"chameleon.xsd",
     "<x:schema " X " elementFormDefault='qualified'><x:include schemaLocation='chameleon.xsd'/>"
     "<x:complexType name='C'><x:sequence><x:element name='d' type='D'/></x:sequence>"
     "</x:complexType><x:simpleType name='D'><x:restriction base='x:string'><x:maxLength "
     "value='3'/></x:restriction></x:simpleType></x:schema>"},
};

static void
several_files(void **state)
{
    struct soap_request_head head;
    struct value v;
    struct fixture t;
    struct buf out;

    (void)state;
    read_files(&t, CIRCLES, sizeof(CIRCLES) / sizeof(CIRCLES[0]));
    fixture_tell(&t);
    assert_non_null(t.remote);
    assert_int_equal(t.report.warnings, 0);
    v = fixture_value(&t, "{\"x\":{\"c\":{\"d\":\"1\"}},\"c\":{\"d\":\"2\"}}");
    assert_int_equal(type_validate(t.remote->request, &v, TYPE_REQUEST, &t.fault), FAULT_NONE);
    buf_init(&out, 1 << 16);
    assert_int_equal(soap_request_write(t.remote, NULL, &v, NULL, &out, &head, &t.fault),
                     FAULT_NONE);
    buf_put_char(&out, '\0');
    /* x is of urn:b, its c unqualified there, and d of urn:a again */
    assert_non_null(strstr(out.p, "<n1:Do><n4:x><c><n1:d>1</n1:d></c></n4:x><n1:c><n1:d>2</n1:d>"
                                  "</n1:c></n1:Do>"));
    buf_fini(&out);
    fixture_fini(&t);
}

static const struct {
    const char *text, *told;
} REFUSED[] = {
    {"<!DOCTYPE x><x/>", ":1:0: a DOCTYPE is refused"},
    {"<w:definitions", "not well-formed"},
    {"", "not well-formed"},
    {"<a/>", "a WSDL 1.1 document (wsdl:definitions) is expected, not a"},
    {"<d:description xmlns:d='http://www.w3.org/ns/wsdl'/>", "WSDL 1.1"},
    {"<w:definitions " W "/>", "there is no SOAP 1.1 or 1.2 binding over HTTP"},
    {"<w:definitions " W "><w:import location='http://h/x.wsdl'/></w:definitions>",
     "an import of http://h/x.wsdl: put a copy beside"},
    {"<w:definitions " W "><w:service name='s'><w:port name='p' binding='none'/></w:service>"
     "</w:definitions>",
     "binding {}none is not defined"},
};

static void
refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
        struct fixture t;

        fixture_read(&t, REFUSED[i].text);
        assert_null(t.description);
        if (!fixture_told(&t, REFUSED[i].told)) {
            fixture_tell(&t);
            fail_msg("%s", REFUSED[i].told);
        }
        fixture_fini(&t);
    }
}

static const char INVOICES[] =
    "<S:Envelope xmlns:S='http://schemas.xmlsoap.org/soap/envelope/'><S:Body>"
    "<GetInvoicesResponse xmlns='urn:sandbox:billing:1'><Invoices><Invoice>"
    "<InvoiceNo>0042</InvoiceNo><AccountNo>A1</AccountNo><IssueDate>2026-01-01</IssueDate>"
    "<DueDate>2026-02-01Z</DueDate><Status>O</Status><Total><Amount>100000000000000.01</Amount>"
    "<Currency>EUR</Currency></Total><Note xsi:nil='true' "
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'/><Lines/></Invoice></Invoices>"
    "<TotalCount>1</TotalCount></GetInvoicesResponse></S:Body></S:Envelope>";

static const char INVOICES_JSON[] =
    "{\"Invoices\":{\"Invoice\":[{\"InvoiceNo\":\"0042\",\"AccountNo\":\"A1\","
    "\"IssueDate\":\"2026-01-01\",\"DueDate\":\"2026-02-01Z\",\"Status\":\"O\","
    "\"Total\":{\"Amount\":100000000000000.01,\"Currency\":\"EUR\"},\"Note\":null,"
    "\"Lines\":{\"Line\":[]}}]},\"TotalCount\":1}";

struct job {
    const struct remote *remote;
    unsigned good;
};

static void *
read_many(void *arg)
{
    struct job *job = arg;

    for (unsigned i = 0; i < 200; i++) {
        struct arena *a = arena_new(1 << 20);
        struct soap_answer answer;
        struct fault f;

        if (soap_answer_read(job->remote, 200, STR("text/xml"), STR(INVOICES), a, &answer, &f) ==
                FAULT_NONE &&
            type_validate(job->remote->response, &answer.value, TYPE_ANSWER, &f) == FAULT_NONE)
            job->good++;
        arena_free(a);
    }
    return NULL;
}

/* The sandbox's own WSDL: one bill is a list of one, no lines an empty list, nil is null. */
static void
billing(void **state)
{
    struct fixture t = {.arena = arena_new(16 << 20)};
    struct soap_answer answer;
    struct job jobs[4];
    pthread_t threads[4];

    (void)state;
    report_init(&t.report, t.arena);
    t.description = soap_wsdl_read(t.arena, "schemas/billing.wsdl", &t.report);
    fixture_tell(&t);
    assert_non_null(t.description);
    t.remote = &t.description->remotes[0];
    assert_int_equal(
        soap_answer_read(t.remote, 200, STR("text/xml"), STR(INVOICES), t.arena, &answer, &t.fault),
        FAULT_NONE);
    assert_string_equal(fixture_json(&t, &answer.value), INVOICES_JSON);
    for (unsigned i = 0; i < 4; i++) {
        jobs[i] = (struct job){.remote = t.remote};
        assert_int_equal(pthread_create(&threads[i], NULL, read_many, &jobs[i]), 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(jobs[i].good, 200);
    }
    fixture_fini(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_files),
        cmocka_unit_test(refused),
        cmocka_unit_test(billing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
