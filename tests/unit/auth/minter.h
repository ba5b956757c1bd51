/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes keys, key sets and tokens for the tests of auth/, straight from OpenSSL and independent of
 * the code under test. JSON is written with single quotes, which become double ones. Everything
 * lives in the arena given.
 */
#ifndef TESTS_UNIT_AUTH_MINTER_H
#define TESTS_UNIT_AUTH_MINTER_H

#include "auth/base64url.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

struct minter {
    EVP_PKEY *pkey;
    const char *kid;
};

static inline void
minter_free_pkey(void *pkey)
{
    EVP_PKEY_free(pkey);
}

/* type: "RSA" with bits, "EC" with a group, "ED25519". */
static inline struct minter
minter_new(struct arena *a, const char *kid, const char *type, size_t bits, const char *group)
{
    struct minter m = {.kid = kid};

    if (bits)
        m.pkey = EVP_PKEY_Q_keygen(NULL, NULL, type, bits);
    else if (group)
        m.pkey = EVP_PKEY_Q_keygen(NULL, NULL, type, group);
    else
        m.pkey = EVP_PKEY_Q_keygen(NULL, NULL, type);
    MUST(m.pkey);
    MUST(arena_defer(a, minter_free_pkey, m.pkey) == FAULT_NONE);
    return m;
}

static inline struct str
quoted(struct arena *a, const char *text)
{
    struct str s = arena_dup(a, str_of(text));
    char *p = arena_alloc(a, s.n + 1);

    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[i] == '\'' ? '"' : s.p[i];
    p[s.n] = 0;
    return (struct str){p, s.n};
}

static inline struct str
encoded(struct arena *a, const void *bytes, size_t n)
{
    char *p = arena_alloc(a, BASE64URL_ENCODED(n) + 1);

    base64url_encode(bytes, n, p);
    p[BASE64URL_ENCODED(n)] = 0;
    return (struct str){p, BASE64URL_ENCODED(n)};
}

static inline struct str
number_member(struct arena *a, EVP_PKEY *pkey, const char *name, int least)
{
    uint8_t bytes[2048];
    BIGNUM *n = NULL;
    int size;

    MUST(EVP_PKEY_get_bn_param(pkey, name, &n) == 1);
    size = BN_num_bytes(n) > least ? BN_num_bytes(n) : least;
    BN_bn2binpad(n, bytes, size);
    BN_free(n);
    return encoded(a, bytes, (size_t)size);
}

/* One key of a set; more: further members, from a comma on. */
static inline struct str
minter_jwk(struct arena *a, const struct minter *m, const char *more)
{
    struct str tail = quoted(a, more);
    int bits = EVP_PKEY_get_bits(m->pkey), bytes = (bits + 7) / 8;
    uint8_t raw[32];
    size_t n = sizeof raw;

    if (EVP_PKEY_is_a(m->pkey, "RSA"))
        return arena_printf(a, "{\"kty\":\"RSA\",\"kid\":\"%s\",\"n\":\"%s\",\"e\":\"%s\"%s}",
                            m->kid, number_member(a, m->pkey, "n", 0).p,
                            number_member(a, m->pkey, "e", 0).p, tail.p);
    if (EVP_PKEY_is_a(m->pkey, "EC"))
        return arena_printf(
            a, "{\"kty\":\"EC\",\"kid\":\"%s\",\"crv\":\"P-%d\",\"x\":\"%s\",\"y\":\"%s\"%s}",
            m->kid, bits, number_member(a, m->pkey, OSSL_PKEY_PARAM_EC_PUB_X, bytes).p,
            number_member(a, m->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, bytes).p, tail.p);
    MUST(EVP_PKEY_get_raw_public_key(m->pkey, raw, &n) == 1);
    return arena_printf(a, "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"%s\",\"x\":\"%s\"%s}",
                        m->kid, encoded(a, raw, n).p, tail.p);
}

/* The public key as PEM, as an attacker would use it for an HMAC secret. */
static inline struct str
minter_pem(struct arena *a, const struct minter *m)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *p;
    long n;
    struct str text;

    MUST(PEM_write_bio_PUBKEY(bio, m->pkey) == 1);
    n = BIO_get_mem_data(bio, &p);
    text = arena_dup(a, (struct str){p, (size_t)n});
    BIO_free(bio);
    return text;
}

static inline struct str
raw_ecdsa(struct arena *a, EVP_PKEY *pkey, const uint8_t *der, size_t n)
{
    int half = (EVP_PKEY_get_bits(pkey) + 7) / 8;
    uint8_t *raw = arena_alloc(a, 2 * (size_t)half);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)n);

    BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, half);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + half, half);
    ECDSA_SIG_free(pair);
    return (struct str){(char *)raw, 2 * (size_t)half};
}

static inline struct str
signed_bytes(struct arena *a, const struct minter *m, const char *alg, struct str input)
{
    char digest[8] = "SHA";
    bool edwards = EVP_PKEY_is_a(m->pkey, "ED25519");
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key;
    size_t n = 2048;
    uint8_t *out = arena_alloc(a, n);

    memcpy(digest + 3, alg + 2, 3);
    MUST(EVP_DigestSignInit_ex(c, &key, edwards ? NULL : digest, NULL, NULL, m->pkey, NULL) == 1);
    if (alg[0] == 'P') {
        MUST(EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1);
        MUST(EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST) == 1);
    }
    MUST(EVP_DigestSign(c, out, &n, (const uint8_t *)input.p, input.n) == 1);
    EVP_MD_CTX_free(c);
    return EVP_PKEY_is_a(m->pkey, "EC") ? raw_ecdsa(a, m->pkey, out, n)
                                        : (struct str){(char *)out, n};
}

/* header and payload are JSON with single quotes. alg is what is really done, whatever the header
 * says. */
static inline struct str
minter_token(struct arena *a, const struct minter *m, const char *alg, const char *header,
             const char *payload)
{
    struct str h = quoted(a, header), p = quoted(a, payload), signature;
    struct str input = arena_printf(a, "%s.%s", encoded(a, h.p, h.n).p, encoded(a, p.p, p.n).p);

    signature = signed_bytes(a, m, alg, input);
    return arena_printf(a, "%s.%s", input.p, encoded(a, signature.p, signature.n).p);
}

/* HS256 under any secret. */
static inline struct str
hmac_token(struct arena *a, struct str secret, const char *header, const char *payload)
{
    struct str h = quoted(a, header), p = quoted(a, payload);
    struct str input = arena_printf(a, "%s.%s", encoded(a, h.p, h.n).p, encoded(a, p.p, p.n).p);
    uint8_t mac[32];
    unsigned n = sizeof mac;

    MUST(HMAC(EVP_sha256(), secret.p, (int)secret.n, (const uint8_t *)input.p, input.n, mac, &n));
    return arena_printf(a, "%s.%s", input.p, encoded(a, mac, n).p);
}

#endif
