/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verification: a digest, then the key's arithmetic on it in a context that is used again.
 *
 * EVP_DigestVerify would set up and fetch anew on each call. An EVP_PKEY_CTX may verify many
 * times, but in one thread at a time: each key keeps a list of idle ones, as many as threads ever
 * verified at once.
 */
#include "auth/signature.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>

enum digest { SHA256, SHA384, SHA512, DIGESTS };

struct row {
    const char *name;
    uint8_t kind; /* enum key_kind */
    uint8_t digest;
    bool pss;
    uint8_t half; /* bytes of r and of s in an ECDSA signature; 0 for others */
};

static const struct row rows[ALGORITHM_COUNT] = {
    [ALGORITHM_NONE] = {.name = "none"},
    [ALGORITHM_RS256] = {"RS256", KEY_RSA, SHA256, false, 0},
    [ALGORITHM_RS384] = {"RS384", KEY_RSA, SHA384, false, 0},
    [ALGORITHM_RS512] = {"RS512", KEY_RSA, SHA512, false, 0},
    [ALGORITHM_PS256] = {"PS256", KEY_RSA, SHA256, true, 0},
    [ALGORITHM_PS384] = {"PS384", KEY_RSA, SHA384, true, 0},
    [ALGORITHM_PS512] = {"PS512", KEY_RSA, SHA512, true, 0},
    [ALGORITHM_ES256] = {"ES256", KEY_P256, SHA256, false, 32},
    [ALGORITHM_ES384] = {"ES384", KEY_P384, SHA384, false, 48},
    [ALGORITHM_ES512] = {"ES512", KEY_P521, SHA512, false, 66},
    [ALGORITHM_EDDSA] = {"EdDSA", KEY_ED25519, SHA512, false, 0},
};

struct idle {
    struct idle *next;
    EVP_PKEY_CTX *context;
    enum algorithm algorithm;
};

struct public_key {
    EVP_PKEY *pkey;
    enum key_kind kind;
    pthread_mutex_t lock; /* of idle; held for a few instructions */
    struct idle *idle;
};

static EVP_MD *digests[DIGESTS]; /* fetched once, for the life of the process */
static pthread_once_t digests_once = PTHREAD_ONCE_INIT;

static void
fetch_digests(void)
{
    static const char *const names[DIGESTS] = {"SHA256", "SHA384", "SHA512"};

    for (unsigned i = 0; i < DIGESTS; i++)
        digests[i] = EVP_MD_fetch(NULL, names[i], NULL);
}

static const EVP_MD *
digest_of(enum digest d)
{
    pthread_once(&digests_once, fetch_digests);
    return digests[d];
}

enum algorithm
algorithm_of(struct str name)
{
    for (unsigned i = ALGORITHM_NONE + 1; i < ALGORITHM_COUNT; i++)
        if (str_eq(name, str_of(rows[i].name)))
            return (enum algorithm)i;
    return ALGORITHM_NONE;
}

const char *
algorithm_name(enum algorithm algorithm)
{
    return rows[algorithm].name;
}

bool
algorithm_fits(enum algorithm algorithm, enum key_kind kind)
{
    return algorithm != ALGORITHM_NONE && rows[algorithm].kind == kind;
}

struct public_key *
public_key_new(void *pkey, enum key_kind kind)
{
    struct public_key *key = calloc(1, sizeof *key);

    if (!key) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    key->pkey = pkey;
    key->kind = kind;
    pthread_mutex_init(&key->lock, NULL);
    return key;
}

static void
idle_free(struct idle *idle)
{
    EVP_PKEY_CTX_free(idle->context);
    free(idle);
}

void
public_key_free(struct public_key *key)
{
    if (!key)
        return;
    for (struct idle *next, *i = key->idle; i; i = next) {
        next = i->next;
        idle_free(i);
    }
    pthread_mutex_destroy(&key->lock);
    EVP_PKEY_free(key->pkey);
    free(key);
}

enum key_kind
public_key_kind(const struct public_key *key)
{
    return key->kind;
}

