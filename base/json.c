/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON reader: one pass, no recursion. (The writer is json_write.c.)
 *
 * A loop over a stack of units: what is pending of each open array or object lies on it, and is
 * copied to the arena as one block when the bracket closes. The stack starts on the C stack and
 * moves to the heap when a text is big.
 *
 * Most tokens are not checked against the end of the text: its last byte is a closing bracket (see
 * begin), so nothing but taking that one, and a string, can reach the end.
 */
#include "base/json.h"

#include <endian.h>
#include <stdlib.h>

#ifdef __SSE2__
#include <emmintrin.h>
enum { STEP = 16, BITS_PER_BYTE = 1 };
#else
enum { STEP = 8, BITS_PER_BYTE = 8 };
#endif

/* Without these the compiler shares the copies, and calls them. */
#define HOT static inline __attribute__((always_inline))

#define BYTES(c) (0x0101010101010101u * (uint64_t)(c))

enum { FIRST_UNITS = 256, FEW_MEMBERS = 12 };

/* Pending: a value; or the name in front of a member's value; or, under the first of an open
 * array or object, what to return to when it closes. */
union unit {
    struct value value;
    struct str name;
    struct {
        uint32_t base;
        bool in_object;
    } outer;
};

struct reader {
    const char *begin, *end; /* end[-1] is a closing bracket */
    const char *last_step;   /* the last place where STEP bytes can be loaded */
    const char *real_end;    /* of the text, where a bracket had to be added */
    struct arena *a;
    union unit *stack, *top, *limit;
    union unit *base; /* the first unit of the innermost open array or object */
    bool in_object;   /* what that is */
    bool opens;       /* read_elements stands at an opening bracket */
    uint32_t depth, depth_left, values_left;
    enum fault_code code; /* what stopped the reading */
    const char *at, *why;
    union unit first[FIRST_UNITS];
};

static __attribute__((noinline, cold)) const char *
stop(struct reader *r, const char *at, const char *why)
{
    r->code = FAULT_INVALID_BODY;
    r->at = at;
    r->why = why;
    return NULL;
}

static __attribute__((noinline, cold)) const char *
stop_memory(struct reader *r)
{
    r->code = FAULT_MEMORY;
    return NULL;
}

static inline uint64_t
load(const char *p)
{
    uint64_t eight;

    memcpy(&eight, p, 8);
    return le64toh(eight);
}

/* Marks the bytes from p on that are a quote, a backslash, a control character or no ASCII. Only
 * the lowest mark is to be trusted. */
HOT uint64_t
find_special(const char *p)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i found = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)); /* signed: 0x80 and up, too */

    found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return (uint32_t)_mm_movemask_epi8(found);
#else
    uint64_t bytes = load(p);

    return (bytes | (bytes - BYTES(0x20)) | ((bytes ^ BYTES('"')) - BYTES(1)) |
            ((bytes ^ BYTES('\\')) - BYTES(1))) &
           BYTES(0x80);
#endif
}

static inline bool
is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

#ifdef __SSE2__
/* How many spaces the 16 bytes at p start with. */
static inline unsigned
count_spaces(const char *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i found = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')),
                                 _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));

    found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t')));
    return (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(found));
}
#else
static inline unsigned
count_spaces(const char *p)
{
    return load(p) == BYTES(' ') ? STEP : is_space(*p);
}
#endif

static __attribute__((noinline)) const char *
skip_spaces(const struct reader *r, const char *p)
{
    unsigned n = 1;

    while (p <= r->last_step && n) {
        n = count_spaces(p);
        p += n;
#ifdef __SSE2__
        if (n < STEP)
            return p;
#endif
    }
    while (p < r->end && is_space(*p))
        p++;
    return p;
}

/* p < r->end; so is the result. */
static inline const char *
skip_space(struct reader *r, const char *p)
{
    return __builtin_expect((unsigned char)*p > ' ', 1) ? p : skip_spaces(r, p);
}

