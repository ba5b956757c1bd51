/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks, each a function that gives a reason; steps[] is their order. */
#include "auth/verify.h"

#include "auth/claims.h"
#include "auth/jwt.h"

#define SECOND 1000000

struct check {
    const struct issuers *known;
    const struct auth_io *io;
    int64_t now; /* UTC in us */
    struct jwt jwt;
    struct issuer *issuer;
    const struct issuer_settings *pinned; /* the issuer's */
    struct principal *p;
    bool proved; /* the signature is right */
};

static const struct value *
claim(const struct check *c, const char *name)
{
    return value_get(&c->jwt.claims, str_of(name));
}

/* Which of the accepted types it is; 0 for none. */
static unsigned
type_of(const struct jwt *jwt)
{
    if (!jwt->type.p)
        return TYPE_ABSENT;
    if (str_eq_nocase(jwt->type, STR("at+jwt")))
        return TYPE_ACCESS_TOKEN;
    return str_eq_nocase(jwt->type, STR("jwt")) ? TYPE_JWT : 0;
}

static enum reason
find_issuer(struct check *c)
{
    const struct value *iss = claim(c, "iss");

    if (!iss)
        return REASON_MISSING_CLAIM;
    if (!claims_is_identifier(iss))
        return REASON_MALFORMED_CLAIM;
    for (unsigned i = 0; i < c->known->n; i++) {
        c->pinned = issuer_settings(c->known->items[i]);
        if (str_eq(c->pinned->name, value_text(iss))) {
            c->issuer = c->known->items[i];
            c->p->issuer = c->pinned->name;
            return REASON_NONE;
        }
    }
    return REASON_ISSUER_UNKNOWN;
}

/* An ID token is no access token (RFC 8725 section 3.11); `typ` tells, where the issuer sets it.
 * Where it does not: hashes of other tokens, Keycloak's claim `typ`, or a nonce without a scope. */
static enum reason
check_type(struct check *c)
{
    unsigned type = type_of(&c->jwt);
    const struct value *claimed = claim(c, "typ");

    if (!(type & c->pinned->types))
        return REASON_TOKEN_TYPE;
    if (type == TYPE_ACCESS_TOKEN)
        return REASON_NONE;
    if (claim(c, "at_hash") || claim(c, "c_hash"))
        return REASON_ID_TOKEN;
    if (claimed && claimed->kind == VALUE_STRING && !str_eq(value_text(claimed), STR("Bearer")))
        return REASON_ID_TOKEN;
    if (claim(c, "nonce") && !claim(c, "scope") && !claim(c, "scp"))
        return REASON_ID_TOKEN;
    return REASON_NONE;
}

static enum reason
check_algorithm(struct check *c)
{
    c->p->algorithm = algorithm_of(c->jwt.algorithm);
    if (c->p->algorithm == ALGORITHM_NONE)
        return REASON_ALGORITHM_UNKNOWN;
    return c->pinned->algorithms & 1u << c->p->algorithm ? REASON_NONE
                                                         : REASON_ALGORITHM_NOT_ALLOWED;
}

static enum reason
check_signature(struct check *c)
{
    struct public_key *key;
    struct jwks *set;
    enum reason r =
        issuer_find_key(c->issuer, c->jwt.key_id, c->p->algorithm, c->io, c->now, &set, &key);

    if (r != REASON_NONE)
        return r;
    r = signature_verify(key, c->p->algorithm, c->jwt.signing_input, c->jwt.signature);
    jwks_unref(set);
    c->p->key_id = c->jwt.key_id;
    c->proved = r == REASON_NONE;
    return r;
}

static struct claims
claims_of(const struct check *c)
{
    bool access_token = type_of(&c->jwt) == TYPE_ACCESS_TOKEN;

    return (struct claims){.all = &c->jwt.claims,
                           .pinned = c->pinned,
                           .now = c->now / SECOND,
                           .form = access_token ? CLAIMS_RFC9068 : CLAIMS_JWT,
                           .p = c->p};
}

static enum reason
check_claims(struct check *c)
{
    struct claims claims = claims_of(c);

    return claims_check(&claims);
}

static enum reason
name_token(struct check *c)
{
    uint8_t hash[32];

    if (!signature_sha256(c->jwt.signing_input, hash))
        return REASON_OUT_OF_MEMORY;
    str_hex(hash, sizeof hash, c->p->token_hash);
    c->p->claims = c->jwt.claims;
    return REASON_NONE;
}

typedef enum reason step(struct check *c);

static step *const steps[] = {
    find_issuer, check_type, check_algorithm, check_signature, check_claims, name_token,
};

/* What the records may say of a token that its issuer has signed and that is denied all the same.
 */
static struct principal *
describe_denied(struct check *c)
{
    struct claims claims = claims_of(c);

    if (!c->proved) {
        principal_unref(c->p);
        return NULL;
    }
    claims_describe(&claims);
    c->p->claims = c->jwt.claims;
    return c->p;
}

/* The issuer may know more of a token than its signature says: that it was revoked. */
static enum reason
confirm(struct check *c, struct str token)
{
    struct verdict v = introspection_ask(c->known->introspection, c->issuer, token, c->io, c->now);

    if (v.principal)
        c->p->cache_until = v.principal->cache_until;
    principal_unref(v.principal);
    return v.reason;
}

struct verdict
verify_token(const struct issuers *known, struct str token, const struct auth_io *io, int64_t now)
{
    struct check c = {.known = known, .io = io, .now = now};
    struct verdict v = {0};

    if (known->opaque && introspection_is_opaque(token))
        return introspection_ask(known->introspection, known->opaque, token, io, now);
    if (token.n > JWT_MAX) {
        v.reason = REASON_TOO_LONG;
        return v;
    }
    c.p = principal_new(token);
    v.reason = c.p ? jwt_parse(c.p->arena, c.p->token, &c.jwt) : REASON_OUT_OF_MEMORY;
    for (unsigned i = 0; v.reason == REASON_NONE && i < sizeof steps / sizeof *steps; i++)
        v.reason = steps[i](&c);
    if (v.reason == REASON_NONE && c.pinned->introspects && c.pinned->introspects_signed)
        v.reason = confirm(&c, token);
    if (v.reason == REASON_NONE)
        v.principal = c.p;
    else
        v.denied = describe_denied(&c);
    return v;
}

struct verdict
verify_cached(const struct issuers *known, struct token_cache *cache, struct str token,
              const struct auth_io *io, int64_t now)
{
    struct verdict v = {.principal = token_cache_find(cache, token, now), .cached = true};
    uint64_t generation;

    if (v.principal)
        return v;
    generation = token_cache_generation(cache);
    v = verify_token(known, token, io, now);
    if (v.principal)
        token_cache_add(cache, v.principal, generation, now);
    return v;
}
