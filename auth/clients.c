/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each key of a client is a reader in readers[]. */
#include "auth/clients.h"

#include "auth/file_stamp.h"
#include "auth/jwt.h"
#include "auth/settings.h"
#include "base/json.h"

#include <stdatomic.h>
#include <stdlib.h>

#define ARENA_MOST    (256u << 20)
#define CLIENTS_MOST  65536
#define NETWORKS_MOST 256
#define IDENTIFIER    256

struct source { /* a file that the table was read from */
    struct source *next;
    const char *path;
    struct file_stamp stamp;
};

struct clients {
    _Atomic unsigned references;
    struct arena *arena;
    struct client *items;
    unsigned n;
    struct source *sources;
};

struct reading { /* of one client */
    struct settings s;
    struct clients *clients;
    struct client *client;
    struct str folder; /* of the file; with its slash */
    bool demo;
};

static bool
complain(const struct reading *r, const char *name, const char *text)
{
    report_error(r->s.report, settings_place(&r->s, name), "%s: `%s` %s", r->s.what, name, text);
    return false;
}

/* --- how it proves itself --- */

static bool
read_secret(struct reading *r)
{
    if (!node_get(r->s.object, "secret") && !node_get(r->s.object, "secret_scrypt"))
        return true;
    r->client->secret = secret_read(&r->s, r->demo);
    return r->client->secret;
}

/* Remembers what the file looks like, so that a change of it is noticed. */
static bool
add_source(struct clients *c, const char *path)
{
    struct source *s = ARENA_NEW(c->arena, struct source);

    if (!s)
        return false;
    *s = (struct source){c->sources, path, file_stamp_of(path)};
    c->sources = s;
    return true;
}

/* The node as a text again, for jwks_parse. */
static bool
key_text(struct reading *r, const cJSON *node, struct str *text)
{
    struct value v;
    struct buf b;

    if (node_to_value(r->s.arena, node, &v) != FAULT_NONE)
        return false;
    buf_init(&b, JWKS_MAX);
    json_write(&b, &v);
    *text = b.failed ? STR_NONE : arena_dup(r->s.arena, buf_view(&b));
    buf_fini(&b);
    return text->p || complain(r, "jwks", "is too large");
}

static const cJSON *
read_keys_file(struct reading *r, struct str name)
{
    struct str path = name;
    struct document *d;

    if (name.p[0] != '/')
        path = arena_printf(r->s.arena, "%.*s%.*s", STR_ARG(r->folder), STR_ARG(name));
    if (!path.p || !add_source(r->clients, path.p))
        return NULL;
    d = document_read(r->s.arena, path.p, r->s.report);
    return d ? d->root : NULL;
}

static bool
read_keys(struct reading *r)
{
    const cJSON *node = node_get(r->s.object, "jwks");
    struct str file = STR_NONE, text = STR_NONE;

    if (!settings_text(&r->s, "jwks_file", &file))
        return false;
    if (!file.p && !node)
        return true;
    if (file.p && node)
        return complain(r, "jwks", "and `jwks_file` are one too many");
    if (file.p)
        node = read_keys_file(r, file);
    if (!node || !key_text(r, node, &text))
        return false;
    r->client->keys =
        jwks_parse(arena_printf(r->s.arena, "keys of client %s", r->s.what), text, r->s.report);
    return r->client->keys != NULL;
}

static bool
read_certificate(struct reading *r)
{
    struct client *c = r->client;

    return settings_text(&r->s, "tls_client_auth_subject_dn", &c->subject_dn) &&
           settings_text(&r->s, "tls_client_auth_san_dns", &c->dns_name) &&
           settings_texts(&r->s, "certificate_thumbprints", &c->thumbprints,
                          &c->thumbprint_count) &&
           settings_switch(&r->s, "certificate_bound", &c->certificate_bound);
}

/* Exactly one way: a client that has two is as weak as the weaker one. */
static bool
check_method(struct reading *r)
{
    struct client *c = r->client;
    bool secret = node_get(r->s.object, "secret_scrypt") || node_get(r->s.object, "secret");
    unsigned ways = secret + (c->keys != NULL) + (c->subject_dn.n > 0) + (c->dns_name.n > 0) +
                    (c->thumbprint_count > 0);

    if (ways != 1) {
        report_error(r->s.report, document_place(r->s.document, r->s.object),
                     "%s: give one of `secret_scrypt`, `jwks`, `jwks_file`, "
                     "`tls_client_auth_subject_dn`, `tls_client_auth_san_dns` and "
                     "`certificate_thumbprints` (or `secret` in a demonstration)",
                     r->s.what);
        return false;
    }
    c->method = c->secret             ? CLIENT_BY_SECRET
                : c->keys             ? CLIENT_BY_KEYS
                : c->thumbprint_count ? CLIENT_BY_CERTIFICATE
                                      : CLIENT_BY_SUBJECT;
    return true;
}