static __attribute__((noinline)) bool
grow_stack(struct reader *r)
{
    size_t n = (size_t)(r->limit - r->stack), top = (size_t)(r->top - r->stack);
    size_t base = (size_t)(r->base - r->stack);
    union unit *stack = malloc(2 * n * sizeof *stack);

    if (!stack)
        return false;
    memcpy(stack, r->stack, n * sizeof *stack);
    if (r->stack != r->first)
        free(r->stack);
    r->stack = stack;
    r->top = stack + top;
    r->base = stack + base;
    r->limit = stack + 2 * n;
    return true;
}

/* The four digits at p, or -1. */
static int
hex4(const char *p, const char *end)
{
    int n = 0;

    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = str_hex_digit(p[i]);

        if (digit < 0)
            return -1;
        n = n << 4 | digit;
    }
    return n;
}

/* Over one escape; p is at the backslash. */
static const char *
check_escape(struct reader *r, const char *p)
{
    const char *end = r->end;

    if (end - p < 2)
        return stop(r, p, "the text ends inside a string");
    if (p[1] != 'u') {
        if (p[1] == '\0' || !strchr("\"\\/bfnrt", p[1]))
            return stop(r, p, "no such escape");
        return p + 2;
    }
    int unit = hex4(p + 2, end);

    if (unit < 0)
        return stop(r, p, "an escape needs four hexadecimal digits");
    if (unit < 0xd800 || unit > 0xdfff)
        return p + 6;
    int low = end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, end) : -1;

    if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return stop(r, p, "half of a surrogate pair");
    return p + 12;
}

