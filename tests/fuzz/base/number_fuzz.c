/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three lexemes, one a line: their order is an order (antisymmetric, transitive), and agrees with
 * doubles where these are apart, with integers, and with multiples.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool good)
{
    if (!good)
        abort();
}

static double
as_double(struct str s)
{
    char text[64] = {0};

    memcpy(text, s.p, s.n);
    return strtod(text, NULL);
}

static void
check_pair(struct str a, struct str b)
{
    int order = number_compare(a, b);
    int64_t one, other;

    check(number_compare(b, a) == -order);
    if (a.n < 60 && b.n < 60 && as_double(a) < as_double(b))
        check(order < 0);
    if (number_to_i64(a, &one)) {
        check(number_is_integer(a));
        if (number_to_i64(b, &other))
            check(order == (one > other) - (one < other));
    }
    if (number_compare(b, STR("0")) > 0 && number_is_multiple(a, b) && number_is_integer(b))
        check(number_is_integer(a));
    if (order == 0)
        check(number_is_integer(a) == number_is_integer(b));
}

static void
check_multiple(struct str a, struct str b)
{
    int64_t one, other;

    if (number_to_i64(a, &one) && number_to_i64(b, &other) && other > 0)
        check(number_is_multiple(a, b) == (one % other == 0));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, s[3] = {STR("0"), STR("-1.5"), STR("1e400")};

    for (int i = 0; i < 3 && size; i++) {
        struct str line;

        if (str_split(&rest, '\n', &line) && number_is_lexeme(line))
            s[i] = line;
    }
    for (int i = 0; i < 3; i++) {
        struct str a = s[i], b = s[(i + 1) % 3], c = s[(i + 2) % 3];

        check(number_compare(a, a) == 0);
        check_pair(a, b);
        check_pair(b, a);
        check_multiple(a, b);
        check_multiple(b, a);
        if (number_compare(a, b) <= 0 && number_compare(b, c) <= 0)
            check(number_compare(a, c) <= 0);
    }
    return 0;
}
