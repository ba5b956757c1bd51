/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Token exchange (RFC 8693), downwards only: a client that was called with one of our tokens gets
 * one that says the same subject, and itself as the actor; with scopes that both the token and the
 * client have, for an audience of the client, and for no longer. Nothing else is offered.
 */
#include "auth/oauth_call.h"
#include "auth/token_grant.h"
#include "base/json.h"

#define TYPE_PREFIX "urn:ietf:params:oauth:token-type:"

static bool
is_access_token(struct str type)
{
    return str_eq(type, STR(TYPE_PREFIX "access_token")) || str_eq(type, STR(TYPE_PREFIX "jwt"));
}

/* Section 2.1: what is asked for is what is offered. */
static enum token_error
check_form(const struct token_request *asked, const char **why)
{
    *why = "subject_token and subject_token_type are required";
    if (asked->subject_token.n == 0 || asked->subject_token_type.n == 0)
        return TOKEN_INVALID_REQUEST;
    *why = "subject_token_type must be " TYPE_PREFIX "access_token, or jwt";
    if (!is_access_token(asked->subject_token_type))
        return TOKEN_INVALID_REQUEST;
    *why = "requested_token_type can only be " TYPE_PREFIX "access_token, or jwt";
    if (asked->requested_token_type.n && !is_access_token(asked->requested_token_type))
        return TOKEN_INVALID_REQUEST;
    *why = "an actor_token is not accepted; the actor is the client itself";
    return asked->actor_token.n ? TOKEN_INVALID_REQUEST : TOKEN_OK;
}

/* A token that is bound to a key may be exchanged by the holder of that key only: otherwise the
 * exchange would take the binding off. */
static bool
holds_key(const struct oauth_call *c, const struct own_token *t)
{
    return !t->bound || (t->thumbprint.n && c->request->certificate &&
                         str_eq(t->thumbprint, c->request->certificate->thumbprint));
}

/* Section 4.1: who acts now, and who acted before. */
static bool
write_actor(struct oauth_call *c, const struct own_token *t, struct str *out)
{
    struct buf b;

    buf_init(&b, 2048);
    buf_put_char(&b, '{');
    oauth_text(&b, "sub", c->client->name);
    if (t->actor) {
        buf_str(&b, STR(",\"act\":"));
        json_write(&b, t->actor);
    }
    buf_put_char(&b, '}');
    *out = b.failed ? STR_NONE : arena_dup(c->arena, buf_view(&b));
    buf_fini(&b);
    return out->p != NULL;
}

/* Those asked for, or all that both have. */
static bool
narrow_scopes(const struct oauth_call *c, const struct own_token *t, struct buf *scope)
{
    struct str rest = c->asked.scope.n ? c->asked.scope : t->scope, one;

    while (str_split(&rest, ' ', &one)) {
        bool both = token_grant_has(t->scope, one) && client_has_scope(c->client, one);

        if (one.n == 0 || token_grant_has(buf_view(scope), one))
            continue;
        if (!both && c->asked.scope.n)
            return false;
        if (both && scope->n)
            buf_put_char(scope, ' ');
        if (both)
            buf_str(scope, one);
    }
    return !scope->failed && (scope->n > 0 || t->scope.n == 0);
}

enum token_error
token_exchange(struct oauth_call *c, struct issue_claims *claims, struct buf *scope,
               const char **why)
{
    enum token_error error = check_form(&c->asked, why);
    struct own_token t;

    if (error != TOKEN_OK)
        return error;
    *why = "subject_token is none of our tokens, or is not valid any more";
    if (oauth_own_token(c, c->asked.subject_token, &t) != OWN_TOKEN_ACTIVE)
        return TOKEN_INVALID_REQUEST;
    *why = "subject_token is bound to a key that this client does not hold";
    if (!holds_key(c, &t))
        return TOKEN_INVALID_REQUEST;
    *why = "the token, or the client, has no such scope";
    if (!narrow_scopes(c, &t, scope))
        return TOKEN_INVALID_SCOPE;
    *why = "too many have acted for the subject already";
    if (!write_actor(c, &t, &claims->actor))
        return TOKEN_INVALID_REQUEST;
    c->answer->detail = arena_printf(c->arena, "in exchange for jti %.*s of client %.*s",
                                     STR_ARG(t.jti), STR_ARG(t.client_id));
    claims->subject = t.subject;
    claims->scope = buf_view(scope);
    if (t.thumbprint.n)
        claims->thumbprint = t.thumbprint;
    if (claims->lifetime > t.expires - claims->issued_at)
        claims->lifetime = t.expires - claims->issued_at;
    return TOKEN_OK;
}
