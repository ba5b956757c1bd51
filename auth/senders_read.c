/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `wss` of the configuration, read into what senders.c checks by. */
#include "auth/senders_private.h"

#include "base/clock.h"

#include <stdlib.h>

#define SECOND 1000000LL

enum { ARENA_MAX = 64 << 20, REPLAY_ENTRIES = 262144, LIST_MAX = 100000 };

struct reading {
    struct senders *senders;
    const struct senders_configuration *configuration;
    struct report *report;
};

static struct settings
settings_for(const struct reading *r, const cJSON *object, const char *what)
{
    return (struct settings){r->configuration->document, object, what, r->senders->arena,
                             r->report};
}

static bool
complain(const struct settings *s, const char *name, const char *text)
{
    report_error(s->report, settings_place(s, name), "%s: `%s` %s", s->what, name, text);
    return false;
}

/* A path, seen from the configuration's folder; empty when it is not there. */
static bool
read_file(const struct reading *r, const struct settings *s, const char *name, struct str *out)
{
    *out = STR_NONE;
    if (!settings_text(s, name, out))
        return false;
    if (out->n && out->p[0] != '/' && r->configuration->folder.n)
        *out =
            arena_printf(s->arena, "%.*s/%.*s", STR_ARG(r->configuration->folder), STR_ARG(*out));
    return !out->n || out->p;
}

static bool
read_sender(const struct settings *s, struct str name, struct sender *out)
{
    out->name = out->client = name;
    return settings_text(s, "client", &out->client) &&
           settings_texts(s, "scopes", &out->scopes, &out->scope_count);
}

static bool
is_list(const struct reading *r, const cJSON *node, const char *name)
{
    if (cJSON_IsArray(node) && cJSON_GetArraySize(node) <= LIST_MAX)
        return true;
    report_error(r->report, document_place(r->configuration->document, node),
                 "wss: `%s` must be a list", name);
    return false;
}

/* ---- Users ---- */

/* A digest needs the secret itself, a password in clear only its hash. */
static struct secret *
read_secret(const struct reading *r, const struct settings *s)
{
    const struct senders_configuration *c = r->configuration;
    struct str name = STR_NONE, text = STR_NONE;

    if (!node_get(s->object, "shared_secret"))
        return secret_read(s, c->demo);
    if (!settings_text(s, "shared_secret", &name))
        return NULL;
    if (node_get(s->object, "secret") || node_get(s->object, "secret_scrypt")) {
        complain(s, "shared_secret", "stands alone: remove the other secret");
        return NULL;
    }
    if (!str_starts(name, STR("$secret."))) {
        complain(s, "shared_secret", "names one of `secrets`, as $secret.NAME");
        return NULL;
    }
    text = c->secret(c->context, str_from(name, strlen("$secret.")));
    if (!text.n) {
        complain(s, "shared_secret", "is not among `secrets`, or is empty");
        return NULL;
    }
    text = arena_dup(s->arena, text);
    return text.p ? secret_of(s->arena, text) : NULL;
}

static bool
read_user(const struct reading *r, const cJSON *node, struct sender_user *out)
{
    static const char *const names[] = {"secret", "secret_scrypt", "shared_secret",
                                        "client", "scopes",        NULL};
    struct settings s = settings_for(r, node, node->string);
    bool good = settings_check(&s, names);

    if (!cJSON_IsObject(node))
        return false;
    good &= read_sender(&s, arena_dup(s.arena, str_of(node->string)), &out->sender);
    out->secret = read_secret(r, &s);
    return good && out->secret && out->sender.name.p;
}

static bool
read_users(const struct reading *r, const struct settings *wss)
{
    const cJSON *users = node_get(wss->object, "users"), *one;
    struct senders *s = r->senders;
    bool good = true;

    if (!users)
        return true;
    if (!cJSON_IsObject(users))
        return complain(wss, "users", "must be an object of users");
    s->users = ARENA_ARRAY(s->arena, (size_t)cJSON_GetArraySize(users) + 1, struct sender_user);
    if (!s->users)
        return false;
    cJSON_ArrayForEach(one, users) good &= read_user(r, one, &s->users[s->user_count++]);
    return good;
}

/* ---- Certificates ---- */

static bool
read_subject(const struct reading *r, const cJSON *node, struct sender *out)
{
    static const char *const names[] = {"subject", "client", "scopes", NULL};
    struct settings s = settings_for(r, node, "certificates");
    struct str subject = STR_NONE;
    bool good = settings_check(&s, names);

    if (!cJSON_IsObject(node))
        return false;
    good &= settings_text(&s, "subject", &subject);
    if (good && !subject.n)
        return settings_missing(&s, "subject");
    return good && read_sender(&s, subject, out);
}

static bool
read_once(const struct settings *s, bool *out)
{
    const cJSON *node = node_get(s->object, "once");

    *out = !node || cJSON_IsTrue(node);
    return !node || cJSON_IsBool(node) || complain(s, "once", "must be true or false");
}

