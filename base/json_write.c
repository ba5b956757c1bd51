/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON writer: the scan for what needs an escape goes with the copy,
 * eight or sixteen bytes at a time.
 */
#include "base/json.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Without these the compiler shares the copies, and calls them. */
#define HOT static inline __attribute__((always_inline))

#define BYTES(c) (0x0101010101010101u * (uint64_t)(c))

static void
put_escape(struct buf *b, unsigned char c)
{
    static const char from[] = "\"\\\b\f\n\r\t", means[] = "\"\\bfnrt", hex[] = "0123456789abcdef";
    const char *known = c ? strchr(from, c) : NULL;
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    if (known)
        text[1] = means[known - from];
    buf_put(b, text, known ? 2 : 6);
}

/* True when one of the eight bytes needs an escape: a quote, a backslash, a control character. */
static inline bool
any_special(uint64_t bytes)
{
    uint64_t found = (bytes - BYTES(0x20)) | ((bytes ^ BYTES('"')) - BYTES(1)) |
                     ((bytes ^ BYTES('\\')) - BYTES(1));

    return (found & ~bytes & BYTES(0x80)) != 0;
}

static inline uint64_t
load8(const char *p)
{
    uint64_t bytes;

    memcpy(&bytes, p, 8);
    return bytes;
}

static inline uint64_t
load4(const char *p)
{
    uint32_t bytes;

    memcpy(&bytes, p, 4);
    return bytes;
}

/* The same bytes are copied twice where n is no multiple of the step: cheaper than one by one. */
#ifdef __SSE2__
static inline bool
any_special16(__m128i bytes)
{
    __m128i found = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);

    found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return _mm_movemask_epi8(found) != 0;
}

static inline __m128i
load16(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

HOT bool
copy_long(char *to, const char *from, size_t n)
{
    if (n < 16) {
        uint64_t first = load8(from), last = load8(from + n - 8);

        memcpy(to, &first, 8);
        memcpy(to + n - 8, &last, 8);
        return !any_special16(_mm_set_epi64x((long long)last, (long long)first));
    }
    for (size_t i = 0; i + 16 < n; i += 16) {
        __m128i bytes = load16(from + i);

        if (any_special16(bytes))
            return false;
        _mm_storeu_si128((__m128i *)(void *)(to + i), bytes);
    }
    __m128i last = load16(from + n - 16);

    _mm_storeu_si128((__m128i *)(void *)(to + n - 16), last);
    return !any_special16(last);
}
#else
HOT bool
copy_long(char *to, const char *from, size_t n)
{
    uint64_t last = load8(from + n - 8);

    for (size_t i = 0; i + 8 < n; i += 8) {
        uint64_t bytes = load8(from + i);

        if (any_special(bytes))
            return false;
        memcpy(to + i, &bytes, 8);
    }
    memcpy(to + n - 8, &last, 8);
    return !any_special(last);
}
#endif

HOT bool
copy_short(char *to, const char *from, size_t n)
{
    if (n >= 4) {
        uint64_t first = load4(from), last = load4(from + n - 4);

        memcpy(to, from, 4);
        memcpy(to + n - 4, from + n - 4, 4);
        return !any_special(first | last << 32);
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)from[i];

        if (c < 0x20 || c == '"' || c == '\\')
            return false;
        to[i] = (char)c;
    }
    return true;
}

/* Copies s where nothing in it needs an escape; else false, and `to` holds rubbish. */
HOT bool
copy_plain(char *to, struct str s)
{
    return s.n >= 8 ? copy_long(to, s.p, s.n) : copy_short(to, s.p, s.n);
}

/* With the quotes, byte by byte. */
static __attribute__((noinline)) void
write_escaped(struct buf *b, struct str s)
{
    size_t from = 0;

    buf_put_char(b, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_put(b, s.p + from, i - from);
        put_escape(b, c);
        from = i + 1;
    }
    buf_put(b, s.p + from, s.n - from);
    buf_put_char(b, '"');
}

HOT void
write_string(struct buf *b, struct str s)
{
    char *to = buf_reserve(b, s.n + 2);

    if (!to)
        return;
    if (!copy_plain(to + 1, s)) {
        write_escaped(b, s);
        return;
    }
    to[0] = to[s.n + 1] = '"';
    b->n += s.n + 2;
}

void
json_write_string(struct buf *b, struct str s)
{
    write_string(b, s);
}

/* What stands before a member's value: a comma or bracket, the name, a colon. */
HOT void
write_name(struct buf *b, char before, struct str name)
{
    char *to = buf_reserve(b, name.n + 4);

    if (to && copy_plain(to + 2, name)) {
        to[0] = before;
        to[1] = to[name.n + 2] = '"';
        to[name.n + 3] = ':';
        b->n += name.n + 4;
        return;
    }
    buf_put_char(b, before);
    json_write_string(b, name);
    buf_put_char(b, ':');
}

static void write_array(struct buf *b, const struct value *v, unsigned depth);
static void write_object(struct buf *b, const struct value *v, unsigned depth);

HOT void
write_value(struct buf *b, const struct value *v, unsigned depth)
{
    switch (v->kind) {
    case VALUE_NULL: buf_str(b, STR("null")); break;
    case VALUE_BOOLEAN: buf_str(b, v->is_true ? STR("true") : STR("false")); break;
    case VALUE_NUMBER: buf_str(b, value_text(v)); break;
    case VALUE_STRING: write_string(b, value_text(v)); break;
    case VALUE_ARRAY: write_array(b, v, depth + 1); break;
    case VALUE_OBJECT: write_object(b, v, depth + 1); break;
    default: break;
    }
}

static void
write_array(struct buf *b, const struct value *v, unsigned depth)
{
    char before = '[';

    if (depth > VALUE_DEPTH)
        b->failed = true;
    if (!v->n)
        buf_put_char(b, before);
    for (uint32_t i = 0; i < v->n && !b->failed; i++) {
        buf_put_char(b, before);
        write_value(b, &v->items[i], depth);
        before = ',';
    }
    buf_put_char(b, ']');
}

static void
write_object(struct buf *b, const struct value *v, unsigned depth)
{
    char before = '{';

    if (depth > VALUE_DEPTH)
        b->failed = true;
    if (!v->n)
        buf_put_char(b, before);
    for (uint32_t i = 0; i < v->n && !b->failed; i++) {
        write_name(b, before, v->members[i].name);
        write_value(b, &v->members[i].value, depth);
        before = ',';
    }
    buf_put_char(b, '}');
}

void
json_write(struct buf *b, const struct value *v)
{
    write_value(b, v, 0);
}
