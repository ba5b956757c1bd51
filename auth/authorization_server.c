/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The endpoints are the rows of endpoints[]; the token endpoint's parts follow RFC 6749. */
#include "auth/authorization_server.h"

#include "auth/issue.h"
#include "auth/token_request.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>

#define SCOPE_MOST  4000
#define ANSWER_MOST 65536

struct authorization_server {
    struct authorization_server_settings settings;
};

struct call {
    const struct authorization_server *as;
    const struct oauth_request *request;
    struct arena *arena;
    int64_t now;
    struct oauth_answer *answer;
    struct fault *fault;
};

struct authorization_server *
authorization_server_new(const struct authorization_server_settings *s)
{
    struct authorization_server *as = calloc(1, sizeof *as);

    if (as) {
        as->settings = *s;
        return as;
    }
    signing_key_free(s->key);
    clients_free(s->clients);
    return NULL;
}

void
authorization_server_free(struct authorization_server *as)
{
    if (!as)
        return;
    signing_key_free(as->settings.key);
    clients_free(as->settings.clients);
    free(as);
}

const struct authorization_server_settings *
authorization_server_settings(const struct authorization_server *as)
{
    return &as->settings;
}

static void
add_header(struct oauth_answer *answer, struct str name, struct str value)
{
    answer->headers[answer->header_count++] = (struct header){name, value};
}

/* Ends an answer: its JSON goes into the arena. */
static enum fault_code
finish(struct call *c, unsigned status, struct buf *json)
{
    c->answer->status = status;
    add_header(c->answer, STR("Content-Type"), STR("application/json"));
    if (!json->failed)
        c->answer->body = arena_dup(c->arena, buf_view(json));
    buf_fini(json);
    return c->answer->body.p ? FAULT_NONE : fault_set(c->fault, FAULT_MEMORY, "out of memory");
}

static void
put_text(struct buf *b, const char *name, struct str text)
{
    if (b->n > 1)
        buf_put_char(b, ',');
    buf_printf(b, "\"%s\":", name);
    json_write_string(b, text);
}

static enum fault_code
answer_error(struct call *c, enum token_error error, const char *why)
{
    struct buf b;

    c->answer->error = token_error_name(error);
    if (error == TOKEN_INVALID_CLIENT)
        add_header(c->answer, STR("WWW-Authenticate"), STR("Basic realm=\"oauth2\""));
    buf_init(&b, ANSWER_MOST);
    buf_put_char(&b, '{');
    put_text(&b, "error", str_of(c->answer->error));
    put_text(&b, "error_description", str_of(why));
    buf_put_char(&b, '}');
    return finish(c, error == TOKEN_INVALID_CLIENT ? 401 : 400, &b);
}

static bool
has_word(struct str text, struct str word)
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
        if (one.n == 0 || has_word(buf_view(granted), one))
            continue;
        if (!client_has_scope(client, one))
            return false;
        if (granted->n)
            buf_put_char(granted, ' ');
        buf_str(granted, one);
    }
    return !granted->failed;
}

static int64_t
lifetime_of(const struct authorization_server *as, const struct client *client)
{
    return client->lifetime ? client->lifetime : as->settings.lifetime;
}

static enum fault_code
make_token(const struct authorization_server *as, const struct client *client, struct str scope,
           int64_t now, struct buf *token, char jti[23], struct fault *f)
{
    struct issue_claims claims = {
        .issuer = as->settings.issuer,
        .subject = client->name,
        .client_id = client->name,
        .audience = client->audience.n ? client->audience : as->settings.audience,
        .scope = scope,
        .issued_at = now / 1000000,
        .lifetime = lifetime_of(as, client),
    };

    return issue_token(as->settings.key, &claims, token, jti, f);
}

static enum fault_code
answer_token(struct call *c, const struct client *client, struct str scope)
{
    struct buf b;
    enum fault_code code;

    buf_init(&b, ANSWER_MOST);
    buf_str(&b, STR("{\"access_token\":\""));
    code = make_token(c->as, client, scope, c->now, &b, c->answer->jti, c->fault);
    if (code != FAULT_NONE) {
        buf_fini(&b);
        return code;
    }
    buf_printf(&b, "\",\"token_type\":\"Bearer\",\"expires_in\":%lld",
               (long long)lifetime_of(c->as, client));
    if (scope.n)
        put_text(&b, "scope", scope);
    buf_put_char(&b, '}');
    return finish(c, 200, &b);
}

