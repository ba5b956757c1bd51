/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/xml_signer.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define MORE "http://www.w3.org/2001/04/xmldsig-more#"

enum { NONCE_BYTES = 16, SIGNATURE_MAX = 2048, PASSWORD_MAX = 4096 };

static const struct kind {
    const char *group, *method, *digest; /* group NULL: RSA */
    int half;                            /* bytes of r and of s */
} kinds[] = {
    {NULL, MORE "rsa-sha256", "SHA256", 0},
    {SN_X9_62_prime256v1, MORE "ecdsa-sha256", "SHA256", 32},
    {SN_secp384r1, MORE "ecdsa-sha384", "SHA384", 48},
    {SN_secp521r1, MORE "ecdsa-sha512", "SHA512", 66},
};

struct xml_signer {
    EVP_PKEY *key;
    const struct kind *kind;
    struct str certificate; /* base64, on the heap */
};

static struct str
base64(struct arena *a, const uint8_t *bytes, size_t n)
{
    char *out = arena_alloc(a, (n + 2) / 3 * 4 + 1);

    if (!out)
        return STR_NONE;
    return (struct str){out, (size_t)EVP_EncodeBlock((uint8_t *)out, bytes, (int)n)};
}

/* ---- Loading ---- */

static const struct kind *
kind_of(const EVP_PKEY *key)
{
    char group[32];
    size_t n;

    if (EVP_PKEY_is_a(key, "RSA"))
        return EVP_PKEY_get_bits(key) >= 2048 ? &kinds[0] : NULL;
    if (!EVP_PKEY_is_a(key, "EC") || EVP_PKEY_get_group_name(key, group, sizeof group, &n) != 1)
        return NULL;
    for (size_t i = 1; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(group, kinds[i].group) == 0)
            return &kinds[i];
    return NULL;
}

static bool
encode_certificate(struct xml_signer *s, const X509 *x)
{
    uint8_t *der = NULL;
    int n = i2d_X509((X509 *)(uintptr_t)x, &der);
    char *text = n > 0 ? malloc((size_t)n * 4 / 3 + 8) : NULL;

    if (text)
        s->certificate = (struct str){text, (size_t)EVP_EncodeBlock((uint8_t *)text, der, n)};
    OPENSSL_free(der);
    return text != NULL;
}

static bool
complain(struct report *r, struct str path, const char *what)
{
    report_error(r, (struct place){path, 0, 0}, "%s", what);
    return false;
}

static bool
load(struct xml_signer *s, struct str certificate, struct str key, struct report *r)
{
    BIO *c = BIO_new_file(certificate.p, "r"), *k = BIO_new_file(key.p, "r");
    X509 *x = c ? PEM_read_bio_X509(c, NULL, NULL, NULL) : NULL;
    char none[] = "";
    bool good = true;

    s->key = k ? PEM_read_bio_PrivateKey(k, NULL, NULL, none) : NULL;
    s->kind = s->key ? kind_of(s->key) : NULL;
    if (!x)
        good = complain(r, certificate, "no certificate in PEM can be read there");
    else if (!s->kind)
        good = complain(r, key,
                        "no key in PEM, of RSA (2048 bits at least), P-256, P-384 or "
                        "P-521, can be read there");
    else if (X509_check_private_key(x, s->key) != 1)
        good = complain(r, key, "the key is not the certificate's");
    else
        good = encode_certificate(s, x);
    X509_free(x);
    BIO_free(c);
    BIO_free(k);
    ERR_clear_error();
    return good;
}

struct xml_signer *
xml_signer_new(struct str certificate, struct str key, struct report *r)
{
    struct xml_signer *s = calloc(1, sizeof *s);

    if (s && load(s, certificate, key, r))
        return s;
    xml_signer_free(s);
    return NULL;
}

void
xml_signer_free(struct xml_signer *s)
{
    if (!s)
        return;
    EVP_PKEY_free(s->key);
    free((char *)(uintptr_t)s->certificate.p);
    free(s);
}

struct str
xml_signer_certificate(const struct xml_signer *s)
{
    return s->certificate;
}

const char *
xml_signer_method(const struct xml_signer *s)
{
    return s->kind->method;
}

/* ---- Signing ---- */

/* XML has r and s side by side, OpenSSL gives them in DER. */
static size_t
flatten(const struct kind *kind, uint8_t *signature, size_t n)
{
    const uint8_t *at = signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)n);
    bool good =
        pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, kind->half) == kind->half &&
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + kind->half, kind->half) == kind->half;

    ECDSA_SIG_free(pair);
    return good ? 2 * (size_t)kind->half : 0;
}

bool
xml_signer_sign(const void *signer, struct arena *a, struct str bytes, struct str *value)
{
    const struct xml_signer *s = signer;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    uint8_t signature[SIGNATURE_MAX];
    size_t n = sizeof signature;
    bool good = c &&
                EVP_DigestSignInit_ex(c, NULL, s->kind->digest, NULL, NULL, s->key, NULL) == 1 &&
                EVP_DigestSign(c, signature, &n, (const uint8_t *)bytes.p, bytes.n) == 1;

    EVP_MD_CTX_free(c);
    if (good && s->kind->half)
        n = flatten(s->kind, signature, n);
    *value = good && n ? base64(a, signature, n) : STR_NONE;
    return value->p != NULL;
}

bool
xml_signer_digest(struct arena *a, struct str bytes, struct str *value)
{
    uint8_t hash[SHA256_DIGEST_LENGTH];
    size_t n = 0;

    *value = STR_NONE;
    if (EVP_Q_digest(NULL, "SHA256", NULL, bytes.p, bytes.n, hash, &n) == 1)
        *value = base64(a, hash, n);
    return value->p != NULL;
}

bool
xml_signer_password(struct arena *a, struct str created, struct str password, struct str *nonce,
                    struct str *digest)
{
    uint8_t random[NONCE_BYTES], hash[SHA_DIGEST_LENGTH];
    struct buf all;
    size_t n = 0;
    bool good = RAND_bytes(random, sizeof random) == 1;

    buf_init(&all, PASSWORD_MAX);
    buf_put(&all, random, sizeof random);
    buf_str(&all, created);
    buf_str(&all, password);
    good = good && !all.failed && EVP_Q_digest(NULL, "SHA1", NULL, all.p, all.n, hash, &n) == 1;
    if (all.p)
        OPENSSL_cleanse(all.p, all.n);
    buf_fini(&all);
    if (!good)
        return false;
    *nonce = base64(a, random, sizeof random);
    *digest = base64(a, hash, n);
    return nonce->p && digest->p;
}
