/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/segment.h"

static bool
is_dots(struct str s)
{
    return str_eq(s, STR(".")) || str_eq(s, STR(".."));
}

bool
segment_is_safe(struct str decoded)
{
    size_t begin = 0;

    for (size_t i = 0; i <= decoded.n; i++) {
        if (i < decoded.n && decoded.p[i] != '/' && decoded.p[i] != '\\')
            continue;
        if (is_dots((struct str){decoded.p + begin, i - begin}))
            return false;
        begin = i + 1;
    }
    return decoded.n > 0;
}
