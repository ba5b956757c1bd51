/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clients and their secrets. */
#include "auth/clients.h"

#include "auth/jwt.h"
#include "auth/settings.h"

struct clients {
    struct client *items;
    unsigned n;
};

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
    if (!c->name.p)
        return false;
    if (!jwt_is_plain(c->name, 128) || c->name.n == 0 || str_find(c->name, ':') < c->name.n) {
        report_error(s->report, document_key_place(s->document, s->object),
                     "%s: a client's name is 1 to 128 characters without a colon", s->what);
        good = false;
    }
    c->secret = secret_read(s, demo);
    good &= c->secret != NULL;
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
    for (unsigned i = 0; c && i < c->n; i++)
        secret_fini(c->items[i].secret);
}

const struct client *
clients_find(const struct clients *c, struct str name)
{
    for (unsigned i = 0; i < c->n; i++)
        if (str_eq(c->items[i].name, name))
            return &c->items[i];
    return NULL;
}

bool
client_proves(const struct client *client, struct str secret)
{
    return client && secret_proves(client->secret, secret);
}

bool
client_has_scope(const struct client *client, struct str scope)
{
    for (unsigned i = 0; i < client->scope_count; i++)
        if (str_eq(client->scopes[i], scope))
            return true;
    return false;
}
