/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/scalar.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/value.h"

static bool
is_one_of(struct str text, const struct str *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(text, words[i]))
            return true;
    return false;
}

#define IS_ONE_OF(text, ...)                                                                       \
    is_one_of(text, (const struct str[]){__VA_ARGS__},                                             \
              sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str))

/* Takes the lexeme (from malloc; NULL gives NULL). */
static cJSON *
number_node(char *lexeme)
{
    cJSON *node = lexeme ? cJSON_CreateNumber(strtod(lexeme, NULL)) : NULL;

    if (!node) {
        free(lexeme);
        return NULL;
    }
    node->valuestring = lexeme;
    return node;
}

/* 0o17 and 0x1F. */
static bool
is_based(struct str s)
{
    if (s.n < 3 || s.p[0] != '0' || (s.p[1] != 'o' && s.p[1] != 'x'))
        return false;
    for (size_t i = 2; i < s.n; i++)
        if (s.p[1] == 'x' ? !isxdigit((unsigned char)s.p[i]) : s.p[i] < '0' || s.p[i] > '7')
            return false;
    return true;
}

static cJSON *
based_node(struct str s, const char **why)
{
    bool hex = s.p[1] == 'x';
    char lexeme[24];

    if (s.n - 2 > (hex ? 16 : 21)) {
        *why = "this number is too long for its base, write it in decimal";
        return NULL;
    }
    snprintf(lexeme, sizeof lexeme, "%llu", strtoull(s.p + 2, NULL, hex ? 16 : 8));
    return number_node(strdup(lexeme));
}

static size_t
count_digits(struct str s, size_t at)
{
    size_t n = 0;

    while (at + n < s.n && isdigit((unsigned char)s.p[at + n]))
        n++;
    return n;
}

/* [-+]? ( . digits | digits ( . digits? )? ) ( [eE] [-+]? digits )?
 * The parts of it, as offsets and counts. */
struct decimal_parts {
    size_t whole, n_whole, fraction, n_fraction, exponent; /* exponent: at its e, or the end */
    bool negative;
};

static bool
split_decimal(struct str s, struct decimal_parts *d)
{
    size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+');

    *d = (struct decimal_parts){.whole = at, .negative = s.n && s.p[0] == '-'};
    d->n_whole = count_digits(s, at);
    at += d->n_whole;
    if (at < s.n && s.p[at] == '.') {
        d->fraction = ++at;
        d->n_fraction = count_digits(s, at);
        at += d->n_fraction;
    }
    if (!d->n_whole && !d->n_fraction)
        return false;
    d->exponent = at;
    if (at == s.n)
        return true;
    if (s.p[at] != 'e' && s.p[at] != 'E')
        return false;
    at++;
    at += at < s.n && (s.p[at] == '-' || s.p[at] == '+');
    return at < s.n && at + count_digits(s, at) == s.n;
}

/* In JSON's grammar: no plus, no zeros in front, digits on both sides of the point. */
static cJSON *
decimal_node(struct str s, struct decimal_parts d)
{
    char *lexeme = malloc(s.n + 3), *to = lexeme;

    if (!lexeme)
        return NULL;
    while (d.n_whole && s.p[d.whole] == '0') {
        d.whole++;
        d.n_whole--;
    }
    if (d.negative)
        *to++ = '-';
    if (!d.n_whole)
        *to++ = '0';
    to = mempcpy(to, s.p + d.whole, d.n_whole);
    if (d.n_fraction) {
        *to++ = '.';
        to = mempcpy(to, s.p + d.fraction, d.n_fraction);
    }
    to = mempcpy(to, s.p + d.exponent, s.n - d.exponent);
    *to = '\0';
    return number_node(lexeme);
}

static bool
is_not_finite(struct str s)
{
    struct str unsigned_part = s.n && (s.p[0] == '-' || s.p[0] == '+') ? str_from(s, 1) : s;

    return IS_ONE_OF(unsigned_part, STR(".inf"), STR(".Inf"), STR(".INF")) ||
           IS_ONE_OF(s, STR(".nan"), STR(".NaN"), STR(".NAN"));
}

cJSON *
scalar_node(struct str text, const char **why)
{
    struct decimal_parts parts;

    *why = NULL;
    if (!text.n || IS_ONE_OF(text, STR("null"), STR("Null"), STR("NULL"), STR("~")))
        return cJSON_CreateNull();
    if (IS_ONE_OF(text, STR("true"), STR("True"), STR("TRUE")))
        return cJSON_CreateTrue();
    if (IS_ONE_OF(text, STR("false"), STR("False"), STR("FALSE")))
        return cJSON_CreateFalse();
    if (!strchr("+-.0123456789", text.p[0]))
        return cJSON_CreateString(text.p);
    if (number_is_lexeme(text))
        return number_node(strdup(text.p));
    if (is_based(text))
        return based_node(text, why);
    if (split_decimal(text, &parts))
        return decimal_node(text, parts);
    if (!is_not_finite(text))
        return cJSON_CreateString(text.p);
    *why = "JSON has no such number, quote it if it is text";
    return NULL;
}
