/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From configuration to issuers, cache and authorization server. */
#include "auth/auth.h"

#include "auth/authorization_server_read.h"
#include "auth/binding.h"
#include "auth/issuer_read.h"
#include "base/clock.h"

#include <stdatomic.h>
#include <stdlib.h>

#define SECOND        1000000LL
#define CACHE_TTL     (60 * SECOND)
#define CACHE_ENTRIES 4096
#define CACHE_BYTES   (32u << 20)
#define ISSUERS_MOST  256
#define PROOFS        65536
#define PROOF_LIFE    (60 * SECOND)

struct auth {
    struct arena *arena; /* what the configuration said */
    struct issuers issuers;
    struct token_cache *cache;
    struct dpop *dpop;
    struct api_keys *api_keys;           /* NULL: none */
    struct authorization_server *server; /* NULL: none */
    struct revocations *revocations;
};

/* What the readers share. */
struct reading {
    struct auth *auth;
    const struct auth_configuration *configuration;
    struct report *report;
};

static struct settings
settings_for(const struct reading *r, const cJSON *object, const char *what)
{
    return (struct settings){r->configuration->document, object, what, r->auth->arena, r->report};
}

static bool
is_known(const struct issuers *list, struct str name)
{
    for (unsigned i = 0; i < list->n; i++)
        if (str_eq(issuer_settings(list->items[i])->name, name))
            return true;
    return false;
}

static struct issuer *
add_issuer(const struct reading *r, const struct issuer_settings *s)
{
    struct issuers *list = &r->auth->issuers;
    struct issuer *i = issuer_new(s, r->auth->cache);

    if (i)
        list->items[list->n++] = i;
    return i;
}

static bool
read_entry(const struct reading *r, const cJSON *object)
{
    struct settings s = settings_for(r, object, "issuer");
    struct issuer_settings out;
    struct issuer *i;
    bool opaque;

    if (!issuer_read(&s, r->configuration->folder, &r->configuration->secrets, &out))
        return false;
    if (is_known(&r->auth->issuers, out.name))
        return issuer_complain(&s, "issuer", "comes twice");
    opaque = out.introspects && !out.introspects_signed;
    if (opaque && r->auth->issuers.opaque)
        return issuer_complain(&s, "introspection",
                               "stands at another issuer, too: an opaque token does not say whose "
                               "it is");
    i = add_issuer(r, &out);
    if (i && opaque)
        r->auth->issuers.opaque = i;
    return i && (out.jwks_file.n == 0 || issuer_load_file(i, r->report, clock_utc_us()));
}

static bool
read_issuers(const struct reading *r)
{
    const cJSON *list = r->configuration->issuers, *one;
    int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    bool good = true;

    r->auth->issuers.items = ARENA_ARRAY(r->auth->arena, (size_t)n + 1, struct issuer *);
    if (list && (!cJSON_IsArray(list) || n > ISSUERS_MOST)) {
        report_error(r->report, document_place(r->configuration->document, list),
                     "`issuers` must be a list of at most %d issuers", ISSUERS_MOST);
        return false;
    }
    if (!r->auth->issuers.items)
        return false;
    cJSON_ArrayForEach(one, list) good &= read_entry(r, one);
    return good;
}

/* The gateway trusts what it issues itself, by the keys that it holds: no fetch. *own is NULL when
 * an entry among the issuers says otherwise. */
static bool
trust_own(const struct reading *r, const struct authorization_server_settings *server,
          struct issuer **own)
{
    struct issuer_settings s = {.name = server->issuer,
                                .audience_count = 1,
                                .algorithms = 1u << server->algorithm,
                                .types = TYPE_ACCESS_TOKEN,
                                .leeway = 30};
    struct str *audience = ARENA_NEW(r->auth->arena, struct str);

    *own = NULL;
    if (is_known(&r->auth->issuers, server->issuer))
        return true;
    if (!audience)
        return false;
    *audience = server->audience;
    s.audiences = audience;
    *own = add_issuer(r, &s);
    return *own != NULL;
}

static bool
read_server(const struct reading *r)
{
    struct authorization_server_reading reading = {
        .settings = settings_for(r, r->configuration->authorization_server, "authorization_server"),
        .folder = r->configuration->folder,
        .demo = r->configuration->demo,
        .check = r->configuration->check};
    struct authorization_server_settings out;

    if (!reading.settings.object)
        return true;
    if (!authorization_server_read(&reading, &out))
        return false;
    out.certificates = r->configuration->certificates;
    out.revocations = r->auth->revocations;
    if (trust_own(r, &out, &out.own)) {
        r->auth->server = authorization_server_new(&out);
        return r->auth->server != NULL;
    }
    keyring_unref(out.keys);
    clients_unref(out.clients);
    return false;
}

static struct dpop *
new_dpop(const struct dpop_options *given)
{
    struct dpop_options o = *given;

    if (o.lifetime_us == 0)
        o.lifetime_us = PROOF_LIFE;
    if (o.replays == 0)
        o.replays = PROOFS;
    return dpop_new(&o);
}

