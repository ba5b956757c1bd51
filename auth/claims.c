/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Claim by claim; checks[] is their order. */
#include "auth/claims.h"

#include "auth/jwt.h"

#define IDENTIFIER_MAX 1024
#define SCOPES_MAX     256
#define LATEST         253402300799 /* the last second of the year 9999 */

static const struct value *
claim(const struct claims *c, const char *name)
{
    return value_get(c->all, str_of(name));
}

bool
claims_is_identifier(const struct value *v)
{
    return v && v->kind == VALUE_STRING && v->n > 0 && jwt_is_plain(value_text(v), IDENTIFIER_MAX);
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
check_audience(struct claims *c)
{
    const struct value *aud = claim(c, "aud"), *items = aud;
    unsigned n = 1;
    bool found = false;

    if (!aud)
        return c->form == CLAIMS_INTROSPECTED && c->pinned->audience_optional
                   ? REASON_NONE
                   : REASON_MISSING_CLAIM;
    if (aud->kind == VALUE_ARRAY) {
        items = aud->items;
        n = aud->n;
    }
    for (unsigned i = 0; i < n; i++) {
        if (!claims_is_identifier(&items[i]))
            return REASON_MALFORMED_CLAIM;
        found = found || is_audience(c->pinned, &items[i]);
    }
    return found ? REASON_NONE : REASON_AUDIENCE;
}

bool
claims_seconds(const struct value *v, int64_t *out)
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
read_time(const struct claims *c, const char *name, int64_t *out)
{
    const struct value *v = claim(c, name);

    if (!v)
        return REASON_MISSING_CLAIM;
    return claims_seconds(v, out) ? REASON_NONE : REASON_MALFORMED_CLAIM;
}

static enum reason
check_expiry(struct claims *c)
{
    enum reason r = read_time(c, "exp", &c->p->expires);

    if (r == REASON_MISSING_CLAIM && c->form == CLAIMS_INTROSPECTED) {
        c->p->expires = LATEST;
        return REASON_NONE;
    }
    if (r != REASON_NONE)
        return r;
    return c->now >= c->p->expires + c->pinned->leeway ? REASON_EXPIRED : REASON_NONE;
}

static enum reason
check_start(struct claims *c)
{
    int64_t nbf;
    enum reason r = read_time(c, "nbf", &nbf);

    if (r != REASON_NONE)
        return r == REASON_MISSING_CLAIM ? REASON_NONE : r;
    return c->now + c->pinned->leeway < nbf ? REASON_NOT_YET_VALID : REASON_NONE;
}

static enum reason
check_age(struct claims *c)
{
    int64_t iat;
    enum reason r = read_time(c, "iat", &iat);

    if (r == REASON_MISSING_CLAIM && c->pinned->max_age == 0)
        return REASON_NONE; /* an access token by RFC 9068 needs it: check_identity says so */
    if (r != REASON_NONE)
        return r;
    if (c->now + c->pinned->leeway < iat)
        return REASON_ISSUED_IN_FUTURE;
    if (c->pinned->max_age && c->now - iat > c->pinned->max_age + c->pinned->leeway)
        return REASON_TOO_OLD;
    return REASON_NONE;
}

static enum reason
read_identifier(const struct claims *c, const char *name, struct str *out)
{
    const struct value *v = claim(c, name);

    if (!v)
        return REASON_MISSING_CLAIM;
    if (!claims_is_identifier(v))
        return REASON_MALFORMED_CLAIM;
    *out = value_text(v);
    return REASON_NONE;
}

/* RFC 8693's name first, then OpenID Connect's, Entra's and Okta's. */
static enum reason
read_client(struct claims *c)
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
check_identity(struct claims *c)
{
    bool all = c->form == CLAIMS_RFC9068;
    enum reason subject = read_identifier(c, "sub", &c->p->subject), client = read_client(c);
    enum reason jti = read_identifier(c, "jti", &c->p->jti);

    if (subject == REASON_MALFORMED_CLAIM || client == REASON_MALFORMED_CLAIM ||
        jti == REASON_MALFORMED_CLAIM)
        return REASON_MALFORMED_CLAIM;
    if (all && (subject || client || jti || !claim(c, "client_id") || !claim(c, "iat")))
        return REASON_MISSING_CLAIM;
    return subject && client ? REASON_MISSING_CLAIM : REASON_NONE;
}

/* An optional text of `cnf`. */
static bool
read_thumbprint(const struct value *cnf, const char *name, struct str *out)
{
    const struct value *v = value_get(cnf, str_of(name));

    if (!v)
        return true;
    if (v->kind != VALUE_STRING || v->n == 0)
        return false;
    *out = value_text(v);
    return true;
}

/* A token bound to a key or a certificate (RFC 8705, 9449) is no bearer token: taking it as one
 * would give a thief what the binding denies him. What it is bound to is noted here, and compared
 * with its sender at each use: binding.h. A member that is not known here may bind it further. */
static enum reason
check_binding(struct claims *c)
{
    const struct value *cnf = claim(c, "cnf");
    struct principal *p = c->p;
    unsigned known;

    if (!cnf)
        return c->pinned->sender_constrained ? REASON_UNBOUND : REASON_NONE;
    if (cnf->kind != VALUE_OBJECT || cnf->n == 0 ||
        !read_thumbprint(cnf, "x5t#S256", &p->bound_certificate) ||
        !read_thumbprint(cnf, "jkt", &p->bound_key))
        return REASON_MALFORMED_CLAIM;
    known = (p->bound_certificate.n > 0) + (p->bound_key.n > 0);
    return cnf->n == known ? REASON_NONE : REASON_BINDING_UNKNOWN;
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

/* `scope` is one text (RFC 9068), `scp` a list (Okta) or one text (Entra), `roles` a list. */
static enum reason
read_scopes(struct claims *c)
{
    static const struct str usual[] = {{"scope", 5}, {"scp", 3}};
    unsigned n = c->pinned->scope_claim_count;
    const struct str *names = n ? c->pinned->scope_claims : usual;
    const struct value *v = NULL;
    enum reason r;

    for (unsigned i = 0; !v && i < (n ? n : 2); i++)
        v = value_get(c->all, names[i]);
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

static enum reason (*const checks[])(struct claims *c) = {
    check_audience, check_expiry,  check_start, check_age,
    check_identity, check_binding, read_scopes,
};

enum reason
claims_check(struct claims *c)
{
    enum reason r = REASON_NONE;

    for (unsigned i = 0; r == REASON_NONE && i < sizeof checks / sizeof *checks; i++)
        r = checks[i](c);
    return r;
}

void
claims_describe(struct claims *c)
{
    (void)read_identifier(c, "sub", &c->p->subject);
    (void)read_identifier(c, "jti", &c->p->jti);
    (void)read_client(c);
}
