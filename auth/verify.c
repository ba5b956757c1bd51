/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks, each a function that gives a reason; steps[] is their order. */
#include "auth/verify.h"

#include "auth/jwt.h"

#define IDENTIFIER_MAX 1024
#define SCOPES_MAX     256
#define SECOND         1000000
#define LATEST         253402300799 /* the last second of the year 9999 */

struct check {
    const struct issuers *known;
    const struct auth_io *io;
    int64_t now; /* UTC in us */
    int64_t now_seconds;
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

static bool
is_identifier(const struct value *v)
{
    return v && v->kind == VALUE_STRING && v->n > 0 && jwt_is_plain(value_text(v), IDENTIFIER_MAX);
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
    if (!is_identifier(iss))
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

static bool
is_audience(const struct issuer_settings *pinned, const struct value *v)
{
    for (unsigned i = 0; i < pinned->audience_count; i++)
        if (str_eq(pinned->audiences[i], value_text(v)))
            return true;
    return false;
}

static enum reason
check_audience(struct check *c)
{
    const struct value *aud = claim(c, "aud"), *items = aud;
    unsigned n = 1;
    bool found = false;

    if (!aud)
        return REASON_MISSING_CLAIM;
    if (aud->kind == VALUE_ARRAY) {
        items = aud->items;
        n = aud->n;
    }
    for (unsigned i = 0; i < n; i++) {
        if (!is_identifier(&items[i]))
            return REASON_MALFORMED_CLAIM;
        found = found || is_audience(c->pinned, &items[i]);
    }
    return found ? REASON_NONE : REASON_AUDIENCE;
}

/* A NumericDate (RFC 7519 section 2): seconds, cut to whole ones; no exponent, no sign. */
static bool
to_seconds(const struct value *v, int64_t *out)
{
    struct str text = value_text(v);
    uint64_t n;

    if (v->kind != VALUE_NUMBER || !str_to_u64(str_head(text, str_find(text, '.')), &n))
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == 'e' || text.p[i] == 'E')
            return false;
    *out = (int64_t)n;
    return n <= LATEST;
}

/* MISSING_CLAIM when it is not there: the caller says whether that counts. */
static enum reason
read_time(const struct check *c, const char *name, int64_t *out)
{
    const struct value *v = claim(c, name);

    if (!v)
        return REASON_MISSING_CLAIM;
    return to_seconds(v, out) ? REASON_NONE : REASON_MALFORMED_CLAIM;
}

static enum reason
check_expiry(struct check *c)
{
    enum reason r = read_time(c, "exp", &c->p->expires);

    if (r != REASON_NONE)
        return r;
    return c->now_seconds >= c->p->expires + c->pinned->leeway ? REASON_EXPIRED : REASON_NONE;
}

static enum reason
check_start(struct check *c)
{
    int64_t nbf;
    enum reason r = read_time(c, "nbf", &nbf);

    if (r != REASON_NONE)
        return r == REASON_MISSING_CLAIM ? REASON_NONE : r;
    return c->now_seconds + c->pinned->leeway < nbf ? REASON_NOT_YET_VALID : REASON_NONE;
}

static enum reason
check_age(struct check *c)
{
    int64_t iat;
    enum reason r = read_time(c, "iat", &iat);

    if (r == REASON_MISSING_CLAIM && c->pinned->max_age == 0)
        return REASON_NONE; /* an access token by RFC 9068 needs it: check_identity says so */
    if (r != REASON_NONE)
        return r;
    if (c->now_seconds + c->pinned->leeway < iat)
        return REASON_ISSUED_IN_FUTURE;
    if (c->pinned->max_age && c->now_seconds - iat > c->pinned->max_age + c->pinned->leeway)
        return REASON_TOO_OLD;
    return REASON_NONE;
}

static enum reason
read_identifier(const struct check *c, const char *name, struct str *out)
{
    const struct value *v = claim(c, name);

    if (!v)
        return REASON_MISSING_CLAIM;
    if (!is_identifier(v))
        return REASON_MALFORMED_CLAIM;
    *out = value_text(v);
    return REASON_NONE;
}

/* RFC 8693's name first, then OpenID Connect's, Entra's and Okta's. */
static enum reason
read_client(struct check *c)
{
    static const char *const names[] = {"client_id", "azp", "appid", "cid"};

    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        enum reason r = read_identifier(c, names[i], &c->p->client_id);

        if (r != REASON_MISSING_CLAIM)
            return r;
    }
    return REASON_MISSING_CLAIM;
}