struct auth *
auth_new(const struct auth_configuration *c, struct report *r)
{
    struct auth *a = calloc(1, sizeof *a);
    struct reading reading = {a, c, r};
    struct revocations_options revocations = {c->revocation_log, c->revocation_file, c->check};
    bool good;

    if (!a)
        return NULL;
    a->arena = arena_new(64u << 20);
    a->cache = token_cache_new(c->cache_entries ? c->cache_entries : CACHE_ENTRIES,
                               c->cache_bytes ? c->cache_bytes : CACHE_BYTES, CACHE_TTL);
    a->dpop = new_dpop(&c->dpop);
    a->revocations = revocations_new(&revocations, clock_utc_us(), r);
    a->issuers.introspection = introspection_new();
    good = a->arena && a->cache && a->dpop && a->revocations && a->issuers.introspection &&
           read_issuers(&reading);
    if (good && c->api_keys) {
        a->api_keys = api_keys_new(c->api_keys, r);
        good = a->api_keys != NULL;
    }
    if (a->arena && a->cache && a->issuers.items)
        good &= read_server(&reading);
    if (good)
        return a;
    auth_free(a);
    return NULL;
}

void
auth_free(struct auth *a)
{
    if (!a)
        return;
    authorization_server_free(a->server);
    revocations_free(a->revocations);
    for (unsigned i = 0; i < a->issuers.n; i++)
        issuer_free(a->issuers.items[i]);
    token_cache_free(a->cache);
    dpop_free(a->dpop);
    api_keys_free(a->api_keys);
    introspection_free(a->issuers.introspection);
    arena_free(a->arena);
    free(a);
}

/* `iat` in whole seconds; -1: none. */
static int64_t
issued_at(const struct principal *p)
{
    const struct value *v = value_get(&p->claims, STR("iat"));
    struct str text = v && v->kind == VALUE_NUMBER ? value_text(v) : STR_NONE;
    uint64_t n;

    return str_to_u64(str_head(text, str_find(text, '.')), &n) && n < INT64_MAX ? (int64_t)n : -1;
}

/* One look at the generation, unless a revocation has come since this token was last looked up. */
static bool
is_revoked(struct auth *a, struct principal *p)
{
    uint64_t generation = revocations_generation(a->revocations);
    struct revocable r;

    if (atomic_load_explicit(&p->checked, memory_order_relaxed) == generation)
        return false;
    r = (struct revocable){.issuer = p->issuer,
                           .jti = p->jti,
                           .hash = str_of(p->token_hash),
                           .client_id = p->client_id,
                           .subject = p->subject,
                           .key_id = p->key_id,
                           .issued = issued_at(p)};
    if (revocations_hold(a->revocations, &r))
        return true;
    atomic_store_explicit(&p->checked, generation, memory_order_relaxed);
    return false;
}

static struct verdict
deny(struct verdict v, enum reason r)
{
    v.reason = r;
    if (r != REASON_NONE) {
        v.denied = v.principal;
        v.principal = NULL;
    }
    return v;
}

/* Plain bearer tokens pass by all of this. */
static enum reason
check_sender(struct auth *a, struct arena *arena, const struct principal *p,
             const struct credentials *c, int64_t now, struct str *nonce)
{
    bool stale = false;
    enum reason r = binding_check(a->dpop, arena, p, c, now, &stale);

    if (stale || r == REASON_DPOP_NONCE)
        *nonce = dpop_nonce(a->dpop, arena, now);
    return r;
}

static struct verdict
check_api_key(struct auth *a, struct str key, int64_t now)
{
    if (a->api_keys)
        return api_keys_check(a->api_keys, key, now);
    return (struct verdict){.reason = REASON_API_KEY_UNKNOWN};
}

struct verdict
auth_check(struct auth *a, struct arena *arena, const struct credentials *c,
           const struct auth_io *io, int64_t now, struct str *nonce)
{
    struct verdict v = c->scheme == SCHEME_API_KEY
                           ? check_api_key(a, c->token, now)
                           : verify_cached(&a->issuers, a->cache, c->token, io, now);

    if (v.principal && is_revoked(a, v.principal))
        return deny(v, REASON_REVOKED);
    if (!v.principal || (c->scheme != SCHEME_DPOP && v.principal->bound_certificate.n == 0 &&
                         v.principal->bound_key.n == 0))
        return v;
    return deny(v, check_sender(a, arena, v.principal, c, now, nonce));
}

struct verdict
auth_verify(struct auth *a, struct str token, const struct auth_io *io, int64_t now)
{
    struct credentials c = {.token = token};
    struct str nonce;

    return auth_check(a, NULL, &c, io, now, &nonce);
}

struct revocations *
auth_revocations(const struct auth *a)
{
    return a->revocations;
}

uint64_t
auth_revocation_generation(const struct auth *a)
{
    return revocations_generation(a->revocations);
}

void
auth_refresh(struct auth *a, const struct auth_io *io, int64_t now)
{
    for (unsigned i = 0; i < a->issuers.n; i++)
        issuer_refresh(a->issuers.items[i], io, now);
}

bool
auth_has_issuers(const struct auth *a)
{
    return a->issuers.n > 0;
}

struct str
auth_issuer(const struct auth *a, unsigned at)
{
    return at < a->issuers.n ? issuer_settings(a->issuers.items[at])->name : STR_NONE;
}

bool
auth_wants_proofs(const struct auth *a)
{
    for (unsigned i = 0; i < a->issuers.n; i++)
        if (issuer_settings(a->issuers.items[i])->sender_constrained)
            return true;
    return false;
}

void
auth_listen(struct auth *a, const struct audit_listener *l)
{
    revocations_listen(a->revocations, l);
    if (a->server)
        authorization_server_listen(a->server, l);
}

void
auth_watch(struct auth *a, int64_t now)
{
    revocations_watch(a->revocations, now);
    if (a->api_keys)
        api_keys_watch(a->api_keys);
    if (a->server)
        authorization_server_watch(a->server, now);
}

struct authorization_server *
auth_server(const struct auth *a)
{
    return a->server;
}

struct token_cache_counts
auth_cache_counts(const struct auth *a)
{
    return token_cache_counts(a->cache);
}
