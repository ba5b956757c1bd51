/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/face.h"

#include <stdio.h>

#include "soap/fault.h"
#include "soap/service.h"
#include "soap/wsa.h"
#include "soap/wss.h"
#include "soap/xml_read.h"

struct message { /* what dispatch found, for the steps behind it */
    const struct service_operation *operation;
    struct value value;   /* the element in the Body */
    struct fault bad;     /* why that element could not be read; code FAULT_NONE: it could */
    struct mime *package; /* of an MTOM message; else NULL */
    struct str block;     /* header that is not understood */
    struct wsa addressing;
    bool secured;    /* a Security header says who sent it */
    uint8_t version; /* enum soap_version */
    uint8_t kind;    /* enum fault_kind */
};

static struct str
content_type(const struct face_request *q)
{
    return header_value(q->headers, STR("content-type"));
}

static bool
is_soap12(const struct face_request *q)
{
    struct str type = content_type(q);

    if (mime_is_mtom(type))
        type = mime_parameter(type, "start-info");
    return str_eq_nocase(media_essence(type), STR("application/soap+xml"));
}

/* ---- Before the body ---- */

/* False where the Content-Type names another charset: the bytes are to be UTF-8, or to declare
 * themselves. */
static bool
is_utf8(struct str type)
{
    struct str charset = mime_parameter(type, "charset");

    return !charset.n || str_eq_nocase(charset, STR("utf-8")) ||
           str_eq_nocase(charset, STR("us-ascii"));
}

static enum fault_code
negotiate(const struct face_request *q, struct fault *f)
{
    struct str type = content_type(q);

    if (!is_soap12(q) && !mime_is_mtom(type) &&
        !str_eq_nocase(media_essence(type), STR("text/xml")))
        return fault_set(f, FAULT_UNSUPPORTED_MEDIA_TYPE,
                         "send SOAP 1.1 as text/xml, SOAP 1.2 as application/soap+xml, or either "
                         "by MTOM as multipart/related; type=\"application/xop+xml\"");
    if (!is_utf8(type))
        return fault_set(f, FAULT_UNSUPPORTED_MEDIA_TYPE, "send SOAP in UTF-8");
    return FAULT_NONE;
}

/* ---- Which operation ---- */

/* From here on the body is the envelope alone. */
static enum fault_code
open_package(struct face_request *q, struct arena *a, struct message *m, struct fault *f)
{
    if (!mime_is_mtom(content_type(q)))
        return FAULT_NONE;
    m->package = mime_read(a, content_type(q), q->body, FAULT_INVALID_BODY, f);
    if (!m->package)
        return f->code;
    q->body = m->package->root->bytes;
    return is_utf8(m->package->root->type) ? FAULT_NONE
                                           : fault_set(f, FAULT_INVALID_BODY, "send SOAP in UTF-8");
}

static enum fault_code
read_root(const struct xml_root *root, const struct face_request *q, struct arena *a,
          const struct message *m, struct value *out, struct fault *f)
{
    unsigned unknown = 0;

    return m->package ? xml_read_package(root, a, m->package, FAULT_INVALID_BODY, out, &unknown, f)
                      : xml_read_document(root, a, q->body, FAULT_INVALID_BODY, out, &unknown, f);
}

/* The typed read looks into the operation's element, too. When that is what fails, the caller is
 * told so only after the token was checked: a second look finds the operation. */
static enum fault_code
read_envelope(const struct face_request *q, struct arena *a, struct message *m,
              struct value *document, struct fault *f)
{
    const struct service *s = q->service;
    enum fault_code code = read_root(s->envelope, q, a, m, document, f);

    if (code != FAULT_INVALID_BODY)
        return code;
    m->bad = *f;
    return read_root(s->outline, q, a, m, document, f);
}

