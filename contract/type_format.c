/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formats of strings, asserted (JSON Schema 2020-12 Validation, section 7.3, and the OpenAPI
 * format registry). A format that is not listed here is an annotation.
 */
#include "contract/type_rule.h"

#include <arpa/inet.h>

struct format {
    struct str name;
    enum type_format format;
    bool (*check)(struct str s); /* NULL: nothing to check in a text */
    const char *expected;
};

/* ---- Characters ---- */

static inline bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static inline bool
is_hex(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static inline bool
is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* Two digits; *wrong is set when one of them is none. */
static inline int
two_digits(const char *p, bool *wrong)
{
    unsigned tens = (unsigned)(unsigned char)p[0] - '0', ones = (unsigned)(unsigned char)p[1] - '0';

    *wrong |= tens > 9 || ones > 9;
    return (int)(tens * 10 + ones);
}

/* The same at the front of *s, cut off; -1 when they are not there. */
static int
cut_two(struct str *s)
{
    bool wrong = s->n < 2;
    int number = wrong ? -1 : two_digits(s->p, &wrong);

    *s = str_from(*s, 2);
    return wrong ? -1 : number;
}

static bool
cut_char(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

/* ---- Dates and times: RFC 3339 ---- */

static bool
cut_date(struct str *s)
{
    static const int8_t days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *p = s->p;
    int year, month, day;
    bool wrong = false;

    if (s->n < 10 || p[4] != '-' || p[7] != '-')
        return false;
    year = two_digits(p, &wrong) * 100 + two_digits(p + 2, &wrong);
    month = two_digits(p + 5, &wrong);
    day = two_digits(p + 8, &wrong);
    *s = str_from(*s, 10);
    if (wrong || month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return false;
    return month != 2 || day != 29 || (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
}

static bool
is_date(struct str s)
{
    return cut_date(&s) && s.n == 0;
}

/* "Z" or "+hh:mm", in minutes. */
static bool
cut_offset(struct str *s, int *minutes)
{
    int hour, minute, sign = 1;

    *minutes = 0;
    if (cut_char(s, 'Z') || cut_char(s, 'z'))
        return true;
    if (cut_char(s, '-'))
        sign = -1;
    else if (!cut_char(s, '+'))
        return false;
    hour = cut_two(s);
    if (hour < 0 || hour > 23 || !cut_char(s, ':'))
        return false;
    minute = cut_two(s);
    *minutes = sign * (hour * 60 + minute);
    return minute >= 0 && minute <= 59;
}

static bool
is_time(struct str s)
{
    int hour = cut_two(&s), minute, second, offset, utc;

    if (hour < 0 || hour > 23 || !cut_char(&s, ':'))
        return false;
    minute = cut_two(&s);
    if (minute < 0 || minute > 59 || !cut_char(&s, ':'))
        return false;
    second = cut_two(&s);
    if (second < 0 || second > 60)
        return false;
    if (cut_char(&s, '.')) {
        if (!s.n || !is_digit(s.p[0]))
            return false;
        while (s.n && is_digit(s.p[0]))
            s = str_from(s, 1);
    }
    if (!cut_offset(&s, &offset) || s.n)
        return false;
    utc = (hour * 60 + minute - offset + 2 * 1440) % 1440;
    return second < 60 || utc == 1439; /* a leap second ends a UTC day */
}

static bool
is_date_time(struct str s)
{
    return cut_date(&s) && (cut_char(&s, 'T') || cut_char(&s, 't')) && is_time(s);
}

/* Numbers with their units, in the order of `units`, without gaps (RFC 3339, appendix A). */
static bool
cut_durations(struct str *s, const char *units)
{
    bool any = false;

    while (s->n && is_digit(s->p[0])) {
        const char *unit;
        while (s->n && is_digit(s->p[0]))
            *s = str_from(*s, 1);
        if (!s->n)
            return false;
        unit = is_one_of(s->p[0], units) ? strchr(units, s->p[0]) : NULL;
        if (!unit)
            return false;
        units = unit + 1;
        *s = str_from(*s, 1);
        any = true;
    }
    return any;
}

static bool
is_duration(struct str s)
{
    bool date = false;

    if (!cut_char(&s, 'P') || s.n == 0)
        return false;
    if (s.p[s.n - 1] == 'W')
        return cut_durations(&s, "W") && s.n == 0;
    if (s.p[0] != 'T')
        date = cut_durations(&s, "YMD");
    if (cut_char(&s, 'T'))
        return cut_durations(&s, "HMS") && s.n == 0;
    return date && s.n == 0;
}

/* ---- Identifiers and encodings ---- */

static bool
is_uuid(struct str s)
{
    if (s.n != 36)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? s.p[i] != '-' : !is_hex(s.p[i]))
            return false;
    }
    return true;
}

static bool
is_base64(struct str s)
{
    size_t n = s.n;

    if (n % 4)
        return false;
    for (unsigned pad = 0; pad < 2 && n && s.p[n - 1] == '='; pad++)
        n--;
    for (size_t i = 0; i < n; i++)
        if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '+' && s.p[i] != '/')
            return false;
    return true;
}

static bool
is_decimal(struct str s)
{
    return number_is_lexeme(s);
}

/* ---- Hosts ---- */

/* RFC 1123: labels of letters, digits and inner hyphens. */
static bool
is_hostname(struct str s)
{
    struct str label;

    if (s.n == 0 || s.n > 253)
        return false;
    while (str_split(&s, '.', &label)) {
        if (label.n == 0 || label.n > 63 || label.p[0] == '-' || label.p[label.n - 1] == '-')
            return false;
        for (size_t i = 0; i < label.n; i++)
            if (!is_letter(label.p[i]) && !is_digit(label.p[i]) && label.p[i] != '-')
                return false;
    }
    return true;
}

static bool
is_address(int family, struct str s)
{
    unsigned char address[16];
    char text[INET6_ADDRSTRLEN];

    if (s.n == 0 || s.n >= sizeof(text) || memchr(s.p, 0, s.n))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    return inet_pton(family, text, address) == 1;
}

static bool
is_ipv4(struct str s)
{
    return is_address(AF_INET, s);
}

static bool
is_ipv6(struct str s)
{
    return is_address(AF_INET6, s);
}

/* ---- Mail: RFC 5321, section 4.1.2 ---- */

static bool
is_atom_char(char c)
{
    return is_letter(c) || is_digit(c) || is_one_of(c, "!#$%&'*+-/=?^_`{|}~");
}

static bool
is_quoted(struct str s)
{
    if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
        return false;
    for (size_t i = 1; i + 1 < s.n; i++) {
        if (s.p[i] == '\\' && ++i + 1 == s.n)
            return false;
        if (s.p[i] < 32 || s.p[i] > 126 || (s.p[i] == '"' && s.p[i - 1] != '\\'))
            return false;
    }
    return true;
}

static bool
is_dot_atom(struct str s)
{
    struct str atom;

    if (s.n == 0)
        return false;
    while (str_split(&s, '.', &atom)) {
        if (atom.n == 0)
            return false;
        for (size_t i = 0; i < atom.n; i++)
            if (!is_atom_char(atom.p[i]))
                return false;
    }
    return true;
}

static bool
is_email(struct str s)
{
    size_t at = s.n;
    struct str local, domain;

    while (at > 0 && s.p[at - 1] != '@')
        at--;
    if (at < 2)
        return false;
    local = str_head(s, at - 1);
    domain = str_from(s, at);
    if (local.n > 64 || !(is_dot_atom(local) || is_quoted(local)))
        return false;
    if (domain.n < 2 || domain.p[0] != '[' || domain.p[domain.n - 1] != ']')
        return is_hostname(domain);
    domain = (struct str){domain.p + 1, domain.n - 2};
    return str_starts(domain, STR("IPv6:")) ? is_ipv6(str_from(domain, 5)) : is_ipv4(domain);
}

/* ---- URIs: RFC 3986 ---- */

static const bool uri_chars[256] = {
    /* pchar without "%" (RFC 3986, section 3.3) */
    ['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true, ['-'] = true, ['.'] = true,
    ['_'] = true,         ['~'] = true,         ['!'] = true,         ['$'] = true, ['&'] = true,
    ['\''] = true,        ['('] = true,         [')'] = true,         ['*'] = true, ['+'] = true,
    [','] = true,         [';'] = true,         ['='] = true,         [':'] = true, ['@'] = true,
};

static bool
is_uri_text(struct str s, const char *also)
{
    const unsigned char *p = (const unsigned char *)s.p;

    for (size_t i = 0; i < s.n; i++) {
        while (i < s.n && uri_chars[p[i]])
            i++;
        if (i == s.n)
            break;
        if (p[i] == '%') {
            if (i + 2 >= s.n || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2]))
                return false;
            i += 2;
        } else if (!is_one_of(s.p[i], also)) {
            return false;
        }
    }
    return true;
}

