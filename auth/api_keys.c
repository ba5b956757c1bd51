/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table in the order of the hashes, searched by halves: what a search's time tells of a hash says
 * nothing of a key that has it. The last comparison is in constant time all the same. The
 * principals are made when the file is read.
 */
#include "auth/api_keys.h"

#include "auth/file_stamp.h"
#include "auth/jwt.h"
#include "auth/settings.h"
#include "base/clock.h"
#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>

#define TABLE_BYTES (64u << 20)
#define NAME_MOST   256
#define ISSUER      "urn:telgate:api-key"

struct entry {
    uint8_t hash[32];
    struct principal *principal;
};

struct table {
    struct entry *entries;
    unsigned n;
};

struct api_keys {
    char *path;
    struct file_stamp stamp;
    pthread_rwlock_t lock; /* of the table */
    struct table table;
};

static void
table_fini(struct table *t)
{
    for (unsigned i = 0; i < t->n; i++)
        principal_unref(t->entries[i].principal);
    free(t->entries);
}

/* --- one entry --- */

static bool
complain(const struct settings *s, const char *name, const char *text)
{
    report_error(s->report, settings_place(s, name), "%s: `%s` %s", s->what, name, text);
    return false;
}

static bool
read_name(const struct settings *s, const char *name, struct str *out)
{
    if (!settings_text(s, name, out))
        return false;
    if (out->n == 0)
        return settings_missing(s, name);
    return jwt_is_plain(*out, NAME_MOST) || complain(s, name, "is too long, or not plain text");
}

static bool
read_hash(const struct settings *s, uint8_t out[32])
{
    struct str text = STR_NONE;

    if (!settings_text(s, "sha256", &text))
        return false;
    if (text.n == 0)
        return settings_missing(s, "sha256");
    return str_unhex(text, out, 32) || complain(s, "sha256", "must be 64 hexadecimal digits");
}

static bool
read_expiry(const struct settings *s, int64_t *out)
{
    struct str text = STR_NONE;
    int64_t us;

    if (!settings_text(s, "expires", &text))
        return false;
    if (text.n == 0)
        return settings_missing(s, "expires");
    if (!clock_parse(text, &us))
        return complain(s, "expires", "must be a time such as 2027-06-30T00:00:00Z");
    *out = us / 1000000;
    return true;
}

static bool
add_claim(struct principal *p, struct str name, struct value v)
{
    return value_add(p->arena, &p->claims, name, v) == FAULT_NONE;
}

/* What mappings see as $claims. */
static bool
set_claims(struct principal *p)
{
    p->claims = VALUE_OF(VALUE_OBJECT);
    return add_claim(p, STR("iss"), value_string(p->issuer)) &&
           add_claim(p, STR("sub"), value_string(p->subject)) &&
           add_claim(p, STR("client_id"), value_string(p->client_id)) &&
           add_claim(p, STR("jti"), value_string(p->jti)) &&
           add_claim(p, STR("scope"), value_string(p->scope));
}

static bool
set_scopes(struct principal *p, const struct str *scopes, unsigned n)
{
    struct buf joined;

    p->scopes = ARENA_ARRAY(p->arena, (size_t)n + 1, struct str);
    buf_init(&joined, 65536);
    for (unsigned i = 0; p->scopes && i < n; i++) {
        p->scopes[i] = arena_dup(p->arena, scopes[i]);
        buf_printf(&joined, "%s%.*s", i ? " " : "", STR_ARG(scopes[i]));
    }
    p->scope_count = n;
    p->scope = arena_dup(p->arena, buf_view(&joined));
    n = joined.failed;
    buf_fini(&joined);
    return p->scopes && p->scope.p && !n;
}

static struct principal *
make_principal(const struct entry *e, struct str id, struct str client, int64_t expires,
               const struct str *scopes, unsigned n)
{
    struct principal *p = principal_new(STR(""));

    if (!p)
        return NULL;
    p->api_key = true;
    p->issuer = STR(ISSUER);
    p->subject = p->client_id = arena_dup(p->arena, client);
    p->jti = arena_dup(p->arena, id);
    p->expires = expires;
    str_hex(e->hash, 32, p->token_hash);
    if (p->client_id.p && p->jti.p && set_scopes(p, scopes, n) && set_claims(p))
        return p;
    principal_unref(p);
    return NULL;
}

static bool
read_entry(const struct settings *s, struct entry *out)
{
    static const char *const names[] = {"id", "client", "sha256", "scopes", "expires", NULL};
    struct str id = STR_NONE, client = STR_NONE, *scopes = NULL;
    unsigned n = 0;
    int64_t expires = 0;
    bool good = settings_check(s, names);

    if (!cJSON_IsObject(s->object))
        return false;
    good &= read_name(s, "id", &id);
    good &= read_name(s, "client", &client);
    good &= read_hash(s, out->hash);
    good &= settings_texts(s, "scopes", &scopes, &n);
    good &= read_expiry(s, &expires);
    for (unsigned i = 0; good && i < n; i++)
        if (!jwt_is_plain(scopes[i], NAME_MOST) || str_find(scopes[i], ' ') < scopes[i].n)
            good = complain(s, "scopes", "must be a list of scopes");
    out->principal = good ? make_principal(out, id, client, expires, scopes, n) : NULL;
    return out->principal != NULL;
}

