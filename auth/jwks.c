/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key sets. Each key type is a function that makes an EVP_PKEY of a JWK's members. */
#include "auth/jwks.h"

#include "auth/base64url.h"
#include "auth/jwt.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdatomic.h>
#include <stdlib.h>

#define RSA_BITS_LEAST 2048
#define RSA_BITS_MOST  8192 /* a larger one costs more to verify than a request is worth */
#define KEY_ID_MAX     256

struct jwk {
    struct str id;            /* p == NULL: none */
    enum algorithm algorithm; /* the only one it may serve; NONE: any that fits */
    struct public_key *key;
};

struct jwks {
    atomic_uint references;
    struct arena *arena; /* holds the set itself */
    unsigned n;
    struct jwk keys[JWKS_KEYS_MAX];
};

/* What the readers of one key share. */
struct reading {
    struct arena *arena;
    const cJSON *jwk;
    const char *wrong; /* why the key cannot serve; NULL: not worth a warning */
};

/* A member in base64url; false when it is missing or wrong. */
static bool
member_bytes(struct reading *r, const char *name, struct str *out)
{
    struct str text = str_of(node_string(r->jwk, name, NULL));

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
    if (!member_bytes(r, "n", &n) || !member_bytes(r, "e", &e))
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
    const char *name = node_string(r->jwk, "crv", "");
    const struct curve *curve = NULL;
    struct str x, y;

    for (unsigned i = 0; i < sizeof curves / sizeof *curves; i++)
        if (strcmp(curves[i].name, name) == 0)
            curve = &curves[i];
    r->wrong = "`crv` is none of P-256, P-384, P-521";
    if (!curve)
        return NULL;
    *kind = curve->kind;
    r->wrong = "`x` or `y` is missing, or not as long as the curve's field";
    if (!member_bytes(r, "x", &x) || !member_bytes(r, "y", &y) || x.n != curve->bytes ||
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
    if (strcmp(node_string(r->jwk, "crv", ""), "Ed25519") != 0)
        return NULL;
    r->wrong = "`x` is not 32 bytes in base64url";
    if (!member_bytes(r, "x", &x) || x.n != 32)
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const uint8_t *)x.p, x.n);
}

/* RFC 7517 sections 4.2 and 4.3. */
static bool
may_verify(const cJSON *jwk)
{
    const cJSON *use = node_get(jwk, "use"), *operations = node_get(jwk, "key_ops"), *one;

    if (use && (!cJSON_IsString(use) || strcmp(use->valuestring, "sig") != 0))
        return false;
    if (!operations)
        return true;
    if (!cJSON_IsArray(operations))
        return false;
    cJSON_ArrayForEach(one, operations) if (cJSON_IsString(one) &&
                                            strcmp(one->valuestring, "verify") == 0) return true;
    return false;
}

/* RFC 7518 sections 6.2.2, 6.3.2 and 6.4: members that no public key has. */
static bool
is_secret(const cJSON *jwk)
{
    static const char *const members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};

    for (unsigned i = 0; i < sizeof members / sizeof *members; i++)
        if (node_get(jwk, members[i]))
            return true;
    return strcmp(node_string(jwk, "kty", ""), "oct") == 0;
}

static EVP_PKEY *
read_pkey(struct reading *r, enum key_kind *kind)
{
    const char *type = node_string(r->jwk, "kty", "");

    if (strcmp(type, "RSA") == 0)
        return read_rsa(r, kind);
    if (strcmp(type, "EC") == 0)
        return read_ec(r, kind);
    if (strcmp(type, "OKP") == 0)
        return read_okp(r, kind);
    r->wrong = "`kty` is none of RSA, EC, OKP";
    return NULL;
}

/* `alg` pins the key to one algorithm; one that is not a signature's is not for us. */
static bool
read_algorithm(struct reading *r, enum key_kind kind, enum algorithm *out)
{
    const cJSON *node = node_get(r->jwk, "alg");

    *out = ALGORITHM_NONE;
    if (!node)
        return true;
    r->wrong = "`alg` is not an accepted algorithm of its key type";
    if (cJSON_IsString(node))
        *out = algorithm_of(str_of(node->valuestring));
    return algorithm_fits(*out, kind);
}

/* False, and r->wrong, when the key cannot serve. */
static bool
read_key(struct reading *r, struct jwk *out)
{
    const cJSON *id = node_get(r->jwk, "kid");
    enum key_kind kind = KEY_RSA;
    EVP_PKEY *pkey;

    r->wrong = "it is not an object";
    if (!cJSON_IsObject(r->jwk))
        return false;
    r->wrong = "it is a private or symmetric key, which must not be published";
    if (is_secret(r->jwk))
        return false;
    r->wrong = NULL; /* a key for encryption beside those for signing is nothing unusual */
    if (!may_verify(r->jwk))
        return false;
    r->wrong = "its `kid` is not a plain text of at most 256 bytes";
    if (id && (!cJSON_IsString(id) || !jwt_is_plain(str_of(id->valuestring), KEY_ID_MAX)))
        return false;
    pkey = read_pkey(r, &kind);
    if (!pkey || !read_algorithm(r, kind, &out->algorithm)) {
        EVP_PKEY_free(pkey);
        return false;
    }
    out->id = id ? arena_dup(r->arena, str_of(id->valuestring)) : STR_NONE;
    out->key = public_key_new(pkey, kind);
    return out->key && (!id || out->id.p);
}

