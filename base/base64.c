/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/base64.h"

struct str
base64_encode(struct arena *a, struct str bytes)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = (const unsigned char *)bytes.p;
    char *out = arena_alloc(a, (bytes.n + 2) / 3 * 4 + 1);
    size_t n = 0, i = 0;

    for (; out && i + 3 <= bytes.n; i += 3) {
        uint32_t bits = (uint32_t)p[i] << 16 | (uint32_t)p[i + 1] << 8 | p[i + 2];

        out[n++] = letters[bits >> 18];
        out[n++] = letters[bits >> 12 & 63];
        out[n++] = letters[bits >> 6 & 63];
        out[n++] = letters[bits & 63];
    }
    if (out && i < bytes.n) {
        bool two = bytes.n - i == 2;
        uint32_t bits = (uint32_t)p[i] << 16 | (two ? (uint32_t)p[i + 1] << 8 : 0);

        out[n++] = letters[bits >> 18];
        out[n++] = letters[bits >> 12 & 63];
        out[n++] = two ? letters[bits >> 6 & 63] : '=';
        out[n++] = '=';
    }
    return (struct str){out, out ? n : 0};
}

static int
sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* A group of four letters as `n` bytes (1 to 3); false: another letter, or bits left over. */
static bool
decode_group(const char *p, unsigned n, unsigned char out[3])
{
    uint32_t bits = 0;

    for (unsigned i = 0; i < 4; i++) {
        int six = i <= n ? sextet(p[i]) : 0;

        if (six < 0)
            return false;
        bits = bits << 6 | (uint32_t)six;
    }
    out[0] = (unsigned char)(bits >> 16);
    out[1] = (unsigned char)(bits >> 8);
    out[2] = (unsigned char)bits;
    return n == 3 || (n == 2 ? out[2] == 0 : out[1] == 0 && out[2] == 0);
}

bool
base64_decode(struct buf *out, struct str text)
{
    size_t from = out->n;
    unsigned char group[3];

    if (text.n % 4)
        return false;
    for (size_t i = 0; i < text.n; i += 4) {
        bool last = i + 4 == text.n;
        unsigned n = !last || text.p[i + 3] != '=' ? 3 : text.p[i + 2] != '=' ? 2 : 1;

        if (!decode_group(text.p + i, n, group)) {
            out->n = from;
            return false;
        }
        buf_put(out, group, n);
    }
    return !out->failed;
}
