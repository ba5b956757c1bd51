/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text with a length, and the growable buffer. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 256 };

static unsigned char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : (unsigned char)c;
}

/* Eight bytes of each: where they differ, it is by the case of a letter. */
static bool
same_eight(const char *a, const char *b)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), cases = ones << 5, tops = ones << 7;
    uint64_t x, y, folded, from_a, past_z;

    memcpy(&x, a, 8);
    memcpy(&y, b, 8);
    if ((x ^ y) & ~cases)
        return false;
    folded = (x | cases) & ~tops;
    from_a = folded + ones * (0x80 - 'a');
    past_z = folded + ones * (0x7f - 'z');
    return (((x ^ y) << 2) & ~(from_a & ~past_z & ~x)) == 0;
}

bool
str_same_letters(const char *a, const char *b, size_t n)
{
    size_t i = 0;

    for (; n - i >= 8; i += 8)
        if (!same_eight(a + i, b + i))
            return false;
    if (n >= 8) /* the rest again with what is before it */
        return i == n || same_eight(a + n - 8, b + n - 8);
    for (; i < n; i++)
        if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

/* Folds case and leaves out '_' and '-'; false at the end of the text. */
static bool
next_letter(struct str s, size_t *at, char *out)
{
    while (*at < s.n && (s.p[*at] == '_' || s.p[*at] == '-'))
        ++*at;
    if (*at == s.n)
        return false;
    *out = s.p[(*at)++];
    if (*out >= 'A' && *out <= 'Z')
        *out = (char)(*out - 'A' + 'a');
    return true;
}

bool
str_eq_loose(struct str a, struct str b)
{
    size_t i = 0, j = 0;
    char x, y;

    for (;;) {
        bool more_a = next_letter(a, &i, &x), more_b = next_letter(b, &j, &y);

        if (!more_a || !more_b)
            return more_a == more_b;
        if (x != y)
            return false;
    }
}

bool
str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_head(s, prefix.n), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

void
str_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
}

bool
str_unhex(struct str text, uint8_t *out, size_t n)
{
    if (text.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = str_hex_digit(text.p[2 * i]), low = str_hex_digit(text.p[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

size_t
str_find(struct str s, char c)
{
    const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

    return at ? (size_t)(at - s.p) : s.n;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct str
str_trim(struct str s)
{
    while (s.n && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool
str_split(struct str *rest, char sep, struct str *part)
{
    if (!rest->p)
        return false;
    size_t at = str_find(*rest, sep);

    *part = str_head(*rest, at);
    if (at == rest->n)
        *rest = STR_NONE;
    else /* not str_from: what follows the last separator is empty, but it is a part */
        *rest = (struct str){rest->p + at + 1, rest->n - at - 1};
    return true;
}

bool
str_to_u64(struct str s, uint64_t *out)
{
    uint64_t n = 0;

    if (!s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(s.p[i] - '0'), &n))
            return false;
    }
    *out = n;
    return true;
}

bool
str_eq_secret(struct str a, struct str b)
{
    volatile unsigned char differ = 0; /* volatile: the loop may not end early */

    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        differ = (unsigned char)(differ | (a.p[i] ^ b.p[i]));
    return differ == 0;
}

static bool
is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* The second byte carries the limits of RFC 3629: no overlong form, no surrogate, no more than
 * U+10FFFF. */
size_t
str_utf8_step(const char *text, const char *end)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = (size_t)(end - text);

    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    if (p[0] < 0xe0)
        return left >= 2 && is_tail(p[1]) ? 2 : 0;
    if (p[0] < 0xf0) {
        unsigned char least = p[0] == 0xe0 ? 0xa0 : 0x80, most = p[0] == 0xed ? 0x9f : 0xbf;

        return left >= 3 && p[1] >= least && p[1] <= most && is_tail(p[2]) ? 3 : 0;
    }
    unsigned char least = p[0] == 0xf0 ? 0x90 : 0x80, most = p[0] == 0xf4 ? 0x8f : 0xbf;

    return left >= 4 && p[1] >= least && p[1] <= most && is_tail(p[2]) && is_tail(p[3]) ? 4 : 0;
}

bool
str_is_utf8(struct str s)
{
    const char *p = s.p, *end = s.n ? s.p + s.n : s.p;
    uint64_t eight;

    while (p < end) {
        if (end - p >= 8 && (memcpy(&eight, p, 8), !(eight & 0x8080808080808080u))) {
            p += 8;
            continue;
        }
        size_t step = str_utf8_step(p, end);

        if (!step)
            return false;
        p += step;
    }
    return true;
}

uint64_t
str_hash(struct str s)
{
    uint64_t h = 0xcbf29ce484222325u;

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
    return h;
}

void
buf_init(struct buf *b, size_t ceiling)
{
    *b = (struct buf){.ceiling = ceiling};
}

void
buf_fini(struct buf *b)
{
    free(b->p);
    *b = (struct buf){.ceiling = b->ceiling};
}

/* A failed buf counts as full, so that the test in buf_reserve is one. */
static char *
buf_fail(struct buf *b)
{
    b->failed = true;
    b->cap = b->n;
    return NULL;
}

char *
buf_grow(struct buf *b, size_t n)
{
    size_t need, cap = b->cap ? b->cap : FIRST_CAPACITY;

    if (b->failed || __builtin_add_overflow(b->n, n, &need) || need > b->ceiling)
        return buf_fail(b);
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > b->ceiling)
        cap = b->ceiling;
    char *p = realloc(b->p, cap ? cap : 1);

    if (!p)
        return buf_fail(b);
    b->p = p;
    b->cap = cap;
    return p + b->n;
}

void
buf_printf(struct buf *b, const char *format, ...)
{
    char small[256];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n < 0) {
        buf_fail(b);
        return;
    }
    if ((size_t)n < sizeof small) {
        buf_put(b, small, (size_t)n);
        return;
    }
    char *whole = malloc((size_t)n + 1);

    if (!whole) {
        buf_fail(b);
        return;
    }
    va_start(args, format);
    vsnprintf(whole, (size_t)n + 1, format, args);
    va_end(args);
    buf_put(b, whole, (size_t)n);
    free(whole);
}

struct str
buf_take(struct buf *b)
{
    struct str taken = buf_view(b);

    *b = (struct buf){.ceiling = b->ceiling};
    return taken;
}
