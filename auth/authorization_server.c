/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The endpoints are the rows of endpoints[]; here are what they share, and the two documents. */
#include "auth/authorization_server.h"

#include "auth/file_stamp.h"
#include "auth/oauth_call.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>

#define ASSERTIONS_KEPT 65536
#define WATCH_US        1000000
#define RETRY_US        10000000 /* a file that could not be read, unless it changes before */

struct source { /* of a file that could not be read */
    struct file_stamp failed;
    int64_t retry_at;
};

struct authorization_server {
    struct authorization_server_settings settings; /* without keys and clients */
    struct replay *replay;
    pthread_mutex_t lock;
    struct keyring *keys; /* under the lock; whoever uses them holds a reference */
    struct clients *clients;
    /* authorization_server_watch's own. */
    struct audit_listener listener;
    struct source keys_source, clients_source;
    int64_t watched_at;
    unsigned published; /* keys that the issuer of our own tokens was given */
};

/* The keys in force, to whoever verifies our tokens. */
static bool
publish(struct authorization_server *as, const struct keyring *keys, int64_t now)
{
    struct arena *a = arena_new(1u << 20);
    struct jwks *set = NULL;
    struct report r;
    struct buf text;

    if (!as->settings.own)
        return true;
    buf_init(&text, JWKS_MAX);
    keyring_put_jwks(keys, now / 1000000, &text);
    if (a && !text.failed) {
        report_init(&r, a);
        set = jwks_parse(STR("own keys"), buf_view(&text), &r);
    }
    issuer_set_keys(as->settings.own, set);
    as->published = keyring_count(keys, now / 1000000);
    buf_fini(&text);
    arena_free(a);
    return set != NULL;
}

struct authorization_server *
authorization_server_new(const struct authorization_server_settings *s)
{
    struct authorization_server *as = calloc(1, sizeof *as);

    if (!as) {
        keyring_unref(s->keys);
        clients_unref(s->clients);
        return NULL;
    }
    as->settings = *s;
    as->settings.keys = NULL;
    as->settings.clients = NULL;
    as->keys = s->keys;
    as->clients = s->clients;
    pthread_mutex_init(&as->lock, NULL);
    as->replay = replay_new(ASSERTIONS_KEPT);
    if (as->replay && publish(as, as->keys, clock_utc_us()))
        return as;
    authorization_server_free(as);
    return NULL;
}

void
authorization_server_free(struct authorization_server *as)
{
    if (!as)
        return;
    keyring_unref(as->keys);
    clients_unref(as->clients);
    replay_free(as->replay);
    pthread_mutex_destroy(&as->lock);
    free(as);
}

const struct authorization_server_settings *
authorization_server_settings(const struct authorization_server *as)
{
    return &as->settings;
}

/* The two that change, for as long as the caller wants them. */
static void
hold(struct authorization_server *as, struct keyring **keys, struct clients **clients)
{
    pthread_mutex_lock(&as->lock);
    *keys = keyring_ref(as->keys);
    *clients = clients_ref(as->clients);
    pthread_mutex_unlock(&as->lock);
}

static int64_t
longest_of(const struct authorization_server *as, const struct clients *clients)
{
    int64_t longest = clients_longest(clients);

    return longest > as->settings.lifetime ? longest : as->settings.lifetime;
}

struct clients *
authorization_server_clients(struct authorization_server *as)
{
    struct keyring *keys;
    struct clients *clients;

    hold(as, &keys, &clients);
    keyring_unref(keys);
    return clients;
}

int64_t
authorization_server_longest(struct authorization_server *as)
{
    struct keyring *keys;
    struct clients *clients;
    int64_t longest;

    hold(as, &keys, &clients);
    longest = longest_of(as, clients);
    keyring_unref(keys);
    clients_unref(clients);
    return longest;
}

/* --- files that change --- */

static bool
is_due(const struct source *s, const char *path, int64_t now)
{
    struct file_stamp stamp = file_stamp_of(path);

    return now >= s->retry_at || !file_stamp_eq(&stamp, &s->failed);
}

void
authorization_server_listen(struct authorization_server *as, const struct audit_listener *l)
{
    as->listener = *l;
}

