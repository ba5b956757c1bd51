/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A key pair, from a file or new. */
#include "auth/signing_key.h"

#include "auth/base64url.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

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

static bool
write_pem(int fd, EVP_PKEY *pkey)
{
    FILE *file = fdopen(fd, "w");
    bool good;

    if (!file) {
        close(fd);
        return false;
    }
    good = PEM_write_PKCS8PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL) == 1 &&
           fflush(file) == 0 && fsync(fd) == 0;
    return fclose(file) == 0 && good;
}

/* Whole or not at all, and never over a file that another process made meanwhile. */
static bool
save(const char *path, EVP_PKEY *pkey)
{
    char draft[4096];
    bool good;
    int fd;

    if (snprintf(draft, sizeof draft, "%s.%ld", path, (long)getpid()) >= (int)sizeof draft)
        return false;
    fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    good = write_pem(fd, pkey) && link(draft, path) == 0;
    unlink(draft);
    return good;
}

static EVP_PKEY *
load(const char *path, struct place at, struct report *r)
{
    EVP_PKEY *pkey = NULL;
    struct stat st;
    FILE *file = fopen(path, "re");

    if (!file || fstat(fileno(file), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > PEM_MOST)
        report_error(r, at, "key file %s cannot be read: %s", path, strerror(errno));
    else if (st.st_mode & 077)
        report_error(r, at, "key file %s can be read by others; give it mode 0600", path);
    else if (!(pkey = PEM_read_PrivateKey(file, NULL, NULL, NULL)))
        report_error(r, at, "key file %s holds no private key in PEM", path);
    if (file)
        fclose(file);
    ERR_clear_error();
    return pkey;
}

/* A new key, saved when a path is given. */
static EVP_PKEY *
make(enum algorithm algorithm, const char *path, struct place at, struct report *r)
{
    EVP_PKEY *pkey = generate(algorithm);

    if (pkey && (!path || save(path, pkey)))
        return pkey;
    if (pkey)
        report_error(r, at, "key file %s cannot be written: %s", path, strerror(errno));
    else
        report_error(r, at, "no key could be generated");
    EVP_PKEY_free(pkey);
    return NULL;
}

static EVP_PKEY *
load_or_make(enum algorithm algorithm, const char *path, struct place at, struct report *r)
{
    EVP_PKEY *pkey;

    if (!path || access(path, F_OK) != 0)
        return make(algorithm, path, at, r);
    pkey = load(path, at, r);
    if (!pkey || suits(pkey, algorithm))
        return pkey;
    report_error(r, at, "key file %s holds no key for %s", path, algorithm_name(algorithm));
    EVP_PKEY_free(pkey);
    return NULL;
}

struct signing_key *
signing_key_new(const char *path, enum algorithm algorithm, struct place at, struct report *r)
{
    struct signing_key *key = calloc(1, sizeof *key);

    if (!key)
        return NULL;
    key->algorithm = algorithm;
    key->pkey = load_or_make(algorithm, path, at, r);
    if (key->pkey && describe(key, key->pkey))
        return key;
    signing_key_free(key);
    return NULL;
}

void
signing_key_free(struct signing_key *key)
{
    if (!key)
        return;
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
