/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xml_scalar.h"

enum { EXPONENT_MAX = 1000 };

struct number { /* a lexeme taken apart; the parts are slices of it */
    bool plus, minus, dot;
    struct str whole, fraction, exponent; /* exponent with its sign, without the e */
};

struct str
xml_scalar_trim(struct str s)
{
    while (s.n && xml_is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && xml_is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

static struct str
take_digits(struct str *s)
{
    struct str digits = {s->p, 0};

    while (digits.n < s->n && s->p[digits.n] >= '0' && s->p[digits.n] <= '9')
        digits.n++;
    s->p += digits.n;
    s->n -= digits.n;
    return digits;
}

static bool
take(struct str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    s->p++;
    s->n--;
    return true;
}

static bool
take_exponent(struct str *s, struct number *out)
{
    out->exponent = *s;
    if (!take(s, '+'))
        (void)take(s, '-');
    return take_digits(s).n > 0 && s->n == 0;
}

static bool
take_apart(struct str s, struct number *out)
{
    *out = (struct number){0};
    out->plus = take(&s, '+');
    out->minus = !out->plus && take(&s, '-');
    out->whole = take_digits(&s);
    out->dot = take(&s, '.');
    if (out->dot)
        out->fraction = take_digits(&s);
    if (out->whole.n + out->fraction.n == 0)
        return false;
    if (take(&s, 'e') || take(&s, 'E'))
        return take_exponent(&s, out);
    return s.n == 0;
}

static bool
is_json(const struct number *n)
{
    return !n->plus && n->whole.n && (n->whole.n == 1 || n->whole.p[0] != '0') &&
           (!n->dot || n->fraction.n);
}

bool
xml_scalar_number(struct arena *a, struct str text, struct str *lexeme)
{
    struct number n;

    text = xml_scalar_trim(text);
    if (!text.n || !take_apart(text, &n))
        return false;
    *lexeme = text;
    if (is_json(&n))
        return true;
    while (n.whole.n > 1 && n.whole.p[0] == '0')
        n.whole = str_from(n.whole, 1);
    if (n.whole.n == 0)
        n.whole = STR("0");
    *lexeme = arena_printf(a, "%s%.*s%s%.*s%s%.*s", n.minus ? "-" : "", STR_ARG(n.whole),
                           n.fraction.n ? "." : "", STR_ARG(n.fraction), n.exponent.n ? "e" : "",
                           STR_ARG(n.exponent));
    return lexeme->p != NULL;
}

bool
xml_scalar_boolean(struct str text, bool *is_true)
{
    text = xml_scalar_trim(text);
    *is_true = str_eq(text, STR("true")) || str_eq(text, STR("1"));
    return *is_true || str_eq(text, STR("false")) || str_eq(text, STR("0"));
}

struct str
xml_scalar_collapse(struct arena *a, struct str text, bool strip)
{
    struct str s = xml_scalar_trim(text);
    size_t i = 0, n = 0;
    char *copy;

    while (i < s.n && !xml_is_blank(s.p[i]))
        i++;
    if (i == s.n)
        return s.n ? s : STR("");
    copy = arena_alloc(a, s.n);
    if (!copy)
        return STR_NONE;
    for (i = 0; i < s.n; i++) {
        if (!xml_is_blank(s.p[i]))
            copy[n++] = s.p[i];
        else if (!strip && n && copy[n - 1] != ' ')
            copy[n++] = ' ';
    }
    return (struct str){copy, n};
}

static int
exponent_of(struct str text) /* EXPONENT_MAX + 1: too large */
{
    bool minus = text.n && text.p[0] == '-';
    int e = 0;

    if (text.n && (text.p[0] == '-' || text.p[0] == '+'))
        text = str_from(text, 1);
    for (size_t i = 0; i < text.n; i++) {
        e = e * 10 + (text.p[i] - '0');
        if (e > EXPONENT_MAX)
            return EXPONENT_MAX + 1;
    }
    return minus ? -e : e;
}

/* The digit at `place` of whole and fraction written without a point; '0' outside. */
static char
digit_at(const struct number *n, long place)
{
    long whole = (long)n->whole.n, all = whole + (long)n->fraction.n;

    if (place < 0 || place >= all)
        return '0';
    return place < whole ? n->whole.p[place] : n->fraction.p[place - whole];
}

bool
xml_scalar_plain(struct buf *out, struct str lexeme, bool integer)
{
    struct number n;
    int e;
    long point, end;

    if (!take_apart(lexeme, &n))
        return false;
    if (!n.exponent.n && !(integer && n.dot)) {
        buf_str(out, lexeme);
        return true;
    }
    e = exponent_of(n.exponent);
    if (e > EXPONENT_MAX)
        return false;
    point = (long)n.whole.n + e;
    end = (long)(n.whole.n + n.fraction.n);
    while (end > point && digit_at(&n, end - 1) == '0')
        end--;
    if (n.minus)
        buf_put_char(out, '-');
    for (long i = 0; i < point; i++)
        buf_put_char(out, digit_at(&n, i));
    if (point <= 0)
        buf_put_char(out, '0');
    for (long i = point; i < end; i++) {
        if (i == point)
            buf_put_char(out, '.');
        buf_put_char(out, digit_at(&n, i));
    }
    return true;
}
