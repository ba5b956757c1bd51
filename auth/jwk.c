/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each key type is a function that makes an EVP_PKEY of a JWK's members. */
#include "auth/jwk.h"

#include "auth/base64url.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define RSA_BITS_LEAST 2048
#define RSA_BITS_MOST  8192 /* a larger one costs more to verify than a request is worth */

struct reading {
    struct arena *arena;
    const struct jwk *jwk;
    const char *wrong;
};

static bool
decode(struct reading *r, struct str text, struct str *out)
{
    return text.n && base64url_decode_dup(r->arena, text, out);
}

static EVP_PKEY *
from_parameters(const char *type, OSSL_PARAM_BLD *build)
{
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL), *check = NULL;
    EVP_PKEY *pkey = NULL;

    if (parameters && c && EVP_PKEY_fromdata_init(c) == 1)
        EVP_PKEY_fromdata(c, &pkey, EVP_PKEY_PUBLIC_KEY, parameters);
    if (pkey)
        check = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
    if (pkey && (!check || EVP_PKEY_public_check(check) != 1)) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    EVP_PKEY_CTX_free(check);
    EVP_PKEY_CTX_free(c);
    OSSL_PARAM_free(parameters);
    ERR_clear_error();
    return pkey;
}

static EVP_PKEY *
build_rsa(struct str modulus, struct str exponent)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *n = BN_bin2bn((const uint8_t *)modulus.p, (int)modulus.n, NULL);
    BIGNUM *e = BN_bin2bn((const uint8_t *)exponent.p, (int)exponent.n, NULL);
    EVP_PKEY *pkey = NULL;

    if (build && n && e && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e))
        pkey = from_parameters("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(n);
    BN_free(e);
    return pkey;
}

static EVP_PKEY *
read_rsa(struct reading *r, enum key_kind *kind)
{
    struct str n, e;
    EVP_PKEY *pkey;

    *kind = KEY_RSA;
    r->wrong = "`n` or `e` is missing or not base64url";
    if (!decode(r, r->jwk->n, &n) || !decode(r, r->jwk->e, &e))
        return NULL;
    while (n.n && n.p[0] == 0)
        n = str_from(n, 1);
    r->wrong = "its modulus has fewer than 2048 or more than 8192 bits";
    if (n.n < RSA_BITS_LEAST / 8 || n.n > RSA_BITS_MOST / 8)
        return NULL;
    r->wrong = "its modulus and exponent make no RSA key";
    pkey = e.n <= 8 ? build_rsa(n, e) : NULL;
    if (!pkey || EVP_PKEY_get_bits(pkey) >= RSA_BITS_LEAST)
        return pkey;
    r->wrong = "its modulus has fewer than 2048 bits";
    EVP_PKEY_free(pkey);
    return NULL;
}

static EVP_PKEY *
build_ec(const char *group, struct str x, struct str y)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *pkey = NULL;
    uint8_t point[1 + 2 * 66] = {4};

    memcpy(point + 1, x.p, x.n);
    memcpy(point + 1 + x.n, y.p, y.n);
    if (build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + x.n + y.n))
        pkey = from_parameters("EC", build);
    OSSL_PARAM_BLD_free(build);
    return pkey;
}

static EVP_PKEY *
read_ec(struct reading *r, enum key_kind *kind)
{
    static const struct curve {
        const char *name;
        enum key_kind kind;
        size_t bytes;
    } curves[] = {{"P-256", KEY_P256, 32}, {"P-384", KEY_P384, 48}, {"P-521", KEY_P521, 66}};
    const struct curve *curve = NULL;
    struct str x, y;

    for (unsigned i = 0; i < sizeof curves / sizeof *curves; i++)
        if (str_eq(r->jwk->crv, str_of(curves[i].name)))
            curve = &curves[i];
    r->wrong = "`crv` is none of P-256, P-384, P-521";
    if (!curve)
        return NULL;
    *kind = curve->kind;
    r->wrong = "`x` or `y` is missing, or not as long as the curve's field";
    if (!decode(r, r->jwk->x, &x) || !decode(r, r->jwk->y, &y) || x.n != curve->bytes ||
        y.n != curve->bytes)
        return NULL;
    r->wrong = "`x` and `y` are no point of the curve";
    return build_ec(curve->name, x, y);
}

static EVP_PKEY *
read_okp(struct reading *r, enum key_kind *kind)
{
    struct str x;

    *kind = KEY_ED25519;
    r->wrong = "`crv` is not Ed25519";
    if (!str_eq(r->jwk->crv, STR("Ed25519")))
        return NULL;
    r->wrong = "`x` is not 32 bytes in base64url";
    if (!decode(r, r->jwk->x, &x) || x.n != 32)
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const uint8_t *)x.p, x.n);
}

static EVP_PKEY *
read_pkey(struct reading *r, enum key_kind *kind)
{
    if (str_eq(r->jwk->kty, STR("RSA")))
        return read_rsa(r, kind);
    if (str_eq(r->jwk->kty, STR("EC")))
        return read_ec(r, kind);
    if (str_eq(r->jwk->kty, STR("OKP")))
        return read_okp(r, kind);
    r->wrong = "`kty` is none of RSA, EC, OKP";
    return NULL;
}

struct public_key *
jwk_key(struct arena *a, const struct jwk *jwk, const char **wrong)
{
    struct reading r = {.arena = a, .jwk = jwk};
    enum key_kind kind = KEY_RSA;
    EVP_PKEY *pkey = read_pkey(&r, &kind);

    *wrong = r.wrong;
    return pkey ? public_key_new(pkey, kind) : NULL;
}

bool
jwk_is_secret(struct str member)
{
    /* RFC 7518 sections 6.2.2, 6.3.2 and 6.4 */
    static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

    for (unsigned i = 0; i < sizeof members / sizeof *members; i++)
        if (str_eq(member, str_of(members[i])))
            return true;
    return false;
}

bool
jwk_thumbprint(const struct jwk *k, char out[JWK_THUMBPRINT])
{
    struct buf b;
    uint8_t hash[32];
    bool good;

    buf_init(&b, 4096);
    if (str_eq(k->kty, STR("RSA")))
        buf_printf(&b, "{\"e\":\"%.*s\",\"kty\":\"RSA\",\"n\":\"%.*s\"}", STR_ARG(k->e),
                   STR_ARG(k->n));
    else if (str_eq(k->kty, STR("EC")))
        buf_printf(&b, "{\"crv\":\"%.*s\",\"kty\":\"EC\",\"x\":\"%.*s\",\"y\":\"%.*s\"}",
                   STR_ARG(k->crv), STR_ARG(k->x), STR_ARG(k->y));
    else
        buf_printf(&b, "{\"crv\":\"%.*s\",\"kty\":\"OKP\",\"x\":\"%.*s\"}", STR_ARG(k->crv),
                   STR_ARG(k->x));
    good = !b.failed && signature_sha256(buf_view(&b), hash);
    buf_fini(&b);
    if (good)
        base64url_encode(hash, sizeof hash, out);
    return good;
}
