/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/fault.h"

#include <stdio.h>

#include "soap/xml_text.h"

const struct fault_member fault_members[] = {
    {"type", "anyURI"},   {"title", "string"},   {"status", "int"},       {"code", "string"},
    {"detail", "string"}, {"pointer", "string"}, {"correlator", "string"}};
const unsigned fault_member_count = sizeof(fault_members) / sizeof(*fault_members);

static void
put_element(struct buf *out, const char *tag, struct str text)
{
    if (!text.n)
        return;
    buf_printf(out, "<%s>", tag);
    xml_text_put(out, text);
    buf_printf(out, "</%s>", tag);
}

static void
put_problem(struct buf *out, const struct fault *f, struct str correlator)
{
    const struct fault_row *row = fault_row(f->code);
    char status[8];

    snprintf(status, sizeof(status), "%u", f->status);
    buf_str(out, STR("<problem xmlns=\"" NS_PROBLEM "\">"));
    put_element(out, "type", STR("about:blank"));
    put_element(out, "title", str_of(row->title));
    put_element(out, "status", str_of(status));
    put_element(out, "code", str_of(row->name));
    put_element(out, "detail", str_of(f->detail));
    put_element(out, "pointer", str_of(f->pointer));
    put_element(out, "correlator", correlator);
    buf_str(out, STR("</problem>"));
}

static const char *
code_of(enum soap_version version, enum fault_kind kind, const struct fault *f)
{
    if (kind == FAULT_KIND_VERSION_MISMATCH)
        return "VersionMismatch";
    if (kind == FAULT_KIND_MUST_UNDERSTAND)
        return "MustUnderstand";
    return version == SOAP_11 ? fault_row(f->code)->soap11 : fault_row(f->code)->soap12;
}

static struct str
reason(const struct fault *f)
{
    return str_of(f->detail[0] ? f->detail : fault_row(f->code)->title);
}

/* What a header fault says is no matter of the Body: it has no detail (SOAP 1.1, section 4.4). */
static void
put_fault11(struct buf *out, enum fault_kind kind, const struct fault *f, struct str correlator)
{
    buf_printf(out, "<faultcode>e:%s</faultcode>", code_of(SOAP_11, kind, f));
    put_element(out, "faultstring", reason(f));
    if (kind == FAULT_KIND_MUST_UNDERSTAND)
        return;
    buf_str(out, STR("<detail>"));
    put_problem(out, f, correlator);
    buf_str(out, STR("</detail>"));
}

static void
put_fault12(struct buf *out, enum fault_kind kind, const struct fault *f, struct str correlator)
{
    buf_printf(out, "<e:Code><e:Value>e:%s</e:Value></e:Code>", code_of(SOAP_12, kind, f));
    buf_str(out, STR("<e:Reason><e:Text xml:lang=\"en\">"));
    xml_text_put(out, reason(f));
    buf_str(out, STR("</e:Text></e:Reason>"));
    if (kind == FAULT_KIND_MUST_UNDERSTAND)
        return;
    buf_str(out, STR("<e:Detail>"));
    put_problem(out, f, correlator);
    buf_str(out, STR("</e:Detail>"));
}

/* SOAP 1.2 part 1, sections 5.4.7 and 5.4.8. */
static void
put_header(struct buf *out, enum soap_version version, enum fault_kind kind, struct str block)
{
    size_t end = str_find(block, '}');

    if (kind == FAULT_KIND_VERSION_MISMATCH)
        buf_str(out, STR("<e:Header><u:Upgrade xmlns:u=\"" NS_SOAP12 "\">"
                         "<u:SupportedEnvelope qname=\"a:Envelope\" xmlns:a=\"" NS_SOAP12 "\"/>"
                         "<u:SupportedEnvelope qname=\"b:Envelope\" xmlns:b=\"" NS_SOAP11 "\"/>"
                         "</u:Upgrade></e:Header>"));
    if (kind != FAULT_KIND_MUST_UNDERSTAND || version == SOAP_11 || end == block.n || end < 2)
        return;
    buf_str(out, STR("<e:Header><e:NotUnderstood qname=\"h:"));
    xml_text_put(out, str_from(block, end + 1));
    buf_str(out, STR("\" xmlns:h=\""));
    xml_text_put(out, str_from(str_head(block, end), 1));
    buf_str(out, STR("\"/></e:Header>"));
}

void
fault_write(struct buf *out, enum soap_version version, enum fault_kind kind, struct str block,
            const struct fault *f, struct str correlator)
{
    buf_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><e:Envelope xmlns:e=\"%s\">",
               version == SOAP_11 ? NS_SOAP11 : NS_SOAP12);
    put_header(out, version, kind, block);
    buf_str(out, STR("<e:Body><e:Fault>"));
    if (version == SOAP_11)
        put_fault11(out, kind, f, correlator);
    else
        put_fault12(out, kind, f, correlator);
    buf_str(out, STR("</e:Fault></e:Body></e:Envelope>"));
}

unsigned
fault_status(enum soap_version version, enum fault_kind kind, const struct fault *f)
{
    if (f->code == FAULT_METHOD_NOT_ALLOWED || f->code == FAULT_UNSUPPORTED_MEDIA_TYPE)
        return fault_row(f->code)->status;
    if (version == SOAP_11 || kind != FAULT_KIND_OWN)
        return 500;
    return strcmp(fault_row(f->code)->soap12, "Sender") == 0 ? 400 : 500;
}
