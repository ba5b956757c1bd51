/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xml_scan.h"

#include "soap/xml_scalar.h"

enum { PADDING = 32, DECLARATION_MAX = 256 };

static struct str
behind(struct str s, const char *mark) /* what follows the mark, or nothing */
{
    size_t n = strlen(mark);
    const char *found = s.n ? memmem(s.p, s.n, mark, n) : NULL;

    return found ? str_from(s, (size_t)(found - s.p) + n) : STR_NONE;
}

/* The name of the encoding in <?xml ...?>, or an empty str; *whole is `encoding="..."`. */
static struct str
declared_encoding(struct str bytes, struct str *whole)
{
    struct str head = str_head(bytes, DECLARATION_MAX), rest;
    const char *end;
    size_t i = 0;

    if (!str_starts(head, STR("<?xml")))
        return STR_NONE;
    end = memmem(head.p, head.n, "?>", 2);
    if (!end)
        return STR_NONE;
    head.n = (size_t)(end - head.p);
    rest = behind(head, "encoding");
    while (rest.n && (xml_is_blank(rest.p[0]) || rest.p[0] == '='))
        rest = str_from(rest, 1);
    if (rest.n < 2 || (rest.p[0] != '"' && rest.p[0] != '\''))
        return STR_NONE;
    for (i = 1; i < rest.n && rest.p[i] != rest.p[0];)
        i++;
    if (i == rest.n)
        return STR_NONE;
    whole->p = (const char *)memmem(head.p, head.n, "encoding", 8);
    whole->n = (size_t)(rest.p + i + 1 - whole->p);
    return (struct str){rest.p + 1, i - 1};
}

/* Where a start tag ends: '>' outside quotes; *n counts its equals signs. */
static const char *
tag_end(const char *p, const char *end, unsigned *n)
{
    char quote = 0;

    for (*n = 0; p < end; p++) {
        if (quote) {
            const char *close = memchr(p, quote, (size_t)(end - p));
            if (!close)
                return end;
            p = close;
            quote = 0;
        } else if (*p == '"' || *p == '\'') {
            quote = *p;
        } else if (*p == '=') {
            ++*n;
        } else if (*p == '>') {
            return p;
        }
    }
    return end;
}

static const char *
past(const char *p, const char *end, const char *mark)
{
    const char *found = memmem(p, (size_t)(end - p), mark, strlen(mark));

    return found ? found + strlen(mark) : end;
}

static const char *
past_markup(const char *p, const char *end) /* at "<!" or "<?" */
{
    if (p[1] == '?')
        return past(p, end, "?>");
    if (end - p > 3 && memcmp(p, "<!--", 4) == 0)
        return past(p, end, "-->");
    return end - p > 8 && memcmp(p, "<![CDATA[", 9) == 0 ? past(p, end, "]]>") : p + 2;
}

static bool
tags_are_small(struct str s)
{
    const char *p = s.p, *end = s.p + s.n;
    unsigned n;

    while (p < end && (p = memchr(p, '<', (size_t)(end - p)))) {
        if (end - p < 2)
            return true;
        if (p[1] == '!' || p[1] == '?') {
            p = past_markup(p, end);
            continue;
        }
        p = tag_end(p + 1, end, &n);
        if (n > XML_ATTRIBUTES)
            return false;
    }
    return true;
}

/* Nearly every document has fewer equals signs in all than one tag may have. */
static bool
few_equals(struct str s)
{
    const char *p = s.p, *end = s.p + s.n;

    for (unsigned n = 0; n <= XML_ATTRIBUTES; n++) {
        p = memchr(p, '=', (size_t)(end - p));
        if (!p)
            return true;
        p++;
    }
    return false;
}

static enum fault_code
copy_utf8(struct arena *a, struct str s, char **copy, size_t *n, struct fault *f)
{
    *copy = arena_alloc(a, s.n + PADDING);
    if (!*copy)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    memcpy(*copy, s.p, s.n);
    memset(*copy + s.n, 0, PADDING);
    *n = s.n;
    return FAULT_NONE;
}

static enum fault_code
copy_latin1(struct arena *a, struct str s, char **copy, size_t *n, struct fault *f)
{
    char *out = arena_alloc(a, s.n * 2 + PADDING);

    if (!out)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    *copy = out;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c >= 0x80)
            *out++ = (char)(0xC0 | c >> 6);
        *out++ = (char)(c < 0x80 ? c : 0x80 | (c & 0x3F));
    }
    *n = (size_t)(out - *copy);
    memset(out, 0, PADDING);
    return FAULT_NONE;
}

enum fault_code
xml_scan(struct arena *a, struct str bytes, enum fault_code wrong, char **copy, size_t *n,
         struct fault *f)
{
    struct str encoding, whole = STR_NONE;
    enum fault_code code;
    bool latin1;

    if (str_starts(bytes, STR("\xEF\xBB\xBF")))
        bytes = str_from(bytes, 3);
    if (bytes.n == 0)
        return fault_set(f, wrong, "an XML document is expected: the body is empty");
    if (bytes.p[0] == '\0' || (unsigned char)bytes.p[0] >= 0x80)
        return fault_set(f, wrong, "XML must be in UTF-8");
    if (bytes.n > (size_t)1 << 30)
        return fault_set(f, wrong, "the XML document is too large");
    if (!few_equals(bytes) && !tags_are_small(bytes))
        return fault_set(f, wrong, "more than %d attributes in one XML element", XML_ATTRIBUTES);
    encoding = declared_encoding(bytes, &whole);
    latin1 = str_eq_nocase(encoding, STR("ISO-8859-1"));
    if (encoding.n && !latin1 && !str_eq_nocase(encoding, STR("UTF-8")) &&
        !str_eq_nocase(encoding, STR("US-ASCII")))
        return fault_set(f, wrong, "XML must be in UTF-8");
    code = latin1 ? copy_latin1(a, bytes, copy, n, f) : copy_utf8(a, bytes, copy, n, f);
    if (code == FAULT_NONE && whole.n) /* it is UTF-8 now, whatever it says */
        memset(*copy + (whole.p - bytes.p), ' ', whole.n);
    return code;
}
