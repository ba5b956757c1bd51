/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 6750 sections 2.1 and 3, RFC 9449 section 7, RFC 9470 section 3, and RFC 9110 section 11. */
#include "auth/credentials.h"

#include "auth/signature.h"

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

static enum reason
find_proof(struct headers headers, struct credentials *out)
{
    unsigned n = header_count(headers, STR("DPoP"));

    out->scheme = SCHEME_DPOP;
    out->proof = str_trim(header_value(headers, STR("DPoP")));
    if (n > 1)
        return REASON_DPOP_SEVERAL;
    return out->proof.n ? REASON_NONE : REASON_DPOP_MISSING;
}

static enum reason
find_token(struct headers headers, struct str value, struct credentials *out)
{
    struct str scheme = str_head(value, str_find(value, ' '));
    struct str rest = str_trim(str_from(value, scheme.n));
    bool bearer = str_eq_nocase(scheme, STR("Bearer"));

    if (!bearer && !str_eq_nocase(scheme, STR("DPoP")))
        return REASON_OTHER_SCHEME;
    if (rest.n == 0 || str_find(rest, ' ') < rest.n || str_find(rest, ',') < rest.n)
        return REASON_MALFORMED_HEADER;
    out->token = rest;
    return bearer ? REASON_NONE : find_proof(headers, out);
}

static bool
comes_again(struct headers headers, const struct header *field)
{
    unsigned behind = (unsigned)(field - headers.items) + 1;
    struct headers rest = {headers.items + behind, headers.n - behind};

    return header_find(rest, field->name) != NULL;
}

enum reason
credentials_find(struct headers headers, struct str query, struct str key_header,
                 struct credentials *out)
{
    const struct header *token = header_find(headers, STR("Authorization"));
    unsigned keys = key_header.n ? header_count(headers, key_header) : 0;
    struct str value;

    out->scheme = SCHEME_BEARER;
    if (keys + (token != NULL) > 1 || (token && comes_again(headers, token)))
        return REASON_TWO_CREDENTIALS;
    if (query.n && query_has_token(query))
        return REASON_TOKEN_IN_QUERY;
    if (keys) {
        out->scheme = SCHEME_API_KEY;
        out->token = str_trim(header_value(headers, key_header));
        return out->token.n ? REASON_NONE : REASON_NO_TOKEN;
    }
    value = token ? str_trim(token->value) : STR_NONE;
    return value.n ? find_token(headers, value, out) : REASON_NO_TOKEN;
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
error_of(const struct challenge *c, const struct fault *f)
{
    if (c->reason == REASON_DPOP_NONCE)
        return "use_dpop_nonce";
    if (c->reason >= REASON_DPOP_MISSING && c->reason < REASON_DPOP_NONCE)
        return "invalid_dpop_proof";
    if (c->reason == REASON_STEP_UP)
        return "insufficient_user_authentication";
    switch (f->code) {
    case FAULT_INVALID_TOKEN:
    case FAULT_EXPIRED_TOKEN: return "invalid_token";
    case FAULT_INSUFFICIENT_SCOPE: return "insufficient_scope";
    case FAULT_MISSING_TOKEN: return NULL;
    default: return "invalid_request";
    }
}

static void
put_scheme(struct buf *b, const char *scheme, const struct challenge *c, const struct fault *f)
{
    const char *error = error_of(c, f);

    if (b->n)
        buf_put(b, ", ", 2);
    buf_printf(b, "%s ", scheme);
    put_parameter(b, "realm", c->realm);
    if (error) {
        put_parameter(b, "error", str_of(error));
        put_parameter(b, "error_description", str_of(f->detail));
    }
    if (c->scope.n && f->code != FAULT_BAD_REQUEST)
        put_parameter(b, "scope", c->scope);
    if (c->acr_values.n)
        put_parameter(b, "acr_values", c->acr_values);
    if (c->max_age > 0)
        buf_printf(b, ", max_age=\"%lld\"", (long long)c->max_age);
    if (c->resource_metadata.n)
        put_parameter(b, "resource_metadata", c->resource_metadata);
}

/* RFC 9449 section 7.1: what a proof may be signed with. */
static void
put_algorithms(struct buf *b)
{
    buf_str(b, STR(", algs=\""));
    for (unsigned i = ALGORITHM_NONE + 1; i < ALGORITHM_COUNT; i++)
        buf_printf(b, "%s%s", i > ALGORITHM_NONE + 1 ? " " : "", algorithm_name((enum algorithm)i));
    buf_put_char(b, '"');
}

void
credentials_challenge(struct buf *b, const struct challenge *c, const struct fault *f)
{
    bool dpop = c->scheme == SCHEME_DPOP || c->reason == REASON_SENDER_BOUND;

    if (!dpop || f->code == FAULT_MISSING_TOKEN)
        put_scheme(b, "Bearer", c, f);
    if (!dpop)
        return;
    put_scheme(b, "DPoP", c, f);
    put_algorithms(b);
}