static bool
read_certificates(const struct reading *r, const struct settings *wss)
{
    static const char *const names[] = {"ca", "crl", "once", "clients", NULL};
    const cJSON *object = node_get(wss->object, "certificates"), *list, *one;
    struct settings s = settings_for(r, object, "certificates");
    struct str ca, crl;
    bool good;

    if (!object)
        return true;
    good = settings_check(&s, names);
    if (!cJSON_IsObject(object))
        return false;
    good &= read_file(r, &s, "ca", &ca) && read_file(r, &s, "crl", &crl);
    good &= read_once(&s, &r->senders->once);
    if (good && !ca.n)
        return settings_missing(&s, "ca");
    list = node_get(object, "clients");
    if (!list)
        return settings_missing(&s, "clients");
    if (!good || !is_list(r, list, "clients"))
        return false;
    r->senders->certificates =
        ARENA_ARRAY(s.arena, (size_t)cJSON_GetArraySize(list) + 1, struct sender);
    if (!r->senders->certificates)
        return false;
    cJSON_ArrayForEach(one, list) good &=
        read_subject(r, one, &r->senders->certificates[r->senders->certificate_count++]);
    r->senders->authority =
        authority_new(ca.p, crl.n ? crl.p : "", settings_place(&s, "ca"), r->report);
    return good && r->senders->authority;
}

/* ---- Assertions ---- */

static bool
read_issuer(const struct reading *r, const cJSON *node, struct sender_issuer *out)
{
    static const char *const names[] = {"issuer", "certificate", "audiences", "recipient",
                                        "client", "scopes",      NULL};
    struct settings s = settings_for(r, node, "assertions");
    struct str issuer = STR_NONE, certificate;
    bool good = settings_check(&s, names);

    if (!cJSON_IsObject(node))
        return false;
    good &= settings_text(&s, "issuer", &issuer) && settings_text(&s, "recipient", &out->recipient);
    good &= read_file(r, &s, "certificate", &certificate);
    good &= settings_texts(&s, "audiences", &out->audiences, &out->audience_count);
    if (good && !issuer.n)
        return settings_missing(&s, "issuer");
    if (good && !certificate.n)
        return settings_missing(&s, "certificate");
    if (good && !out->audience_count)
        return settings_missing(&s, "audiences");
    if (!good || !read_sender(&s, issuer, &out->sender))
        return false;
    out->key = certificate_key(certificate.p, settings_place(&s, "certificate"), r->report);
    return out->key != NULL;
}

static bool
read_issuers(const struct reading *r, const struct settings *wss)
{
    const cJSON *list = node_get(wss->object, "assertions"), *one;
    struct senders *s = r->senders;
    bool good = true;

    if (!list)
        return true;
    if (!is_list(r, list, "assertions"))
        return false;
    s->issuers = ARENA_ARRAY(s->arena, (size_t)cJSON_GetArraySize(list) + 1, struct sender_issuer);
    if (!s->issuers)
        return false;
    cJSON_ArrayForEach(one, list) good &= read_issuer(r, one, &s->issuers[s->issuer_count++]);
    return good;
}

/* ---- All of it ---- */

static bool
read_times(const struct settings *wss, struct senders *s)
{
    bool good = settings_duration(wss, "window", &s->window);

    good &= settings_duration(wss, "leeway", &s->leeway);
    if (good && (s->window < SECOND || s->window > 3600 * SECOND))
        return complain(wss, "window", "must be 1s at least and 1h at most");
    if (good && s->leeway > 300 * SECOND)
        return complain(wss, "leeway", "may be 5m at most");
    return good;
}

static bool
read_replay(const struct settings *wss, struct senders *s)
{
    const cJSON *node = node_get(wss->object, "replay");
    uint64_t entries = REPLAY_ENTRIES;

    if (node && (!cJSON_IsNumber(node) || !str_to_u64(node_lexeme(node), &entries) ||
                 entries < 1024 || entries > 1 << 26))
        return complain(wss, "replay", "must be a number from 1024 to 67108864");
    s->replay = replay_new(entries);
    return s->replay != NULL;
}

struct senders *
senders_new(const struct senders_configuration *c, struct report *r)
{
    static const char *const names[] = {"window",       "leeway",     "replay", "users",
                                        "certificates", "assertions", NULL};
    struct senders *s = calloc(1, sizeof *s);
    struct reading reading = {s, c, r};
    struct settings wss;
    bool good;

    if (!s)
        return NULL;
    *s = (struct senders){
        .arena = arena_new(ARENA_MAX), .window = 300 * SECOND, .leeway = 30 * SECOND};
    wss = settings_for(&reading, c->object, "wss");
    good = s->arena && settings_check(&wss, names);
    if (s->arena && cJSON_IsObject(c->object)) {
        good &= read_times(&wss, s);
        good &= read_replay(&wss, s);
        good &= read_users(&reading, &wss);
        good &= read_certificates(&reading, &wss);
        good &= read_issuers(&reading, &wss);
    }
    if (good)
        return s;
    senders_free(s);
    return NULL;
}

void
senders_free(struct senders *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->user_count; i++)
        secret_fini(s->users[i].secret);
    for (unsigned i = 0; i < s->issuer_count; i++)
        public_key_free(s->issuers[i].key);
    authority_free(s->authority);
    replay_free(s->replay);
    arena_free(s->arena);
    free(s);
}
