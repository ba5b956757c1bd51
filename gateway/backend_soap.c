/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A backend that speaks SOAP as its WSDL says. */
#include "gateway/backend_headers.h"
#include "gateway/backend_message.h"
#include "soap/message.h"

enum { MESSAGE_MAX = 64 << 20 };

static enum fault_code
map_part(const struct backend_call *c, const struct mapping *m, struct value *out, struct fault *f)
{
    *out = VALUE_OF(VALUE_ABSENT);
    return m ? mapping_eval(m, c->env, c->invocation->arena, out, f) : FAULT_NONE;
}

/* The envelope. What the caller sent has passed its own type; what does not fit the backend's is
 * the contract's mistake. */
static enum fault_code
write_envelope(const struct backend_call *c, struct buf *out, struct soap_request_head *head,
               struct fault *f)
{
    const struct soap_extra *extra = NULL;
    struct value message, parts;
    struct fault inner = {0};
    enum fault_code code = map_part(c, c->call->request, &message, f);

    if (!code)
        code = map_part(c, c->call->headers, &parts, f);
    if (!code)
        code = backend_headers(c, &extra, f);
    if (code)
        return code;
    if (message.kind == VALUE_ABSENT)
        message = VALUE_OF(VALUE_OBJECT);
    code = type_validate(c->call->remote->request, &message, TYPE_REQUEST, &inner);
    if (!code)
        code = soap_request_write(c->call->remote, &parts, &message, extra, out, head, &inner);
    if (!code)
        return FAULT_NONE;
    if (code != FAULT_INVALID_VALUE) {
        *f = inner;
        return code;
    }
    fault_set(f, FAULT_UNPROCESSABLE, "the backend does not take these values: %s", inner.detail);
    fault_log(f, "message at \"%s\"", inner.pointer);
    return FAULT_UNPROCESSABLE;
}

/* A fault by its declared name or its code; else the caller's mistake, or the backend's. */
static enum fault_code
map_fault(const struct backend_call *c, const struct soap_answer *answer, struct fault *f)
{
    unsigned status = backend_fault_status(c->call, answer->fault);
    enum fault_code code;

    if (!status)
        status = backend_fault_status(c->call, answer->code);
    if (!status)
        status = answer->is_sender ? 400 : 502;
    code = fault_of_status(status);
    if (answer->fault.n)
        fault_set(f, code, "the backend answered %.*s", STR_ARG(answer->fault));
    else
        fault_set(f, code, "the backend %s", status < 500 ? "refused this request" : "failed");
    f->status = (uint16_t)status;
    fault_log(f, "%.*s: %.*s", STR_ARG(answer->code), STR_ARG(answer->text));
    return code;
}

static enum fault_code
read_envelope(struct backend_call *c, const struct upstream_response *r, struct outcome *out,
              struct fault *f)
{
    struct str type = header_value(r->headers, STR("content-type"));
    struct soap_answer answer = {0};
    enum fault_code code = soap_answer_read(c->call->remote, r->status, type, r->body,
                                            c->invocation->arena, &answer, f);

    if (code)
        return code;
    if (answer.is_fault)
        return map_fault(c, &answer, f);
    out->body = answer.value;
    if (answer.value.kind == VALUE_ABSENT || !c->call->answer)
        return FAULT_NONE;
    return backend_check_answer(c->call->answer, &out->body, f);
}

static void
put_header(struct backend_message *m, struct str name, struct str value)
{
    m->headers[m->header_count++] = (struct header){name, value};
}

enum fault_code
backend_soap_write(const struct backend_call *c, struct backend_message *out, struct fault *f)
{
    struct soap_request_head head;
    enum fault_code code;

    memset(out, 0, sizeof(*out));
    buf_init(&out->target, 1);
    buf_init(&out->body, MESSAGE_MAX);
    out->method = STR("POST");
    out->has_body = true;
    code = write_envelope(c, &out->body, &head, f);
    if (code)
        return code;
    put_header(out, STR("Content-Type"), head.content_type);
    if (head.action.p)
        put_header(out, STR("SOAPAction"), head.action);
    if (c->call->backend->authorization.n)
        put_header(out, STR("Authorization"), c->call->backend->authorization);
    put_header(out, STR("X-Correlator"), c->invocation->correlator);
    return FAULT_NONE;
}

enum fault_code
backend_soap_call(struct backend_call *c, struct outcome *out, struct fault *f)
{
    struct upstream_response response = {0};
    struct backend_message message;
    enum fault_code code = backend_soap_write(c, &message, f);

    if (!code)
        code = backend_message_send(&message, c, &response, f);
    backend_message_fini(&message);
    if (code)
        return code;
    c->status = response.status;
    return read_envelope(c, &response, out, f);
}
