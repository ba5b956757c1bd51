/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients and their secrets. */
#include "auth/clients.h"

#include "auth/base64url.h"
#include "auth/jwt.h"
#include "auth/settings.h"
#include "auth/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>

#define SCRYPT_MEMORY_MOST (64u << 20)
#define HASH_MOST          64
#define SECRET_MOST        256

struct client_secret {
    struct str clear; /* p == NULL: hashed */
    uint64_t n, r, p; /* scrypt's parameters */
    struct str salt, hash;
    pthread_mutex_t lock;
    bool seen; /* `known` is the keyed hash of a secret that was right */
    uint8_t known[32];
};

struct clients {
    struct client *items;
    unsigned n;
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
read_scrypt(struct arena *a, struct str text, struct client_secret *s)
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

static bool
read_secret(const struct settings *s, bool demo, struct client_secret *out)
{
    struct str hashed = STR_NONE;

    if (!settings_text(s, "secret", &out->clear) || !settings_text(s, "secret_scrypt", &hashed))
        return false;
    if (!out->clear.p == !hashed.p) {
        report_error(s->report, document_place(s->document, s->object),
                     "%s: give `secret_scrypt`, or `secret` in a demonstration", s->what);
        return false;
    }
    if (out->clear.p && !demo) {
        report_error(s->report, settings_place(s, "secret"),
                     "%s: a clear `secret` is accepted with `demo: true` only; give "
                     "`secret_scrypt`",
                     s->what);
        return false;
    }
    if (out->clear.p || read_scrypt(s->arena, hashed, out))
        return true;
    report_error(s->report, settings_place(s, "secret_scrypt"),
                 "%s: `secret_scrypt` must be $scrypt$ln=14,r=8,p=1$SALT$HASH, and its cost below "
                 "64 MB",
                 s->what);
    return false;
}

static bool
check_scopes(const struct settings *s, const struct client *c)
{
    for (unsigned i = 0; i < c->scope_count; i++)
        if (!jwt_is_plain(c->scopes[i], 256) || str_find(c->scopes[i], ' ') < c->scopes[i].n) {
            report_error(s->report, settings_place(s, "scopes"),
                         "%s: a scope has no spaces and at most 256 characters", s->what);
            return false;
        }
    return true;
}

static bool
read_client(const struct settings *s, bool demo, struct client *c)
{
    static const char *const names[] = {"secret",   "secret_scrypt", "scopes",
                                        "audience", "lifetime",      NULL};
    int64_t lifetime_us = 0;
    bool good = settings_check(s, names);

    c->name = arena_dup(s->arena, str_of(s->object->string));
    c->secret = ARENA_NEW(s->arena, struct client_secret);
    if (!c->name.p || !c->secret)
        return false;
    pthread_mutex_init(&c->secret->lock, NULL);
    if (!jwt_is_plain(c->name, 128) || c->name.n == 0 || str_find(c->name, ':') < c->name.n) {
        report_error(s->report, document_key_place(s->document, s->object),
                     "%s: a client's name is 1 to 128 characters without a colon", s->what);
        good = false;
    }
    good &= read_secret(s, demo, c->secret);
    good &= settings_texts(s, "scopes", &c->scopes, &c->scope_count) && check_scopes(s, c);
    good &= settings_text(s, "audience", &c->audience);
    good &= settings_duration(s, "lifetime", &lifetime_us);
    c->lifetime = lifetime_us / 1000000;
    return good;
}

static struct clients *
read_list(struct arena *a, const struct document *d, const cJSON *list, bool demo, struct report *r)
{
    struct clients *c = ARENA_NEW(a, struct clients);
    const cJSON *one;
    bool good = true;

    if (!c || !(c->items = ARENA_ARRAY(a, (size_t)cJSON_GetArraySize(list) + 1, struct client)))
        return NULL;
    cJSON_ArrayForEach(one, list)
    {
        struct settings s = {d, one, one->string, a, r};

        good &= read_client(&s, demo, &c->items[c->n++]);
    }
    return good ? c : NULL;
}

struct clients *
clients_read(struct arena *a, const char *path, bool demo, struct report *r)
{
    static const char *const names[] = {"clients", NULL};
    struct document *d = document_read(a, path, r);
    struct settings s = {d, d ? d->root : NULL, "clients", a, r};

    if (!d || !settings_check(&s, names))
        return NULL;
    s.object = node_get(d->root, "clients");
    if (!cJSON_IsObject(s.object)) {
        report_error(r, document_place(d, d->root), "`clients` must be an object of clients");
        return NULL;
    }
    return read_list(a, d, s.object, demo, r);
}

void
clients_free(struct clients *c)
{
    for (unsigned i = 0; c && i < c->n; i++) {
        OPENSSL_cleanse(c->items[i].secret->known, 32);
        pthread_mutex_destroy(&c->items[i].secret->lock);
    }
}

const struct client *
clients_find(const struct clients *c, struct str name)
{
    for (unsigned i = 0; i < c->n; i++)
        if (str_eq(c->items[i].name, name))
            return &c->items[i];
    return NULL;
}

static bool
was_seen(struct client_secret *s, const uint8_t hash[32])
{
    bool same;

    pthread_mutex_lock(&s->lock);
    same = s->seen && CRYPTO_memcmp(s->known, hash, 32) == 0;
    pthread_mutex_unlock(&s->lock);
    return same;
}

static bool
scrypt_is(const struct client_secret *s, struct str secret)
{
    uint8_t out[HASH_MOST];
    bool same = EVP_PBE_scrypt(secret.p, secret.n, (const uint8_t *)s->salt.p, s->salt.n, s->n,
                               s->r, s->p, 2 * (uint64_t)SCRYPT_MEMORY_MOST, out, s->hash.n) == 1 &&
                CRYPTO_memcmp(out, s->hash.p, s->hash.n) == 0;

    OPENSSL_cleanse(out, sizeof out);
    return same;
}

static bool
proves_hashed(struct client_secret *s, struct str secret)
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
client_proves(const struct client *client, struct str secret)
{
    if (!client || secret.n == 0 || secret.n > SECRET_MOST)
        return false;
    if (client->secret->clear.p)
        return str_eq_secret(client->secret->clear, secret);
    return proves_hashed(client->secret, secret);
}

bool
client_has_scope(const struct client *client, struct str scope)
{
    for (unsigned i = 0; i < client->scope_count; i++)
        if (str_eq(client->scopes[i], scope))
            return true;
    return false;
}
