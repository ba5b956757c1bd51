/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request must be before anything else looks at it (RFC 9112, RFC 9110 section 5): the
 * parser in front of us is lenient, and what two parsers read differently is how requests are
 * smuggled. Pure: memory in, a fault out.
 */
#ifndef GATEWAY_HTTP_CHECK_H
#define GATEWAY_HTTP_CHECK_H

#include "base/fault.h"
#include "base/header.h"

struct http_check_limits {
    size_t target_bytes;
    size_t header_bytes; /* request line and header fields, line ends included */
    unsigned headers;
};

struct http_framing {
    bool chunked;
    bool has_length;
    uint64_t length; /* of the body; 0 without one */
};

/* True for an RFC 9110 token: a method, a field name. */
bool http_is_token(struct str s);
/* True for a method that may be sent twice (RFC 9110 section 9.2.2). */
bool http_is_idempotent(struct str method);
/* True when the bytes may stand in a field value: no control character but the tab. */
bool http_is_field_value(struct str s);

/* The request line: BAD_REQUEST, URI_TOO_LONG. Only origin-form targets, and `*` for OPTIONS. */
enum fault_code http_check_line(struct str method, struct str target, size_t target_limit,
                                struct fault *f) __attribute__((warn_unused_result));
/* The fields and what they say of Host and of the body's framing. minor: of HTTP/1.x. BAD_REQUEST,
 * HEADERS_TOO_LARGE (the count), NOT_IMPLEMENTED (an unknown transfer coding). */
enum fault_code http_check_headers(struct headers h, unsigned minor, unsigned limit,
                                   struct http_framing *out, struct fault *f)
    __attribute__((warn_unused_result));

#endif
