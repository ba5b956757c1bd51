/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A strict HTTP/1.1 response parser over memory (RFC 9112 sections 4 to 7).
 *
 * No obsolete folding, no bare LF, no NUL, no Content-Length beside Transfer-Encoding, no second
 * Content-Length that differs, no coding but `chunked`. What it refuses is BACKEND_FAILED, with
 * the reason in the fault's log text. Pure, incremental, no allocation.
 */
#ifndef GATEWAY_HTTP_RESPONSE_H
#define GATEWAY_HTTP_RESPONSE_H

#include "base/fault.h"
#include "base/header.h"

enum http_body_kind { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_CLOSE };

struct http_response {
    unsigned status; /* 100 to 599 */
    unsigned minor;  /* of HTTP/1.x */
    struct str reason;
    struct header *headers; /* the caller's room; slices of the input, in order */
    unsigned header_count, header_room;
    enum http_body_kind kind;
    uint64_t length; /* of the body, for HTTP_BODY_LENGTH */
    bool has_length; /* Content-Length was there (a HEAD's too); its value is `length` */
    bool keep_alive; /* the connection may be used again, once the body is read */
};

/* Length of the head (status line to the empty line) in bytes; *n = 0: not whole yet. from: bytes
 * that an earlier call has looked at. Refuses a bare LF as soon as it is there. */
enum fault_code http_response_find(struct str bytes, size_t from, size_t *n, struct fault *f)
    __attribute__((warn_unused_result));
/* Reads a whole head as http_response_find has measured it. out->headers and header_room are set
 * by the caller. is_head: the request was HEAD, so that no body follows. */
enum fault_code http_response_read(struct str head, bool is_head, struct http_response *out,
                                   struct fault *f) __attribute__((warn_unused_result));

struct http_body {
    enum http_body_kind kind;
    bool done;
    uint64_t left;    /* bytes of this body, or of this chunk */
    unsigned state;   /* of the chunked coding */
    unsigned digits;  /* of the chunk size */
    unsigned skipped; /* bytes of extensions and trailers, bounded */
};

void http_body_init(struct http_body *b, const struct http_response *r);
/* Takes from `in`: *used bytes, of which *data is content (a slice of `in`, may be empty). Call it
 * until b->done, or until it uses nothing: then it needs more. */
enum fault_code http_body_next(struct http_body *b, struct str in, size_t *used, struct str *data,
                               struct fault *f) __attribute__((warn_unused_result));
/* The connection has ended: fine for HTTP_BODY_CLOSE only, else the body is cut off. */
enum fault_code http_body_end(struct http_body *b, struct fault *f)
    __attribute__((warn_unused_result));

#endif
