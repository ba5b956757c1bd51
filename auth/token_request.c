/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form and the credentials of a token request. */
#include "auth/token_request.h"

#include "auth/base64url.h"
#include "base/uri.h"

#define PARAMETERS_MOST 32

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

static const struct {
    const char *name;
    unsigned status;
} errors[] = {
    [TOKEN_OK] = {NULL, 200},
    [TOKEN_INVALID_REQUEST] = {"invalid_request", 400},
    [TOKEN_INVALID_CLIENT] = {"invalid_client", 401},
    [TOKEN_INVALID_SCOPE] = {"invalid_scope", 400},
    [TOKEN_INVALID_TARGET] = {"invalid_target", 400},
    [TOKEN_UNAUTHORIZED_CLIENT] = {"unauthorized_client", 400},
    [TOKEN_UNSUPPORTED_GRANT] = {"unsupported_grant_type", 400},
    [TOKEN_THROTTLED] = {"temporarily_unavailable", 429},
    [TOKEN_UNAVAILABLE] = {"temporarily_unavailable", 503},
};

const char *
token_error_name(enum token_error e)
{
    return errors[e].name;
}

unsigned
token_error_status(enum token_error e)
{
    return errors[e].status;
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

struct form {
    struct token_request *request;
    struct str secret; /* client_secret, which must not be there */
};

/* The slot for a parameter that we know, or NULL: others must be ignored (section 3.2). */
static struct str *
slot_of(struct form *f, struct str name)
{
    struct token_request *r = f->request;
    const struct {
        const char *name;
        struct str *slot;
    } known[] = {{"grant_type", &r->grant_type},
                 {"scope", &r->scope},
                 {"client_id", &r->client_id},
                 {"client_secret", &f->secret},
                 {"client_assertion", &r->assertion},
                 {"client_assertion_type", &r->assertion_type},
                 {"audience", &r->audience},
                 {"resource", &r->resource},
                 {"subject_token", &r->subject_token},
                 {"subject_token_type", &r->subject_token_type},
                 {"actor_token", &r->actor_token},
                 {"requested_token_type", &r->requested_token_type},
                 {"token", &r->token}};

    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(name, str_of(known[i].name)))
            return known[i].slot;
    return NULL;
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
read_form(struct arena *a, struct str body, struct form *out)
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

/* The Authorization header; nothing of the form may say otherwise. */
static enum token_error
read_authorization(struct arena *a, struct headers headers, struct token_request *out,
                   const char **why)
{
    struct str id, secret;

    *why = "the client authenticates in more than one way";
    if (header_count(headers, STR("Authorization")) > 1 || out->assertion.n)
        return TOKEN_INVALID_REQUEST;
    *why = "the Authorization header is not Basic credentials";
    if (!read_basic(a, header_value(headers, STR("Authorization")), &id, &secret))
        return TOKEN_INVALID_CLIENT;
    *why = "client_id is not the client of the Authorization header";
    if (out->client_id.n && !str_eq(out->client_id, id))
        return TOKEN_INVALID_REQUEST;
    out->credentials = CREDENTIALS_BASIC;
    out->client_id = id;
    out->client_secret = secret;
    return TOKEN_OK;
}

static enum token_error
read_credentials(struct arena *a, struct headers headers, const struct form *form, const char **why)
{
    struct token_request *out = form->request;
    bool basic = header_find(headers, STR("Authorization"));

    *why = "the client authenticates in more than one way";
    if (form->secret.n && (basic || out->assertion.n))
        return TOKEN_INVALID_REQUEST;
    *why = "a client_secret in the form is not accepted; send it in the Authorization header";
    if (form->secret.n)
        return TOKEN_INVALID_CLIENT;
    if (basic)
        return read_authorization(a, headers, out, why);
    *why = "client_assertion_type must be " ASSERTION_TYPE;
    if (out->assertion.n || out->assertion_type.n) {
        out->credentials = CREDENTIALS_ASSERTION;
        return str_eq(out->assertion_type, STR(ASSERTION_TYPE)) ? TOKEN_OK : TOKEN_INVALID_REQUEST;
    }
    *why = "the client's credentials are missing";
    return out->client_id.n ? TOKEN_OK : TOKEN_INVALID_CLIENT;
}

enum token_error
token_request_read(struct arena *a, struct headers headers, struct str body,
                   struct token_request *out, const char **why)
{
    struct form form = {.request = out};

    *out = (struct token_request){0};
    *why = "the Content-Type must be application/x-www-form-urlencoded";
    if (!is_form(headers))
        return TOKEN_INVALID_REQUEST;
    *why = "the body is not a form, is too long, or has a parameter twice";
    if (body.n > TOKEN_REQUEST_MAX || !read_form(a, body, &form))
        return TOKEN_INVALID_REQUEST;
    return read_credentials(a, headers, &form, why);
}
