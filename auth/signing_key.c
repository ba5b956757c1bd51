/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/signing_key.h"

#include "auth/base64url.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

#define PEM_MOST 16384
#define RSA_BITS 2048

/* Appends "name":"base64url of the number". */
static void
put_number(struct buf *b, EVP_PKEY *pkey, const char *name, const char *parameter, int least)
{
    uint8_t bytes[RSA_BITS];
    BIGNUM *n = NULL;
    int size;

    if (EVP_PKEY_get_bn_param(pkey, parameter, &n) != 1) {
        b->failed = true;
        return;
    }
    size = BN_num_bytes(n) > least ? BN_num_bytes(n) : least;
    buf_printf(b, "\"%s\":\"", name);
    if (size <= (int)sizeof bytes && BN_bn2binpad(n, bytes, size) == size)
        base64url_put(b, bytes, (size_t)size);
    else
        b->failed = true;
    buf_put_char(b, '"');
    BN_free(n);
}

/* The members that a thumbprint is made of, in its order (RFC 7638 section 3.2). */
static void
put_public(struct buf *b, EVP_PKEY *pkey, enum algorithm algorithm)
{
    if (algorithm == ALGORITHM_ES256) {
        buf_str(b, STR("\"crv\":\"P-256\",\"kty\":\"EC\","));
        put_number(b, pkey, "x", OSSL_PKEY_PARAM_EC_PUB_X, 32);
        buf_put_char(b, ',');
        put_number(b, pkey, "y", OSSL_PKEY_PARAM_EC_PUB_Y, 32);
        return;
    }
    put_number(b, pkey, "e", OSSL_PKEY_PARAM_RSA_E, 0);
    buf_str(b, STR(",\"kty\":\"RSA\","));
    put_number(b, pkey, "n", OSSL_PKEY_PARAM_RSA_N, 0);
}

static bool
describe(struct signing_key *key, EVP_PKEY *pkey)
{
    struct buf public, jwk;
    uint8_t hash[32];
    bool good;

    buf_init(&public, 8192);
    buf_init(&jwk, 8192);
    buf_put_char(&public, '{');
    put_public(&public, pkey, key->algorithm);
    buf_put_char(&public, '}');
    good = !public.failed && signature_sha256(buf_view(&public), hash);
    if (good) {
        base64url_encode(hash, sizeof hash, key->kid);
        buf_put(&jwk, public.p, public.n - 1);
        buf_printf(&jwk, ",\"use\":\"sig\",\"alg\":\"%s\",\"kid\":\"%s\"}",
                   algorithm_name(key->algorithm), key->kid);
        good = !jwk.failed;
        key->jwk = buf_take(&jwk);
    }
    buf_fini(&jwk);
    buf_fini(&public);
    return good;
}

/* Is a key of the kind that the algorithm needs. */
static bool
suits(EVP_PKEY *pkey, enum algorithm algorithm)
{
    char group[32] = "";

    if (algorithm == ALGORITHM_RS256)
        return EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) >= RSA_BITS &&
               EVP_PKEY_get_bits(pkey) <= 8192;
    return EVP_PKEY_is_a(pkey, "EC") &&
           EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                          NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static EVP_PKEY *
generate(enum algorithm algorithm)
{
    return algorithm == ALGORITHM_RS256 ? EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS)
                                        : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
}

/* Takes the pair. */
static struct signing_key *
wrap(EVP_PKEY *pkey, enum algorithm algorithm)
{
    struct signing_key *key = pkey ? calloc(1, sizeof *key) : NULL;

    ERR_clear_error();
    if (!key) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    key->algorithm = algorithm;
    key->pkey = pkey;
    if (EVP_PKEY_up_ref(pkey) == 1)
        key->public = public_key_new(pkey, algorithm == ALGORITHM_ES256 ? KEY_P256 : KEY_RSA);
    if (suits(pkey, algorithm) && key->public && describe(key, pkey))
        return key;
    signing_key_free(key);
    return NULL;
}

struct signing_key *
signing_key_generate(enum algorithm algorithm)
{
    return wrap(generate(algorithm), algorithm);
}

struct signing_key *
signing_key_parse(struct str pem, enum algorithm algorithm)
{
    char none[] = ""; /* no passphrase is asked for */
    BIO *bio = pem.n && pem.n < PEM_MOST ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, none) : NULL;

    BIO_free(bio);
    return wrap(pkey, algorithm);
}

bool
signing_key_put_pem(const struct signing_key *key, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_secmem());
    char *bytes = NULL;
    long n = 0;

    if (bio && PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1)
        n = BIO_get_mem_data(bio, &bytes);
    if (n > 0)
        buf_put(out, bytes, (size_t)n);
    BIO_free(bio);
    return n > 0 && !out->failed;
}

void
signing_key_free(struct signing_key *key)
{
    if (!key)
        return;
    public_key_free(key->public);
    EVP_PKEY_free(key->pkey); /* wipes the private part */
    free((void *)(uintptr_t)key->jwk.p);
    free(key);
}

/* DER to r and s side by side; 0 when it is no signature. */
static size_t
raw_ecdsa(uint8_t out[SIGNATURE_MAX], size_t n)
{
    const uint8_t *der = out;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)n);
    uint8_t raw[64] = {0};
    bool good = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, 32) == 32 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + 32, 32) == 32;

    ECDSA_SIG_free(pair);
    memcpy(out, raw, sizeof raw);
    return good ? sizeof raw : 0;
}

size_t
signing_key_sign(const struct signing_key *key, struct str input, uint8_t out[SIGNATURE_MAX])
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    size_t n = SIGNATURE_MAX;
    bool good;

    good = c && EVP_DigestSignInit_ex(c, NULL, "SHA256", NULL, NULL, key->pkey, NULL) == 1 &&
           EVP_DigestSign(c, out, &n, (const uint8_t *)input.p, input.n) == 1;
    EVP_MD_CTX_free(c);
    if (!good) {
        ERR_clear_error();
        return 0;
    }
    return key->algorithm == ALGORITHM_ES256 ? raw_ecdsa(out, n) : n;
}

bool
signing_key_verify(const struct signing_key *key, struct str input, struct str signature)
{
    return signature_verify(key->public, key->algorithm, input, signature) == REASON_NONE;
}