static bool
is_for_us(const struct value *block)
{
    const struct value *v = value_get(block, STR(SERVICE_ROLE));
    struct str role = v ? value_text(v) : STR_NONE;

    return !role.n || str_eq(role, STR("http://schemas.xmlsoap.org/soap/actor/next")) ||
           str_eq(role, STR(NS_SOAP12 "/role/next")) ||
           str_eq(role, STR(NS_SOAP12 "/role/ultimateReceiver"));
}

static bool
must_be_understood(const struct value *block)
{
    const struct value *v = value_get(block, STR(SERVICE_MUST_UNDERSTAND));

    return v && (str_eq(value_text(v), STR("1")) || str_eq(value_text(v), STR("true"))) &&
           is_for_us(block);
}

/* True for a block that some step behind this one looks into. */
static bool
understand(const struct face_request *q, struct message *m, struct str name,
           const struct value *block)
{
    bool ours = is_for_us(block);

    if (q->identifies && str_eq(name, STR(WSS_BLOCK))) {
        m->secured |= ours;
        return true;
    }
    if (!wsa_understands(name))
        return false;
    if (ours)
        wsa_take(&m->addressing, name, block);
    return true;
}

/* A block that must be understood, and is not, is refused. */
static enum fault_code
check_header(const struct face_request *q, struct message *m, const struct value *header,
             struct fault *f)
{
    for (uint32_t i = 0; header && header->kind == VALUE_OBJECT && i < header->n; i++) {
        const struct value *v = &header->members[i].value;
        uint32_t n = v->kind == VALUE_ARRAY ? v->n : 1;

        for (uint32_t k = 0; k < n; k++) {
            const struct value *block = v->kind == VALUE_ARRAY ? &v->items[k] : v;

            if (understand(q, m, header->members[i].name, block) || !must_be_understood(block))
                continue;
            m->kind = FAULT_KIND_MUST_UNDERSTAND;
            m->block = header->members[i].name;
            return fault_set(f, FAULT_INVALID_BODY,
                             "a header block that must be understood is not understood here");
        }
    }
    if (!m->addressing.refused)
        return FAULT_NONE;
    m->kind = FAULT_KIND_ADDRESSING;
    return fault_set(f, FAULT_INVALID_BODY,
                     "an answer can go to the anonymous address only, not "
                     "where %s says",
                     m->addressing.refused);
}

static enum fault_code
find_operation(const struct service *s, struct message *m, const struct value *body,
               struct fault *f)
{
    if (!body || body->kind != VALUE_OBJECT)
        return fault_set(f, FAULT_INVALID_BODY, "the SOAP Body is missing");
    if (body->n != 1)
        return fault_set(f, FAULT_INVALID_BODY, "the SOAP Body must hold one element, it holds %u",
                         body->n);
    m->operation = service_find(s, body->members[0].name);
    if (!m->operation)
        return fault_set(f, FAULT_INVALID_BODY,
                         "the element in the SOAP Body is no operation of this service; "
                         "%.*s?wsdl lists them",
                         STR_ARG(s->path));
    m->value = body->members[0].value;
    return FAULT_NONE;
}

static enum fault_code
dispatch(struct face_request *q, struct arena *a, struct fault *f)
{
    struct message *m = ARENA_NEW(a, struct message);
    struct value document = VALUE_OF(VALUE_ABSENT);
    const struct value *envelope;
    enum fault_code code;

    if (!m)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    m->version = is_soap12(q) ? SOAP_12 : SOAP_11;
    q->message = m;
    code = open_package(q, a, m, f);
    if (!code)
        code = read_envelope(q, a, m, &document, f);
    if (code)
        return code;
    if (!document.n) {
        m->version = SOAP_11;
        m->kind = FAULT_KIND_VERSION_MISMATCH;
        return fault_set(f, FAULT_INVALID_BODY, "this is no SOAP 1.1 or SOAP 1.2 envelope");
    }
    m->version = str_eq(document.members[0].name, STR("1.2")) ? SOAP_12 : SOAP_11;
    envelope = &document.members[0].value;
    code = check_header(q, m, value_get(envelope, STR("Header")), f);
    if (!code)
        code = find_operation(q->service, m, value_get(envelope, STR("Body")), f);
    if (!code)
        q->operation = m->operation->operation;
    return code;
}

