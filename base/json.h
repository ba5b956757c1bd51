/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text <-> value (RFC 8259), strict: UTF-8 checked, no duplicate members, one value, no NUL
 * outside an escape, depth and counts bounded before memory is spent.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/value.h"

struct json_limits {
    uint32_t depth;  /* nesting of arrays and objects */
    uint32_t values; /* values in the whole text */
};

#define JSON_LIMITS_DEFAULT ((struct json_limits){64, 1000000})

/* Reads the whole text. Strings without escapes, and all numbers, stay slices of `text`, which
 * must live as long as *out. Fault: INVALID_BODY with the line and column in its detail, or
 * MEMORY. No recursion: the C stack stays flat. */
enum fault_code json_read(struct arena *a, struct str text, struct json_limits limits,
                          struct value *out, struct fault *f) __attribute__((warn_unused_result));

/* Compact text; members in their order, lexemes as they are, non-ASCII as UTF-8. b->failed tells.
 * VALUE_ABSENT writes nothing. */
void json_write(struct buf *b, const struct value *v);
/* One string with quotes and escapes. */
void json_write_string(struct buf *b, struct str s);

#endif
