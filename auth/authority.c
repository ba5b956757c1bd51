/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/authority.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

enum { DER_MAX = 16384, SECURITY_LEVEL = 2 /* 112 bits */ };

struct authority {
    X509_STORE *store;
};

static bool
load_store(X509_STORE *store, const char *ca, const char *crl)
{
    X509_LOOKUP *lookup;

    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    if (X509_STORE_load_file(store, ca) != 1)
        return false;
    if (!crl[0])
        return true;
    lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    return lookup && X509_load_crl_file(lookup, crl, X509_FILETYPE_PEM) > 0;
}

struct authority *
authority_new(const char *ca, const char *crl, struct place at, struct report *r)
{
    struct authority *a = calloc(1, sizeof *a);

    if (a && (a->store = X509_STORE_new()) && load_store(a->store, ca, crl))
        return a;
    ERR_clear_error();
    authority_free(a);
    report_error(r, at, "%s%s%s: no certificates in PEM can be read there", ca, crl[0] ? ", " : "",
                 crl);
    return NULL;
}

void
authority_free(struct authority *a)
{
    if (a)
        X509_STORE_free(a->store);
    free(a);
}

/* NULL: of a kind or a size that does not serve here, or no memory. */
static struct public_key *
key_of(const X509 *x)
{
    EVP_PKEY *pkey = X509_get_pubkey((X509 *)(uintptr_t)x);
    char group[32] = "";
    size_t n;

    if (!pkey)
        return NULL;
    if (EVP_PKEY_is_a(pkey, "RSA") && EVP_PKEY_get_bits(pkey) >= 2048)
        return public_key_new(pkey, KEY_RSA);
    if (EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) == 1) {
        if (strcmp(group, SN_X9_62_prime256v1) == 0)
            return public_key_new(pkey, KEY_P256);
        if (strcmp(group, SN_secp384r1) == 0)
            return public_key_new(pkey, KEY_P384);
        if (strcmp(group, SN_secp521r1) == 0)
            return public_key_new(pkey, KEY_P521);
    }
    EVP_PKEY_free(pkey);
    return NULL;
}

static bool
chain_is_good(const struct authority *a, X509 *x, int64_t now)
{
    X509_STORE_CTX *c = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *p;
    bool good = false;

    if (c && X509_STORE_CTX_init(c, a->store, x, NULL) == 1) {
        p = X509_STORE_CTX_get0_param(c);
        X509_VERIFY_PARAM_set_auth_level(p, SECURITY_LEVEL);
        X509_VERIFY_PARAM_set_time(p, (time_t)(now / 1000000));
        good = X509_verify_cert(c) == 1;
    }
    X509_STORE_CTX_free(c);
    return good;
}

static bool
subject_of(const X509 *x, struct arena *arena, struct str *out)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *p;
    long n;

    if (b && X509_NAME_print_ex(b, X509_get_subject_name(x), 0, XN_FLAG_RFC2253) >= 0) {
        n = BIO_get_mem_data(b, &p);
        *out = arena_dup(arena, (struct str){p, (size_t)n});
    }
    BIO_free(b);
    return out->p != NULL;
}

static enum reason
check(const struct authority *a, struct arena *arena, X509 *x, int64_t now, struct public_key **key,
      struct str *subject)
{
    if (!(X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) || !chain_is_good(a, x, now))
        return REASON_CERTIFICATE;
    *subject = STR_NONE;
    if (!subject_of(x, arena, subject))
        return REASON_OUT_OF_MEMORY;
    *key = key_of(x);
    return *key ? REASON_NONE : REASON_KEY_UNFIT;
}

enum reason
authority_check(const struct authority *a, struct arena *arena, struct str der, int64_t now,
                struct public_key **key, struct str *subject)
{
    const uint8_t *p = (const uint8_t *)der.p;
    X509 *x = der.n && der.n <= DER_MAX ? d2i_X509(NULL, &p, (long)der.n) : NULL;
    enum reason reason = REASON_CERTIFICATE;

    *key = NULL;
    if (x && p == (const uint8_t *)der.p + der.n)
        reason = check(a, arena, x, now, key, subject);
    X509_free(x);
    ERR_clear_error();
    return reason;
}

struct public_key *
certificate_key(const char *path, struct place at, struct report *r)
{
    BIO *b = BIO_new_file(path, "r");
    X509 *x = b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
    struct public_key *key = x ? key_of(x) : NULL;

    if (!key)
        report_error(r, at,
                     x ? "%s: its key is none of RSA (2048 bits at least), P-256, P-384, P-521"
                       : "%s: no certificate in PEM can be read there",
                     path);
    X509_free(x);
    BIO_free(b);
    ERR_clear_error();
    return key;
}
