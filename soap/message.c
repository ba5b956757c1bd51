/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/message.h"

#include "contract/codec.h"
#include "soap/envelope.h"
#include "soap/wsa.h"
#include "soap/xml_read.h"

/* ---- Requests ---- */

static enum fault_code
write_header(const struct envelope *e, const struct value *headers, const struct soap_extra *extra,
             struct buf *out, struct fault *f)
{
    enum fault_code code = FAULT_NONE;

    if (extra && extra->message_id.n)
        wsa_write_request(out, e->wsa_action, extra->message_id, extra->to);
    if (e->headers && headers && headers->kind == VALUE_OBJECT)
        code = xml_write_members(e->headers, headers, out, f);
    buf_str(out, STR("</e:Header>"));
    return code;
}

enum fault_code
soap_request_write(const struct remote *r, const struct value *headers, const struct value *message,
                   const struct soap_extra *extra, struct buf *out, struct soap_request_head *head,
                   struct fault *f)
{
    const struct envelope *e = r->message;
    const struct wss_outgoing *security = extra ? extra->security : NULL;
    enum fault_code code = FAULT_NONE;
    size_t at;

    head->content_type = e->content_type;
    head->action = e->action;
    buf_str(out, e->open);
    if (e->headers || extra)
        buf_str(out, STR("<e:Header>"));
    at = out->n;
    if (e->headers || extra)
        code = write_header(e, headers, extra, out, f);
    buf_str(out,
            security && security->certificate.n ? STR("<e:Body" WSS_BODY_ID ">") : STR("<e:Body>"));
    if (code == FAULT_NONE && e->request)
        code = e->request_single ? xml_write_element(e->request, message, out, f)
                                 : xml_write_members(e->request, message, out, f);
    buf_str(out, STR("</e:Body></e:Envelope>"));
    if (code == FAULT_NONE && out->failed)
        code = fault_set(f, FAULT_MEMORY, "the request is too large");
    return code || !security ? code : wss_write(security, out, at, extra->arena, f);
}

/* ---- Faults ---- */

static struct str
text_at(const struct value *v, const char *pointer)
{
    const struct value *found = value_pointer(v, str_of(pointer));

    return found && found->kind == VALUE_STRING ? value_text(found) : STR_NONE;
}

static struct str
local_name(struct str qname)
{
    size_t colon = str_find(qname, ':');

    return colon < qname.n ? str_from(qname, colon + 1) : qname;
}

/* A code says more to the right of its dots (SOAP 1.1) and further down its subcodes (1.2). */
static void
read_code(const struct value *fault, struct soap_answer *out)
{
    struct str code = local_name(text_at(fault, "/faultcode"));
    const struct value *at = value_get(fault, STR("Code"));

    if (at)
        code = local_name(text_at(at, "/Value"));
    out->is_sender = str_eq(code, STR("Sender")) || str_eq(code, STR("Client")) ||
                     str_starts(code, STR("Client."));
    out->code = str_starts(code, STR("Client.")) || str_starts(code, STR("Server."))
                    ? str_from(code, 7)
                    : code;
    while ((at = value_get(at, STR("Subcode")))) {
        code = local_name(text_at(at, "/Value"));
        if (code.n)
            out->code = code;
    }
}

static void
read_fault(const struct value *fault, struct soap_answer *out)
{
    const struct value *detail = value_get(fault, STR("detail"));

    out->is_fault = true;
    read_code(fault, out);
    out->text = text_at(fault, "/faultstring");
    if (!out->text.n)
        out->text = text_at(fault, "/Reason/Text/0");
    if (!detail)
        detail = value_get(fault, STR("Detail"));
    if (detail && detail->kind == VALUE_OBJECT && detail->n) {
        out->fault = detail->members[0].name;
        out->detail = detail->members[0].value;
    }
}

/* ---- Answers ---- */

static enum fault_code
read_body(const struct remote *r, const struct value *body, struct soap_answer *out,
          struct fault *f)
{
    const struct envelope *e = r->message;
    const struct value *fault = value_get(body, STR("Fault"));
    const struct value *message;

    if (fault && body->n > 1)
        return fault_set(f, FAULT_BACKEND_INVALID, "a SOAP Body with more than its Fault");
    if (fault) {
        read_fault(fault, out);
        return FAULT_NONE;
    }
    if (e->answer_empty)
        return FAULT_NONE;
    message = e->answer_single ? value_get(body, e->answer_name) : body;
    if (!message || message->kind != VALUE_OBJECT)
        return fault_set(f, FAULT_BACKEND_INVALID, "the SOAP Body lacks the answer's element");
    out->value = *message;
    return FAULT_NONE;
}

static bool
is_xml(struct str content_type)
{
    struct str essence = media_essence(content_type);

    return mime_is_mtom(content_type) || str_eq_nocase(essence, STR("text/xml")) ||
           str_eq_nocase(essence, STR("application/soap+xml")) ||
           str_eq_nocase(essence, STR("application/xml"));
}

static enum fault_code
without_envelope(const struct remote *r, unsigned status, struct str content_type, struct str bytes,
                 struct fault *f)
{
    enum fault_code code = FAULT_BACKEND_ERROR;

    if (status / 100 == 2 && !bytes.n && !r->response)
        return FAULT_NONE;
    if (status / 100 == 2)
        fault_set(f, code = FAULT_BACKEND_INVALID, "the backend's answer is not SOAP");
    else if (status == 503)
        fault_set(f, code = FAULT_UNAVAILABLE, "the backend is not available");
    else
        fault_set(f, code, "the backend answered with an error");
    fault_log(f, "HTTP %u, %.*s, %zu bytes", status, STR_ARG(str_head(content_type, 60)), bytes.n);
    return code;
}

static enum fault_code
read_document(const struct envelope *e, struct str content_type, struct str bytes, struct arena *a,
              struct value *out, unsigned *unknown, struct fault *f)
{
    struct mime *package;

    if (!mime_is_mtom(content_type))
        return xml_read_document(e->answer, a, bytes, FAULT_BACKEND_INVALID, out, unknown, f);
    package = mime_read(a, content_type, bytes, FAULT_BACKEND_INVALID, f);
    return package ? xml_read_package(e->answer, a, package, FAULT_BACKEND_INVALID, out, unknown, f)
                   : f->code;
}

enum fault_code
soap_answer_read(const struct remote *r, unsigned http_status, struct str content_type,
                 struct str bytes, struct arena *a, struct soap_answer *out, struct fault *f)
{
    const struct envelope *e = r->message;
    struct value document;
    const struct value *body;
    enum fault_code code;

    *out = (struct soap_answer){0};
    if (!bytes.n || !is_xml(content_type))
        return without_envelope(r, http_status, content_type, bytes, f);
    code = read_document(e, content_type, bytes, a, &document, &out->unknown, f);
    if (code != FAULT_NONE)
        return code;
    body = document.n ? value_get(&document.members[0].value, STR("Body")) : NULL;
    if (!body || body->kind != VALUE_OBJECT)
        return fault_set(f, FAULT_BACKEND_INVALID, "the SOAP Body is missing");
    code = read_body(r, body, out, f);
    if (code == FAULT_NONE && !out->is_fault && http_status / 100 != 2) {
        fault_set(f, code = FAULT_BACKEND_ERROR, "the backend answered with an error");
        fault_log(f, "HTTP %u with an envelope that holds no Fault", http_status);
    }
    return code;
}
