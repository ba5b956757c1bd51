/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of a backend, read by type; what was read is written as a request of the same type, and
 * that, made an answer again, must give the same value. fuzz: 4096 bytes
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "soap/message.h"
#include "soap/wsdl.h"
#include "soap/xml_codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char WSDL[] =
    "<w:definitions xmlns:w='http://schemas.xmlsoap.org/wsdl/' xmlns:t='urn:t' "
    "targetNamespace='urn:t' xmlns:s='http://schemas.xmlsoap.org/wsdl/soap/' "
    "xmlns:x='http://www.w3.org/2001/XMLSchema'><w:types>"
    "<x:schema targetNamespace='urn:t' elementFormDefault='qualified'>"
    "<x:element name='R'><x:complexType><x:sequence>"
    "<x:element name='s' type='x:string' minOccurs='0' maxOccurs='9'/>"
    "<x:element name='d' type='x:decimal' minOccurs='0'/>"
    "<x:element name='f' type='x:double' minOccurs='0'/>"
    "<x:element name='i' type='x:int' minOccurs='0' nillable='true'/>"
    "<x:element name='b' type='x:boolean' minOccurs='0'/>"
    "<x:element name='t' type='x:token' minOccurs='0'/>"
    "<x:element name='y' type='x:base64Binary' minOccurs='0'/>"
    "<x:element name='m' type='t:M' minOccurs='0' maxOccurs='unbounded'/>"
    "<x:element name='p' type='t:B' minOccurs='0' maxOccurs='unbounded'/>"
    "<x:any minOccurs='0'/></x:sequence><x:attribute name='a' type='x:int'/>"
    "<x:attribute name='u'/></x:complexType></x:element>"
    "<x:complexType name='M'><x:simpleContent><x:extension base='x:string'>"
    "<x:attribute name='u'/></x:extension></x:simpleContent></x:complexType>"
    "<x:complexType name='B'><x:sequence><x:element name='n' type='x:int'/>"
    "<x:element name='p' type='t:B' minOccurs='0' nillable='true'/></x:sequence></x:complexType>"
    "<x:complexType name='D'><x:complexContent><x:extension base='t:B'><x:choice>"
    "<x:element name='q' type='x:string'/><x:element name='r' type='x:string'/></x:choice>"
    "</x:extension></x:complexContent></x:complexType>"
    "<x:element name='F'><x:complexType><x:attribute name='u'/></x:complexType></x:element>"
    "</x:schema></w:types><w:message name='M'><w:part name='p' element='t:R'/></w:message>"
    "<w:message name='F'><w:part name='p' element='t:F'/></w:message>"
    "<w:portType name='P'><w:operation name='O'><w:input message='t:M'/><w:output "
    "message='t:M'/><w:fault name='f' message='t:F'/></w:operation></w:portType>"
    "<w:binding name='B' type='t:P'><s:binding/><w:operation name='O'><w:input><s:body/>"
    "</w:input><w:output><s:body/></w:output></w:operation></w:binding></w:definitions>";

static const struct remote *
remote_get(void)
{
    static const struct remote *remote;
    struct arena *a;
    struct report report;
    struct description *d;
    char path[64];
    int fd;

    if (remote)
        return remote;
    a = arena_new((size_t)16 << 20);
    fd = memfd_create("wsdl", 0);
    if (!a || fd < 0 || write(fd, WSDL, sizeof(WSDL) - 1) < 0)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    report_init(&report, a);
    d = soap_wsdl_read(a, path, &report);
    close(fd);
    if (!d)
        abort();
    return remote = d->remotes;
}

static void
round_trip(const struct remote *r, struct arena *a, const struct value *first)
{
    struct soap_request_head head;
    struct soap_answer second;
    struct fault f;
    struct buf out;

    buf_init(&out, (size_t)1 << 20);
    /* Refused is fine: an unknown wildcard may hold what no element can. */
    if (soap_request_write(r, NULL, first, NULL, &out, &head, &f) == FAULT_NONE) {
        enum fault_code code =
            soap_answer_read(r, 200, STR("text/xml"), buf_view(&out), a, &second, &f);

        if (code != FAULT_NONE && code != FAULT_MEMORY)
            __builtin_trap();
        if (code == FAULT_NONE && !value_equal(first, &second.value))
            __builtin_trap();
    }
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct remote *r = remote_get();
    struct arena *a = arena_new((size_t)16 << 20);
    struct str bytes = {(const char *)data, size};
    struct soap_answer answer;
    struct fault f;

    if (a && soap_answer_read(r, 200, STR("text/xml"), bytes, a, &answer, &f) == FAULT_NONE &&
        answer.value.kind == VALUE_OBJECT)
        round_trip(r, a, &answer.value);
    arena_free(a);
    return 0;
}
