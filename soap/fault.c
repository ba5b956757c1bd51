/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/fault.h"

#include <stdio.h>

#include "soap/wss.h"
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
code_of(const struct fault_envelope *e, const struct fault *f)
{
    if (e->kind == FAULT_KIND_VERSION_MISMATCH)
        return "VersionMismatch";
    if (e->kind == FAULT_KIND_MUST_UNDERSTAND)
        return "MustUnderstand";
    return e->version == SOAP_11 ? fault_row(f->code)->soap11 : fault_row(f->code)->soap12;
}

static struct str
reason(const struct fault *f)
{
    return str_of(f->detail[0] ? f->detail : fault_row(f->code)->title);
}

static void
put_security_code(struct buf *out, const char *element, const char *code)
{
    buf_printf(out, "<%s xmlns:wsse=\"" NS_WSSE "\" xmlns:wsu=\"" NS_WSU "\">%s</%s>", element,
               code, element);
}

/* What a header fault says is no matter of the Body: it has no detail (SOAP 1.1, section 4.4).
 * The codes of WS-Addressing are the innermost one alone (its SOAP binding, section 6). */
static void
put_fault11(struct buf *out, const struct fault_envelope *e, const struct fault *f)
{
    if (e->kind == FAULT_KIND_ADDRESSING)
        buf_str(out, STR("<faultcode xmlns:a=\"" NS_WSA "\">a:OnlyAnonymousAddressSupported"
                         "</faultcode>"));
    else if (e->security) /* WS-Security 1.1.1, section 12 */
        put_security_code(out, "faultcode", e->security);
    else
        buf_printf(out, "<faultcode>e:%s</faultcode>", code_of(e, f));
    put_element(out, "faultstring", reason(f));
    if (e->kind == FAULT_KIND_MUST_UNDERSTAND || e->kind == FAULT_KIND_ADDRESSING)
        return;
    buf_str(out, STR("<detail>"));
    put_problem(out, f, e->correlator);
    buf_str(out, STR("</detail>"));
}

static void
put_fault12(struct buf *out, const struct fault_envelope *e, const struct fault *f)
{
    buf_printf(out, "<e:Code><e:Value>e:%s</e:Value>", code_of(e, f));
    if (e->kind == FAULT_KIND_ADDRESSING)
        buf_str(out, STR("<e:Subcode xmlns:a=\"" NS_WSA "\"><e:Value>a:InvalidAddressingHeader"
                         "</e:Value><e:Subcode><e:Value>a:OnlyAnonymousAddressSupported"
                         "</e:Value></e:Subcode></e:Subcode>"));
    if (e->security) {
        buf_str(out, STR("<e:Subcode>"));
        put_security_code(out, "e:Value", e->security);
        buf_str(out, STR("</e:Subcode>"));
    }
    buf_str(out, STR("</e:Code><e:Reason><e:Text xml:lang=\"en\">"));
    xml_text_put(out, reason(f));
    buf_str(out, STR("</e:Text></e:Reason>"));
    if (e->kind == FAULT_KIND_MUST_UNDERSTAND)
        return;
    buf_str(out, STR("<e:Detail>"));
    if (e->kind == FAULT_KIND_ADDRESSING)
        wsa_write_problem(out, &e->addressing);
    put_problem(out, f, e->correlator);
    buf_str(out, STR("</e:Detail>"));
}

/* ---- Headers ---- */

/* SOAP 1.2 part 1, section 5.4.7. */
static void
put_upgrade(struct buf *out)
{
    buf_str(out, STR("<u:Upgrade xmlns:u=\"" NS_SOAP12 "\">"
                     "<u:SupportedEnvelope qname=\"a:Envelope\" xmlns:a=\"" NS_SOAP12 "\"/>"
                     "<u:SupportedEnvelope qname=\"b:Envelope\" xmlns:b=\"" NS_SOAP11 "\"/>"
                     "</u:Upgrade>"));
}

/* SOAP 1.2 part 1, section 5.4.8. */
static void
put_not_understood(struct buf *out, const struct fault_envelope *e)
{
    size_t end = str_find(e->block, '}');

    if (e->version == SOAP_11 || end == e->block.n || end < 2)
        return;
    buf_str(out, STR("<e:NotUnderstood qname=\"h:"));
    xml_text_put(out, str_from(e->block, end + 1));
    buf_str(out, STR("\" xmlns:h=\""));
    xml_text_put(out, str_from(str_head(e->block, end), 1));
    buf_str(out, STR("\"/>"));
}

static void
put_addressing(struct buf *out, const struct fault_envelope *e)
{
    bool own = e->kind == FAULT_KIND_ADDRESSING;

    wsa_write_answer(out, &e->addressing, own ? STR(NS_WSA "/fault") : STR(WSA_ACTION_FAULT));
    if (!own || e->version != SOAP_11)
        return;
    buf_str(out, STR("<a:FaultDetail xmlns:a=\"" NS_WSA "\">"));
    wsa_write_problem(out, &e->addressing);
    buf_str(out, STR("</a:FaultDetail>"));
}

static void
put_header(struct buf *out, const struct fault_envelope *e)
{
    size_t start = out->n, empty;

    buf_str(out, STR("<e:Header>"));
    empty = out->n;
    if (e->kind == FAULT_KIND_VERSION_MISMATCH)
        put_upgrade(out);
    if (e->kind == FAULT_KIND_MUST_UNDERSTAND)
        put_not_understood(out, e);
    if (e->addressing.used)
        put_addressing(out, e);
    if (out->n == empty)
        out->n = start;
    else
        buf_str(out, STR("</e:Header>"));
}

void
fault_write(struct buf *out, const struct fault_envelope *e, const struct fault *f)
{
    buf_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><e:Envelope xmlns:e=\"%s\">",
               e->version == SOAP_11 ? NS_SOAP11 : NS_SOAP12);
    put_header(out, e);
    buf_str(out, STR("<e:Body><e:Fault>"));
    if (e->version == SOAP_11)
        put_fault11(out, e, f);
    else
        put_fault12(out, e, f);
    buf_str(out, STR("</e:Fault></e:Body></e:Envelope>"));
}

unsigned
fault_status(enum soap_version version, enum fault_kind kind, const struct fault *f)
{
    if (f->code == FAULT_METHOD_NOT_ALLOWED || f->code == FAULT_UNSUPPORTED_MEDIA_TYPE)
        return fault_row(f->code)->status;
    if (version == SOAP_11 || kind == FAULT_KIND_VERSION_MISMATCH ||
        kind == FAULT_KIND_MUST_UNDERSTAND)
        return 500;
    return strcmp(fault_row(f->code)->soap12, "Sender") == 0 ? 400 : 500;
}
