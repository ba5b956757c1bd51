/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of RFC 9449 section 4.3, each a function that gives a reason; steps[] is their order.
 * The proof is noted as used only after all the others have passed: nobody else fills the table. */
#include "auth/dpop.h"

#include "auth/base64url.h"
#include "auth/claims.h"
#include "auth/jwk.h"
#include "auth/jwt.h"
#include "auth/replay.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>

#define SECOND      1000000LL
#define SKEW        10 /* seconds that a client's clock may be ahead */
#define START_SKEW  2  /* ... or behind, when this process starts and knows no proof of before */
#define NONCE_LIFE  300
#define NONCE_BYTES 24 /* 8 of time, 16 of its authentication */
#define NONCE_CHARS BASE64URL_ENCODED(NONCE_BYTES)
#define JTI_MAX     256

struct dpop {
    struct dpop_options options;
    struct replay *used;
    uint8_t key[32]; /* of the nonces */
};

struct proof {
    struct dpop *dpop;
    struct arena *arena;
    const struct credentials *sent;
    struct str bound_key;
    int64_t now; /* UTC in us */
    bool *stale;
    int64_t until; /* when it is too old: UTC in us */
    struct jwt jwt;
    enum algorithm algorithm;
    char thumbprint[JWK_THUMBPRINT];
};

struct dpop *
dpop_new(const struct dpop_options *o)
{
    struct dpop *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->options = *o;
    d->used = replay_new(o->replays);
    if (d->used && RAND_bytes(d->key, sizeof d->key) == 1)
        return d;
    dpop_free(d);
    return NULL;
}

void
dpop_free(struct dpop *d)
{
    if (!d)
        return;
    replay_free(d->used);
    free(d);
}

/* --- the URL --- */

struct url {
    bool tls;
    struct str authority, path;
};

static bool
split_url(struct str text, struct url *out)
{
    struct str tls = STR("https://"), plain = STR("http://");
    size_t end;

    out->tls = str_eq_nocase(str_head(text, tls.n), tls);
    if (!out->tls && !str_eq_nocase(str_head(text, plain.n), plain))
        return false;
    text = str_from(text, out->tls ? tls.n : plain.n);
    text = str_head(text, str_find(text, '#'));
    text = str_head(text, str_find(text, '?'));
    end = str_find(text, '/');
    out->authority = str_head(text, end);
    out->path = str_from(text, end);
    if (str_ends(out->authority, out->tls ? STR(":443") : STR(":80")))
        out->authority.n -= out->tls ? 4 : 3;
    return out->authority.n > 0;
}

/* One character, an escape of an unreserved one decoded (RFC 3986 section 6.2.2.2); other escapes
 * are 256 more than their byte. */
static int
next_character(struct str s, size_t *at)
{
    char c = s.p[(*at)++];
    int byte;

    if (c != '%' || *at + 2 > s.n || str_hex_digit(s.p[*at]) < 0 || str_hex_digit(s.p[*at + 1]) < 0)
        return (unsigned char)c;
    byte = str_hex_digit(s.p[*at]) << 4 | str_hex_digit(s.p[*at + 1]);
    *at += 2;
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
        (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~')
        return byte;
    return byte + 256;
}

/* Whether `whole` begins with `part`; *at is behind it. */
static bool
path_goes_on(struct str whole, size_t *at, struct str part)
{
    size_t i = 0;

    while (i < part.n)
        if (*at == whole.n || next_character(whole, at) != next_character(part, &i))
            return false;
    return true;
}

bool
dpop_url_matches(struct str htu, struct str base, struct str path)
{
    struct url told, ours;
    size_t at = 0;

    if (!split_url(htu, &told) || !split_url(base, &ours) || told.tls != ours.tls ||
        !str_eq_nocase(told.authority, ours.authority))
        return false;
    if (told.path.n == 0)
        told.path = STR("/");
    if (ours.path.n && ours.path.p[ours.path.n - 1] == '/')
        ours.path.n--;
    return path_goes_on(told.path, &at, ours.path) && path_goes_on(told.path, &at, path) &&
           at == told.path.n;
}

/* --- nonces --- */

static bool
authenticate(const struct dpop *d, const uint8_t time[8], uint8_t out[16])
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (!HMAC(EVP_sha256(), d->key, sizeof d->key, time, 8, mac, &n) || n < 16)
        return false;
    memcpy(out, mac, 16);
    return true;
}

