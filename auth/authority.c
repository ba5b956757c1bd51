/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/authority.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define SECOND 1000000LL

enum { DER_MAX = 16384, SECURITY_LEVEL = 2 /* 112 bits */, REMEMBERED = 256 };

struct entry {
    struct checked checked; /* the first member */
    _Atomic unsigned references;
    struct str der; /* compared whole */
    int64_t until;  /* UTC in us */
};

struct authority {
    X509_STORE *store;
    pthread_mutex_t lock;              /* of the places */
    struct entry *entries[REMEMBERED]; /* by the last bytes of the certificate's signature */
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

    if (a)
        pthread_mutex_init(&a->lock, NULL);
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
    if (!a)
        return;
    for (unsigned i = 0; i < REMEMBERED; i++)
        if (a->entries[i])
            checked_unref(&a->entries[i]->checked);
    X509_STORE_free(a->store);
    pthread_mutex_destroy(&a->lock);
    free(a);
}

void
checked_unref(const struct checked *c)
{
    struct entry *e = (struct entry *)(uintptr_t)c;

    if (!e || atomic_fetch_sub_explicit(&e->references, 1, memory_order_acq_rel) != 1)
        return;
    public_key_free(e->checked.key);
    free((char *)(uintptr_t)e->checked.subject.p);
    free((char *)(uintptr_t)e->der.p);
    free(e);
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

/* ---- What has passed ---- */

static bool
copy(struct str from, struct str *out)
{
    char *p = malloc(from.n + 1);

    if (!p)
        return false;
    memcpy(p, from.p, from.n);
    *out = (struct str){p, from.n};
    return true;
}

static bool
copy_subject(const X509 *x, struct str *out)
{
    BIO *b = BIO_new(BIO_s_mem());
    bool good = false;
    char *p;
    long n;

    if (b && X509_NAME_print_ex(b, X509_get_subject_name(x), 0, XN_FLAG_RFC2253) >= 0) {
        n = BIO_get_mem_data(b, &p);
        good = copy((struct str){p, (size_t)n}, out);
    }
    BIO_free(b);
    return good;
}

/* A minute from now, or the certificate's own end. */
static int64_t
end_of(const X509 *x, int64_t now)
{
    int64_t end = now + 60 * SECOND, own;
    struct tm tm = {0};

    if (ASN1_TIME_to_tm(X509_get0_notAfter(x), &tm) != 1)
        return now;
    own = (int64_t)timegm(&tm) * SECOND;
    return own < end ? own : end;
}

static enum reason
entry_new(const X509 *x, struct str der, int64_t now, struct entry **out)
{
    struct entry *e = calloc(1, sizeof *e);
    enum reason reason;

    if (!e)
        return REASON_OUT_OF_MEMORY;
    atomic_init(&e->references, 1);
    e->until = end_of(x, now);
    e->checked.key = key_of(x);
    if (e->checked.key && copy(der, &e->der) && copy_subject(x, &e->checked.subject)) {
        *out = e;
        return REASON_NONE;
    }
    reason = e->checked.key ? REASON_OUT_OF_MEMORY : REASON_KEY_UNFIT;
    checked_unref(&e->checked);
    return reason;
}

static struct entry **
place_of(struct authority *a, struct str der)
{
    return &a->entries[(uint8_t)der.p[der.n - 1]];
}

static const struct checked *
find_entry(struct authority *a, struct str der, int64_t now)
{
    struct entry *e;

    pthread_mutex_lock(&a->lock);
    e = *place_of(a, der);
    if (e && e->until > now && str_eq(e->der, der))
        atomic_fetch_add_explicit(&e->references, 1, memory_order_relaxed);
    else
        e = NULL;
    pthread_mutex_unlock(&a->lock);
    return e ? &e->checked : NULL;
}

static void
keep_entry(struct authority *a, struct entry *e)
{
    struct entry **place = place_of(a, e->der), *before;

    atomic_fetch_add_explicit(&e->references, 1, memory_order_relaxed);
    pthread_mutex_lock(&a->lock);
    before = *place;
    *place = e;
    pthread_mutex_unlock(&a->lock);
    if (before)
        checked_unref(&before->checked);
}

static enum reason
check(struct authority *a, struct str der, int64_t now, struct entry **out)
{
    const uint8_t *p = (const uint8_t *)der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.n);
    enum reason reason = REASON_CERTIFICATE;

    if (x && p == (const uint8_t *)der.p + der.n && X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE &&
        chain_is_good(a, x, now))
        reason = entry_new(x, der, now, out);
    X509_free(x);
    ERR_clear_error();
    return reason;
}

enum reason
authority_check(struct authority *a, struct str der, int64_t now, const struct checked **out)
{
    struct entry *e = NULL;
    enum reason reason;

    *out = NULL;
    if (!der.n || der.n > DER_MAX)
        return REASON_CERTIFICATE;
    *out = find_entry(a, der, now);
    if (*out)
        return REASON_NONE;
    reason = check(a, der, now, &e);
    if (reason)
        return reason;
    keep_entry(a, e);
    *out = &e->checked;
    return REASON_NONE;
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
