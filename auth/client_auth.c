/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/client_auth.h"

#include "auth/assertion.h"

#define SECOND 1000000

/* Nobody learns whether it is the name or the secret. */
static const char refused[] = "the client or its credentials are wrong";

static enum token_error
by_secret(const struct client_auth *c, const struct client *client, struct str secret,
          const char **why)
{
    switch (secret_check(client->secret, secret, c->peer, c->io, c->now)) {
    case PROOF_GOOD: return TOKEN_OK;
    case PROOF_WRONG: *why = refused; return TOKEN_INVALID_CLIENT;
    case PROOF_THROTTLED:
        *why = "too many wrong secrets from this address; try again in a second";
        return TOKEN_THROTTLED;
    case PROOF_BUSY: break;
    }
    *why = "the secret cannot be checked at the moment";
    return TOKEN_UNAVAILABLE;
}

static bool
has_dns_name(const struct client_certificate *certificate, struct str name)
{
    for (unsigned i = 0; i < certificate->dns_count; i++)
        if (str_eq_nocase(certificate->dns_names[i], name))
            return true;
    return false;
}

static bool
is_own_certificate(const struct client *client, const struct client_certificate *certificate)
{
    if (client->method == CLIENT_BY_SUBJECT)
        return certificate->verified &&
               (client->subject_dn.n ? str_eq(client->subject_dn, certificate->subject)
                                     : has_dns_name(certificate, client->dns_name));
    for (unsigned i = 0; i < client->thumbprint_count; i++)
        if (str_eq(client->thumbprints[i], certificate->thumbprint))
            return true;
    return false;
}

static enum token_error
by_certificate(const struct client_auth *c, const struct client *client, const char **why)
{
    *why = c->certificate ? refused : "the client's credentials are missing";
    return c->certificate && is_own_certificate(client, c->certificate) ? TOKEN_OK
                                                                        : TOKEN_INVALID_CLIENT;
}

/* RFC 7523 section 3, number 7: a `jti` is used once. What was made before this process began may
 * have been used in the one before. */
static enum token_error
use_once(const struct client_auth *c, const struct assertion *a, const char **why)
{
    struct str id = arena_printf(c->arena, "client_assertion %zu %.*s %.*s", a->client.n,
                                 STR_ARG(a->client), STR_ARG(a->jti));
    uint8_t hash[32];

    *why = "the client assertion is older than this server; make a new one";
    if (a->issued * SECOND + 2 * SECOND < replay_since(c->replay))
        return TOKEN_INVALID_CLIENT;
    *why = "the client assertion cannot be checked at the moment";
    if (!id.p || !signature_sha256(id, hash))
        return TOKEN_UNAVAILABLE;
    switch (replay_check(c->replay, hash, a->acceptable * SECOND, c->now)) {
    case REPLAY_NEW: return TOKEN_OK;
    case REPLAY_SEEN: *why = "the client assertion was used before"; return TOKEN_INVALID_CLIENT;
    case REPLAY_FULL: break;
    }
    return TOKEN_UNAVAILABLE;
}

static enum token_error
by_assertion(const struct client_auth *c, const struct client *client, const struct assertion *a,
             const char **why)
{
    *why = assertion_verify(a, client->keys);
    return *why ? TOKEN_INVALID_CLIENT : use_once(c, a, why);
}

static bool
fits(enum token_credentials credentials, enum client_method method)
{
    switch (method) {
    case CLIENT_BY_SECRET: return credentials == CREDENTIALS_BASIC;
    case CLIENT_BY_KEYS: return credentials == CREDENTIALS_ASSERTION;
    case CLIENT_BY_SUBJECT:
    case CLIENT_BY_CERTIFICATE: return credentials == CREDENTIALS_CERTIFICATE;
    }
    return false;
}

/* The name that the request gives itself, and what its assertion says, if it has one. */
static const char *
name_client(const struct client_auth *c, const struct token_request *asked, struct assertion *a,
            struct str *name)
{
    const char *wrong;

    *name = asked->client_id;
    if (asked->credentials != CREDENTIALS_ASSERTION)
        return NULL;
    wrong = assertion_read(c->arena, asked->assertion, c->audiences, c->audience_count,
                           c->now / SECOND, a);
    if (!wrong && name->n && !str_eq(*name, a->client))
        wrong = "client_id is not the client of the assertion";
    if (!wrong)
        *name = a->client;
    return wrong;
}

enum token_error
client_auth_check(const struct client_auth *c, const struct token_request *asked,
                  const struct client **found, const char **why)
{
    const struct client *client;
    struct assertion assertion;
    struct str name;

    *found = NULL;
    *why = name_client(c, asked, &assertion, &name);
    if (*why)
        return TOKEN_INVALID_CLIENT;
    client = *found = clients_find(c->clients, name);
    *why = refused;
    if (!client || client->disabled || !fits(asked->credentials, client->method))
        return TOKEN_INVALID_CLIENT;
    *why = "the client may not ask from this address";
    if (client->network_count && !networks_hold(client->networks, client->network_count, c->peer))
        return TOKEN_INVALID_CLIENT;
    switch (client->method) {
    case CLIENT_BY_SECRET: return by_secret(c, client, asked->client_secret, why);
    case CLIENT_BY_KEYS: return by_assertion(c, client, &assertion, why);
    case CLIENT_BY_SUBJECT:
    case CLIENT_BY_CERTIFICATE: return by_certificate(c, client, why);
    }
    return TOKEN_INVALID_CLIENT;
}