static char *
put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
    } else {
        if (c < 0x10000) {
            *to++ = (char)(0xe0 | c >> 12);
        } else {
            *to++ = (char)(0xf0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (c & 0x3f));
    return to;
}

/* One checked escape at *p, whose end it moves to. */
static char *
decode_escape(const char **p, char *to)
{
    static const char from[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    const char *at = *p;

    if (at[1] != 'u') {
        *to++ = means[strchr(from, at[1]) - from];
        *p = at + 2;
        return to;
    }
    unsigned c = (unsigned)hex4(at + 2, at + 6);

    *p = at + 6;
    if (c >= 0xd800 && c <= 0xdfff) {
        c = 0x10000 + ((c - 0xd800) << 10) + ((unsigned)hex4(at + 8, at + 12) - 0xdc00);
        *p = at + 12;
    }
    return put_utf8(to, c);
}

/* A checked string with escapes, [p, end), into the arena, where it needs no more than here. */
static bool
unescape(struct reader *r, const char *p, const char *end, struct str *out)
{
    char *start = arena_alloc(r->a, (size_t)(end - p)), *to = start;

    if (!start)
        return false;
    while (p < end) {
        const char *escape = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((escape ? escape : end) - p);

        memcpy(to, p, plain);
        to += plain;
        p += plain;
        if (escape)
            to = decode_escape(&p, to);
    }
    *out = (struct str){start, (size_t)(to - start)};
    return true;
}

static inline const char *
skip_plain(const struct reader *r, const char *p)
{
    while (p <= r->last_step) {
        uint64_t found = find_special(p);

        if (found)
            return p + __builtin_ctzll(found) / BITS_PER_BYTE;
        p += STEP;
    }
    while (p < r->end && (signed char)*p >= 0x20 && *p != '"' && *p != '\\')
        p++;
    return p;
}

/* Over the byte at p, which is not plain. */
static inline const char *
skip_special(struct reader *r, const char *p)
{
    if (*p == '\\')
        return check_escape(r, p);
    if ((unsigned char)*p < 0x20)
        return stop(r, p, "a control character in a string, escape it");
    do {
        size_t step = str_utf8_step(p, r->end);

        if (!step)
            return stop(r, p, "not UTF-8");
        p += step;
    } while (p < r->end && (signed char)*p < 0);
    return p;
}

/* The rest of a string that is not plain; p is at the first byte that is not. */
static __attribute__((noinline)) const char *
read_string_slow(struct reader *r, const char *from, const char *p, struct str *out)
{
    bool escaped = false;

    for (p = skip_plain(r, p); p < r->end && *p != '"'; p = skip_plain(r, p)) {
        escaped = escaped || *p == '\\';
        p = skip_special(r, p);
        if (!p)
            return NULL;
    }
    if (p >= r->end)
        return stop(r, p, "the text ends inside a string");
    if (!escaped)
        *out = (struct str){from, (size_t)(p - from)};
    else if (!unescape(r, from, p, out))
        return stop_memory(r);
    return p + 1;
}

/* p is behind the quote. */
HOT const char *
read_string(struct reader *r, const char *p, struct str *out)
{
    const char *from = p;

    while (__builtin_expect(p <= r->last_step, 1)) {
        uint64_t found = find_special(p);

        if (!found) {
            p += STEP;
            continue;
        }
        p += __builtin_ctzll(found) / BITS_PER_BYTE;
        if (__builtin_expect(*p != '"', 0))
            break;
        *out = (struct str){from, (size_t)(p - from)};
        return p + 1;
    }
    return read_string_slow(r, from, p, out);
}

static inline bool
is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static inline const char *
digits(struct reader *r, const char *p)
{
    if (!is_digit(*p))
        return stop(r, p, "a digit is missing in a number");
    do
        p++;
    while (is_digit(*p));
    return p;
}

static inline const char *
read_number(struct reader *r, const char *p, struct value *out)
{
    const char *from = p;

    p += *p == '-';
    if (*p == '0' && is_digit(p[1]))
        return stop(r, from, "a number starts with 0");
    p = digits(r, p);
    if (p && *p == '.')
        p = digits(r, p + 1);
    if (p && (*p | 0x20) == 'e')
        p = digits(r, p + 1 + (p[1] == '+' || p[1] == '-'));
    if (p)
        *out = value_number((struct str){from, (size_t)(p - from)});
    return p;
}

static const char *
read_word(struct reader *r, const char *p, struct value *out)
{
    ptrdiff_t left = r->end - p;

    if (left >= 4 && memcmp(p, "true", 4) == 0) {
        *out = value_boolean(true);
        return p + 4;
    }
    if (left >= 5 && memcmp(p, "false", 5) == 0) {
        *out = value_boolean(false);
        return p + 5;
    }
    if (left >= 4 && memcmp(p, "null", 4) == 0) {
        *out = VALUE_OF(VALUE_NULL);
        return p + 4;
    }
    return stop(r, p, p < r->real_end ? "a value is expected" : "the text ends too early");
}

/* Where to tell of a member: at its name, unless that had escapes and is no slice of the text. */
static const char *
place_of(const struct reader *r, const struct member *m, const char *otherwise)
{
    bool is_slice =
        (uintptr_t)m->name.p > (uintptr_t)r->begin && (uintptr_t)m->name.p <= (uintptr_t)r->end;

    return is_slice ? m->name.p - 1 : otherwise;
}

static bool
many_are_distinct(struct reader *r, const struct member *m, uint32_t n, const char *p)
{
    const struct member **sorted = value_sorted(m, n);
    uint32_t i = 1;

    if (!sorted) {
        stop_memory(r);
        return false;
    }
    while (i < n && !str_eq(sorted[i - 1]->name, sorted[i]->name))
        i++;
    if (i < n)
        stop(r, place_of(r, sorted[i], p), "a duplicate member");
    free(sorted);
    return i >= n;
}

static __attribute__((noinline)) bool
few_are_distinct(struct reader *r, const struct member *m, uint32_t n, const char *p)
{
    for (uint32_t i = 1; i < n; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (str_eq(m[i].name, m[j].name)) {
                stop(r, place_of(r, &m[i], p), "a duplicate member");
                return false;
            }
        }
    }
    return true;
}

/* One bit of 64, from the length, the first byte and the middle one: names of different bits
 * differ. */
static inline uint64_t
name_bit(struct str name)
{
    unsigned n = (unsigned)name.n; /* of an empty one, *p is the quote */
    unsigned sum = n + (unsigned char)name.p[0] * 5u + (unsigned char)name.p[n / 2];

    return (uint64_t)1 << (sum & 63);
}

/* Storage as value_append keeps it: a power of two, from 4. */
static inline size_t
storage(uint32_t n)
{
    return n <= 4 ? 4 : (size_t)1 << (32 - __builtin_clz(n - 1));
}

static inline bool
close_object(struct reader *r, const char *p, struct value *out)
{
    const union unit *from = r->base, *top = r->top;
    uint32_t n = (uint32_t)(top - from) / 2;
    struct member *members = arena_alloc(r->a, storage(n) * sizeof *members), *to = members;
    uint64_t seen = 0, again = 0;

    if (!members) {
        stop_memory(r);
        return false;
    }
    for (; from < top; from += 2, to++) {
        uint64_t bit = name_bit(from->name);

        again |= seen & bit;
        seen |= bit;
        to->name = from[0].name;
        to->value = from[1].value;
    }
    *out = (struct value){.kind = VALUE_OBJECT, .n = n, .members = members};
    if (!again)
        return true;
    return n > FEW_MEMBERS ? many_are_distinct(r, members, n, p)
                           : few_are_distinct(r, members, n, p);
}

static inline bool
close_array(struct reader *r, struct value *out)
{
    uint32_t n = (uint32_t)(r->top - r->base);
    struct value *items = arena_alloc(r->a, storage(n) * sizeof *items);

    if (!items) {
        stop_memory(r);
        return false;
    }
    for (uint32_t i = 0; i < n; i++)
        items[i] = r->base[i].value;
    *out = (struct value){.kind = VALUE_ARRAY, .n = n, .items = items};
    return true;
}

/* The innermost array or object becomes the last value of the one around it. */
static inline const char *
close_container(struct reader *r, const char *p)
{
    struct value v;

    if (!(r->in_object ? close_object(r, p, &v) : close_array(r, &v)))
        return NULL;
    union unit *frame = r->base - 1;

    r->base = r->stack + frame->outer.base;
    r->in_object = frame->outer.in_object;
    frame->value = v;
    r->top = frame + 1;
    r->depth--;
    r->depth_left++;
    return p + 1;
}

/* Over a closing bracket where one belongs. */
static inline const char *
take_close(struct reader *r, const char *p)
{
    if (*p == (r->in_object ? '}' : ']'))
        return close_container(r, p);
    return stop(r, p, r->in_object ? "a comma or } is expected" : "a comma or ] is expected");
}

/* p is at the bracket. *empty: it is a value already. */
static inline const char *
open_container(struct reader *r, const char *p, bool *empty)
{
    union unit *unit = r->top++;
    bool object = *p == '{';

    if (!r->depth_left)
        return stop(r, p, "nested too deep");
    p = skip_space(r, p + 1);
    *empty = *p == (object ? '}' : ']');
    if (*empty) {
        unit->value = VALUE_OF(object ? VALUE_OBJECT : VALUE_ARRAY);
        return p + 1;
    }
    unit->outer.base = (uint32_t)(r->base - r->stack);
    unit->outer.in_object = r->in_object;
    r->base = r->top;
    r->in_object = object;
    r->depth++;
    r->depth_left--;
    return p;
}

/* The name of a member and its colon. */
HOT const char *
read_name(struct reader *r, const char *p, struct str *name)
{
    if (*p != '"')
        return stop(r, p, "the name of a member is expected");
    p = read_string(r, p + 1, name);
    if (!p)
        return NULL;
    if (*p != ':') {
        p = skip_space(r, p);
        if (*p != ':')
            return stop(r, p, "a colon is expected");
    }
    return skip_space(r, p + 1);
}

static inline bool
is_opening(char c)
{
    return (c | 0x20) == '{'; /* and '[' */
}

HOT const char *
read_scalar(struct reader *r, const char *p, struct value *v)
{
    struct str text = STR_NONE;

    if (*p == '"') {
        p = read_string(r, p + 1, &text);
        *v = value_string(text);
        return p;
    }
    return *p == '-' || is_digit(*p) ? read_number(r, p, v) : read_word(r, p, v);
}

/* The scalars of one array or object, from the start of an element on, until a bracket (or a
 * mistake) stands where p returns. This loop is where the time goes, so what it counts is local. */
HOT const char *
read_elements(struct reader *r, const char *p, bool object)
{
    union unit *top = r->top;
    uint32_t values_left = r->values_left;

    for (;;) {
        if (__builtin_expect(r->limit - top < 2, 0)) {
            r->top = top;
            if (!grow_stack(r))
                return stop_memory(r);
            top = r->top;
        }
        if (object) {
            p = read_name(r, p, &top++->name);
            if (!p)
                return NULL;
        }
        if (!values_left--)
            return stop(r, p, "too many values");
        r->opens = is_opening(*p);
        if (r->opens)
            break;
        p = read_scalar(r, p, &top++->value);
        if (!p)
            return NULL;
        if (*p != ',')
            p = skip_space(r, p);
        if (*p != ',')
            break;
        p = skip_space(r, p + 1);
    }
    r->top = top;
    r->values_left = values_left;
    return p;
}

/* Opens or closes what does so at p, until another element starts or the outermost is closed. */
HOT const char *
read_brackets(struct reader *r, const char *p)
{
    bool empty = true;

    if (r->opens) {
        p = open_container(r, p, &empty);
        if (!empty)
            return p;
    }
    while (p && r->depth) {
        if (p == r->end)
            return stop(r, p, "the text ends inside an array or object");
        if (*p != ',')
            p = skip_space(r, p);
        if (*p == ',')
            return skip_space(r, p + 1);
        p = take_close(r, p);
    }
    return p;
}

static const char *
read_all(struct reader *r)
{
    const char *p = skip_space(r, r->begin);

    if (!r->values_left--)
        return stop(r, p, "too many values");
    r->opens = is_opening(*p);
    p = r->opens ? read_brackets(r, p) : read_scalar(r, p, &r->top++->value);
    while (p && r->depth) {
        p = r->in_object ? read_elements(r, p, true) : read_elements(r, p, false);
        if (p)
            p = read_brackets(r, p);
    }
    if (!p)
        return NULL;
    p = skip_spaces(r, p);
    if (p > r->real_end)
        return stop(r, p, "the text ends inside an array or object");
    return p == r->real_end ? p : stop(r, p, "something follows the value");
}

/* Lines and characters are counted from 1, up to the mistake only. */
static enum fault_code
tell(const struct reader *r, struct fault *f)
{
    const char *at = r->at < r->real_end ? r->at : r->real_end;
    unsigned line = 1, column = 1;

    if (r->code == FAULT_MEMORY)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    for (const char *p = r->begin; p < at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if ((*p & 0xc0) != 0x80) {
            column++;
        }
    }
    return fault_set(f, r->code, "line %u, column %u: %s", line, column, r->why);
}

/* The text, with a bracket behind it where it does not end in one: it is a lone scalar, or wrong.
 * Texts too short for one step are copied, too, for room. */
static bool
begin(struct reader *r, struct str text)
{
    while (text.n && is_space(text.p[text.n - 1]))
        text.n--;
    if (text.n >= STEP && (text.p[text.n - 1] == '}' || text.p[text.n - 1] == ']')) {
        r->begin = text.p;
        r->end = r->real_end = text.p + text.n;
        r->last_step = r->end - STEP;
        return true;
    }
    char *copy = arena_alloc(r->a, text.n + 1 + STEP);

    if (!copy)
        return false;
    if (text.n)
        memcpy(copy, text.p, text.n);
    memset(copy + text.n, ']', 1 + STEP);
    r->begin = copy;
    r->real_end = copy + text.n;
    r->last_step = r->real_end;
    r->end = r->real_end + 1;
    return true;
}

enum fault_code
json_read(struct arena *a, struct str text, struct json_limits limits, struct value *out,
          struct fault *f)
{
    struct reader r; /* first is left as it is: it is big */

    if (text.n >= UINT32_MAX)
        return fault_set(f, FAULT_INVALID_BODY, "line 1, column 1: too long");
    r.a = a;
    r.stack = r.top = r.base = r.first;
    r.limit = r.first + FIRST_UNITS;
    r.depth = 0;
    r.in_object = false;
    r.depth_left = limits.depth < VALUE_DEPTH ? limits.depth : VALUE_DEPTH;
    r.values_left = limits.values;
    if (!begin(&r, text))
        return fault_set(f, FAULT_MEMORY, "out of memory");
    bool good = read_all(&r) != NULL;

    if (good)
        *out = r.stack[0].value;
    if (r.stack != r.first)
        free(r.stack);
    return good ? FAULT_NONE : tell(&r, f);
}
