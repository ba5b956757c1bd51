/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base64url, strict. */
#include "auth/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#define ROW4(v)  (v), (v) + 1, (v) + 2, (v) + 3
#define ROW13(v) ROW4(v), ROW4((v) + 4), ROW4((v) + 8), (v) + 12

/* Value + 1; zero for a character that is none of the alphabet. */
static const uint8_t digits[256] = {
    ['A'] = ROW13(1), ['N'] = ROW13(14), ['a'] = ROW13(27), ['n'] = ROW13(40), ['0'] = ROW4(53),
    ['4'] = ROW4(57), ['8'] = 61,        ['9'] = 62,        ['-'] = 63,        ['_'] = 64,
};

static inline unsigned
digit(char c)
{
    return (unsigned)digits[(uint8_t)c] - 1; /* a foreign character gives all ones */
}

/* The last two or three characters; false when bits that carry nothing are set. */
static bool
decode_tail(const char *p, size_t n, uint8_t *out)
{
    unsigned a = digit(p[0]), b = digit(p[1]), c = n == 3 ? digit(p[2]) : 0;

    if ((a | b | c) > 63)
        return false;
    out[0] = (uint8_t)(a << 2 | b >> 4);
    if (n == 2)
        return (b & 15) == 0;
    out[1] = (uint8_t)(b << 4 | c >> 2);
    return (c & 3) == 0;
}

bool
base64url_decode(struct str text, void *out)
{
    uint8_t *o = out;
    unsigned foreign = 0;
    size_t i = 0;

    for (; i + 4 <= text.n; i += 4, o += 3) {
        unsigned a = digit(text.p[i]), b = digit(text.p[i + 1]);
        unsigned c = digit(text.p[i + 2]), d = digit(text.p[i + 3]);

        foreign |= a | b | c | d;
        o[0] = (uint8_t)(a << 2 | b >> 4);
        o[1] = (uint8_t)(b << 4 | c >> 2);
        o[2] = (uint8_t)(c << 6 | d);
    }
    if (foreign > 63 || text.n - i == 1)
        return false;
    return text.n == i || decode_tail(text.p + i, text.n - i, o);
}

bool
base64url_decode_dup(struct arena *a, struct str text, struct str *out)
{
    size_t n = BASE64URL_DECODED(text.n);
    char *p = arena_alloc(a, n + 1);

    if (!p || !base64url_decode(text, p))
        return false;
    p[n] = '\0';
    *out = (struct str){p, n};
    return true;
}

void
base64url_encode(const void *bytes, size_t n, char *out)
{
    const uint8_t *in = bytes;
    size_t i;

    for (i = 0; i + 3 <= n; i += 3) {
        *out++ = alphabet[in[i] >> 2];
        *out++ = alphabet[(in[i] & 3) << 4 | in[i + 1] >> 4];
        *out++ = alphabet[(in[i + 1] & 15) << 2 | in[i + 2] >> 6];
        *out++ = alphabet[in[i + 2] & 63];
    }
    if (n - i == 0)
        return;
    *out++ = alphabet[in[i] >> 2];
    if (n - i == 1) {
        *out = alphabet[(in[i] & 3) << 4];
        return;
    }
    *out++ = alphabet[(in[i] & 3) << 4 | in[i + 1] >> 4];
    *out = alphabet[(in[i + 1] & 15) << 2];
}

void
base64url_put(struct buf *b, const void *bytes, size_t n)
{
    char *p = n > 0 ? buf_reserve(b, BASE64URL_ENCODED(n)) : NULL;

    if (!p)
        return;
    base64url_encode(bytes, n, p);
    b->n += BASE64URL_ENCODED(n);
}