struct str
dpop_nonce(const struct dpop *d, struct arena *a, int64_t now)
{
    uint64_t seconds = (uint64_t)(now / SECOND);
    uint8_t raw[NONCE_BYTES];
    char *text = d->options.nonce ? arena_alloc(a, NONCE_CHARS) : NULL;

    for (unsigned i = 0; i < 8; i++)
        raw[i] = (uint8_t)(seconds >> (56 - 8 * i));
    if (!text || !authenticate(d, raw, raw + 8))
        return STR_NONE;
    base64url_encode(raw, sizeof raw, text);
    return (struct str){text, NONCE_CHARS};
}

/* --- the checks --- */

static const struct value *
claim(const struct proof *p, const char *name)
{
    return value_get(&p->jwt.claims, str_of(name));
}

static bool
text_claim(const struct proof *p, const char *name, struct str *out)
{
    const struct value *v = claim(p, name);

    if (!claims_is_identifier(v))
        return false;
    *out = value_text(v);
    return true;
}

static enum reason
parse(struct proof *p)
{
    enum reason r = jwt_parse(p->arena, p->sent->proof, &p->jwt);

    return r == REASON_NONE || r == REASON_OUT_OF_MEMORY ? r : REASON_DPOP_MALFORMED;
}

static enum reason
check_type(struct proof *p)
{
    return str_eq_nocase(p->jwt.type, STR("dpop+jwt")) ? REASON_NONE : REASON_DPOP_TYPE;
}

static enum reason
check_algorithm(struct proof *p)
{
    p->algorithm = algorithm_of(p->jwt.algorithm);
    return p->algorithm == ALGORITHM_NONE ? REASON_DPOP_ALGORITHM : REASON_NONE;
}

/* The members of a public key; false when it is none, or has a part of a private one. */
static bool
read_jwk(const struct proof *p, struct jwk *out)
{
    const struct value *jwk = value_get(&p->jwt.header, STR("jwk"));
    const struct {
        const char *name;
        struct str *to;
    } members[] = {{"kty", &out->kty}, {"crv", &out->crv}, {"n", &out->n},
                   {"e", &out->e},     {"x", &out->x},     {"y", &out->y}};

    if (!jwk || jwk->kind != VALUE_OBJECT)
        return false;
    for (unsigned i = 0; i < jwk->n; i++)
        if (jwk_is_secret(jwk->members[i].name))
            return false;
    for (unsigned i = 0; i < sizeof members / sizeof *members; i++) {
        const struct value *v = value_get(jwk, str_of(members[i].name));

        if (v && v->kind != VALUE_STRING)
            return false;
        if (v)
            *members[i].to = value_text(v);
    }
    return true;
}

static enum reason
check_signature(struct proof *p)
{
    struct jwk jwk = {0};
    struct public_key *key;
    const char *wrong;
    enum reason r;

    if (!read_jwk(p, &jwk) || !(key = jwk_key(p->arena, &jwk, &wrong)))
        return REASON_DPOP_KEY;
    r = signature_verify(key, p->algorithm, p->jwt.signing_input, p->jwt.signature);
    public_key_free(key);
    if (r == REASON_SIGNATURE_WRONG)
        return REASON_DPOP_SIGNATURE;
    if (r != REASON_NONE)
        return r == REASON_KEY_UNFIT ? REASON_DPOP_KEY : r;
    return jwk_thumbprint(&jwk, p->thumbprint) ? REASON_NONE : REASON_OUT_OF_MEMORY;
}

static enum reason
check_request(struct proof *p)
{
    struct str method, url;

    if (!text_claim(p, "htm", &method) || !text_claim(p, "htu", &url))
        return REASON_DPOP_MALFORMED;
    if (!str_eq(method, p->sent->method))
        return REASON_DPOP_METHOD;
    return dpop_url_matches(url, p->sent->base, p->sent->path) ? REASON_NONE : REASON_DPOP_URL;
}

