/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/secret.h"

#include "auth/base64url.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>

#define SCRYPT_MEMORY_MOST (64u << 20)
#define HASH_MOST          64
#define SECRET_MOST        256

struct secret {
    struct str clear; /* p == NULL: hashed */
    uint64_t n, r, p; /* scrypt's parameters */
    struct str salt, hash;
    pthread_mutex_t lock;
    bool seen; /* `known` is the keyed hash of a secret that was right */
    uint8_t known[32];
};

static uint8_t process_key[32]; /* of the keyed hashes; new at each start */
static bool have_process_key;
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void
make_process_key(void)
{
    have_process_key = RAND_bytes(process_key, sizeof process_key) == 1;
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

/* base64 of the usual alphabet, without padding. */
static bool
decode_base64(struct arena *a, struct str text, struct str *out)
{
    char *p = arena_alloc(a, text.n + 1);

    if (!p)
        return false;
    for (size_t i = 0; i < text.n; i++)
        p[i] = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
    return base64url_decode_dup(a, (struct str){p, text.n}, out);
}

static bool
read_number(struct str text, const char *name, uint64_t most, uint64_t *out)
{
    return str_starts(text, str_of(name)) && str_to_u64(str_from(text, strlen(name)), out) &&
           *out >= 1 && *out <= most;
}

/* $scrypt$ln=14,r=8,p=1$SALT$HASH */
static bool
read_scrypt(struct arena *a, struct str text, struct secret *s)
{
    struct str rest = text, part[5], number[3], costs;
    uint64_t ln;

    for (unsigned i = 0; i < 5; i++)
        if (!str_split(&rest, '$', &part[i]))
            return false;
    costs = part[2];
    for (unsigned i = 0; i < 3; i++)
        if (!str_split(&costs, ',', &number[i]))
            return false;
    if (rest.p || costs.p || part[0].n || !str_eq(part[1], STR("scrypt")) ||
        !read_number(number[0], "ln=", 20, &ln) || !read_number(number[1], "r=", 32, &s->r) ||
        !read_number(number[2], "p=", 4, &s->p))
        return false;
    s->n = 1u << ln;
    return 128 * s->n * s->r < SCRYPT_MEMORY_MOST && decode_base64(a, part[3], &s->salt) &&
           decode_base64(a, part[4], &s->hash) && s->salt.n >= 8 && s->hash.n >= 16 &&
           s->hash.n <= HASH_MOST;
}

static struct secret *
secret_new(struct arena *a)
{
    struct secret *s = ARENA_NEW(a, struct secret);

    if (s)
        pthread_mutex_init(&s->lock, NULL);
    return s;
}

struct secret *
secret_of(struct arena *a, struct str clear)
{
    struct secret *s = secret_new(a);

    if (s)
        s->clear = clear;
    return s;
}

struct secret *
secret_read(const struct settings *s, bool demo)
{
    struct secret *out = secret_new(s->arena);
    struct str hashed = STR_NONE;

    if (!out || !settings_text(s, "secret", &out->clear) ||
        !settings_text(s, "secret_scrypt", &hashed))
        return NULL;
    if (!out->clear.p == !hashed.p) {
        report_error(s->report, document_place(s->document, s->object),
                     "%s: give `secret_scrypt`, or `secret` in a demonstration", s->what);
        return NULL;
    }
    if (out->clear.p && !demo) {
        report_error(s->report, settings_place(s, "secret"),
                     "%s: a clear `secret` is accepted with `demo: true` only; give "
                     "`secret_scrypt`",
                     s->what);
        return NULL;
    }
    if (out->clear.p || read_scrypt(s->arena, hashed, out))
        return out;
    report_error(s->report, settings_place(s, "secret_scrypt"),
                 "%s: `secret_scrypt` must be $scrypt$ln=14,r=8,p=1$SALT$HASH, and its cost below "
                 "64 MB",
                 s->what);
    return NULL;
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
    bool same;

    pthread_mutex_lock(&s->lock);
    same = s->seen && CRYPTO_memcmp(s->known, hash, 32) == 0;
    pthread_mutex_unlock(&s->lock);
    return same;
}

static bool
scrypt_is(const struct secret *s, struct str secret)
{
    uint8_t out[HASH_MOST];
    bool same = EVP_PBE_scrypt(secret.p, secret.n, (const uint8_t *)s->salt.p, s->salt.n, s->n,
                               s->r, s->p, 2 * (uint64_t)SCRYPT_MEMORY_MOST, out, s->hash.n) == 1 &&
                CRYPTO_memcmp(out, s->hash.p, s->hash.n) == 0;

    OPENSSL_cleanse(out, sizeof out);
    return same;
}

static bool
proves_hashed(struct secret *s, struct str secret)
{
    uint8_t hash[32];

    if (!keyed_hash(secret, hash))
        return false;
    if (was_seen(s, hash))
        return true;
    if (!scrypt_is(s, secret))
        return false;
    pthread_mutex_lock(&s->lock);
    memcpy(s->known, hash, sizeof hash);
    s->seen = true;
    pthread_mutex_unlock(&s->lock);
    return true;
}

bool
secret_proves(struct secret *s, struct str given)
{
    if (given.n == 0 || given.n > SECRET_MOST)
        return false;
    return s->clear.p ? str_eq_secret(s->clear, given) : proves_hashed(s, given);
}
