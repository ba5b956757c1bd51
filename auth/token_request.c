/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form and the credentials of a token request. */
#include "auth/token_request.h"

#include "auth/base64url.h"
#include "base/uri.h"

#define PARAMETERS_MOST 32

const char *
token_error_name(enum token_error e)
{
    switch (e) {
    case TOKEN_OK: return NULL;
    case TOKEN_INVALID_REQUEST: return "invalid_request";
    case TOKEN_INVALID_CLIENT: return "invalid_client";
    case TOKEN_INVALID_SCOPE: return "invalid_scope";
    case TOKEN_UNSUPPORTED_GRANT: return "unsupported_grant_type";
    }
    return "invalid_request";
}

/* RFC 6749 appendix B. */
static bool
is_form(struct headers headers)
{
    struct str type = header_value(headers, STR("Content-Type"));

    type = str_trim(str_head(type, str_find(type, ';')));
    return header_count(headers, STR("Content-Type")) == 1 &&
           str_eq_nocase(type, STR("application/x-www-form-urlencoded"));
}

/* The slot for a parameter that we know, or NULL: others must be ignored (section 3.2). */
static struct str *
slot_of(struct token_request *r, struct str name)
{
    if (str_eq(name, STR("grant_type")))
        return &r->grant_type;
    if (str_eq(name, STR("scope")))
        return &r->scope;
    if (str_eq(name, STR("client_id")))
        return &r->client_id;
    return str_eq(name, STR("client_secret")) ? &r->client_secret : NULL;
}

static bool
comes_twice(const struct str *names, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (str_eq(names[i], names[n]))
            return true;
    return false;
}

static bool
read_form(struct arena *a, struct str body, struct token_request *out)
{
    struct str names[PARAMETERS_MOST], rest = body, pair, value, *slot;

    for (unsigned n = 0; str_split(&rest, '&', &pair); n++) {
        size_t equals = str_find(pair, '=');

        if (n == PARAMETERS_MOST || equals == 0 || equals == pair.n ||
            !uri_decode(a, str_head(pair, equals), true, &names[n]) ||
            !uri_decode(a, str_from(pair, equals + 1), true, &value) || comes_twice(names, n))
            return false;
        slot = slot_of(out, names[n]);
        if (slot)
            *slot = value;
    }
    return true;
}

/* base64 with its padding, into the other alphabet without. */
static bool
decode_basic(struct arena *a, struct str text, struct str *out)
{
    char *p = arena_alloc(a, text.n + 1);

    if (!p || text.n % 4 != 0)
        return false;
    for (unsigned i = 0; i < 2 && text.n > 0 && text.p[text.n - 1] == '='; i++)
        text.n--;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '-' || c == '_')
            return false;
        p[i] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return base64url_decode_dup(a, (struct str){p, text.n}, out);
}

/* Section 2.3.1: both halves are form-encoded before they are joined. */
static bool
read_basic(struct arena *a, struct str header, struct str *id, struct str *secret)
{
    struct str text = str_trim(header), scheme = STR("Basic"), pair;
    size_t colon;

    if (!str_eq_nocase(str_head(text, str_find(text, ' ')), scheme) ||
        !decode_basic(a, str_trim(str_from(text, scheme.n)), &pair))
        return false;
    colon = str_find(pair, ':');
    return colon > 0 && colon < pair.n && uri_decode(a, str_head(pair, colon), true, id) &&
           uri_decode(a, str_from(pair, colon + 1), true, secret);
}

static enum token_error
read_credentials(struct arena *a, struct headers headers, struct token_request *out,
                 const char **why)
{
    const struct header *authorization = header_find(headers, STR("Authorization"));
    struct str id, secret;

    if (!authorization) {
        *why = "the client's name or secret is missing";
        return out->client_id.n && out->client_secret.n ? TOKEN_OK : TOKEN_INVALID_CLIENT;
    }
    *why = "the client authenticates in more than one way";
    if (header_count(headers, STR("Authorization")) > 1 || out->client_secret.n)
        return TOKEN_INVALID_REQUEST;
    *why = "the Authorization header is not Basic credentials";
    if (!read_basic(a, authorization->value, &id, &secret))
        return TOKEN_INVALID_CLIENT;
    *why = "client_id is not the client of the Authorization header";
    if (out->client_id.n && !str_eq(out->client_id, id))
        return TOKEN_INVALID_REQUEST;
    out->client_id = id;
    out->client_secret = secret;
    return TOKEN_OK;
}

enum token_error
token_request_read(struct arena *a, struct headers headers, struct str body,
                   struct token_request *out, const char **why)
{
    enum token_error error;

    *out = (struct token_request){0};
    *why = "the Content-Type must be application/x-www-form-urlencoded";
    if (!is_form(headers))
        return TOKEN_INVALID_REQUEST;
    *why = "the body is not a form, is too long, or has a parameter twice";
    if (body.n > TOKEN_REQUEST_MAX || !read_form(a, body, out))
        return TOKEN_INVALID_REQUEST;
    error = read_credentials(a, headers, out, why);
    if (error != TOKEN_OK)
        return error;
    *why = "grant_type is missing";
    return out->grant_type.n ? TOKEN_OK : TOKEN_INVALID_REQUEST;
}