static enum reason
check_time(struct proof *p)
{
    const struct value *v = claim(p, "iat");
    int64_t now = p->now / SECOND, issued;

    if (!v || !claims_seconds(v, &issued))
        return REASON_DPOP_MALFORMED;
    p->until = (issued + 1) * SECOND + p->dpop->options.lifetime_us;
    if (issued > now + SKEW || p->until < p->now ||
        (issued + START_SKEW) * SECOND < replay_since(p->dpop->used))
        return REASON_DPOP_TIME;
    return REASON_NONE;
}

static enum reason
check_nonce(struct proof *p)
{
    uint8_t raw[NONCE_BYTES], wanted[16];
    int64_t seconds = 0, age;
    struct str nonce;

    if (!p->dpop->options.nonce)
        return REASON_NONE;
    if (!text_claim(p, "nonce", &nonce) || nonce.n != NONCE_CHARS || !base64url_decode(nonce, raw))
        return REASON_DPOP_NONCE;
    for (unsigned i = 0; i < 8; i++)
        seconds = (int64_t)((uint64_t)seconds << 8 | raw[i]);
    if (!authenticate(p->dpop, raw, wanted) ||
        !str_eq_secret((struct str){(char *)raw + 8, 16}, (struct str){(char *)wanted, 16}))
        return REASON_DPOP_NONCE;
    age = p->now / SECOND - seconds;
    *p->stale = age > NONCE_LIFE / 2;
    return age > NONCE_LIFE || age < -NONCE_LIFE ? REASON_DPOP_NONCE : REASON_NONE;
}

static enum reason
check_token(struct proof *p)
{
    char wanted[BASE64URL_ENCODED(32)];
    uint8_t hash[32];
    struct str told;

    if (!text_claim(p, "ath", &told))
        return REASON_DPOP_MALFORMED;
    if (!signature_sha256(p->sent->token, hash))
        return REASON_OUT_OF_MEMORY;
    base64url_encode(hash, sizeof hash, wanted);
    return str_eq_secret(told, (struct str){wanted, sizeof wanted}) ? REASON_NONE
                                                                    : REASON_DPOP_TOKEN;
}

static enum reason
check_key(struct proof *p)
{
    struct str shown = {p->thumbprint, sizeof p->thumbprint};

    return str_eq_secret(shown, p->bound_key) ? REASON_NONE : REASON_DPOP_KEY_OTHER;
}

/* Under the key's name: what one client chooses cannot stand in another's way. */
static enum reason
use_up(struct proof *p)
{
    uint8_t hash[32];
    struct str jti, named;

    if (!text_claim(p, "jti", &jti) || jti.n > JTI_MAX)
        return REASON_DPOP_MALFORMED;
    named = arena_printf(p->arena, "%.*s%.*s", JWK_THUMBPRINT, p->thumbprint, STR_ARG(jti));
    if (!named.p || !signature_sha256(named, hash))
        return REASON_OUT_OF_MEMORY;
    switch (replay_check(p->dpop->used, hash, p->until, p->now)) {
    case REPLAY_NEW: return REASON_NONE;
    case REPLAY_SEEN: return REASON_DPOP_REPLAYED;
    case REPLAY_FULL: break;
    }
    return REASON_DPOP_REPLAYS_FULL;
}

static enum reason (*const steps[])(struct proof *p) = {
    parse,      check_type,  check_algorithm, check_signature, check_request,
    check_time, check_token, check_key,       check_nonce,     use_up,
};

enum reason
dpop_check(struct dpop *d, struct arena *a, const struct credentials *c, struct str bound_key,
           int64_t now, bool *stale)
{
    struct proof p = {
        .dpop = d, .arena = a, .sent = c, .bound_key = bound_key, .now = now, .stale = stale};
    enum reason r = REASON_NONE;

    for (unsigned i = 0; r == REASON_NONE && i < sizeof steps / sizeof *steps; i++)
        r = steps[i](&p);
    return r;
}
