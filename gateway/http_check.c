/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/http_check.h"

/* What a byte may be a part of: tchar (RFC 9110 section 5.6.2); a request target (RFC 3986 section
 * 2, with the percent sign). */
enum { TOKEN = 1, TARGET = 2, BOTH = TOKEN | TARGET };
static const uint8_t kinds[256] = {
    ['0' ... '9'] = BOTH, ['A' ... 'Z'] = BOTH, ['a' ... 'z'] = BOTH, ['!'] = BOTH,
    ['$'] = BOTH,         ['%'] = BOTH,         ['&'] = BOTH,         ['\''] = BOTH,
    ['*'] = BOTH,         ['+'] = BOTH,         ['-'] = BOTH,         ['.'] = BOTH,
    ['_'] = BOTH,         ['~'] = BOTH,         ['#'] = TOKEN,        ['^'] = TOKEN,
    ['`'] = TOKEN,        ['|'] = TOKEN,        ['('] = TARGET,       [')'] = TARGET,
    [','] = TARGET,       ['/'] = TARGET,       [':'] = TARGET,       [';'] = TARGET,
    ['='] = TARGET,       ['?'] = TARGET,       ['@'] = TARGET,       ['['] = TARGET,
    [']'] = TARGET,
};

static bool
is_kind(char c, unsigned kind)
{
    return kinds[(unsigned char)c] & kind;
}

bool
http_is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_kind(s.p[i], TOKEN))
            return false;
    return s.n > 0;
}

bool
http_is_idempotent(struct str method)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};

    for (size_t n = 0; n < sizeof(methods) / sizeof(methods[0]); n++)
        if (str_eq(method, str_of(methods[n])))
            return true;
    return false;
}

/* Eight bytes at once: true when one is below 0x20, or is 0x7f. */
static bool
has_control(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t word, delete;

    memcpy(&word, p, 8);
    delete = word ^ (ones * 0x7f);
    return ((word - ones * 0x20) & ~word & tops) || ((delete - ones) & ~delete &tops);
}

bool
http_is_field_value(struct str s)
{
    size_t i = 0;

    while (i + 8 <= s.n && !has_control(s.p + i))
        i += 8;
    if (i + 8 > s.n && s.n >= 8 && !has_control(s.p + s.n - 8))
        return true; /* the rest, with what is before it */
    for (; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool
is_hex(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* RFC 3986's characters only, with whole percent escapes, and none that hides a NUL. */
static bool
is_target(struct str t)
{
    for (size_t i = 0; i < t.n; i++) {
        if (!is_kind(t.p[i], TARGET))
            return false;
        if (t.p[i] != '%')
            continue;
        if (i + 2 >= t.n || !is_hex(t.p[i + 1]) || !is_hex(t.p[i + 2]))
            return false;
        if (t.p[i + 1] == '0' && t.p[i + 2] == '0')
            return false;
    }
    return true;
}

enum fault_code
http_check_line(struct str method, struct str target, size_t target_limit, struct fault *f)
{
    if (!http_is_token(method) || method.n > 32)
        return fault_set(f, FAULT_BAD_REQUEST, "The method is malformed.");
    if (target.n > target_limit)
        return fault_set(f, FAULT_URI_TOO_LONG, "The request target is longer than %zu bytes.",
                         target_limit);
    if (str_eq(target, STR("*")) && str_eq(method, STR("OPTIONS")))
        return FAULT_NONE;
    if (target.n == 0 || target.p[0] != '/')
        return fault_set(f, FAULT_BAD_REQUEST, "The request target must begin with a slash.");
    if (!is_target(target))
        return fault_set(f, FAULT_BAD_REQUEST,
                         "The request target has a character or an escape that is not allowed.");
    return FAULT_NONE;
}

/* RFC 3986 host and port, loosely: what cannot be in one is refused. */
static bool
is_host(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= 0x20 || c >= 0x7f || strchr("/?#@\\\"<>^`{}|,", c))
            return false;
    }
    return s.n > 0;
}

struct tally { /* what the framing depends on */
    unsigned hosts, lengths, codings;
    struct str host, length, coding;
};

static enum fault_code
check_field(const struct header *h, struct tally *t, struct fault *f)
{
    if (!http_is_token(h->name))
        return fault_set(f, FAULT_BAD_REQUEST, "A header field has a malformed name.");
    if (!http_is_field_value(h->value))
        return fault_set(f, FAULT_BAD_REQUEST, "A header field has a control character.");
    if (h->name.n == 4 && str_eq_nocase(h->name, STR("Host"))) {
        t->hosts++;
        t->host = h->value;
    } else if (h->name.n == 14 && str_eq_nocase(h->name, STR("Content-Length"))) {
        t->lengths++;
        t->length = h->value;
    } else if (h->name.n == 17 && str_eq_nocase(h->name, STR("Transfer-Encoding"))) {
        t->codings++;
        t->coding = h->value;
    }
    return FAULT_NONE;
}

static enum fault_code
check_framing(const struct tally *t, unsigned minor, struct http_framing *out, struct fault *f)
{
    if (t->lengths > 0 && t->codings > 0)
        return fault_set(f, FAULT_BAD_REQUEST,
                         "Content-Length and Transfer-Encoding exclude each other.");
    if (t->lengths > 1 || t->codings > 1)
        return fault_set(f, FAULT_BAD_REQUEST, "The length of the body is given twice.");
    if (t->codings == 1) {
        if (minor == 0)
            return fault_set(f, FAULT_BAD_REQUEST, "HTTP/1.0 has no Transfer-Encoding.");
        if (!str_eq_nocase(t->coding, STR("chunked")))
            return fault_set(f, FAULT_NOT_IMPLEMENTED, "The transfer coding is not known.");
        out->chunked = true;
    }
    if (t->lengths == 1) {
        if (!str_to_u64(t->length, &out->length) || out->length > INT64_MAX)
            return fault_set(f, FAULT_BAD_REQUEST, "Content-Length is no number.");
        out->has_length = true;
    }
    return FAULT_NONE;
}

enum fault_code
http_check_headers(struct headers h, unsigned minor, unsigned limit, struct http_framing *out,
                   struct fault *f)
{
    struct tally t = {0};

    *out = (struct http_framing){0};
    if (h.n > limit)
        return fault_set(f, FAULT_HEADERS_TOO_LARGE, "There are more than %u header fields.",
                         limit);
    for (unsigned i = 0; i < h.n; i++) {
        enum fault_code code = check_field(&h.items[i], &t, f);

        if (code)
            return code;
    }
    if (t.hosts > 1)
        return fault_set(f, FAULT_BAD_REQUEST, "There is more than one Host.");
    if (t.hosts == 0 && minor > 0)
        return fault_set(f, FAULT_BAD_REQUEST, "Host is missing.");
    if (t.hosts == 1 && !is_host(t.host))
        return fault_set(f, FAULT_BAD_REQUEST, "Host is malformed.");
    return check_framing(&t, minor, out, f);
}
