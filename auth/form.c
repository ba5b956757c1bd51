/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/form.h"

void
form_put(struct buf *b, struct str text)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '-' || c == '.' || c == '_' || c == '*';

        if (plain) {
            buf_put_char(b, (char)c);
            continue;
        }
        buf_put_char(b, '%');
        buf_put_char(b, hex[c >> 4]);
        buf_put_char(b, hex[c & 15]);
    }
}
