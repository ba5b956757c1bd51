/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base64url without padding (RFC 4648 section 5, RFC 7515 appendix C), canonical only.
 *
 * A text has exactly one encoding here: no padding, no white space, unused bits zero. Otherwise
 * one token would have several spellings, and a cache or a revocation list would miss some.
 */
#ifndef AUTH_BASE64URL_H
#define AUTH_BASE64URL_H

#include "base/arena.h"

/* Bytes that n characters decode to, when they decode. */
#define BASE64URL_DECODED(n) ((n) / 4 * 3 + ((n) % 4 ? (n) % 4 - 1 : 0))
/* Characters that n bytes encode to. */
#define BASE64URL_ENCODED(n) (((n)*4 + 2) / 3)

/* Writes BASE64URL_DECODED(text.n) bytes to out; false when the text is not canonical. */
bool base64url_decode(struct str text, void *out) __attribute__((warn_unused_result));
/* The same into the arena; false also when there is no memory. An empty text gives an empty str
 * whose p is not NULL. */
bool base64url_decode_dup(struct arena *a, struct str text, struct str *out)
    __attribute__((warn_unused_result));
/* Writes BASE64URL_ENCODED(n) characters to out, no NUL behind them. */
void base64url_encode(const void *bytes, size_t n, char *out);
/* Appends the encoding. */
void base64url_put(struct buf *b, const void *bytes, size_t n);

#endif