static void
told(struct authorization_server *as, struct source *s, const char *path,
     const struct audit_event *e, const struct report *r, bool good, int64_t now)
{
    const char *event = e->kind == AUDIT_KEY_ROTATE ? "signing-keys" : "clients";

    audit_tell(&as->listener, e);
    for (const struct report_line *l = r->first; l; l = l->next)
        log_event(l->warning ? LOG_WARNING : LOG_ERROR, event, "%.*s", STR_ARG(l->text));
    if (good) {
        log_event(LOG_INFO, event, "%s was read anew and is in force", path);
        return;
    }
    log_event(LOG_ERROR, event, "%s was not taken; what was in force stays so", path);
    *s = (struct source){file_stamp_of(path), now + RETRY_US};
}

static void
watch_clients(struct authorization_server *as, struct arena *a, int64_t now)
{
    const char *path = as->settings.clients_path;
    struct clients *old = as->clients, *new;
    struct audit_event e = {.kind = AUDIT_CONFIG, .detail = STR("the table of clients")};
    struct report r;

    if (!clients_changed(old) || !is_due(&as->clients_source, path, now))
        return;
    report_init(&r, a);
    new = clients_read(path, as->settings.demo, &r);
    e.denied = !new;
    told(as, &as->clients_source, path, &e, &r, new != NULL, now);
    if (!new)
        return;
    pthread_mutex_lock(&as->lock);
    as->clients = new;
    pthread_mutex_unlock(&as->lock);
    clients_unref(old);
}

/* Whoever verifies has the new keys before anybody signs with them. */
static void
watch_keys(struct authorization_server *as, struct arena *a, int64_t now)
{
    const char *path = as->settings.key_path;
    struct keyring *old = as->keys, *new;
    struct audit_event e = {.kind = AUDIT_KEY_ROTATE, .detail = STR("the keys that sign tokens")};
    struct report r;

    if (as->published != keyring_count(old, now / 1000000))
        publish(as, old, now); /* one has expired */
    if (!keyring_changed(old) || !is_due(&as->keys_source, path, now))
        return;
    report_init(&r, a);
    new = keyring_new(path, as->settings.algorithm, as->settings.key_at, &r);
    if (new && !publish(as, new, now)) {
        keyring_unref(new);
        new = NULL;
    }
    e.denied = !new;
    if (new)
        e.key_id = str_of(keyring_newest(new)->kid);
    told(as, &as->keys_source, path, &e, &r, new != NULL, now);
    if (!new)
        return;
    pthread_mutex_lock(&as->lock);
    as->keys = new;
    pthread_mutex_unlock(&as->lock);
    keyring_unref(old);
}

void
authorization_server_watch(struct authorization_server *as, int64_t now)
{
    bool due = now >= as->watched_at + WATCH_US || now < as->watched_at;
    struct arena *a = due ? arena_new(16u << 20) : NULL;

    if (a) {
        as->watched_at = now;
        watch_clients(as, a, now);
        watch_keys(as, a, now);
    }
    arena_free(a);
}

/* --- what the endpoints share --- */

void
oauth_header(struct oauth_call *c, struct str name, struct str value)
{
    c->answer->headers[c->answer->header_count++] = (struct header){name, value};
}

enum fault_code
oauth_finish(struct oauth_call *c, unsigned status, struct buf *json)
{
    c->answer->status = status;
    oauth_header(c, STR("Content-Type"), STR("application/json"));
    if (!json->failed)
        c->answer->body = arena_dup(c->arena, buf_view(json));
    buf_fini(json);
    return c->answer->body.p ? FAULT_NONE : fault_set(c->fault, FAULT_MEMORY, "out of memory");
}

static void
put_name(struct buf *b, const char *name)
{
    if (b->n && b->p[b->n - 1] != '{')
        buf_put_char(b, ',');
    buf_printf(b, "\"%s\":", name);
}

void
oauth_text(struct buf *b, const char *name, struct str text)
{
    put_name(b, name);
    json_write_string(b, text);
}

void
oauth_number(struct buf *b, const char *name, int64_t n)
{
    put_name(b, name);
    buf_printf(b, "%lld", (long long)n);
}

enum fault_code
oauth_error(struct oauth_call *c, enum token_error error, const char *why)
{
    struct buf b;

    c->answer->error = token_error_name(error);
    if (error == TOKEN_INVALID_CLIENT)
        oauth_header(c, STR("WWW-Authenticate"), STR("Basic realm=\"oauth2\""));
    if (error == TOKEN_THROTTLED || error == TOKEN_UNAVAILABLE)
        oauth_header(c, STR("Retry-After"), STR("1"));
    buf_init(&b, OAUTH_ANSWER_MOST);
    buf_put_char(&b, '{');
    oauth_text(&b, "error", str_of(c->answer->error));
    oauth_text(&b, "error_description", str_of(why));
    buf_put_char(&b, '}');
    return oauth_finish(c, token_error_status(error), &b);
}