static const struct jwk *
by_id(const struct jwks *set, struct str id)
{
    for (unsigned i = 0; i < set->n; i++)
        if (set->keys[i].id.p && str_eq(set->keys[i].id, id))
            return &set->keys[i];
    return NULL;
}

static bool
read_keys(struct jwks *set, const struct document *d, const cJSON *keys, struct report *report)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, keys)
    {
        struct reading r = {.arena = set->arena, .jwk = one};
        struct jwk *slot = &set->keys[set->n];

        if (set->n == JWKS_KEYS_MAX) {
            report_error(report, document_place(d, one), "more than %d keys", JWKS_KEYS_MAX);
            return false;
        }
        if (!read_key(&r, slot)) {
            public_key_free(slot->key);
            *slot = (struct jwk){0};
            if (r.wrong)
                report_warning(report, document_place(d, one), "key `%s` is not used: %s",
                               node_string(one, "kid", ""), r.wrong);
            continue;
        }
        if (slot->id.p && by_id(set, slot->id)) {
            report_error(report, document_place(d, one),
                         "two keys have the `kid` %.*s; give each its own", STR_ARG(slot->id));
            set->n++;
            return false;
        }
        set->n++;
    }
    return true;
}

static struct jwks *
jwks_new(void)
{
    struct arena *arena = arena_new(4 * JWKS_MAX);
    struct jwks *set = arena ? ARENA_NEW(arena, struct jwks) : NULL;

    if (!set) {
        arena_free(arena);
        return NULL;
    }
    set->arena = arena;
    atomic_init(&set->references, 1);
    return set;
}

static struct jwks *
jwks_read(const struct document *d, struct report *report)
{
    const cJSON *keys = cJSON_IsObject(d->root) ? node_get(d->root, "keys") : NULL;
    struct jwks *set;

    if (!cJSON_IsArray(keys)) {
        report_error(report, document_place(d, d->root),
                     "not a JSON Web Key Set: there is no list `keys`");
        return NULL;
    }
    set = jwks_new();
    if (!set || !read_keys(set, d, keys, report)) {
        jwks_unref(set);
        return NULL;
    }
    if (set->n > 0)
        return set;
    report_error(report, document_place(d, keys), "no key that can verify a signature");
    jwks_unref(set);
    return NULL;
}

struct jwks *
jwks_parse(struct str name, struct str text, struct report *r)
{
    struct place top = {.path = name};
    struct arena *arena;
    struct document *d;
    struct jwks *set = NULL;

    if (text.n > JWKS_MAX) {
        report_error(r, top, "a key set of more than %d bytes", JWKS_MAX);
        return NULL;
    }
    arena = arena_new(64 * JWKS_MAX);
    d = arena ? document_parse(arena, name, text, r) : NULL;
    if (d)
        set = jwks_read(d, r);
    arena_free(arena);
    return set;
}

struct jwks *
jwks_ref(struct jwks *set)
{
    if (set)
        atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
    return set;
}

void
jwks_unref(struct jwks *set)
{
    if (!set || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < set->n; i++)
        public_key_free(set->keys[i].key);
    arena_free(set->arena);
}

unsigned
jwks_count(const struct jwks *set)
{
    return set->n;
}

static bool
fits(const struct jwk *key, enum algorithm algorithm)
{
    return algorithm_fits(algorithm, public_key_kind(key->key)) &&
           (key->algorithm == ALGORITHM_NONE || key->algorithm == algorithm);
}

static enum reason
find_only(const struct jwks *set, enum algorithm algorithm, struct public_key **key)
{
    unsigned found = 0;

    for (unsigned i = 0; i < set->n; i++)
        if (fits(&set->keys[i], algorithm)) {
            *key = set->keys[i].key;
            found++;
        }
    if (found == 0)
        return REASON_KEY_UNFIT;
    return found == 1 ? REASON_NONE : REASON_KEY_AMBIGUOUS;
}

enum reason
jwks_find(const struct jwks *set, struct str key_id, enum algorithm algorithm,
          struct public_key **key)
{
    const struct jwk *found;

    if (!key_id.p)
        return find_only(set, algorithm, key);
    found = by_id(set, key_id);
    if (!found)
        return REASON_KEY_UNKNOWN;
    *key = found->key;
    return fits(found, algorithm) ? REASON_NONE : REASON_KEY_UNFIT;
}
