/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text with a length, and the one growable buffer.
 *
 * A str never owns its bytes: it points into an arena, a request or a literal, and need not end
 * in NUL. A buf owns its bytes on the heap and names its ceiling; the first put that would pass
 * it (or finds no memory) marks the buf as failed, later puts do nothing, and the caller asks
 * once, at the end.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *p; /* may be NULL when n is 0 */
    size_t n;      /* bytes */
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})
#define STR_NONE     ((struct str){NULL, 0})
/* for printf's "%.*s" */
#define STR_ARG(s) (int)(s).n, (s).n ? (s).p : ""

static inline struct str
str_of(const char *text) /* NULL gives an empty str */
{
    return (struct str){text, text ? strlen(text) : 0};
}

static inline bool
str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline struct str
str_from(struct str s, size_t at) /* the rest from byte `at` on; empty when past the end */
{
    return at >= s.n ? STR_NONE : (struct str){s.p + at, s.n - at};
}

static inline struct str
str_head(struct str s, size_t n) /* the first n bytes, or all */
{
    return (struct str){s.p, n < s.n ? n : s.n};
}

/* n bytes each, ASCII case folded; other bytes compared as they are. */
bool str_same_letters(const char *a, const char *b, size_t n);

static inline bool
str_eq_nocase(struct str a, struct str b) /* length and first letter decide most comparisons */
{
    return a.n == b.n &&
           (a.n == 0 || (((a.p[0] ^ b.p[0]) & 0xdf) == 0 && str_same_letters(a.p, b.p, a.n)));
}

/* Case, '_' and '-' do not count: "customer_id" is "CustomerID". */
bool str_eq_loose(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Writes 2 * n lower-case hexadecimal digits, no NUL. */
void str_hex(const uint8_t *bytes, size_t n, char *out);
/* The bytes that 2 * n hexadecimal digits stand for; false when the text is anything else. */
bool str_unhex(struct str text, uint8_t *out, size_t n) __attribute__((warn_unused_result));
/* Offset of the first `c`, or s.n. */
size_t str_find(struct str s, char c);
/* Without spaces and tabs at both ends. */
struct str str_trim(struct str s);
/* Cuts the part before the next `sep` off *rest (and the separator with it); false when *rest is
 * used up (p == NULL). A str ending in `sep` gives a last, empty part. */
bool str_split(struct str *rest, char sep, struct str *part);
/* What a hexadecimal digit of either case stands for, or -1. */
static inline int
str_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decimal digits only, no sign; false on anything else or on overflow. */
bool str_to_u64(struct str s, uint64_t *out);
/* Equal in time that depends on the lengths only (secrets). */
bool str_eq_secret(struct str a, struct str b);
/* True for well-formed UTF-8 without surrogates and overlong forms (RFC 3629). */
bool str_is_utf8(struct str s);
/* Bytes of the well-formed UTF-8 character at p (1 to 4), or 0; p < end. */
size_t str_utf8_step(const char *p, const char *end);
/* FNV-1a, for tables that hold no outside keys, or are bounded. */
uint64_t str_hash(struct str s);

struct buf {
    char *p;        /* NULL until the first put; NUL is not kept behind the bytes */
    size_t n;       /* bytes written */
    size_t cap;     /* bytes allocated */
    size_t ceiling; /* bytes n may never pass */
    bool failed;    /* over the ceiling, or out of memory: the content is not to be used */
};

void buf_init(struct buf *b, size_t ceiling);
void buf_fini(struct buf *b); /* frees; safe on a zeroed or finished buf */
/* What buf_reserve does when there is no room yet. */
char *buf_grow(struct buf *b, size_t n);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Moves the bytes out: the caller frees *.p with free(). The buf is empty afterwards. */
struct str buf_take(struct buf *b);

/* Room for n more bytes behind b->n, or NULL (and b->failed); the caller adds to b->n. n > 0. */
static inline char *
buf_reserve(struct buf *b, size_t n)
{
    return b->cap - b->n >= n ? b->p + b->n : buf_grow(b, n);
}

static inline void
buf_put(struct buf *b, const void *bytes, size_t n)
{
    char *to = n ? buf_reserve(b, n) : NULL;

    if (to) {
        memcpy(to, bytes, n);
        b->n += n;
    }
}

static inline void
buf_put_char(struct buf *b, char c)
{
    char *to = buf_reserve(b, 1);

    if (to) {
        *to = c;
        b->n++;
    }
}

static inline void
buf_str(struct buf *b, struct str s)
{
    buf_put(b, s.p, s.n);
}

static inline struct str
buf_view(const struct buf *b) /* valid until the next put */
{
    return (struct str){b->p, b->n};
}

#endif
