/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/backend_message.h"

enum fault_code
backend_message_write(const struct backend_call *c, struct backend_message *out, struct fault *f)
{
    return c->call->remote ? backend_soap_write(c, out, f) : backend_http_write(c, out, f);
}

enum fault_code
backend_message_send(const struct backend_message *m, const struct backend_call *c,
                     struct upstream_response *out, struct fault *f)
{
    const struct upstream_request request = {
        .method = m->method,
        .target = buf_view(&m->target),
        .headers = {m->headers, m->header_count},
        .body = buf_view(&m->body),
        .has_body = m->has_body,
        .deadline_us = c->deadline_us,
    };

    return upstream_call(c->upstream, &request, c->invocation->arena, out, f);
}

void
backend_message_fini(struct backend_message *m)
{
    buf_fini(&m->target);
    buf_fini(&m->body);
}