static bool
prepare(EVP_PKEY_CTX *c, const struct row *row)
{
    if (!c || EVP_PKEY_verify_init(c) != 1 ||
        EVP_PKEY_CTX_set_signature_md(c, digest_of((enum digest)row->digest)) != 1)
        return false;
    if (row->kind != KEY_RSA)
        return true;
    if (!row->pss)
        return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1;
    /* RFC 7518 section 3.5: the salt is as long as the hash, MGF1 uses the same hash. */
    return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static struct idle *
idle_new(struct public_key *key, enum algorithm algorithm)
{
    struct idle *i = calloc(1, sizeof *i);

    if (!i)
        return NULL;
    i->algorithm = algorithm;
    i->context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (prepare(i->context, &rows[algorithm]))
        return i;
    idle_free(i);
    return NULL;
}

static struct idle *
idle_take(struct public_key *key, enum algorithm algorithm)
{
    struct idle **at, *found;

    pthread_mutex_lock(&key->lock);
    for (at = &key->idle; *at && (*at)->algorithm != algorithm; at = &(*at)->next)
        ;
    found = *at;
    if (found)
        *at = found->next;
    pthread_mutex_unlock(&key->lock);
    return found ? found : idle_new(key, algorithm);
}

static void
idle_put(struct public_key *key, struct idle *idle)
{
    pthread_mutex_lock(&key->lock);
    idle->next = key->idle;
    key->idle = idle;
    pthread_mutex_unlock(&key->lock);
}

static bool
verify_digest(struct public_key *key, enum algorithm algorithm, struct str input,
              const uint8_t *signature, size_t n)
{
    const EVP_MD *md = digest_of((enum digest)rows[algorithm].digest);
    struct idle *idle = idle_take(key, algorithm);
    uint8_t hash[64];
    unsigned length;
    bool good;

    if (!idle)
        return false;
    good = EVP_Digest(input.p, input.n, hash, &length, md, NULL) == 1 &&
           EVP_PKEY_verify(idle->context, signature, n, hash, length) == 1;
    idle_put(key, idle);
    return good;
}

/* RFC 7518 section 3.4 has r and s side by side; OpenSSL wants them in DER. */
static bool
verify_ecdsa(struct public_key *key, enum algorithm algorithm, struct str input, struct str raw)
{
    const uint8_t *bytes = (const uint8_t *)raw.p;
    int half = rows[algorithm].half, n;
    uint8_t der[160], *end = der;
    ECDSA_SIG *pair;
    BIGNUM *r, *s;

    if (raw.n != 2 * (size_t)half || !(pair = ECDSA_SIG_new()))
        return false;
    r = BN_bin2bn(bytes, half, NULL);
    s = BN_bin2bn(bytes + half, half, NULL);
    if (!r || !s || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(pair);
        return false;
    }
    n = i2d_ECDSA_SIG(pair, &end); /* at most 139 bytes, for P-521 */
    ECDSA_SIG_free(pair);
    return n > 0 && verify_digest(key, algorithm, input, der, (size_t)n);
}

/* Ed25519 hashes the message itself, twice: no digest beforehand, and set-up is a small part. */
static bool
verify_eddsa(struct public_key *key, struct str input, struct str signature)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool good;

    good = c && EVP_DigestVerifyInit_ex(c, NULL, NULL, NULL, NULL, key->pkey, NULL) == 1 &&
           EVP_DigestVerify(c, (const uint8_t *)signature.p, signature.n, (const uint8_t *)input.p,
                            input.n) == 1;
    EVP_MD_CTX_free(c);
    return good;
}

enum reason
signature_verify(struct public_key *key, enum algorithm algorithm, struct str input,
                 struct str signature)
{
    bool good;

    if (!algorithm_fits(algorithm, key->kind))
        return REASON_KEY_UNFIT;
    if (algorithm == ALGORITHM_EDDSA)
        good = verify_eddsa(key, input, signature);
    else if (rows[algorithm].half)
        good = verify_ecdsa(key, algorithm, input, signature);
    else
        good = verify_digest(key, algorithm, input, (const uint8_t *)signature.p, signature.n);
    if (good)
        return REASON_NONE;
    ERR_clear_error();
    return REASON_SIGNATURE_WRONG;
}

bool
signature_sha256(struct str input, uint8_t out[32])
{
    unsigned n;

    return EVP_Digest(input.p, input.n, out, &n, digest_of(SHA256), NULL) == 1;
}
