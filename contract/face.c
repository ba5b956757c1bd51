/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contract/face.h"

bool
face_answer_header(struct face_answer *out, struct str name, struct str value)
{
    if (out->header_count == FACE_HEADERS_MAX)
        return false;
    out->headers[out->header_count++] = (struct header){name, value};
    return true;
}
