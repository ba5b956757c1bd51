/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/secret.h"

#include "auth/scrypt.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdatomic.h>

#define SECOND          1000000LL
#define WRONG_AT_ONCE   5 /* from one address; then one a second */
#define ADDRESSES_KEPT  32
#define GUESSES_AT_ONCE 16 /* of all secrets */

struct known { /* the keyed hash of a secret that was right */
    bool seen;
    uint8_t hash[32];
};

struct attempts { /* of the addresses that share the slot */
    int64_t since;
    unsigned wrong;
};

struct secret {
    struct str clear; /* p == NULL: hashed */
    struct scrypt_hash hashes[SECRETS_MOST];
    unsigned count;
    pthread_mutex_t lock; /* of all below */
    struct known known[SECRETS_MOST];
    struct attempts attempts[ADDRESSES_KEPT];
};

struct guess { /* what the other thread gets */
    struct scrypt_hash hashes[SECRETS_MOST];
    unsigned count;
    char secret[SCRYPT_SECRET_MAX];
    size_t size;
    int which; /* of the hashes; -1: none */
};

static uint8_t process_key[32]; /* of the keyed hashes; new at each start */
static bool have_process_key;
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void
make_process_key(void)
{
    have_process_key = RAND_priv_bytes(process_key, sizeof process_key) == 1;
}

static bool
keyed_hash(struct str secret, uint8_t out[32])
{
    size_t n = 0;

    pthread_once(&process_key_once, make_process_key);
    return have_process_key &&
           EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, process_key, sizeof process_key,
                     (const uint8_t *)secret.p, secret.n, out, 32, &n) != NULL &&
           n == 32;
}

static struct secret *
new_secret(struct arena *a)
{
    struct secret *s = ARENA_NEW(a, struct secret);

    if (s)
        pthread_mutex_init(&s->lock, NULL);
    return s;
}

struct secret *
secret_of(struct arena *a, struct str clear)
{
    struct secret *s = new_secret(a);

    if (s)
        s->clear = clear;
    return s;
}

static bool
complain(const struct settings *s, const char *name, const char *text)
{
    report_error(s->report, settings_place(s, name), "%s: `%s` %s", s->what, name, text);
    return false;
}

static bool
read_hashes(const struct settings *s, struct secret *out)
{
    struct str *texts = NULL;
    unsigned n = 0;

    if (!settings_texts(s, "secret_scrypt", &texts, &n))
        return false;
    if (n > SECRETS_MOST)
        return complain(s, "secret_scrypt", "holds at most two secrets");
    for (; out->count < n; out->count++)
        if (!scrypt_parse(texts[out->count], &out->hashes[out->count]))
            return complain(s, "secret_scrypt",
                            "must be $scrypt$ln=14,r=8,p=1$SALT$HASH, and its cost 1 to 64 MB");
    return true;
}

struct secret *
secret_read(const struct settings *s, bool demo)
{
    struct secret *out = new_secret(s->arena);

    if (!out || !settings_text(s, "secret", &out->clear) || !read_hashes(s, out))
        return NULL;
    if (!out->clear.p == !out->count) {
        report_error(s->report, document_place(s->document, s->object),
                     "%s: give `secret_scrypt`, or `secret` in a demonstration", s->what);
        return NULL;
    }
    if (out->clear.p && !demo) {
        complain(s, "secret", "in clear is accepted with `demo: true` only; give `secret_scrypt`");
        return NULL;
    }
    return out;
}

void
secret_fini(struct secret *s)
{
    if (!s)
        return;
    OPENSSL_cleanse(s->known, sizeof s->known);
    pthread_mutex_destroy(&s->lock);
}

struct str
secret_clear(const struct secret *s)
{
    return s->clear;
}

static bool
was_seen(struct secret *s, const uint8_t hash[32])
{
    bool same = false;

    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < s->count; i++)
        same |= s->known[i].seen && CRYPTO_memcmp(s->known[i].hash, hash, 32) == 0;
    pthread_mutex_unlock(&s->lock);
    return same;
}

static struct attempts *
attempts_of(struct secret *s, struct str peer)
{
    return &s->attempts[str_hash(peer) % ADDRESSES_KEPT];
}

/* Counts the attempt as a wrong one until remember() says otherwise. */
static bool
may_try(struct secret *s, struct str peer, int64_t now)
{
    struct attempts *a = attempts_of(s, peer);
    bool may;

    pthread_mutex_lock(&s->lock);
    if (a->wrong == 0 || now < a->since)
        a->since = now;
    while (a->wrong > 0 && now - a->since >= SECOND) {
        a->wrong--;
        a->since += SECOND;
    }
    may = a->wrong < WRONG_AT_ONCE;
    a->wrong += may;
    pthread_mutex_unlock(&s->lock);
    return may;
}

static void
remember(struct secret *s, unsigned which, const uint8_t hash[32], struct str peer)
{
    struct attempts *a = attempts_of(s, peer);

    pthread_mutex_lock(&s->lock);
    s->known[which].seen = true;
    memcpy(s->known[which].hash, hash, 32);
    if (a->wrong > 0)
        a->wrong--;
    pthread_mutex_unlock(&s->lock);
}

static void
try_hashes(void *data)
{
    struct guess *g = data;

    for (unsigned i = 0; g->which < 0 && i < g->count; i++)
        if (scrypt_is(&g->hashes[i], (struct str){g->secret, g->size}))
            g->which = (int)i;
}

/* So that those who guess, from however many addresses, leave the other threads some time. */
static enum fault_code
work_on(struct guess *g, const struct auth_io *io)
{
    static atomic_uint working;
    enum fault_code code = FAULT_UNAVAILABLE;

    if (atomic_fetch_add(&working, 1) < GUESSES_AT_ONCE)
        code = auth_io_work(io, try_hashes, g, sizeof *g);
    atomic_fetch_sub(&working, 1);
    return code;
}

static enum proof
check_hashed(struct secret *s, struct str secret, struct str peer, const struct auth_io *io,
             const uint8_t hash[32])
{
    struct guess g = {.count = s->count, .size = secret.n, .which = -1};
    enum fault_code code;

    memcpy(g.hashes, s->hashes, sizeof g.hashes);
    memcpy(g.secret, secret.p, secret.n);
    code = work_on(&g, io);
    OPENSSL_cleanse(g.secret, sizeof g.secret);
    if (code != FAULT_NONE)
        return PROOF_BUSY;
    if (g.which < 0)
        return PROOF_WRONG;
    remember(s, (unsigned)g.which, hash, peer);
    return PROOF_GOOD;
}

enum proof
secret_check(struct secret *s, struct str given, struct str peer, const struct auth_io *io,
             int64_t now)
{
    uint8_t hash[32];

    if (given.n == 0 || given.n > SCRYPT_SECRET_MAX)
        return PROOF_WRONG;
    if (s->clear.p)
        return str_eq_secret(s->clear, given) ? PROOF_GOOD : PROOF_WRONG;
    if (!keyed_hash(given, hash))
        return PROOF_BUSY;
    if (was_seen(s, hash))
        return PROOF_GOOD;
    return may_try(s, peer, now) ? check_hashed(s, given, peer, io, hash) : PROOF_THROTTLED;
}
