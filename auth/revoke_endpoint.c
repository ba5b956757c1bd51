/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * POST /oauth2/revoke (RFC 7009). A token that is not one of ours, or is none any more, needs no
 * revoking and gets the same answer as one that did. A client revokes its own tokens only.
 */
#include "auth/oauth_call.h"

struct job { /* for the thread that may wait for the disk */
    struct revocations *revocations;
    char issuer[1024], jti[64];
    size_t issuer_size, jti_size;
    int64_t until, now;
    enum fault_code code;
};

static void
revoke(void *data)
{
    struct job *j = data;
    struct revocation one = {.kind = REVOKE_JTI,
                             .issuer = {j->issuer, j->issuer_size},
                             .id = {j->jti, j->jti_size},
                             .until = j->until};
    struct fault f;

    j->code = revocations_add(j->revocations, &one, j->now, &f);
}

/* False when it is not on the disk, or nobody could be found to write it. */
static bool
revoke_beside(struct oauth_call *c, const struct own_token *t)
{
    struct str issuer = c->settings->issuer;
    struct job j = {.revocations = c->settings->revocations,
                    .issuer_size = issuer.n,
                    .jti_size = t->jti.n,
                    .until = t->expires,
                    .now = c->now};

    if (issuer.n > sizeof j.issuer || t->jti.n > sizeof j.jti)
        return false;
    memcpy(j.issuer, issuer.p, issuer.n);
    memcpy(j.jti, t->jti.p, t->jti.n);
    return auth_io_work(c->request->io, revoke, &j, sizeof j) == FAULT_NONE && j.code == FAULT_NONE;
}

static enum fault_code
answer_done(struct oauth_call *c)
{
    struct buf b;

    buf_init(&b, 16);
    buf_str(&b, STR("{}"));
    return oauth_finish(c, 200, &b);
}

enum fault_code
oauth_revoke_endpoint(struct oauth_call *c)
{
    struct own_token t;
    const char *why = "";
    enum token_error error = oauth_authenticate(c, &why);

    if (error != TOKEN_OK)
        return oauth_error(c, error, why);
    if (c->asked.token.n == 0)
        return oauth_error(c, TOKEN_INVALID_REQUEST, "token is missing");
    if (oauth_own_token(c, c->asked.token, &t) != OWN_TOKEN_ACTIVE)
        return answer_done(c);
    oauth_names(c, &t);
    if (!str_eq(t.client_id, c->client->name))
        return oauth_error(c, TOKEN_UNAUTHORIZED_CLIENT, "the token is another client's");
    if (!revoke_beside(c, &t))
        return oauth_error(c, TOKEN_UNAVAILABLE, "the revocation could not be written down");
    return answer_done(c);
}
