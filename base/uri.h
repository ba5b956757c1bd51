/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Percent-encoding (RFC 3986 section 2.1) and query strings. */
#ifndef BASE_URI_H
#define BASE_URI_H

#include "base/arena.h"

/* Decodes into the arena (or borrows raw when nothing is encoded). plus: '+' is a space. False on
 * a broken escape, on a decoded NUL or control character, on text that is no UTF-8, or when there
 * is no memory. */
bool uri_decode(struct arena *a, struct str raw, bool plus, struct str *out);
/* Everything but unreserved characters is encoded (RFC 3986 section 2.3). */
void uri_encode(struct buf *out, struct str text);

#endif