/* RFC 6749 section 4.4: POST /oauth2/token. */
static enum fault_code
token_endpoint(struct call *c)
{
    const struct clients *clients = c->as->settings.clients;
    const struct client *client;
    struct token_request asked;
    const char *why = "";
    enum token_error error;
    struct buf scope;
    enum fault_code code;

    add_header(c->answer, STR("Cache-Control"), STR("no-store"));
    error = token_request_read(c->arena, c->request->headers, c->request->body, &asked, &why);
    c->answer->client_id = asked.client_id;
    if (error != TOKEN_OK)
        return answer_error(c, error, why);
    client = clients_find(clients, asked.client_id);
    if (!client_proves(client, asked.client_secret))
        return answer_error(c, TOKEN_INVALID_CLIENT, "the client or its secret is wrong");
    if (!str_eq(asked.grant_type, STR("client_credentials")))
        return answer_error(c, TOKEN_UNSUPPORTED_GRANT, "the grant is not client_credentials");
    buf_init(&scope, SCOPE_MOST);
    if (grant_scopes(client, asked.scope, &scope))
        code = answer_token(c, client, buf_view(&scope));
    else
        code = answer_error(c, TOKEN_INVALID_SCOPE, "the client may not have this scope");
    buf_fini(&scope);
    return code;
}

/* GET /oauth2/jwks. */
static enum fault_code
jwks_endpoint(struct call *c)
{
    struct buf b;

    add_header(c->answer, STR("Cache-Control"), STR("public, max-age=300"));
    buf_init(&b, ANSWER_MOST);
    buf_str(&b, STR("{\"keys\":["));
    buf_str(&b, c->as->settings.key->jwk);
    buf_str(&b, STR("]}"));
    return finish(c, 200, &b);
}

static void
put_url(struct buf *b, const char *name, struct str issuer, const char *path)
{
    char url[1200];

    snprintf(url, sizeof url, "%.*s%s", STR_ARG(issuer), path);
    put_text(b, name, str_of(url));
}

/* RFC 8414 section 3. */
static enum fault_code
metadata_endpoint(struct call *c)
{
    const struct authorization_server_settings *s = &c->as->settings;
    struct buf b;

    add_header(c->answer, STR("Cache-Control"), STR("public, max-age=300"));
    buf_init(&b, ANSWER_MOST);
    buf_put_char(&b, '{');
    put_text(&b, "issuer", s->issuer);
    put_url(&b, "token_endpoint", s->issuer, "/oauth2/token");
    put_url(&b, "jwks_uri", s->issuer, "/oauth2/jwks");
    buf_str(&b, STR(",\"grant_types_supported\":[\"client_credentials\"],"
                    "\"response_types_supported\":[],"
                    "\"token_endpoint_auth_methods_supported\":"
                    "[\"client_secret_basic\",\"client_secret_post\"]}"));
    return finish(c, 200, &b);
}

static const struct endpoint {
    const char *path;
    const char *method;
    enum fault_code (*answer)(struct call *c);
} endpoints[] = {
    {"/oauth2/token", "POST", token_endpoint},
    {"/oauth2/jwks", "GET", jwks_endpoint},
    {"/.well-known/oauth-authorization-server", "GET", metadata_endpoint},
};

static const struct endpoint *
find_endpoint(struct str path)
{
    for (unsigned i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        if (str_eq(path, str_of(endpoints[i].path)))
            return &endpoints[i];
    return NULL;
}

bool
authorization_server_owns(struct str path)
{
    return find_endpoint(path) != NULL;
}

static bool
accepts(const struct endpoint *e, struct str method)
{
    return str_eq(method, str_of(e->method)) ||
           (str_eq(method, STR("HEAD")) && strcmp(e->method, "GET") == 0);
}

enum fault_code
authorization_server_answer(const struct authorization_server *as,
                            const struct oauth_request *request, struct arena *a, int64_t now,
                            struct oauth_answer *answer, struct fault *f)
{
    const struct endpoint *e = find_endpoint(request->path);
    struct call c = {as, request, a, now, answer, f};

    *answer = (struct oauth_answer){0};
    if (!e)
        return fault_set(f, FAULT_NOT_FOUND, "no such endpoint");
    if (accepts(e, request->method))
        return e->answer(&c);
    answer->status = 405;
    add_header(answer, STR("Allow"),
               strcmp(e->method, "GET") == 0 ? STR("GET, HEAD") : STR("POST"));
    return FAULT_NONE;
}

enum fault_code
authorization_server_mint(const struct authorization_server *as, struct str name, struct str scope,
                          struct arena *a, int64_t now, struct str *token, struct fault *f)
{
    const struct client *client = clients_find(as->settings.clients, name);
    struct buf granted, text;
    enum fault_code code;
    char jti[23];

    if (!client)
        return fault_set(f, FAULT_INVALID_PARAMETER, "there is no client of that name");
    buf_init(&granted, SCOPE_MOST);
    buf_init(&text, ANSWER_MOST);
    if (grant_scopes(client, scope, &granted))
        code = make_token(as, client, buf_view(&granted), now, &text, jti, f);
    else
        code = fault_set(f, FAULT_INVALID_PARAMETER, "the client may not have this scope");
    if (code == FAULT_NONE) {
        *token = arena_dup(a, buf_view(&text));
        if (!token->p)
            code = fault_set(f, FAULT_MEMORY, "out of memory");
    }
    buf_fini(&granted);
    buf_fini(&text);
    return code;
}
