/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * POST /oauth2/token. A grant (a row of grants[]) decides what the token will say; it is made in
 * one place.
 */
#include "auth/token_grant.h"

#define SCOPE_MOST 4000

bool
token_grant_has(struct str text, struct str word)
{
    struct str rest = text, one;

    while (str_split(&rest, ' ', &one))
        if (str_eq(one, word))
            return true;
    return false;
}

/* The scopes that the token gets, each once: those asked for, or all. False: one is not allowed,
 * or they are too many. */
static bool
grant_scopes(const struct client *client, struct str asked, struct buf *granted)
{
    struct str rest = asked, one;

    for (unsigned i = 0; asked.n == 0 && i < client->scope_count; i++) {
        if (i)
            buf_put_char(granted, ' ');
        buf_str(granted, client->scopes[i]);
    }
    while (asked.n && str_split(&rest, ' ', &one)) {
        if (one.n == 0 || token_grant_has(buf_view(granted), one))
            continue;
        if (!client_has_scope(client, one))
            return false;
        if (granted->n)
            buf_put_char(granted, ' ');
        buf_str(granted, one);
    }
    return !granted->failed;
}

/* The audience that was asked for (RFC 8693 section 2.1, RFC 8707 section 2), or the client's own,
 * which *out is. False: the client may not have it. */
static bool
choose_audience(const struct oauth_call *c, struct str *out)
{
    const struct token_request *asked = &c->asked;
    struct str wanted = asked->audience.n ? asked->audience : asked->resource;

    if (asked->audience.n && asked->resource.n && !str_eq(asked->audience, asked->resource))
        return false;
    if (wanted.n == 0 || str_eq(wanted, *out))
        return true;
    for (unsigned i = 0; i < c->client->audience_count; i++)
        if (str_eq(c->client->audiences[i], wanted)) {
            *out = wanted;
            return true;
        }
    return false;
}

/* What the token will say of the client; the grant adds whose it is and how far it goes. */
static struct issue_claims
claims_for(const struct oauth_call *c)
{
    const struct client *client = c->client;

    return (struct issue_claims){
        .issuer = c->settings->issuer,
        .subject = client->name,
        .client_id = client->name,
        .audience = client->audience_count ? client->audiences[0] : c->settings->audience,
        .issued_at = c->now / 1000000,
        .lifetime = client->lifetime ? client->lifetime : c->settings->lifetime,
    };
}

static enum fault_code
sign(struct oauth_call *c, const struct issue_claims *claims, struct buf *out, char jti[23])
{
    return issue_token(keyring_signer(c->keys, claims->issued_at), claims, out, jti, c->fault);
}

/* The record of this call names what was issued. */
static void
name_token(struct oauth_call *c, const struct issue_claims *claims, const char *jti)
{
    struct own_token t = {.subject = arena_dup(c->arena, claims->subject),
                          .jti = arena_dup(c->arena, str_of(jti)),
                          .scope = arena_dup(c->arena, claims->scope),
                          .audience = arena_dup(c->arena, claims->audience),
                          .thumbprint = claims->thumbprint};

    t.key_id = arena_dup(c->arena, str_of(keyring_signer(c->keys, claims->issued_at)->kid));
    oauth_names(c, &t);
}

/* RFC 6749 section 5.1. */
static enum fault_code
answer_token(struct oauth_call *c, const struct issue_claims *claims)
{
    char jti[23];
    struct buf b;
    enum fault_code code;

    buf_init(&b, OAUTH_ANSWER_MOST);
    buf_str(&b, STR("{\"access_token\":\""));
    code = sign(c, claims, &b, jti);
    if (code != FAULT_NONE) {
        buf_fini(&b);
        return code;
    }
    name_token(c, claims, jti);
    buf_str(&b, STR("\",\"token_type\":\"Bearer\""));
    oauth_number(&b, "expires_in", claims->lifetime);
    if (claims->scope.n)
        oauth_text(&b, "scope", claims->scope);
    if (claims->actor.n) /* RFC 8693 section 2.2.1 */
        oauth_text(&b, "issued_token_type", STR("urn:ietf:params:oauth:token-type:access_token"));
    buf_put_char(&b, '}');
    return oauth_finish(c, 200, &b);
}

