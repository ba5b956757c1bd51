/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parameters in path, query, header and cookie, by `style` and `explode` (OpenAPI 3.1, section
 * 4.8.12), to values by type, and back.
 */
#ifndef REST_PARAMETER_H
#define REST_PARAMETER_H

#include "contract/face.h"

/* Fills slots[0..parameter_count): VALUE_ABSENT or the default where none was given. Refuses a
 * missing required one, a value against its type, a query parameter that the operation does not
 * have, and a scalar given twice. The fault names the parameter. */
enum fault_code parameter_read_all(const struct face_request *q, struct arena *a,
                                   struct value *slots, struct fault *f)
    __attribute__((warn_unused_result));
/* Writes a value as the raw text of a path segment or header field (style simple, label and
 * matrix), percent-encoded when in the path. */
void parameter_write_text(struct buf *out, const struct parameter *p, const struct value *v);
/* Appends name=value pairs (style form, space, pipe, deepObject) to a query; `*first` is true
 * before the first pair of all. */
void parameter_write_query(struct buf *out, const struct parameter *p, const struct value *v,
                           bool *first);

#endif
