/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/assertion.h"

#define LEEWAY     30
#define IDENTIFIER 256

struct check {
    const struct value *claims;
    const struct str *audiences;
    unsigned audience_count;
    int64_t now;
    struct assertion *out;
};

static struct str
text_claim(const struct check *c, const char *name)
{
    const struct value *v = value_get(c->claims, str_of(name));

    if (!v || v->kind != VALUE_STRING || !jwt_is_plain(value_text(v), IDENTIFIER))
        return STR_NONE;
    return value_text(v);
}

/* Whole seconds (RFC 7519 section 2). False when the claim is there and no such number. */
static bool
time_claim(const struct check *c, const char *name, int64_t *out, bool *given)
{
    const struct value *v = value_get(c->claims, str_of(name));
    uint64_t n;

    *given = v != NULL;
    if (!v)
        return true;
    if (v->kind != VALUE_NUMBER || !str_to_u64(value_text(v), &n) || n > INT64_MAX / 2)
        return false;
    *out = (int64_t)n;
    return true;
}

static const char *
check_type(struct check *c)
{
    struct str type = c->out->jwt.type;

    /* An access token, or any other typed token, is no assertion (RFC 8725 section 3.11). */
    if (!type.p || str_eq_nocase(type, STR("jwt")) ||
        str_eq_nocase(type, STR("client-authentication+jwt")))
        return NULL;
    return "the client assertion's `typ` is of another kind of token";
}

static const char *
check_client(struct check *c)
{
    struct str issuer = text_claim(c, "iss");

    c->out->client = text_claim(c, "sub");
    if (c->out->client.n == 0 || !str_eq(issuer, c->out->client))
        return "the client assertion's `iss` and `sub` must both be the client";
    return NULL;
}

static bool
is_audience(const struct check *c, const struct value *v)
{
    for (unsigned i = 0; i < c->audience_count; i++)
        if (v->kind == VALUE_STRING && str_eq(value_text(v), c->audiences[i]))
            return true;
    return false;
}

/* Each of a list must be ours: an assertion that others could take, too, could be theirs. */
static const char *
check_audience(struct check *c)
{
    static const char wrong[] =
        "the client assertion's `aud` must be the issuer, or the endpoint's URL, and nothing else";
    const struct value *aud = value_get(c->claims, STR("aud"));
    const struct value *items = aud;
    unsigned n = 1;

    if (aud && aud->kind == VALUE_ARRAY) {
        items = aud->items;
        n = aud->n;
    }
    if (!aud || n == 0)
        return wrong;
    for (unsigned i = 0; i < n; i++)
        if (!is_audience(c, &items[i]))
            return wrong;
    return NULL;
}

static const char *
check_times(struct check *c)
{
    int64_t start = 0;
    bool expires, has_issued, has_start;

    if (!time_claim(c, "exp", &c->out->expires, &expires) || !expires ||
        !time_claim(c, "iat", &c->out->issued, &has_issued) || !has_issued ||
        !time_claim(c, "nbf", &start, &has_start))
        return "the client assertion needs `exp` and `iat`, in whole seconds";
    if (c->now >= c->out->expires + LEEWAY)
        return "the client assertion has expired";
    if (c->out->expires - c->now > ASSERTION_LIFETIME + LEEWAY)
        return "the client assertion's `exp` lies more than an hour ahead";
    if (c->out->issued > c->now + LEEWAY || (has_start && start > c->now + LEEWAY))
        return "the client assertion is not valid yet";
    c->out->acceptable = c->out->expires + LEEWAY;
    return NULL;
}

static const char *
check_jti(struct check *c)
{
    c->out->jti = text_claim(c, "jti");
    return c->out->jti.n ? NULL : "the client assertion needs a `jti`";
}

static const char *(*const checks[])(struct check *c) = {check_type, check_client, check_audience,
                                                         check_times, check_jti};

const char *
assertion_read(struct arena *a, struct str text, const struct str *audiences,
               unsigned audience_count, int64_t now, struct assertion *out)
{
    struct check c = {&out->jwt.claims, audiences, audience_count, now, out};
    const char *wrong = NULL;

    *out = (struct assertion){0};
    if (jwt_parse(a, text, &out->jwt) != REASON_NONE)
        return "the client assertion is no signed JWT";
    for (unsigned i = 0; !wrong && i < sizeof checks / sizeof *checks; i++)
        wrong = checks[i](&c);
    return wrong;
}

const char *
assertion_verify(const struct assertion *a, const struct jwks *keys)
{
    enum algorithm algorithm = algorithm_of(a->jwt.algorithm);
    struct public_key *key;

    if (algorithm == ALGORITHM_NONE)
        return "the client assertion's algorithm is not accepted";
    if (jwks_find(keys, a->jwt.key_id, algorithm, &key) != REASON_NONE)
        return "the client assertion's key is not one of the client's, or does not fit";
    if (signature_verify(key, algorithm, a->jwt.signing_input, a->jwt.signature) != REASON_NONE)
        return "the client assertion's signature does not verify";
    return NULL;
}
