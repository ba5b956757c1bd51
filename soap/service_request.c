/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The caller's side of a service: what a client of the published WSDL would send. */
#include "soap/service.h"

static enum fault_code
collect(const struct service_operation *o, const struct inputs *in, struct arena *a,
        struct value *message)
{
    for (unsigned i = 0; i < o->member_count; i++) {
        const struct service_member *m = &o->members[i];
        const struct value *v = m->parameter < 0 ? &in->body : &in->parameters[m->parameter];

        if (v->kind != VALUE_ABSENT && value_add(a, message, m->name, *v))
            return FAULT_MEMORY;
    }
    return FAULT_NONE;
}

enum fault_code
service_request_write(const struct service_operation *o, const struct inputs *in, struct arena *a,
                      struct buf *out, struct fault *f)
{
    struct value message = VALUE_OF(VALUE_OBJECT);
    enum fault_code code = collect(o, in, a, &message);

    if (code)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    buf_printf(out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?><e:Envelope xmlns:e=\"%s\"%.*s><e:Body>",
               NS_SOAP11, STR_ARG(o->received->declarations));
    code = xml_write_element(o->received->table, &message, out, f);
    buf_str(out, STR("</e:Body></e:Envelope>"));
    return code || !out->failed ? code : fault_set(f, FAULT_MEMORY, "the request is too large");
}