/* A token bound to the certificate of the connection (RFC 8705 section 3), for a client that is
 * configured so. */
static enum token_error
bind_token(struct oauth_call *c, struct issue_claims *claims, const char **why)
{
    if (!c->client->certificate_bound)
        return TOKEN_OK;
    *why = "the client's tokens are bound to its certificate, and the connection has none";
    if (!c->request->certificate)
        return TOKEN_INVALID_REQUEST;
    claims->thumbprint = c->request->certificate->thumbprint;
    return TOKEN_OK;
}

/* RFC 6749 section 4.4. */
static enum token_error
client_credentials(struct oauth_call *c, struct issue_claims *claims, struct buf *scope,
                   const char **why)
{
    *why = "the client may not have this scope";
    if (!grant_scopes(c->client, c->asked.scope, scope))
        return TOKEN_INVALID_SCOPE;
    claims->scope = buf_view(scope);
    return TOKEN_OK;
}

static const struct grant {
    const char *type;
    enum client_grant bit;
    token_grant *decide;
} grants[] = {
    {"client_credentials", GRANT_CLIENT_CREDENTIALS, client_credentials},
    {"urn:ietf:params:oauth:grant-type:token-exchange", GRANT_TOKEN_EXCHANGE, token_exchange},
};

static const struct grant *
find_grant(struct str type)
{
    for (unsigned i = 0; i < sizeof grants / sizeof *grants; i++)
        if (str_eq(type, str_of(grants[i].type)))
            return &grants[i];
    return NULL;
}

static enum token_error
decide(struct oauth_call *c, struct issue_claims *claims, struct buf *scope, const char **why)
{
    const struct grant *grant = find_grant(c->asked.grant_type);
    enum token_error error;

    *why = "grant_type is missing";
    if (c->asked.grant_type.n == 0)
        return TOKEN_INVALID_REQUEST;
    *why = "the grant is none that is offered here";
    if (!grant)
        return TOKEN_UNSUPPORTED_GRANT;
    *why = "the client may not use this grant";
    if (!(c->client->grants & grant->bit))
        return TOKEN_UNAUTHORIZED_CLIENT;
    *claims = claims_for(c);
    *why = "the client may not have tokens for this audience";
    if (!choose_audience(c, &claims->audience))
        return TOKEN_INVALID_TARGET;
    error = bind_token(c, claims, why);
    return error == TOKEN_OK ? grant->decide(c, claims, scope, why) : error;
}

enum fault_code
oauth_token_endpoint(struct oauth_call *c)
{
    struct issue_claims claims;
    enum token_error error;
    enum fault_code code;
    const char *why = "";
    struct buf scope;

    error = oauth_authenticate(c, &why);
    if (error != TOKEN_OK)
        return oauth_error(c, error, why);
    buf_init(&scope, SCOPE_MOST);
    error = decide(c, &claims, &scope, &why);
    code = error == TOKEN_OK ? answer_token(c, &claims) : oauth_error(c, error, why);
    buf_fini(&scope);
    return code;
}

enum fault_code
oauth_mint(struct oauth_call *c, struct str asked, struct buf *token, enum token_error *error)
{
    struct issue_claims claims = claims_for(c);
    enum fault_code code = FAULT_NONE;
    struct buf scope;
    char jti[23];

    buf_init(&scope, SCOPE_MOST);
    if (!grant_scopes(c->client, asked, &scope))
        *error = TOKEN_INVALID_SCOPE;
    claims.scope = buf_view(&scope);
    if (*error == TOKEN_OK)
        code = sign(c, &claims, token, jti);
    buf_fini(&scope);
    return code;
}