/* ---- Who sent it ---- */

/* Bytes that a signature over the Body does not cover: it is over what stands in the envelope. */
static bool
has_parts(const struct message *m)
{
    for (unsigned i = 0; m->package && i < m->package->n; i++)
        if (m->package->parts[i].taken)
            return true;
    return false;
}

static enum fault_code
identify(const struct face_request *q, struct arena *a, const struct credential **out,
         struct fault *f)
{
    const struct message *m = q->message;
    struct credential *c;
    enum fault_code code;

    *out = NULL;
    if (!m || !m->secured)
        return FAULT_NONE;
    c = ARENA_NEW(a, struct credential);
    if (!c)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    code = wss_read(q->body, a, c, f);
    if (!code && c->kind == CREDENTIAL_CERTIFICATE && has_parts(m))
        code = fault_set(f, FAULT_INVALID_TOKEN,
                         "a signed message must hold its binary members as text, not by MTOM");
    if (!code)
        *out = c;
    return code;
}

/* ---- Inputs ---- */

static enum fault_code
read_parameter(const struct parameter *p, const struct value *given, struct value *out,
               struct fault *f)
{
    struct fault inner = {0};
    enum fault_code code;

    if (given)
        *out = *given;
    if (out->kind == VALUE_ABSENT && p->required)
        return fault_set(f, FAULT_MISSING_PARAMETER, "\"%.*s\" is required", STR_ARG(p->name));
    if (out->kind == VALUE_ABSENT || !p->type)
        return FAULT_NONE;
    code = type_validate(p->type, out, TYPE_REQUEST, &inner);
    if (code == FAULT_INVALID_VALUE) {
        fault_set(f, code = FAULT_INVALID_PARAMETER, "\"%.*s\" %s", STR_ARG(p->name), inner.detail);
        snprintf(f->pointer, sizeof(f->pointer), "/%.*s", STR_ARG(str_head(p->name, 120)));
    } else if (code) {
        *f = inner;
    }
    return code;
}

static enum fault_code
read_body(const struct operation *o, const struct value *given, struct value *out, struct fault *f)
{
    *out = given ? *given : VALUE_OF(VALUE_ABSENT);
    if (!given && o->body_required)
        return fault_set(f, FAULT_INVALID_BODY, "the element for the operation's body is missing");
    if (!given || !o->bodies[0].type)
        return FAULT_NONE;
    return type_validate(o->bodies[0].type, out, TYPE_REQUEST, f);
}

static enum fault_code
read_inputs(const struct face_request *q, struct arena *a, struct inputs *out, struct fault *f)
{
    const struct message *m = q->message;
    const struct operation *o = q->operation;
    enum fault_code code = FAULT_NONE;

    out->parameters = ARENA_ARRAY(a, o->parameter_count + 1, struct value);
    if (!out->parameters)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    if (m->bad.code) {
        *f = m->bad;
        return f->code;
    }
    for (unsigned i = 0; i < o->parameter_count; i++)
        if (o->parameters[i].type && o->parameters[i].type->fallback)
            out->parameters[i] = *o->parameters[i].type->fallback;
    out->body = VALUE_OF(VALUE_ABSENT);
    for (unsigned i = 0; i < m->operation->member_count && !code; i++) {
        const struct service_member *member = &m->operation->members[i];
        const struct value *given = value_get(&m->value, member->name);

        if (member->parameter < 0)
            code = read_body(o, given, &out->body, f);
        else
            code = read_parameter(&o->parameters[member->parameter], given,
                                  &out->parameters[member->parameter], f);
    }
    return code;
}

/* ---- Answers ---- */

static struct str
media_of(enum soap_version version)
{
    return version == SOAP_11 ? STR("text/xml") : STR("application/soap+xml");
}

