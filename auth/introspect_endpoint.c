/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * POST /oauth2/introspect (RFC 7662): what one of our tokens says, to its client, or to a client
 * that may introspect tokens for that audience. Of any other token, and to anybody else, no more
 * than that it is not active.
 */
#include "auth/oauth_call.h"

#include "base/json.h"

static bool
may_see(const struct oauth_call *c, const struct own_token *t)
{
    const struct client *client = c->client;

    for (unsigned i = 0; i < client->introspect_count; i++)
        if (str_eq(client->introspects[i], t->audience))
            return true;
    return str_eq(t->client_id, client->name);
}

static void
put_token(const struct oauth_call *c, const struct own_token *t, struct buf *b)
{
    const struct value *bound = value_get(&t->jwt.claims, STR("cnf"));

    buf_str(b, STR("{\"active\":true"));
    oauth_text(b, "iss", c->settings->issuer);
    oauth_text(b, "client_id", t->client_id);
    oauth_text(b, "sub", t->subject);
    oauth_text(b, "aud", t->audience);
    if (t->scope.n)
        oauth_text(b, "scope", t->scope);
    oauth_text(b, "jti", t->jti);
    oauth_number(b, "iat", t->issued);
    oauth_number(b, "exp", t->expires);
    oauth_text(b, "token_type", STR("Bearer"));
    if (t->actor) {
        buf_str(b, STR(",\"act\":"));
        json_write(b, t->actor);
    }
    if (bound) {
        buf_str(b, STR(",\"cnf\":"));
        json_write(b, bound);
    }
    buf_put_char(b, '}');
}

enum fault_code
oauth_introspect_endpoint(struct oauth_call *c)
{
    struct own_token t;
    const char *why = "";
    enum token_error error = oauth_authenticate(c, &why);
    struct buf b;

    if (error != TOKEN_OK)
        return oauth_error(c, error, why);
    if (c->asked.token.n == 0)
        return oauth_error(c, TOKEN_INVALID_REQUEST, "token is missing");
    buf_init(&b, OAUTH_ANSWER_MOST);
    if (oauth_own_token(c, c->asked.token, &t) == OWN_TOKEN_ACTIVE && may_see(c, &t)) {
        oauth_names(c, &t);
        put_token(c, &t, &b);
    } else {
        buf_str(&b, STR("{\"active\":false}"));
    }
    return oauth_finish(c, 200, &b);
}
