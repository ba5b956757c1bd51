/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 6750 sections 2.1 and 3, and RFC 9110 section 11. */
#include "auth/bearer.h"

/* One character of a percent-encoded text; a broken escape stands for itself. */
static char
next_decoded(struct str raw, size_t *at)
{
    size_t i = (*at)++;

    if (raw.p[i] != '%' || i + 2 >= raw.n || str_hex_digit(raw.p[i + 1]) < 0 ||
        str_hex_digit(raw.p[i + 2]) < 0)
        return raw.p[i];
    *at = i + 3;
    return (char)(str_hex_digit(raw.p[i + 1]) << 4 | str_hex_digit(raw.p[i + 2]));
}

static bool
decodes_to(struct str raw, struct str name)
{
    size_t at = 0, i = 0;

    while (at < raw.n && i < name.n)
        if (next_decoded(raw, &at) != name.p[i++])
            return false;
    return at == raw.n && i == name.n;
}

static bool
query_has_token(struct str query)
{
    struct str rest = query, pair;

    while (str_split(&rest, '&', &pair))
        if (decodes_to(str_head(pair, str_find(pair, '=')), STR("access_token")))
            return true;
    return false;
}

enum reason
bearer_find(struct headers headers, struct str query, struct str *token)
{
    struct str scheme = STR("Bearer"), value, rest;

    if (header_count(headers, STR("Authorization")) > 1)
        return REASON_TWO_CREDENTIALS;
    if (query.n && query_has_token(query))
        return REASON_TOKEN_IN_QUERY;
    value = str_trim(header_value(headers, STR("Authorization")));
    if (value.n == 0)
        return REASON_NO_TOKEN;
    if (!str_eq_nocase(str_head(value, str_find(value, ' ')), scheme))
        return REASON_OTHER_SCHEME;
    rest = str_trim(str_from(value, scheme.n));
    if (rest.n == 0 || str_find(rest, ' ') < rest.n || str_find(rest, ',') < rest.n)
        return REASON_MALFORMED_HEADER;
    *token = rest;
    return REASON_NONE;
}

/* A quoted string (RFC 9110 section 5.6.4); what RFC 6750 section 3 does not allow becomes '?'. */
static void
put_parameter(struct buf *b, const char *name, struct str text)
{
    if (b->n && b->p[b->n - 1] == '"')
        buf_put(b, ", ", 2);
    buf_printf(b, "%s=\"", name);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '`')
            c = '\'';
        buf_put_char(b, c < 0x20 || c > 0x7e || c == '"' || c == '\\' ? '?' : c);
    }
    buf_put_char(b, '"');
}

static const char *
error_of(const struct fault *f)
{
    switch (f->code) {
    case FAULT_INVALID_TOKEN:
    case FAULT_EXPIRED_TOKEN: return "invalid_token";
    case FAULT_INSUFFICIENT_SCOPE: return "insufficient_scope";
    case FAULT_MISSING_TOKEN: return NULL;
    default: return "invalid_request";
    }
}

void
bearer_challenge(struct buf *b, const struct challenge *c, const struct fault *f)
{
    const char *error = error_of(f);

    buf_str(b, STR("Bearer "));
    put_parameter(b, "realm", c->realm);
    if (error) {
        put_parameter(b, "error", str_of(error));
        put_parameter(b, "error_description", str_of(f->detail));
    }
    if (c->scope.n && f->code != FAULT_BAD_REQUEST)
        put_parameter(b, "scope", c->scope);
    if (c->resource_metadata.n)
        put_parameter(b, "resource_metadata", c->resource_metadata);
}
