/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate client`: the table of clients, changed as an operator would by hand, but at once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/clients_edit.h"
#include "auth/file_replace.h"
#include "auth/scrypt.h"
#include "base/file.h"
#include "base/json.h"
#include "gateway/command_audit.h"
#include "gateway/session.h"

enum { FILE_MOST = 32 << 20, MEMBERS_MOST = 16 };

struct given { /* the flags; NULL: not given */
    const char *scopes, *audiences, *networks, *grants, *lifetime;
    const char *jwks_file, *thumbprint, *subject, *overlap;
};

struct work {
    struct arena *arena;
    const char *path;
    bool demo;
    struct str client;
    struct given given;
    char secret[SCRYPT_SECRET_NEW]; /* "": none was made */
};

typedef const char *change(struct work *w, struct str text, struct buf *out);

static int
fail(const char *what, const char *why)
{
    fprintf(stderr, "telgate client: %s%s%s\n", what, why[0] ? ": " : "", why);
    return 1;
}

/* --- the changes --- */

static struct str
quoted(struct arena *a, struct str text)
{
    struct str out;
    struct buf b;

    buf_init(&b, 1 << 20);
    json_write_string(&b, text);
    out = arena_dup(a, buf_view(&b));
    buf_fini(&b);
    return out;
}

/* "a, b c" as a list in brackets. */
static struct str
list_of(struct arena *a, const char *text)
{
    struct str rest = str_of(text), out;
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_put_char(&b, '[');
    while (rest.n) {
        size_t n = 0;

        while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != ',')
            n++;
        if (n > 0 && b.n > 1)
            buf_str(&b, STR(", "));
        if (n > 0)
            json_write_string(&b, str_head(rest, n));
        rest = str_from(rest, n + 1);
    }
    buf_put_char(&b, ']');
    out = arena_dup(a, buf_view(&b));
    buf_fini(&b);
    return out;
}

/* A new secret; its hash, as a text or a list with the one before. */
static struct str
new_secret(struct work *w, struct str before)
{
    struct str out = STR_NONE;
    struct buf b;

    buf_init(&b, 512);
    if (scrypt_secret(w->secret) && scrypt_put(&b, str_of(w->secret))) {
        out = quoted(w->arena, buf_view(&b));
        if (before.n)
            out = arena_printf(w->arena, "[%.*s, %.*s]", STR_ARG(out),
                               STR_ARG(quoted(w->arena, before)));
    }
    buf_fini(&b);
    return out;
}

/* How the client proves itself; false: no randomness, or more than one way. */
static bool
add_proof(struct work *w, struct clients_member *m, unsigned *n)
{
    const struct given *g = &w->given;

    if ((g->jwks_file != NULL) + (g->thumbprint != NULL) + (g->subject != NULL) > 1)
        return false;
    if (g->jwks_file)
        m[*n] = (struct clients_member){"jwks_file", quoted(w->arena, str_of(g->jwks_file))};
    else if (g->thumbprint)
        m[*n] =
            (struct clients_member){"certificate_thumbprints", list_of(w->arena, g->thumbprint)};
    else if (g->subject)
        m[*n] = (struct clients_member){"tls_client_auth_subject_dn",
                                        quoted(w->arena, str_of(g->subject))};
    else
        m[*n] = (struct clients_member){"secret_scrypt", new_secret(w, STR_NONE)};
    return m[(*n)++].value.p != NULL;
}

static const char *
add(struct work *w, struct str text, struct buf *out)
{
    const struct given *g = &w->given;
    const struct {
        const char *name, *list;
    } lists[] = {{"scopes", g->scopes},
                 {"audiences", g->audiences},
                 {"networks", g->networks},
                 {"grants", g->grants}};
    struct clients_member m[MEMBERS_MOST];
    unsigned n = 0;

    if (!add_proof(w, m, &n))
        return "there is no secret to be had, or more than one way to prove was given";
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++)
        if (lists[i].list)
            m[n++] = (struct clients_member){lists[i].name, list_of(w->arena, lists[i].list)};
    if (g->lifetime)
        m[n++] = (struct clients_member){"lifetime", quoted(w->arena, str_of(g->lifetime))};
    return clients_edit_add(w->arena, text, w->client, m, n, out);
}

/* The hash that is in force, when it is to stay beside the new one. */
static const char *
hash_before(struct work *w, struct str text, struct str *before)
{
    struct report r;
    struct document *d;
    const cJSON *client, *node;

    report_init(&r, w->arena);
    d = document_parse(w->arena, str_of(w->path), text, &r);
    client = d ? node_get(node_get(d->root, "clients"), w->client.p) : NULL;
    node = client ? node_get(client, "secret_scrypt") : NULL;
    if (client && !node && !node_get(client, "secret"))
        return "the client does not prove itself by a secret";
    if (cJSON_IsArray(node))
        node = node->child;
    if (w->given.overlap && cJSON_IsString(node))
        *before = str_of(node->valuestring);
    return NULL;
}

static const char *
rotate(struct work *w, struct str text, struct buf *out)
{
    struct str before = STR_NONE;
    struct clients_member m = {"secret_scrypt", STR_NONE};
    const char *wrong = hash_before(w, text, &before);

    if (wrong)
        return wrong;
    m.value = new_secret(w, before);
    if (!m.value.p)
        return "there is no secret to be had";
    return clients_edit_set(w->arena, text, w->client, m, "secret", out);
}

static const char *
enable(struct work *w, struct str text, struct buf *out)
{
    struct clients_member m = {"enabled", STR("true")};

    return clients_edit_set(w->arena, text, w->client, m, NULL, out);
}

static const char *
disable(struct work *w, struct str text, struct buf *out)
{
    struct clients_member m = {"enabled", STR("false")};

    return clients_edit_set(w->arena, text, w->client, m, NULL, out);
}

/* --- carrying one out --- */

/* The new text must read as the old one did, before it takes its place. */
static int
replace(struct work *w, struct str text, unsigned mode)
{
    struct report r;

    report_init(&r, w->arena);
    if (!clients_check(w->path, text, w->demo, &r)) {
        command_report(&r);
        return fail("the file would not be sound, and stays as it was", "");
    }
    if (!file_replace(w->path, mode, text))
        return fail(w->path, strerror(errno));
    if (w->secret[0])
        printf("%s\n", w->secret);
    return 0;
}

static int
carry_out(struct work *w, change *how)
{
    int lock = file_lock(w->path), status = 1;
    struct buf text, out;
    const char *wrong;
    unsigned mode;

    buf_init(&out, FILE_MOST);
    if (!file_load(w->path, FILE_MOST, &text, &mode) || lock < 0) {
        fail(w->path, strerror(errno));
    } else {
        wrong = how(w, buf_view(&text), &out);
        status = wrong ? fail(wrong, "") : replace(w, buf_view(&out), mode);
    }
    buf_fini(&text);
    buf_fini(&out);
    if (lock >= 0)
        close(lock);
    explicit_bzero(w->secret, sizeof w->secret);
    return status;
}

/* --- the list --- */

static void
put_texts(const char *name, const struct str *items, unsigned n)
{
    if (n > 0)
        printf("  %s: ", name);
    for (unsigned i = 0; i < n; i++)
        printf("%s%.*s", i ? " " : "", STR_ARG(items[i]));
    if (n > 0)
        printf("\n");
}

static int
list(struct authorization_server *as)
{
    static const char *const methods[] = {[CLIENT_BY_SECRET] = "client_secret_basic",
                                          [CLIENT_BY_KEYS] = "private_key_jwt",
                                          [CLIENT_BY_SUBJECT] = "tls_client_auth",
                                          [CLIENT_BY_CERTIFICATE] = "self_signed_tls_client_auth"};
    struct clients *clients = authorization_server_clients(as);
    const struct client *c;

    for (unsigned i = 0; (c = clients_at(clients, i)); i++) {
        printf("%.*s  %s%s%s", STR_ARG(c->name), methods[c->method],
               c->disabled ? ", disabled" : "",
               c->grants & GRANT_TOKEN_EXCHANGE ? ", token_exchange" : "");
        if (c->network_count)
            printf(", %u networks", c->network_count);
        if (c->lifetime)
            printf(", %llds", (long long)c->lifetime);
        printf("\n");
        put_texts("scopes", c->scopes, c->scope_count);
        put_texts("audiences", c->audiences, c->audience_count);
        put_texts("introspects", c->introspects, c->introspect_count);
    }
    clients_unref(clients);
    return 0;
}

static const struct verb {
    const char *name;
    change *how; /* NULL: list */
} verbs[] = {
    {"add", add}, {"list", NULL}, {"rotate", rotate}, {"enable", enable}, {"disable", disable},
};

static const struct verb *
find_verb(const char *name)
{
    for (unsigned i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int
work_on(struct session *s, const struct verb *verb, struct work *w)
{
    struct authorization_server *as = auth_server(s->snapshot->auth);
    const struct authorization_server_settings *settings;
    struct audit_event e = {
        .kind = AUDIT_ADMIN, .client_id = w->client, .detail = STR("telgate client")};
    int status;

    if (!as)
        return fail("the configuration has no authorization_server", "");
    if (!verb->how)
        return list(as);
    settings = authorization_server_settings(as);
    w->arena = s->arena;
    w->path = settings->clients_path;
    w->demo = settings->demo;
    status = carry_out(w, verb->how);
    e.reason = verb->name;
    if (status == 0)
        command_record(s->snapshot->config, &e);
    return status;
}

int
command_client(const struct command *c, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT;
    struct work w = {0};
    struct given *g = &w.given;
    const struct flag flags[] = {{"--config", "-c", &config},
                                 {"--scopes", NULL, &g->scopes},
                                 {"--audiences", NULL, &g->audiences},
                                 {"--networks", NULL, &g->networks},
                                 {"--grants", NULL, &g->grants},
                                 {"--lifetime", NULL, &g->lifetime},
                                 {"--jwks-file", NULL, &g->jwks_file},
                                 {"--thumbprint", NULL, &g->thumbprint},
                                 {"--subject", NULL, &g->subject},
                                 {"--overlap", NULL, &g->overlap},
                                 {NULL, NULL, NULL}};
    const struct verb *verb;
    struct session session;
    int status = 1;

    if (!command_flags(c, flags, &argc, argv) || argc < 2)
        return command_usage(c);
    verb = find_verb(argv[1]);
    if (!verb || argc != (verb->how ? 3 : 2) ||
        (g->overlap && (verb->how != rotate || strcmp(g->overlap, "yes") != 0)))
        return command_usage(c);
    w.client = str_of(verb->how ? argv[2] : "");
    if (session_open_auth(&session, config, true))
        status = work_on(&session, verb, &w);
    session_close(&session);
    return status;
}