/* By MTOM, as the caller does, or asks for. */
static bool
wants_package(const struct face_request *q)
{
    return mime_is_mtom(content_type(q)) ||
           mime_is_asked_for(header_value(q->headers, STR("accept")));
}

/* The envelope that out->body holds is done: its media type, or the MTOM message around it. */
static void
close_answer(enum soap_version version, const struct mime_answer *package, struct face_answer *out)
{
    struct str type = media_of(version);
    struct buf envelope = out->body;

    if (!package) {
        type = version == SOAP_11 ? STR("text/xml; charset=utf-8")
                                  : STR("application/soap+xml; charset=utf-8");
    } else {
        buf_init(&out->body, envelope.ceiling);
        type = mime_write(package, buf_view(&envelope), type, &out->body);
        out->body.failed |= envelope.failed || !type.p;
        buf_fini(&envelope);
    }
    face_answer_header(out, STR("Content-Type"), type);
}

static enum fault_code
write_element(const struct service_operation *o, const struct outcome *outcome, struct arena *a,
              struct mime_answer *package, struct buf *out, struct fault *f)
{
    const struct service_answer *answer = service_answer(o, outcome->status);
    struct value element = VALUE_OF(VALUE_OBJECT);

    if (answer && outcome->body.kind != VALUE_ABSENT &&
        value_add(a, &element, answer->name, outcome->body))
        return fault_set(f, FAULT_MEMORY, "out of memory");
    return xml_write_package(o->sent->table, &element, package, out, f);
}

static void
write_header(const struct message *m, struct buf *out)
{
    if (!m->addressing.used)
        return;
    buf_str(out, STR("<e:Header>"));
    wsa_write_answer(out, &m->addressing, m->operation->answer_action);
    buf_str(out, STR("</e:Header>"));
}

static enum fault_code
write_outcome(const struct face_request *q, const struct outcome *o, struct arena *a,
              struct face_answer *out, struct fault *f)
{
    const struct message *m = q->message;
    struct mime_answer *package = wants_package(q) ? mime_answer_new(a) : NULL;
    enum fault_code code;

    out->status = 200;
    for (unsigned i = 0; i < o->header_count; i++)
        face_answer_header(out, o->headers[i].name, o->headers[i].value);
    buf_printf(
        &out->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?><e:Envelope xmlns:e=\"%s\"%.*s>",
        m->version == SOAP_11 ? NS_SOAP11 : NS_SOAP12, STR_ARG(m->operation->sent->declarations));
    write_header(m, &out->body);
    buf_str(&out->body, STR("<e:Body>"));
    code = write_element(m->operation, o, a, package, &out->body, f);
    buf_str(&out->body, STR("</e:Body></e:Envelope>"));
    close_answer(m->version, package, out);
    if (code == FAULT_INVALID_VALUE) {
        fault_log(f, "%s", f->detail);
        return fault_set(f, FAULT_BACKEND_INVALID, "the answer can not be written in XML");
    }
    return code || !out->body.failed ? code : fault_set(f, FAULT_MEMORY, "the answer is too large");
}

static void
refuse(const struct face_request *q, const struct fault *f, struct arena *a,
       struct face_answer *out)
{
    const struct message *m = q->message;
    struct fault_envelope e = {.version = is_soap12(q) ? SOAP_12 : SOAP_11,
                               .security = q->denial,
                               .correlator = q->correlator};

    if (m) {
        e.version = m->version;
        e.kind = m->kind;
        e.block = m->block;
        e.addressing = m->addressing;
    }
    out->status = fault_status(e.version, e.kind, f);
    fault_write(&out->body, &e, f);
    close_answer(e.version, wants_package(q) ? mime_answer_new(a) : NULL, out);
}

const struct face soap_face = {
    .name = "soap",
    .negotiate = negotiate,
    .dispatch = dispatch,
    .identify = identify,
    .read = read_inputs,
    .write = write_outcome,
    .refuse = refuse,
};
