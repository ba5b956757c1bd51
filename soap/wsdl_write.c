/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/wsdl_write.h"

#include "soap/fault.h"
#include "soap/wsdl_file.h"
#include "soap/xml_publish.h"
#include "soap/xml_text.h"
#include "soap/xsd_write.h"

enum { WSDL_MAX = 64 << 20, EXPORT_ARENA = 256 << 20 };

#define PROBLEM "problem"

/* ---- Types ---- */

static struct str
describe_request(const void *context, struct str member)
{
    const struct service_operation *o = context;

    for (unsigned i = 0; i < o->member_count; i++)
        if (str_eq(o->members[i].name, member) && o->members[i].parameter >= 0)
            return o->operation->parameters[o->members[i].parameter].description;
    return STR_NONE;
}

static struct str
describe_answer(const void *context, struct str member)
{
    const struct service_operation *o = context;

    return o->operation->success && str_eq(o->answers[0].name, member)
               ? o->operation->success->description
               : STR_NONE;
}

static void
write_problem_schema(struct buf *out)
{
    buf_str(out, STR("<xs:schema targetNamespace=\"" NS_PROBLEM "\" "
                     "elementFormDefault=\"qualified\">\n"
                     "<xs:element name=\"" PROBLEM "\"><xs:complexType><xs:sequence>"));
    for (unsigned i = 0; i < fault_member_count; i++)
        buf_printf(out, "<xs:element name=\"%s\" type=\"xs:%s\" minOccurs=\"0\"/>",
                   fault_members[i].name, fault_members[i].type);
    buf_str(out, STR("</xs:sequence></xs:complexType></xs:element>\n</xs:schema>\n"));
}

static void
write_types(struct buf *out, const struct service *s)
{
    struct xsd_writer w;

    xsd_writer_init(&w, out, s->codec);
    buf_str(out, STR("<wsdl:types>\n<xs:schema targetNamespace=\""));
    xml_text_put(out, s->ns);
    buf_str(out, STR("\" elementFormDefault=\"qualified\">\n"));
    for (unsigned i = 0; i < s->operation_count; i++) {
        const struct service_operation *o = &s->operations[i];

        xsd_write_element(&w, o->element, o->request, describe_request, o);
        xsd_write_element(&w, o->answer_element, o->answer, describe_answer, o);
    }
    xsd_write_types(&w);
    buf_str(out, STR("</xs:schema>\n"));
    write_problem_schema(out);
    buf_str(out, STR("</wsdl:types>\n"));
}

/* ---- Operations ---- */

static void
write_message(struct buf *out, struct str name)
{
    buf_printf(out,
               "<wsdl:message name=\"%.*s\"><wsdl:part name=\"parameters\" element=\"tns:%.*s\"/>"
               "</wsdl:message>\n",
               STR_ARG(name), STR_ARG(name));
}

static void
write_operation_documentation(struct buf *out, const struct operation *o)
{
    if (!o->summary.n && !o->description.n)
        return;
    buf_str(out, STR("<wsdl:documentation>"));
    xml_text_put(out, o->summary);
    if (o->summary.n && o->description.n)
        buf_str(out, STR(". "));
    xml_text_put(out, o->description);
    buf_str(out, STR("</wsdl:documentation>"));
}

static void
write_port_type(struct buf *out, const struct service *s, struct str name)
{
    buf_printf(out, "<wsdl:portType name=\"%.*sPortType\">\n", STR_ARG(name));
    for (unsigned i = 0; i < s->operation_count; i++) {
        const struct service_operation *o = &s->operations[i];

        buf_printf(out, "<wsdl:operation name=\"%.*s\">", STR_ARG(o->element));
        write_operation_documentation(out, o->operation);
        buf_printf(out,
                   "<wsdl:input message=\"tns:%.*s\"/><wsdl:output message=\"tns:%.*s\"/>"
                   "<wsdl:fault name=\"" PROBLEM "\" message=\"tns:" PROBLEM "\"/>"
                   "</wsdl:operation>\n",
                   STR_ARG(o->element), STR_ARG(o->answer_element));
    }
    buf_str(out, STR("</wsdl:portType>\n"));
}

