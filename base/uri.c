/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/uri.h"

static bool
decode_bytes(struct str raw, bool plus, char *out, size_t *n)
{
    size_t at = 0;

    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.p[i];

        if (c == '%') {
            int high = i + 2 < raw.n ? str_hex_digit(raw.p[i + 1]) : -1;
            int low = i + 2 < raw.n ? str_hex_digit(raw.p[i + 2]) : -1;

            if (high < 0 || low < 0)
                return false;
            c = (unsigned char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c < 0x20 || c == 0x7f)
            return false;
        out[at++] = (char)c;
    }
    *n = at;
    return true;
}

bool
uri_decode(struct arena *a, struct str raw, bool plus, struct str *out)
{
    bool encoded = false;
    char *p;

    for (size_t i = 0; i < raw.n; i++) {
        unsigned char c = (unsigned char)raw.p[i];

        if (c < 0x20 || c == 0x7f)
            return false;
        encoded |= c == '%' || c == '+';
    }
    *out = raw;
    if (!encoded)
        return str_is_utf8(raw);
    p = arena_alloc(a, raw.n);
    if (!p || !decode_bytes(raw, plus, p, &out->n))
        return false;
    out->p = p;
    return str_is_utf8(*out);
}

void
uri_encode(struct buf *out, struct str text)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '_' || c == '~';

        if (plain) {
            buf_put_char(out, (char)c);
        } else {
            char escape[3] = {'%', hex[c >> 4], hex[c & 15]};

            buf_put(out, escape, 3);
        }
    }
}
