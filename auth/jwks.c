/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key sets: which keys of a document serve, and which of them a token names. */
#include "auth/jwks.h"

#include "auth/jwk.h"
#include "auth/jwt.h"

#include <stdatomic.h>
#include <stdlib.h>

#define KEY_ID_MAX 256

struct entry {
    struct str id;            /* p == NULL: none */
    enum algorithm algorithm; /* the only one it may serve; NONE: any that fits */
    struct public_key *key;
};

struct jwks {
    atomic_uint references;
    struct arena *arena; /* holds the set itself */
    unsigned n;
    struct entry keys[JWKS_KEYS_MAX];
};

/* What the readers of one key share. */
struct reading {
    struct arena *arena;
    const cJSON *jwk;
    const char *wrong; /* why the key cannot serve; NULL: not worth a warning */
};

/* RFC 7517 sections 4.2 and 4.3. */
static bool
may_verify(const cJSON *jwk)
{
    const cJSON *use = node_get(jwk, "use"), *operations = node_get(jwk, "key_ops"), *one;

    if (use && (!cJSON_IsString(use) || strcmp(use->valuestring, "sig") != 0))
        return false;
    if (!operations)
        return true;
    if (!cJSON_IsArray(operations))
        return false;
    cJSON_ArrayForEach(one, operations) if (cJSON_IsString(one) &&
                                            strcmp(one->valuestring, "verify") == 0) return true;
    return false;
}

static bool
is_secret(const cJSON *jwk)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, jwk) if (jwk_is_secret(str_of(one->string))) return true;
    return strcmp(node_string(jwk, "kty", ""), "oct") == 0;
}

static struct public_key *
read_public(struct reading *r)
{
#define MEMBER(name) str_of(node_string(r->jwk, #name, NULL))
    struct jwk jwk = {MEMBER(kty), MEMBER(crv), MEMBER(n), MEMBER(e), MEMBER(x), MEMBER(y)};
#undef MEMBER

    return jwk_key(r->arena, &jwk, &r->wrong);
}

/* `alg` pins the key to one algorithm; one that is not a signature's is not for us. */
static bool
read_algorithm(struct reading *r, enum key_kind kind, enum algorithm *out)
{
    const cJSON *node = node_get(r->jwk, "alg");

    *out = ALGORITHM_NONE;
    if (!node)
        return true;
    r->wrong = "`alg` is not an accepted algorithm of its key type";
    if (cJSON_IsString(node))
        *out = algorithm_of(str_of(node->valuestring));
    return algorithm_fits(*out, kind);
}

/* False, and r->wrong, when the key cannot serve. */
static bool
read_key(struct reading *r, struct entry *out)
{
    const cJSON *id = node_get(r->jwk, "kid");

    r->wrong = "it is not an object";
    if (!cJSON_IsObject(r->jwk))
        return false;
    r->wrong = "it is a private or symmetric key, which must not be published";
    if (is_secret(r->jwk))
        return false;
    r->wrong = NULL; /* a key for encryption beside those for signing is nothing unusual */
    if (!may_verify(r->jwk))
        return false;
    r->wrong = "its `kid` is not a plain text of at most 256 bytes";
    if (id && (!cJSON_IsString(id) || !jwt_is_plain(str_of(id->valuestring), KEY_ID_MAX)))
        return false;
    out->key = read_public(r);
    if (!out->key || !read_algorithm(r, public_key_kind(out->key), &out->algorithm))
        return false;
    out->id = id ? arena_dup(r->arena, str_of(id->valuestring)) : STR_NONE;
    return !id || out->id.p;
}

static const struct entry *
by_id(const struct jwks *set, struct str id)
{
    for (unsigned i = 0; i < set->n; i++)
        if (set->keys[i].id.p && str_eq(set->keys[i].id, id))
            return &set->keys[i];
    return NULL;
}

