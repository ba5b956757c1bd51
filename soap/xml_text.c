/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xml_text.h"

static struct str
escaped(char c, bool fits)
{
    switch (c) {
    case '&': return STR("&amp;");
    case '<': return STR("&lt;");
    case '>': return STR("&gt;");
    case '"': return STR("&quot;");
    case '\r': return STR("&#13;");
    default: return fits ? STR_NONE : STR("\xEF\xBF\xBD");
    }
}

static bool
is_noncharacter(const char *p, size_t n) /* U+FFFE, U+FFFF */
{
    return n == 3 && (unsigned char)p[0] == 0xEF && (unsigned char)p[1] == 0xBF &&
           (unsigned char)p[2] >= 0xBE;
}

void
xml_text_put(struct buf *out, struct str text)
{
    const char *end = text.p + text.n;

    for (const char *p = text.p; p < end;) {
        size_t n = str_utf8_step(p, end);
        bool control = (unsigned char)*p < ' ' && *p != '\t' && *p != '\n' && *p != '\r';
        struct str other = escaped(*p, n && !control && !is_noncharacter(p, n));

        if (other.n)
            buf_str(out, other);
        else
            buf_put(out, p, n);
        p += n ? n : 1;
    }
}
