/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Base64 (RFC 4648 section 4) of bytes, both ways; base64url for tokens is auth/base64url.h. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/arena.h"

/* In the arena, with padding; p == NULL: no memory. */
struct str base64_encode(struct arena *a, struct str bytes);
/* Appends the bytes. False, and nothing is appended: this is no base64 with padding and without
 * blanks, or out->failed. */
bool base64_decode(struct buf *out, struct str text);

#endif