static bool
read_keys(struct jwks *set, const struct document *d, const cJSON *keys, struct report *report)
{
    const cJSON *one;

    cJSON_ArrayForEach(one, keys)
    {
        struct reading r = {.arena = set->arena, .jwk = one};
        struct entry *slot = &set->keys[set->n];

        if (set->n == JWKS_KEYS_MAX) {
            report_error(report, document_place(d, one), "more than %d keys", JWKS_KEYS_MAX);
            return false;
        }
        if (!read_key(&r, slot)) {
            public_key_free(slot->key);
            *slot = (struct entry){0};
            if (r.wrong)
                report_warning(report, document_place(d, one), "key `%s` is not used: %s",
                               node_string(one, "kid", ""), r.wrong);
            continue;
        }
        if (slot->id.p && by_id(set, slot->id)) {
            report_error(report, document_place(d, one),
                         "two keys have the `kid` %.*s; give each its own", STR_ARG(slot->id));
            set->n++;
            return false;
        }
        set->n++;
    }
    return true;
}

static struct jwks *
jwks_new(void)
{
    struct arena *arena = arena_new(4 * JWKS_MAX);
    struct jwks *set = arena ? ARENA_NEW(arena, struct jwks) : NULL;

    if (!set) {
        arena_free(arena);
        return NULL;
    }
    set->arena = arena;
    atomic_init(&set->references, 1);
    return set;
}

static struct jwks *
jwks_read(const struct document *d, struct report *report)
{
    const cJSON *keys = cJSON_IsObject(d->root) ? node_get(d->root, "keys") : NULL;
    struct jwks *set;

    if (!cJSON_IsArray(keys)) {
        report_error(report, document_place(d, d->root),
                     "not a JSON Web Key Set: there is no list `keys`");
        return NULL;
    }
    set = jwks_new();
    if (!set || !read_keys(set, d, keys, report)) {
        jwks_unref(set);
        return NULL;
    }
    if (set->n > 0)
        return set;
    report_error(report, document_place(d, keys), "no key that can verify a signature");
    jwks_unref(set);
    return NULL;
}

struct jwks *
jwks_parse(struct str name, struct str text, struct report *r)
{
    struct place top = {.path = name};
    struct arena *arena;
    struct document *d;
    struct jwks *set = NULL;

    if (text.n > JWKS_MAX) {
        report_error(r, top, "a key set of more than %d bytes", JWKS_MAX);
        return NULL;
    }
    arena = arena_new(64 * JWKS_MAX);
    d = arena ? document_parse(arena, name, text, r) : NULL;
    if (d)
        set = jwks_read(d, r);
    arena_free(arena);
    return set;
}

struct jwks *
jwks_ref(struct jwks *set)
{
    if (set)
        atomic_fetch_add_explicit(&set->references, 1, memory_order_relaxed);
    return set;
}

void
jwks_unref(struct jwks *set)
{
    if (!set || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < set->n; i++)
        public_key_free(set->keys[i].key);
    arena_free(set->arena);
}

unsigned
jwks_count(const struct jwks *set)
{
    return set->n;
}

static bool
fits(const struct entry *key, enum algorithm algorithm)
{
    return algorithm_fits(algorithm, public_key_kind(key->key)) &&
           (key->algorithm == ALGORITHM_NONE || key->algorithm == algorithm);
}

static enum reason
find_only(const struct jwks *set, enum algorithm algorithm, struct public_key **key)
{
    unsigned found = 0;

    for (unsigned i = 0; i < set->n; i++)
        if (fits(&set->keys[i], algorithm)) {
            *key = set->keys[i].key;
            found++;
        }
    if (found == 0)
        return REASON_KEY_UNFIT;
    return found == 1 ? REASON_NONE : REASON_KEY_AMBIGUOUS;
}

enum reason
jwks_find(const struct jwks *set, struct str key_id, enum algorithm algorithm,
          struct public_key **key)
{
    const struct entry *found;

    if (!key_id.p)
        return find_only(set, algorithm, key);
    found = by_id(set, key_id);
    if (!found)
        return REASON_KEY_UNKNOWN;
    *key = found->key;
    return fits(found, algorithm) ? REASON_NONE : REASON_KEY_UNFIT;
}