static bool
is_authority(struct str s)
{
    size_t at = str_find(s, '@'), bracket;

    if (at < s.n) {
        if (!is_uri_text(str_head(s, at), "") || memchr(s.p, '@', at))
            return false;
        s = str_from(s, at + 1);
    }
    if (s.n && s.p[0] == '[') {
        bracket = str_find(s, ']');
        if (bracket == s.n || !is_ipv6((struct str){s.p + 1, bracket - 1}))
            return false;
        s = str_from(s, bracket + 1);
        if (s.n && s.p[0] != ':')
            return false;
    } else {
        size_t colon = str_find(s, ':');
        if (!is_uri_text(str_head(s, colon), "") || memchr(s.n ? s.p : "", '@', s.n))
            return false;
        s = str_from(s, colon);
    }
    for (size_t i = 1; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return true;
}

/* What stands behind the scheme. */
static bool
is_uri_rest(struct str s)
{
    size_t hash = str_find(s, '#'), query, path;

    if (hash < s.n && !is_uri_text(str_from(s, hash + 1), "/?"))
        return false;
    s = str_head(s, hash);
    query = str_find(s, '?');
    if (query < s.n && !is_uri_text(str_from(s, query + 1), "/?"))
        return false;
    s = str_head(s, query);
    if (!str_starts(s, STR("//")))
        return is_uri_text(s, "/");
    s = str_from(s, 2);
    path = str_find(s, '/');
    return is_authority(str_head(s, path)) && is_uri_text(str_from(s, path), "/");
}

/* Bytes of "scheme:", or 0. */
static size_t
scheme_length(struct str s)
{
    if (s.n == 0 || !is_letter(s.p[0]))
        return 0;
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == ':')
            return i + 1;
        if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && !is_one_of(s.p[i], "+-."))
            return 0;
    }
    return 0;
}