enum token_error
oauth_authenticate(struct oauth_call *c, const char **why)
{
    static const char *const paths[] = {"", OAUTH_TOKEN_PATH, OAUTH_REVOKE_PATH,
                                        OAUTH_INTROSPECT_PATH};
    struct str audiences[4];
    struct client_auth check = {.clients = c->clients,
                                .replay = c->replay,
                                .audiences = audiences,
                                .audience_count = 4,
                                .peer = c->request->peer,
                                .certificate = c->request->certificate,
                                .io = c->request->io,
                                .arena = c->arena,
                                .now = c->now};
    enum token_error error;

    oauth_header(c, STR("Cache-Control"), STR("no-store"));
    error = token_request_read(c->arena, c->request->headers, c->request->body, &c->asked, why);
    c->answer->client_id = c->asked.client_id;
    if (error != TOKEN_OK)
        return error;
    for (unsigned i = 0; i < 4; i++)
        audiences[i] = arena_printf(c->arena, "%.*s%s", STR_ARG(c->settings->issuer), paths[i]);
    error = client_auth_check(&check, &c->asked, &c->client, why);
    if (c->client)
        c->answer->client_id = arena_dup(c->arena, c->client->name);
    return error;
}

enum own_token_state
oauth_own_token(struct oauth_call *c, struct str text, struct own_token *out)
{
    return own_token_read(c->arena, c->keys, c->settings->issuer, c->settings->revocations, text,
                          c->now, out);
}

void
oauth_names(struct oauth_call *c, const struct own_token *t)
{
    c->answer->subject = t->subject;
    c->answer->jti = t->jti;
    c->answer->key_id = t->key_id;
    c->answer->scopes = t->scope;
    c->answer->audience = t->audience;
    c->answer->thumbprint = t->thumbprint;
}

/* --- documents --- */

/* GET /oauth2/jwks. */
static enum fault_code
jwks_endpoint(struct oauth_call *c)
{
    struct buf b;

    oauth_header(c, STR("Cache-Control"), STR("public, max-age=300"));
    buf_init(&b, OAUTH_ANSWER_MOST);
    keyring_put_jwks(c->keys, c->now / 1000000, &b);
    return oauth_finish(c, 200, &b);
}

static void
put_url(struct oauth_call *c, struct buf *b, const char *name, const char *path)
{
    struct str url = arena_printf(c->arena, "%.*s%s", STR_ARG(c->settings->issuer), path);

    if (url.p)
        oauth_text(b, name, url);
    else
        b->failed = true;
}

/* The ways in, of each endpoint that has one. */
static void
put_methods(struct oauth_call *c, struct buf *b, const char *endpoint)
{
    buf_printf(b, ",\"%s_auth_methods_supported\":[\"client_secret_basic\",\"private_key_jwt\"%s]",
               endpoint,
               c->settings->certificates ? ",\"tls_client_auth\",\"self_signed_tls_client_auth\""
                                         : "");
    buf_printf(b, ",\"%s_auth_signing_alg_values_supported\":[", endpoint);
    for (enum algorithm a = ALGORITHM_NONE + 1; a < ALGORITHM_COUNT; a++)
        buf_printf(b, "%s\"%s\"", a > ALGORITHM_NONE + 1 ? "," : "", algorithm_name(a));
    buf_put_char(b, ']');
}

/* RFC 8414 section 3: what is there, and nothing else. */
static enum fault_code
metadata_endpoint(struct oauth_call *c)
{
    struct buf b;

    oauth_header(c, STR("Cache-Control"), STR("public, max-age=300"));
    buf_init(&b, OAUTH_ANSWER_MOST);
    buf_put_char(&b, '{');
    oauth_text(&b, "issuer", c->settings->issuer);
    put_url(c, &b, "token_endpoint", OAUTH_TOKEN_PATH);
    put_url(c, &b, "jwks_uri", OAUTH_JWKS_PATH);
    put_url(c, &b, "revocation_endpoint", OAUTH_REVOKE_PATH);
    put_url(c, &b, "introspection_endpoint", OAUTH_INTROSPECT_PATH);
    buf_str(&b, STR(",\"grant_types_supported\":[\"client_credentials\","
                    "\"urn:ietf:params:oauth:grant-type:token-exchange\"]"
                    ",\"response_types_supported\":[]"));
    put_methods(c, &b, "token_endpoint");
    put_methods(c, &b, "revocation_endpoint");
    put_methods(c, &b, "introspection_endpoint");
    if (c->settings->certificates)
        buf_str(&b, STR(",\"tls_client_certificate_bound_access_tokens\":true"));
    buf_put_char(&b, '}');
    return oauth_finish(c, 200, &b);
}

