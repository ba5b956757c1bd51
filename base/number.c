/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Number lexemes as exact decimals (declared in value.h).
 *
 * No number is ever built: a lexeme is seen as its digits, from the first to the last that is not
 * 0, and the power of ten of the first. So 1e400 and 1e-999999999 cost what their few bytes cost.
 */
#include "base/value.h"

#define FARTHEST 1000000000000000000 /* exponents stop here: 10^18 */

struct decimal {
    const char *first, *last; /* digits that are not 0, a point maybe between; NULL for zero */
    int64_t top;              /* power of ten of *first */
    int64_t bottom;           /* power of ten of *last */
    bool negative;
};

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *
skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

bool
number_is_lexeme(struct str s)
{
    const char *p = s.p, *end, *from;

    if (!s.n)
        return false;
    end = p + s.n;
    if (*p == '-')
        p++;
    from = p;
    p = skip_digits(p, end);
    if (p == from || (*from == '0' && p - from > 1))
        return false;
    if (p < end && *p == '.') {
        from = ++p;
        p = skip_digits(p, end);
        if (p == from)
            return false;
    }
    if (p < end && (*p | 0x20) == 'e') {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        from = p;
        p = skip_digits(p, end);
        if (p == from)
            return false;
    }
    return p == end;
}

/* What stands behind the e. */
static int64_t
exponent(const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    int64_t n = 0;

    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end && is_digit(*p); p++)
        n = n > FARTHEST / 10 ? FARTHEST : n * 10 + (*p - '0');
    if (n > FARTHEST)
        n = FARTHEST;
    return negative ? -n : n;
}

static struct decimal
decimal_of(struct str s)
{
    const char *p = s.p, *end = p + s.n, *point = NULL;
    struct decimal d = {.negative = s.n && *p == '-'};

    if (d.negative)
        p++;
    for (; p < end && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.')
            point = p;
        else if (*p != '0') {
            d.last = p;
            d.first = d.first ? d.first : p;
        }
    }
    if (!d.first)
        return (struct decimal){.first = NULL}; /* -0 is 0 */
    if (!point)
        point = p;
    int64_t e = p < end ? exponent(p + 1, end) : 0;

    d.top = e + (point - d.first) - (d.first < point);
    d.bottom = e + (point - d.last) - (d.last < point);
    return d;
}

/* The next digit, its point stepped over; 0 past the last. */
static inline unsigned
next_digit(const char **p, const char *last)
{
    if (*p <= last && **p == '.')
        ++*p;
    return *p <= last ? (unsigned)(*(*p)++ - '0') : 0;
}

static int
compare_magnitude(const struct decimal *a, const struct decimal *b)
{
    const char *p = a->first, *q = b->first;

    if (a->top != b->top)
        return a->top < b->top ? -1 : 1;
    while (p <= a->last || q <= b->last) {
        unsigned one = next_digit(&p, a->last), other = next_digit(&q, b->last);

        if (one != other)
            return one < other ? -1 : 1;
    }
    return 0;
}

int
number_compare(struct str a, struct str b)
{
    struct decimal one = decimal_of(a), other = decimal_of(b);

    if (!one.first || !other.first || one.negative != other.negative) {
        int sign_one = one.first ? (one.negative ? -1 : 1) : 0;
        int sign_other = other.first ? (other.negative ? -1 : 1) : 0;

        return (sign_one > sign_other) - (sign_one < sign_other);
    }
    int order = compare_magnitude(&one, &other);

    return one.negative ? -order : order;
}

bool
number_is_integer(struct str lexeme)
{
    struct decimal d = decimal_of(lexeme);

    return !d.first || d.bottom >= 0;
}

bool
number_to_i64(struct str lexeme, int64_t *out)
{
    struct decimal d = decimal_of(lexeme);
    const char *p = d.first;
    int64_t n = 0;

    if (d.first && (d.bottom < 0 || d.top > 18))
        return false;
    for (int64_t left = d.first ? d.top + 1 : 0; left > 0; left--) {
        int64_t digit = next_digit(&p, d.last);

        if (__builtin_mul_overflow(n, 10, &n) ||
            __builtin_add_overflow(n, d.negative ? -digit : digit, &n))
            return false;
    }
    *out = n;
    return true;
}

/* rest = rest * 10 + digit, modulo divisor; most significant digit first, n digits each, and room
 * for one more in front of rest. */
static void
long_step(uint8_t *rest, const uint8_t *divisor, int n, unsigned digit)
{
    memmove(rest, rest + 1, (size_t)n);
    rest[n] = (uint8_t)digit;
    while (rest[0] || memcmp(rest + 1, divisor, (size_t)n) >= 0) {
        int borrow = 0;

        for (int i = n; i > 0; i--) {
            int difference = rest[i] - divisor[i - 1] - borrow;

            borrow = difference < 0;
            rest[i] = (uint8_t)(difference + 10 * borrow);
        }
        rest[0] = (uint8_t)(rest[0] - borrow);
    }
}

/* The divisor's digits are more than fit 64 bits: by hand, as at school. */
static bool
is_multiple_long(const struct decimal *a, const uint8_t *divisor, int n, int64_t zeros)
{
    uint8_t rest[NUMBER_DIVISOR_DIGITS + 1] = {0};
    const char *p = a->first;

    while (p <= a->last)
        long_step(rest, divisor, n, next_digit(&p, a->last));
    for (; zeros > 0; zeros--)
        long_step(rest, divisor, n, 0);
    for (int i = 0; i <= n; i++)
        if (rest[i])
            return false;
    return true;
}

static bool
is_multiple_short(const struct decimal *a, uint64_t divisor, int64_t zeros)
{
    const char *p = a->first;
    uint64_t rest = 0;

    while (p <= a->last)
        rest = (rest * 10 + next_digit(&p, a->last)) % divisor;
    for (; zeros > 0 && rest; zeros--)
        rest = rest * 10 % divisor;
    return rest == 0;
}

/* With A and B the digits (no 0 at their ends) and a, b the powers of ten of the last ones: for
 * a < b, A would have to end in 0, so no; else B must divide A * 10^(a-b). More than 4 zeros per
 * digit of B change nothing: by then every 2 and 5 in B has met its own. */
bool
number_is_multiple(struct str dividend, struct str divisor)
{
    struct decimal a = decimal_of(dividend), b = decimal_of(divisor);
    uint8_t digits[NUMBER_DIVISOR_DIGITS];
    const char *p = b.first;
    uint64_t whole = 0;
    int n = 0;

    if (!b.first || b.negative)
        return false;
    if (!a.first)
        return true;
    int64_t zeros = a.bottom - b.bottom;

    if (zeros < 0)
        return false;
    for (; p <= b.last && n < NUMBER_DIVISOR_DIGITS; n++) {
        digits[n] = (uint8_t)next_digit(&p, b.last);
        if (n < 18)
            whole = whole * 10 + digits[n];
    }
    if (p <= b.last)
        return false;
    if (zeros > 4 * n)
        zeros = 4 * n;
    return n <= 18 ? is_multiple_short(&a, whole, zeros) : is_multiple_long(&a, digits, n, zeros);
}
