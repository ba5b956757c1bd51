/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is sent to a backend, written without a connection: by a call that then sends it, and by
 * `telgate explain`, which prints it.
 */
#ifndef GATEWAY_BACKEND_MESSAGE_H
#define GATEWAY_BACKEND_MESSAGE_H

#include "gateway/invoke.h"

enum { BACKEND_HEADERS_MAX = 48 };

struct backend_message {
    struct str method;
    struct buf target, body;                    /* target: behind the backend's URL */
    struct header headers[BACKEND_HEADERS_MAX]; /* texts in the invocation's arena, or static */
    unsigned header_count;
    bool has_body;
};

/* Of the call's protocol. backend_message_fini is due whatever they return. */
enum fault_code backend_message_write(const struct backend_call *c, struct backend_message *out,
                                      struct fault *f) __attribute__((warn_unused_result));
enum fault_code backend_http_write(const struct backend_call *c, struct backend_message *out,
                                   struct fault *f) __attribute__((warn_unused_result));
enum fault_code backend_soap_write(const struct backend_call *c, struct backend_message *out,
                                   struct fault *f) __attribute__((warn_unused_result));
/* Sends it to c->upstream and waits for the answer; on a fiber. */
enum fault_code backend_message_send(const struct backend_message *m, const struct backend_call *c,
                                     struct upstream_response *out, struct fault *f)
    __attribute__((warn_unused_result));
/* Frees the buffers. */
void backend_message_fini(struct backend_message *m);

#endif