static const struct endpoint {
    const char *path;
    const char *method;
    enum oauth_deed deed;
    enum fault_code (*answer)(struct oauth_call *c);
} endpoints[] = {
    {OAUTH_TOKEN_PATH, "POST", OAUTH_ISSUE, oauth_token_endpoint},
    {OAUTH_REVOKE_PATH, "POST", OAUTH_REVOKE, oauth_revoke_endpoint},
    {OAUTH_INTROSPECT_PATH, "POST", OAUTH_INTROSPECT, oauth_introspect_endpoint},
    {OAUTH_JWKS_PATH, "GET", OAUTH_DOCUMENT, jwks_endpoint},
    {"/.well-known/oauth-authorization-server", "GET", OAUTH_DOCUMENT, metadata_endpoint},
};

static const struct endpoint *
find_endpoint(struct str path)
{
    for (unsigned i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        if (str_eq(path, str_of(endpoints[i].path)))
            return &endpoints[i];
    return NULL;
}

bool
authorization_server_owns(struct str path)
{
    return find_endpoint(path) != NULL;
}

static bool
accepts(const struct endpoint *e, struct str method)
{
    return str_eq(method, str_of(e->method)) ||
           (str_eq(method, STR("HEAD")) && strcmp(e->method, "GET") == 0);
}

/* A call with what it holds; release() is due. */
static struct oauth_call
begin(struct authorization_server *as, struct arena *a, int64_t now, struct fault *f)
{
    struct oauth_call c = {
        .settings = &as->settings, .replay = as->replay, .arena = a, .now = now, .fault = f};

    hold(as, &c.keys, &c.clients);
    return c;
}

static void
release(struct oauth_call *c)
{
    keyring_unref(c->keys);
    clients_unref(c->clients);
}

enum fault_code
authorization_server_answer(struct authorization_server *as, const struct oauth_request *request,
                            struct arena *a, int64_t now, struct oauth_answer *answer,
                            struct fault *f)
{
    const struct endpoint *e = find_endpoint(request->path);
    struct oauth_call c;
    enum fault_code code;

    *answer = (struct oauth_answer){0};
    if (!e)
        return fault_set(f, FAULT_NOT_FOUND, "no such endpoint");
    if (!accepts(e, request->method)) {
        answer->status = 405;
        answer->headers[answer->header_count++] = (struct header){
            STR("Allow"), strcmp(e->method, "GET") == 0 ? STR("GET, HEAD") : STR("POST")};
        return FAULT_NONE;
    }
    c = begin(as, a, now, f);
    c.request = request;
    c.answer = answer;
    answer->deed = e->deed;
    code = e->answer(&c);
    release(&c);
    return code;
}

enum fault_code
authorization_server_mint(struct authorization_server *as, struct str name, struct str scope,
                          struct arena *a, int64_t now, struct str *token, struct fault *f)
{
    struct oauth_call c = begin(as, a, now, f);
    enum token_error error = TOKEN_OK;
    enum fault_code code;
    struct buf text;

    c.client = clients_find(c.clients, name);
    buf_init(&text, OAUTH_ANSWER_MOST);
    if (!c.client || c.client->disabled)
        code = fault_set(f, FAULT_INVALID_PARAMETER,
                         c.client ? "the client is disabled" : "there is no client of that name");
    else
        code = oauth_mint(&c, scope, &text, &error);
    if (error != TOKEN_OK)
        code = fault_set(f, FAULT_INVALID_PARAMETER, "the client may not have this scope");
    if (code == FAULT_NONE) {
        *token = arena_dup(a, buf_view(&text));
        if (!token->p)
            code = fault_set(f, FAULT_MEMORY, "out of memory");
    }
    buf_fini(&text);
    release(&c);
    return code;
}