/* --- what it may --- */

static bool
read_scopes(struct reading *r)
{
    struct client *c = r->client;

    if (!settings_texts(&r->s, "scopes", &c->scopes, &c->scope_count))
        return false;
    for (unsigned i = 0; i < c->scope_count; i++)
        if (!jwt_is_plain(c->scopes[i], IDENTIFIER) || str_find(c->scopes[i], ' ') < c->scopes[i].n)
            return complain(r, "scopes", "have no spaces and at most 256 characters each");
    return true;
}

static bool
read_audiences(struct reading *r)
{
    struct client *c = r->client;

    return settings_texts(&r->s, "audiences", &c->audiences, &c->audience_count) &&
           settings_texts(&r->s, "introspects", &c->introspects, &c->introspect_count);
}

static bool
read_networks(struct reading *r)
{
    struct client *c = r->client;
    struct str *texts = NULL;

    if (!settings_texts(&r->s, "networks", &texts, &c->network_count))
        return false;
    if (node_get(r->s.object, "networks") && c->network_count == 0)
        return complain(r, "networks", "is empty: no address could ask; use `enabled: false`");
    if (c->network_count > NETWORKS_MOST)
        return complain(r, "networks", "are too many");
    c->networks = ARENA_ARRAY(r->s.arena, c->network_count + 1u, struct network);
    for (unsigned i = 0; c->networks && i < c->network_count; i++)
        if (!network_parse(texts[i], &c->networks[i]))
            return complain(r, "networks",
                            "must be such as 192.0.2.0/24 or 2001:db8::/32, without bits set "
                            "behind the prefix");
    return c->networks != NULL;
}

static bool
read_grants(struct reading *r)
{
    struct str *texts = NULL;
    unsigned n = 0;

    r->client->grants = GRANT_CLIENT_CREDENTIALS;
    if (!settings_texts(&r->s, "grants", &texts, &n))
        return false;
    if (n > 0)
        r->client->grants = 0;
    for (unsigned i = 0; i < n; i++) {
        if (str_eq(texts[i], STR("client_credentials")))
            r->client->grants |= GRANT_CLIENT_CREDENTIALS;
        else if (str_eq(texts[i], STR("token_exchange")))
            r->client->grants |= GRANT_TOKEN_EXCHANGE;
        else
            return complain(r, "grants", "may hold client_credentials and token_exchange");
    }
    return true;
}

static bool
read_rest(struct reading *r)
{
    int64_t lifetime_us = 0;
    bool enabled = true;

    if (!settings_switch(&r->s, "enabled", &enabled) ||
        !settings_duration(&r->s, "lifetime", &lifetime_us))
        return false;
    r->client->disabled = !enabled;
    r->client->lifetime = lifetime_us / 1000000;
    if (node_get(r->s.object, "lifetime") && r->client->lifetime == 0)
        return complain(r, "lifetime", "must be 1s at least");
    return true;
}

static bool
read_name(struct reading *r)
{
    struct str name = arena_dup(r->s.arena, str_of(r->s.what));

    r->client->name = name;
    if (name.n > 0 && jwt_is_plain(name, 128) && str_find(name, ':') == name.n)
        return true;
    report_error(r->s.report, document_key_place(r->s.document, r->s.object),
                 "%s: a client's name is 1 to 128 characters without a colon", r->s.what);
    return false;
}

static bool (*const readers[])(struct reading *r) = {
    read_name,   read_secret,    read_keys,     read_certificate, check_method,
    read_scopes, read_audiences, read_networks, read_grants,      read_rest,
};

