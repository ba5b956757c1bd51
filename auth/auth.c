/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From configuration to issuers, cache and authorization server. */
#include "auth/auth.h"

#include "auth/settings.h"
#include "base/clock.h"

#include <stdlib.h>
#include <unistd.h>

#define SECOND        1000000LL
#define CACHE_TTL     (60 * SECOND)
#define CACHE_ENTRIES 4096
#define CACHE_BYTES   (32u << 20)
#define ISSUERS_MOST  256

struct auth {
    struct arena *arena; /* what the configuration said */
    struct issuers issuers;
    struct token_cache *cache;
    struct authorization_server *server; /* NULL: none */
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
complain(const struct settings *s, const char *name, const char *text)
{
    report_error(s->report, settings_place(s, name), "%s: `%s` %s", s->what, name, text);
    return false;
}

/* A path of the configuration, seen from its folder; with a NUL behind it. */
static bool
settings_file(const struct reading *r, const struct settings *s, const char *name, struct str *out)
{
    struct str folder = r->configuration->folder;

    if (!settings_text(s, name, out))
        return false;
    if (out->n && out->p[0] != '/' && folder.n)
        *out = arena_printf(s->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(*out));
    return out->n == 0 || out->p;
}

/* Keys that came over a plain connection are anybody's keys; this machine's own are not. */
static bool
is_safe_url(struct str url)
{
    static const char *const local[] = {"http://127.0.0.1", "http://localhost", "http://[::1]"};

    if (str_starts(url, STR("https://")))
        return url.n > sizeof "https://";
    for (unsigned i = 0; i < sizeof local / sizeof *local; i++) {
        struct str rest = str_from(url, strlen(local[i]));

        if (str_starts(url, str_of(local[i])) &&
            (rest.n == 0 || rest.p[0] == ':' || rest.p[0] == '/'))
            return true;
    }
    return false;
}

static bool
read_algorithms(const struct settings *s, uint32_t *out)
{
    struct str *names = NULL;
    unsigned n = 0;

    *out = 1u << ALGORITHM_RS256;
    if (!settings_texts(s, "algorithms", &names, &n))
        return false;
    if (n > 0)
        *out = 0;
    for (unsigned i = 0; i < n; i++) {
        enum algorithm a = algorithm_of(names[i]);

        if (a == ALGORITHM_NONE)
            return complain(s, "algorithms",
                            "may hold RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, "
                            "ES512, EdDSA");
        *out |= 1u << a;
    }
    return true;
}

static bool
read_types(const struct settings *s, uint8_t *out)
{
    static const char *const known[] = {"at+jwt", "jwt", "absent"}; /* bits 0, 1, 2 */
    struct str *names = NULL;
    unsigned n = 0, types = 0;

    if (!settings_texts(s, "token_types", &names, &n))
        return false;
    for (unsigned i = 0; i < n; i++) {
        unsigned t = 0;

        while (t < 3 && !str_eq_nocase(names[i], str_of(known[t])))
            t++;
        if (t == 3)
            return complain(s, "token_types", "may hold at+jwt, jwt and absent");
        types |= 1u << t;
    }
    *out = (uint8_t)(types ? types : TYPE_ACCESS_TOKEN);
    return true;
}

static bool
read_source(const struct reading *r, const struct settings *s, struct issuer_settings *out)
{
    if (!settings_file(r, s, "jwks_file", &out->jwks_file) ||
        !settings_text(s, "jwks_uri", &out->jwks_uri))
        return false;
    if (!out->jwks_file.n == !out->jwks_uri.n) {
        report_error(s->report, settings_place(s, "issuer"),
                     "%s: give one of `jwks_file` and `jwks_uri`", s->what);
        return false;
    }
    if (out->jwks_uri.n && !is_safe_url(out->jwks_uri))
        return complain(s, "jwks_uri", "must be an https:// URL");
    return true;
}

static bool
read_times(const struct settings *s, struct issuer_settings *out)
{
    int64_t leeway = 30 * SECOND, age = 0;
    bool good = settings_duration(s, "leeway", &leeway);

    good &= settings_duration(s, "max_age", &age);
    good &= settings_duration(s, "refresh", &out->refresh_us);
    good &= settings_duration(s, "retry", &out->retry_us);
    out->leeway = leeway / SECOND;
    out->max_age = age / SECOND;
    if (good && out->leeway > 300)
        return complain(s, "leeway", "may be 5m at most");
    if (good && (out->refresh_us < SECOND || out->retry_us < SECOND))
        return complain(s, "refresh", "and `retry` must be 1s at least");
    return good;
}

static bool
read_issuer(const struct reading *r, const struct settings *s, struct issuer_settings *out)
{
    static const char *const names[] = {"issuer",    "audiences", "algorithms", "token_types",
                                        "jwks_file", "jwks_uri",  "leeway",     "max_age",
                                        "refresh",   "retry",     NULL};
    bool good = settings_check(s, names);

    if (!cJSON_IsObject(s->object))
        return false;
    *out = (struct issuer_settings){.refresh_us = 300 * SECOND, .retry_us = 10 * SECOND};
    good &= settings_text(s, "issuer", &out->name);
    if (!node_get(s->object, "issuer"))
        good = settings_missing(s, "issuer");
    good &= settings_texts(s, "audiences", &out->audiences, &out->audience_count);
    if (!node_get(s->object, "audiences") ||
        (cJSON_IsArray(node_get(s->object, "audiences")) && out->audience_count == 0 && good))
        good = settings_missing(s, "audiences");
    good &= read_algorithms(s, &out->algorithms);
    good &= read_types(s, &out->types);
    good &= read_source(r, s, out);
    good &= read_times(s, out);
    return good;
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

    if (!read_issuer(r, &s, &out))
        return false;
    if (is_known(&r->auth->issuers, out.name))
        return complain(&s, "issuer", "comes twice");
    i = add_issuer(r, &out);
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

/* scheme://host[:port] and no more: the endpoints' paths are fixed. */
static bool
is_origin(struct str url)
{
    size_t colon = str_find(url, ':');
    struct str host = str_from(url, colon + 3);

    return (str_starts(url, STR("https://")) || str_starts(url, STR("http://"))) && host.n > 0 &&
           url.n < 1024 && str_find(host, '/') == host.n && str_find(host, '?') == host.n &&
           str_find(host, '#') == host.n && str_find(host, '@') == host.n;
}

static bool
read_server_algorithm(const struct settings *s, enum algorithm *out)
{
    struct str name = STR("RS256");

    if (!settings_text(s, "algorithm", &name))
        return false;
    *out = algorithm_of(name);
    if (*out == ALGORITHM_RS256 || *out == ALGORITHM_ES256)
        return true;
    return complain(s, "algorithm", "must be RS256 or ES256");
}

/* Whether a key file may be named, made or read: see struct auth_configuration's `check`. */
static struct signing_key *
server_key(const struct reading *r, const struct settings *s, enum algorithm algorithm)
{
    struct str file = STR_NONE;

    if (!settings_file(r, s, "key_file", &file))
        return NULL;
    if (file.n == 0)
        report_warning(s->report, settings_place(s, "key_file"),
                       "%s: without `key_file` each process makes a key of its own: a restart, and "
                       "`telgate token`, give tokens that this process does not accept",
                       s->what);
    if (r->configuration->check && file.n && access(file.p, F_OK) != 0)
        file = STR_NONE;
    return signing_key_new(file.n ? file.p : NULL, algorithm, settings_place(s, "key_file"),
                           r->report);
}

static bool
read_server_texts(const struct reading *r, const struct settings *s,
                  struct authorization_server_settings *out)
{
    struct str clients = STR_NONE;
    int64_t lifetime = 600 * SECOND;
    bool good = settings_text(s, "issuer", &out->issuer);

    good &= settings_text(s, "audience", &out->audience);
    good &= settings_file(r, s, "clients", &clients);
    good &= settings_duration(s, "lifetime", &lifetime);
    out->lifetime = lifetime / SECOND;
    if (good && out->issuer.n == 0)
        good = settings_missing(s, "issuer");
    else if (good && !is_origin(out->issuer))
        good = complain(s, "issuer", "must be a URL without a path, as https://gateway.example");
    if (good && out->audience.n == 0)
        good = settings_missing(s, "audience");
    if (good && clients.n == 0)
        good = settings_missing(s, "clients");
    if (good && out->lifetime == 0)
        good = complain(s, "lifetime", "must be 1s at least");
    if (good)
        out->clients = clients_read(s->arena, clients.p, r->configuration->demo, r->report);
    return good && out->clients;
}

/* The gateway trusts what it issues itself, by the key that it holds: no fetch. */
static bool
trust_own(const struct reading *r, const struct authorization_server_settings *server)
{
    struct issuer_settings s = {.name = server->issuer,
                                .audience_count = 1,
                                .algorithms = 1u << server->key->algorithm,
                                .types = TYPE_ACCESS_TOKEN,
                                .leeway = 30};
    struct str *audience = ARENA_NEW(r->auth->arena, struct str), text;
    struct jwks *set;
    struct issuer *i;

    if (is_known(&r->auth->issuers, server->issuer))
        return true;
    text = arena_printf(r->auth->arena, "{\"keys\":[%.*s]}", STR_ARG(server->key->jwk));
    set = text.p && audience ? jwks_parse(STR("own key"), text, r->report) : NULL;
    if (!set)
        return false;
    *audience = server->audience;
    s.audiences = audience;
    i = add_issuer(r, &s);
    if (!i) {
        jwks_unref(set);
        return false;
    }
    issuer_set_keys(i, set);
    return true;
}

static bool
read_server(const struct reading *r)
{
    static const char *const names[] = {"issuer",    "audience", "clients", "key_file",
                                        "algorithm", "lifetime", NULL};
    struct settings s =
        settings_for(r, r->configuration->authorization_server, "authorization_server");
    struct authorization_server_settings out = {0};
    enum algorithm algorithm = ALGORITHM_NONE;
    bool good;

    if (!s.object)
        return true;
    good = settings_check(&s, names);
    if (!cJSON_IsObject(s.object))
        return false;
    good &= read_server_algorithm(&s, &algorithm);
    good &= read_server_texts(r, &s, &out);
    out.key = good ? server_key(r, &s, algorithm) : NULL;
    if (out.key && trust_own(r, &out)) {
        r->auth->server = authorization_server_new(&out);
        return r->auth->server != NULL;
    }
    signing_key_free(out.key);
    clients_free(out.clients);
    return false;
}

struct auth *
auth_new(const struct auth_configuration *c, struct report *r)
{
    struct auth *a = calloc(1, sizeof *a);
    struct reading reading = {a, c, r};
    bool good;

    if (!a)
        return NULL;
    a->arena = arena_new(64u << 20);
    a->cache = token_cache_new(c->cache_entries ? c->cache_entries : CACHE_ENTRIES,
                               c->cache_bytes ? c->cache_bytes : CACHE_BYTES, CACHE_TTL);
    good = a->arena && a->cache && read_issuers(&reading);
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
    for (unsigned i = 0; i < a->issuers.n; i++)
        issuer_free(a->issuers.items[i]);
    token_cache_free(a->cache);
    arena_free(a->arena);
    free(a);
}

struct verdict
auth_verify(struct auth *a, struct str token, const struct auth_io *io, int64_t now)
{
    return verify_cached(&a->issuers, a->cache, token, io, now);
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

const struct authorization_server *
auth_server(const struct auth *a)
{
    return a->server;
}

struct token_cache_counts
auth_cache_counts(const struct auth *a)
{
    return token_cache_counts(a->cache);
}
