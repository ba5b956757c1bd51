/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/own_token.h"

#include "auth/audit_hash.h"

#define SECOND 1000000

static struct str
text_of(const struct own_token *t, const char *name)
{
    const struct value *v = value_get(&t->jwt.claims, str_of(name));

    return v && v->kind == VALUE_STRING && v->n ? value_text(v) : STR_NONE;
}

static bool
number_of(const struct own_token *t, const char *name, int64_t *out)
{
    const struct value *v = value_get(&t->jwt.claims, str_of(name));

    return v && v->kind == VALUE_NUMBER && number_to_i64(value_text(v), out);
}

static bool
is_signed(const struct own_token *t, const struct keyring *keys, int64_t now)
{
    const struct signing_key *key = keyring_find(keys, t->jwt.key_id, now / SECOND);

    return key && str_eq(t->jwt.algorithm, str_of(algorithm_name(key->algorithm))) &&
           str_eq_nocase(t->jwt.type, STR("at+jwt")) &&
           signing_key_verify(key, t->jwt.signing_input, t->jwt.signature);
}

static bool
read_claims(struct own_token *t)
{
    const struct value *bound = value_get(&t->jwt.claims, STR("cnf"));
    const struct value *thumbprint = value_get(bound, STR("x5t#S256"));

    t->client_id = text_of(t, "client_id");
    t->subject = text_of(t, "sub");
    t->audience = text_of(t, "aud");
    t->scope = text_of(t, "scope");
    t->jti = text_of(t, "jti");
    t->key_id = t->jwt.key_id;
    t->bound = bound != NULL;
    if (thumbprint && thumbprint->kind == VALUE_STRING)
        t->thumbprint = value_text(thumbprint);
    t->actor = value_get(&t->jwt.claims, STR("act"));
    return t->client_id.n && t->jti.n && number_of(t, "iat", &t->issued) &&
           number_of(t, "exp", &t->expires);
}

static bool
is_revoked(const struct own_token *t, struct revocations *revocations, struct str issuer)
{
    uint8_t hash[AUDIT_HASH];
    char hex[2 * AUDIT_HASH + 1];
    struct revocable r = {.issuer = issuer,
                          .jti = t->jti,
                          .client_id = t->client_id,
                          .subject = t->subject,
                          .key_id = t->key_id,
                          .issued = t->issued};

    if (!revocations || revocations_generation(revocations) == 0)
        return false;
    audit_sha256(t->jwt.signing_input, hash);
    audit_hex(hash, hex);
    r.hash = str_of(hex);
    return revocations_hold(revocations, &r);
}

enum own_token_state
own_token_read(struct arena *a, const struct keyring *keys, struct str issuer,
               struct revocations *revocations, struct str text, int64_t now, struct own_token *out)
{
    *out = (struct own_token){0};
    if (jwt_parse(a, text, &out->jwt) != REASON_NONE || !is_signed(out, keys, now) ||
        !str_eq(text_of(out, "iss"), issuer) || !read_claims(out))
        return OWN_TOKEN_FOREIGN;
    if (now / SECOND >= out->expires)
        return OWN_TOKEN_EXPIRED;
    return is_revoked(out, revocations, issuer) ? OWN_TOKEN_REVOKED : OWN_TOKEN_ACTIVE;
}