/* RFC 9068 section 2.2 requires all of them; a plain JWT must name a subject or a client. */
static enum reason
check_identity(struct check *c)
{
    bool all = type_of(&c->jwt) == TYPE_ACCESS_TOKEN;
    enum reason subject = read_identifier(c, "sub", &c->p->subject), client = read_client(c);
    enum reason jti = read_identifier(c, "jti", &c->p->jti);

    if (subject == REASON_MALFORMED_CLAIM || client == REASON_MALFORMED_CLAIM ||
        jti == REASON_MALFORMED_CLAIM)
        return REASON_MALFORMED_CLAIM;
    if (all && (subject || client || jti || !claim(c, "client_id") || !claim(c, "iat")))
        return REASON_MISSING_CLAIM;
    return subject && client ? REASON_MISSING_CLAIM : REASON_NONE;
}

/* A token bound to a key or a certificate (RFC 8705, 9449) is no bearer token: taking it as one
 * would give a thief what the binding denies him. */
static enum reason
check_binding(struct check *c)
{
    return claim(c, "cnf") ? REASON_SENDER_BOUND : REASON_NONE;
}

/* RFC 6749 section 3.3. */
static bool
is_scope(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((uint8_t)s.p[i] <= 0x20 || s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == 0x7f)
            return false;
    return s.n > 0;
}

static enum reason
split_scopes(struct principal *p)
{
    struct str rest = p->scope, one;
    unsigned most = 1;

    for (size_t i = 0; i < p->scope.n; i++)
        most += p->scope.p[i] == ' ';
    if (most > SCOPES_MAX)
        return REASON_MALFORMED_CLAIM;
    p->scopes = ARENA_ARRAY(p->arena, most, struct str);
    if (!p->scopes)
        return REASON_OUT_OF_MEMORY;
    while (str_split(&rest, ' ', &one)) {
        if (one.n == 0)
            continue;
        if (!is_scope(one))
            return REASON_MALFORMED_CLAIM;
        p->scopes[p->scope_count++] = one;
    }
    return REASON_NONE;
}

static enum reason
join_scopes(struct principal *p, const struct value *list)
{
    size_t n = 0;
    char *text;

    for (unsigned i = 0; i < list->n; i++) {
        if (list->items[i].kind != VALUE_STRING || !is_scope(value_text(&list->items[i])))
            return REASON_MALFORMED_CLAIM;
        n += list->items[i].n + 1;
    }
    text = arena_alloc(p->arena, n + 1);
    if (!text)
        return REASON_OUT_OF_MEMORY;
    p->scope = (struct str){text, n ? n - 1 : 0};
    for (unsigned i = 0; i < list->n; i++) {
        memcpy(text, list->items[i].text, list->items[i].n);
        text += list->items[i].n;
        *text++ = ' ';
    }
    return REASON_NONE;
}

/* `scope` is one text (RFC 9068), `scp` a list (Okta) or one text (Entra). */
static enum reason
read_scopes(struct check *c)
{
    const struct value *v = claim(c, "scope");
    enum reason r;

    if (!v)
        v = claim(c, "scp");
    if (!v)
        return REASON_NONE;
    if (v->kind == VALUE_ARRAY) {
        r = join_scopes(c->p, v);
        return r == REASON_NONE ? split_scopes(c->p) : r;
    }
    if (v->kind != VALUE_STRING)
        return REASON_MALFORMED_CLAIM;
    c->p->scope = value_text(v);
    return split_scopes(c->p);
}

static enum reason
name_token(struct check *c)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t hash[32];

    if (!signature_sha256(c->jwt.signing_input, hash))
        return REASON_OUT_OF_MEMORY;
    for (unsigned i = 0; i < sizeof hash; i++) {
        c->p->token_hash[2 * i] = hex[hash[i] >> 4];
        c->p->token_hash[2 * i + 1] = hex[hash[i] & 15];
    }
    c->p->claims = c->jwt.claims;
    return REASON_NONE;
}

typedef enum reason step(struct check *c);

static step *const steps[] = {
    find_issuer, check_type, check_algorithm, check_signature, check_audience, check_expiry,
    check_start, check_age,  check_identity,  check_binding,   read_scopes,    name_token,
};

/* What the records may say of a token that its issuer has signed and that is denied all the same.
 */
static struct principal *
describe_denied(struct check *c)
{
    if (!c->proved) {
        principal_unref(c->p);
        return NULL;
    }
    (void)read_identifier(c, "sub", &c->p->subject);
    (void)read_identifier(c, "jti", &c->p->jti);
    (void)read_client(c);
    c->p->claims = c->jwt.claims;
    return c->p;
}

struct verdict
verify_token(const struct issuers *known, struct str token, const struct auth_io *io, int64_t now)
{
    struct check c = {.known = known, .io = io, .now = now, .now_seconds = now / SECOND};
    struct verdict v = {0};

    if (token.n > JWT_MAX) {
        v.reason = REASON_TOO_LONG;
        return v;
    }
    c.p = principal_new(token);
    v.reason = c.p ? jwt_parse(c.p->arena, c.p->token, &c.jwt) : REASON_OUT_OF_MEMORY;
    for (unsigned i = 0; v.reason == REASON_NONE && i < sizeof steps / sizeof *steps; i++)
        v.reason = steps[i](&c);
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
