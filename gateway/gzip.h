/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Content-Encoding: gzip (RFC 9110 section 8.4.1.3, RFC 1952) of whole bodies, in and out, for
 * all faces. What is streamed (proxy) passes as it is.
 */
#ifndef GATEWAY_GZIP_H
#define GATEWAY_GZIP_H

#include "base/arena.h"
#include "base/fault.h"
#include "base/header.h"

struct gzip; /* a worker's compressor, reused: making one costs more than a small answer */

/* The body as it was before its Content-Encoding, of at most `limit` bytes. *body is replaced only
 * where there is one. UNSUPPORTED_MEDIA_TYPE for another coding, BODY_TOO_LARGE, INVALID_BODY,
 * MEMORY. */
enum fault_code gzip_decode(struct headers h, size_t limit, struct arena *a, struct str *body,
                            struct fault *f) __attribute__((warn_unused_result));

/* True where an Accept-Encoding takes gzip. */
bool gzip_is_accepted(struct str accept_encoding);
/* The bytes as gzip, in `out`. False, and out is not to be used: it is no shorter, or there is no
 * memory. *g is made when it is NULL. */
bool gzip_encode(struct gzip **g, struct str bytes, struct buf *out);
void gzip_free(struct gzip *g); /* NULL is allowed */

#endif