static bool
is_uri(struct str s)
{
    size_t scheme = scheme_length(s);

    return scheme > 0 && is_uri_rest(str_from(s, scheme));
}

/* "/a/b": most of what is asked for. */
static bool
is_plain_path(struct str s)
{
    if (s.n < 2 || s.p[0] != '/' || s.p[1] == '/')
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!uri_chars[(unsigned char)s.p[i]] && s.p[i] != '/')
            return false;
    return true;
}

static bool
is_uri_reference(struct str s)
{
    size_t scheme;

    if (is_plain_path(s))
        return true;
    scheme = scheme_length(s);
    if (!scheme)
        for (size_t i = 0; i < s.n && !is_one_of(s.p[i], "/?#"); i++)
            if (s.p[i] == ':') /* would be a scheme's */
                return false;
    return is_uri_rest(str_from(s, scheme));
}

/* ---- The table ---- */

static const struct format formats[] = {
    {{"int32", 5}, FORMAT_INT32, NULL, "a whole number of 32 bits"},
    {{"int64", 5}, FORMAT_INT64, NULL, "a whole number of 64 bits"},
    {{"float", 5}, FORMAT_FLOAT, NULL, "a number in the range of a float"},
    {{"double", 6}, FORMAT_DOUBLE, NULL, "a number in the range of a double"},
    {{"decimal", 7}, FORMAT_DECIMAL, is_decimal, "a decimal number, such as 12.50"},
    {{"date", 4}, FORMAT_DATE, is_date, "a date, such as 2026-01-31"},
    {{"time", 4}, FORMAT_TIME, is_time, "a time with its offset, such as 13:45:00Z"},
    {{"date-time", 9},
     FORMAT_DATE_TIME,
     is_date_time,
     "a date and time with its offset, such as 2026-01-31T13:45:00Z"},
    {{"duration", 8}, FORMAT_DURATION, is_duration, "a duration, such as P1DT12H"},
    {{"byte", 4}, FORMAT_BYTE, is_base64, "base64 with its padding"},
    {{"binary", 6}, FORMAT_BINARY, NULL, "bytes"},
    {{"uuid", 4}, FORMAT_UUID, is_uuid, "a UUID"},
    {{"uri", 3}, FORMAT_URI, is_uri, "a URI, such as https://example.com/a"},
    {{"uri-reference", 13},
     FORMAT_URI_REFERENCE,
     is_uri_reference,
     "a URI or a relative reference"},
    {{"email", 5}, FORMAT_EMAIL, is_email, "a mail address"},
    {{"hostname", 8}, FORMAT_HOSTNAME, is_hostname, "a host name"},
    {{"ipv4", 4}, FORMAT_IPV4, is_ipv4, "an IPv4 address"},
    {{"ipv6", 4}, FORMAT_IPV6, is_ipv6, "an IPv6 address"},
    {{"password", 8}, FORMAT_PASSWORD, NULL, "a password"},
};

enum { FORMAT_COUNT = sizeof(formats) / sizeof(formats[0]) };

enum type_format
format_find(struct str name)
{
    for (unsigned i = 0; i < FORMAT_COUNT; i++)
        if (str_eq(formats[i].name, name))
            return formats[i].format;
    return FORMAT_NONE;
}

bool
format_check(enum type_format format, struct str text)
{
    const struct format *row = &formats[format - 1]; /* in the order of the enum */

    return !row->check || row->check(text);
}

const char *
format_expected(enum type_format format)
{
    return formats[format - 1].expected;
}