static void
write_binding(struct buf *out, const struct service *s, struct str name, enum soap_version version)
{
    const char *soap = version == SOAP_11 ? "soap" : "soap12", *number = soap + 4;

    buf_printf(out,
               "<wsdl:binding name=\"%.*sBinding%s\" type=\"tns:%.*sPortType\">"
               "<%s:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>"
               "\n",
               STR_ARG(name), number, STR_ARG(name), soap);
    for (unsigned i = 0; i < s->operation_count; i++) {
        const struct service_operation *o = &s->operations[i];

        buf_printf(out, "<wsdl:operation name=\"%.*s\"><%s:operation soapAction=\"",
                   STR_ARG(o->element), soap);
        xml_text_put(out, o->action);
        buf_printf(out,
                   "\" style=\"document\"/><wsdl:input><%s:body use=\"literal\"/></wsdl:input>"
                   "<wsdl:output><%s:body use=\"literal\"/></wsdl:output>"
                   "<wsdl:fault name=\"" PROBLEM "\"><%s:fault name=\"" PROBLEM
                   "\" use=\"literal\"/></wsdl:fault></wsdl:operation>\n",
                   soap, soap, soap);
    }
    buf_str(out, STR("</wsdl:binding>\n"));
}

/* ---- The document ---- */

static void
write_definitions(struct buf *out, const struct service *s)
{
    buf_str(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<wsdl:definitions "
                     "xmlns:wsdl=\"" NS_WSDL "\" xmlns:soap=\"" NS_WSDL_SOAP11 "\" "
                     "xmlns:soap12=\"" NS_WSDL_SOAP12 "\" xmlns:xs=\"" NS_XSD "\" "
                     "xmlns:p=\"" NS_PROBLEM "\" xmlns:tns=\""));
    xml_text_put(out, s->ns);
    buf_str(out, STR("\" targetNamespace=\""));
    xml_text_put(out, s->ns);
    buf_str(out, STR("\">\n"));
    xsd_write_documentation(
        out, false, s->contract->description.n ? s->contract->description : s->contract->title);
}

static void
write_head(struct buf *out, const struct service *s)
{
    write_definitions(out, s);
    write_types(out, s);
    for (unsigned i = 0; i < s->operation_count; i++) {
        write_message(out, s->operations[i].element);
        write_message(out, s->operations[i].answer_element);
    }
    buf_str(out, STR("<wsdl:message name=\"" PROBLEM "\"><wsdl:part name=\"fault\" "
                     "element=\"p:" PROBLEM "\"/></wsdl:message>\n"));
    write_port_type(out, s, s->name);
    write_binding(out, s, s->name, SOAP_11);
    write_binding(out, s, s->name, SOAP_12);
}

bool
wsdl_write_head(struct service *s)
{
    struct buf out;

    buf_init(&out, WSDL_MAX);
    write_head(&out, s);
    buf_printf(&out, "<wsdl:service name=\"%.*s\">\n", STR_ARG(s->name));
    if (!out.failed && !s->codec->failed)
        s->wsdl = arena_dup(s->arena, buf_view(&out));
    buf_fini(&out);
    return s->wsdl.p != NULL;
}

static void
write_port(struct buf *out, const struct service *s, const char *number, struct str base_url)
{
    buf_printf(out,
               "<wsdl:port name=\"%.*sPort%s\" binding=\"tns:%.*sBinding%s\">"
               "<soap%s:address location=\"",
               STR_ARG(s->name), number, STR_ARG(s->name), number, number);
    xml_text_put(out, base_url);
    xml_text_put(out, s->path);
    buf_str(out, STR("\"/></wsdl:port>\n"));
}

void
wsdl_write(struct buf *out, const struct service *s, struct str base_url)
{
    buf_str(out, s->wsdl);
    write_port(out, s, "", base_url);
    write_port(out, s, "12", base_url);
    buf_str(out, STR("</wsdl:service>\n</wsdl:definitions>"));
}

void
wsdl_write_contract(struct buf *out, const struct contract *c, struct str base_url)
{
    struct arena *a = arena_new(EXPORT_ARENA);
    const struct service *s = a ? service_new(a, c) : NULL;

    if (s)
        wsdl_write(out, s, base_url);
    out->failed |= !s;
    arena_free(a);
}