/* --- the file --- */

static int
by_hash(const void *a, const void *b)
{
    return memcmp(((const struct entry *)a)->hash, ((const struct entry *)b)->hash, 32);
}

static bool
check_twice(const struct document *d, const struct table *t, struct report *r)
{
    for (unsigned i = 1; i < t->n; i++)
        if (by_hash(&t->entries[i - 1], &t->entries[i]) == 0) {
            report_error(
                r, document_place(d, d->root), "two keys have the same `sha256`: %.*s, %.*s",
                STR_ARG(t->entries[i - 1].principal->jti), STR_ARG(t->entries[i].principal->jti));
            return false;
        }
    return true;
}

static bool
read_entries(struct arena *a, const struct document *d, struct table *t, struct report *r)
{
    const cJSON *list = cJSON_IsObject(d->root) ? node_get(d->root, "keys") : NULL, *one;
    bool good = true;

    if (!cJSON_IsArray(list)) {
        report_error(r, document_place(d, d->root), "no API keys: there is no list `keys`");
        return false;
    }
    t->entries = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *t->entries);
    if (!t->entries)
        return false;
    cJSON_ArrayForEach(one, list)
    {
        struct settings s = {d, one, "key", a, r};
        bool read = read_entry(&s, &t->entries[t->n]);

        t->n += read;
        good = good && read;
    }
    qsort(t->entries, t->n, sizeof *t->entries, by_hash);
    return good && check_twice(d, t, r);
}

static bool
read_table(const char *path, struct table *out, struct report *r)
{
    struct arena *a = arena_new(TABLE_BYTES);
    struct document *d = a ? document_read(a, path, r) : NULL;
    struct table t = {0};
    bool good = d && read_entries(a, d, &t, r);

    arena_free(a);
    if (good)
        *out = t;
    else
        table_fini(&t);
    return good;
}

struct api_keys *
api_keys_new(const char *path, struct report *r)
{
    struct api_keys *k = calloc(1, sizeof *k);

    if (!k)
        return NULL;
    pthread_rwlock_init(&k->lock, NULL);
    k->path = strdup(path);
    k->stamp = file_stamp_of(path);
    if (k->path && read_table(path, &k->table, r))
        return k;
    api_keys_free(k);
    return NULL;
}

void
api_keys_free(struct api_keys *k)
{
    if (!k)
        return;
    table_fini(&k->table);
    pthread_rwlock_destroy(&k->lock);
    free(k->path);
    free(k);
}

static void
read_again(struct api_keys *k)
{
    struct arena *a = arena_new(1 << 20);
    struct table t = {0}, old;
    struct report r;

    if (!a)
        return;
    report_init(&r, a);
    if (read_table(k->path, &t, &r)) {
        pthread_rwlock_wrlock(&k->lock);
        old = k->table;
        k->table = t;
        pthread_rwlock_unlock(&k->lock);
        table_fini(&old);
        log_event(LOG_INFO, "api-keys", "%u keys in force", t.n);
    }
    for (const struct report_line *l = r.first; l; l = l->next)
        log_event(LOG_WARNING, "api-keys", "%.*s", STR_ARG(l->text));
    arena_free(a);
}

void
api_keys_watch(struct api_keys *k)
{
    struct file_stamp stamp = file_stamp_of(k->path);

    if (file_stamp_eq(&stamp, &k->stamp))
        return;
    k->stamp = stamp;
    read_again(k);
}

/* --- a caller's key --- */

static struct principal *
find(struct api_keys *k, const uint8_t hash[32])
{
    struct entry wanted;
    struct principal *p = NULL;
    const struct entry *e;

    memcpy(wanted.hash, hash, 32);
    pthread_rwlock_rdlock(&k->lock);
    e = k->table.n ? bsearch(&wanted, k->table.entries, k->table.n, sizeof wanted, by_hash) : NULL;
    if (e && str_eq_secret((struct str){(const char *)e->hash, 32},
                           (struct str){(const char *)hash, 32}))
        p = principal_ref(e->principal);
    pthread_rwlock_unlock(&k->lock);
    return p;
}

struct verdict
api_keys_check(struct api_keys *k, struct str key, int64_t now)
{
    struct verdict v = {.reason = REASON_API_KEY_UNKNOWN};
    uint8_t hash[32];

    if (key.n < API_KEY_LEAST || key.n > API_KEY_MOST || !signature_sha256(key, hash))
        return v;
    v.principal = find(k, hash);
    if (!v.principal)
        return v;
    v.reason = REASON_NONE;
    if (now / 1000000 < v.principal->expires)
        return v;
    v.reason = REASON_API_KEY_EXPIRED;
    v.denied = v.principal;
    v.principal = NULL;
    return v;
}