static bool
read_client(struct reading *r)
{
    static const char *const names[] = {"secret",
                                        "secret_scrypt",
                                        "jwks",
                                        "jwks_file",
                                        "tls_client_auth_subject_dn",
                                        "tls_client_auth_san_dns",
                                        "certificate_thumbprints",
                                        "certificate_bound",
                                        "scopes",
                                        "audiences",
                                        "introspects",
                                        "networks",
                                        "grants",
                                        "lifetime",
                                        "enabled",
                                        NULL};
    bool good = settings_check(&r->s, names);

    if (!cJSON_IsObject(r->s.object))
        return false;
    for (unsigned i = 0; i < sizeof readers / sizeof *readers; i++)
        good &= readers[i](r);
    return good;
}

/* --- the table --- */

static bool
read_list(struct clients *c, const struct document *d, bool demo, struct report *r)
{
    struct settings top = {d, d->root, "clients", c->arena, r};
    static const char *const names[] = {"clients", NULL};
    const cJSON *list, *one;
    size_t slash = d->path.n;
    bool good = true;

    if (!settings_check(&top, names))
        return false;
    list = node_get(d->root, "clients");
    if (!cJSON_IsObject(list) || cJSON_GetArraySize(list) > CLIENTS_MOST) {
        report_error(r, document_place(d, d->root), "`clients` must be an object of at most %d",
                     CLIENTS_MOST);
        return false;
    }
    while (slash > 0 && d->path.p[slash - 1] != '/')
        slash--;
    c->items = ARENA_ARRAY(c->arena, (size_t)cJSON_GetArraySize(list) + 1, struct client);
    for (one = list->child; c->items && one; one = one->next) {
        struct reading reading = {.s = {d, one, one->string, c->arena, r},
                                  .clients = c,
                                  .client = &c->items[c->n++],
                                  .folder = {d->path.p, slash},
                                  .demo = demo};

        good &= read_client(&reading);
    }
    return good && c->items;
}

static struct clients *
new_table(struct report *r)
{
    struct arena *a = arena_new(ARENA_MOST);
    struct clients *c = a ? ARENA_NEW(a, struct clients) : NULL;

    if (c) {
        atomic_init(&c->references, 1);
        c->arena = a;
        return c;
    }
    arena_free(a);
    report_error(r, (struct place){STR("clients"), 0, 0}, "out of memory");
    return NULL;
}

struct clients *
clients_read(const char *path, bool demo, struct report *r)
{
    struct clients *c = new_table(r);
    struct str name = c ? arena_dup(c->arena, str_of(path)) : STR_NONE;
    struct document *d = NULL;

    if (name.p && add_source(c, name.p)) /* first: a change while it is read is not missed */
        d = document_read(c->arena, name.p, r);
    if (d && read_list(c, d, demo, r))
        return c;
    clients_unref(c);
    return NULL;
}

bool
clients_check(const char *path, struct str text, bool demo, struct report *r)
{
    struct clients *c = new_table(r);
    struct document *d = c ? document_parse(c->arena, str_of(path), text, r) : NULL;
    bool good = d && read_list(c, d, demo, r);

    clients_unref(c);
    return good;
}

struct clients *
clients_ref(struct clients *c)
{
    if (c)
        atomic_fetch_add_explicit(&c->references, 1, memory_order_relaxed);
    return c;
}

void
clients_unref(struct clients *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->references, 1, memory_order_acq_rel) != 1)
        return;
    for (unsigned i = 0; i < c->n; i++) {
        secret_fini(c->items[i].secret);
        jwks_unref(c->items[i].keys);
    }
    arena_free(c->arena);
}

bool
clients_changed(const struct clients *c)
{
    for (const struct source *s = c->sources; s; s = s->next) {
        struct file_stamp now = file_stamp_of(s->path);

        if (!file_stamp_eq(&now, &s->stamp))
            return true;
    }
    return false;
}

const struct client *
clients_find(const struct clients *c, struct str name)
{
    for (unsigned i = 0; i < c->n; i++)
        if (str_eq(c->items[i].name, name))
            return &c->items[i];
    return NULL;
}

const struct client *
clients_at(const struct clients *c, unsigned i)
{
    return i < c->n ? &c->items[i] : NULL;
}

int64_t
clients_longest(const struct clients *c)
{
    int64_t longest = 0;

    for (unsigned i = 0; i < c->n; i++)
        if (c->items[i].lifetime > longest)
            longest = c->items[i].lifetime;
    return longest;
}

bool
client_has_scope(const struct client *client, struct str scope)
{
    for (unsigned i = 0; i < client->scope_count; i++)
        if (str_eq(client->scopes[i], scope))
            return true;
    return false;
}
