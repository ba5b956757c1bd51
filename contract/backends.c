/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See backends.h. A new member is one row of readers. */
#include "contract/backends.h"
#include "contract/codec.h"
#include "contract/suggest.h"
#include "base/base64.h"
#include "base/clock.h"

enum { URLS_MAX = 64 };

typedef void reader(struct loader *l, const cJSON *node, struct backend *b);

static bool
is_text(struct loader *l, const cJSON *node)
{
    if (cJSON_IsString(node) && node->valuestring[0])
        return true;
    LOADER_ERROR(l, node, "'%s' must be text", node->string ? node->string : "item");
    return false;
}

int64_t
backends_duration(struct loader *l, const cJSON *text, int64_t otherwise)
{
    int64_t us;
    if (!text)
        return otherwise;
    if (cJSON_IsString(text) && clock_parse_duration(str_of(text->valuestring), &us) && us > 0)
        return us;
    LOADER_ERROR(l, text, "timeout must be a duration such as 500ms or 2s, above 0");
    return otherwise;
}

static bool
is_host(struct str authority)
{
    for (size_t i = 0; i < authority.n; i++)
        if ((unsigned char)authority.p[i] <= ' ' || strchr("@\\\"<>{}|^`%?#", authority.p[i]) ||
            (unsigned char)authority.p[i] >= 127)
            return false;
    return authority.n > 0 && authority.p[0] != ':';
}

static bool
is_path(struct str path)
{
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] <= ' ' || strchr("?#\\\"<>{}|^`", path.p[i]) ||
            (unsigned char)path.p[i] >= 127)
            return false;
    return true;
}

/* Without the slashes at its end; empty when it is not one. */
static struct str
tidy_url(struct str url)
{
    struct str rest = str_starts(url, STR("http://"))    ? str_from(url, 7)
                      : str_starts(url, STR("https://")) ? str_from(url, 8)
                                                         : STR_NONE;
    size_t slash = str_find(rest, '/');
    if (!is_host(str_head(rest, slash)) || !is_path(str_from(rest, slash)))
        return STR_NONE;
    while (url.p[url.n - 1] == '/')
        url.n--;
    return url;
}

static void
add_url(struct loader *l, const cJSON *from, struct str text, struct backend *b)
{
    struct str url = tidy_url(text);
    if (url.n)
        b->urls[b->url_count++] = url;
    else
        LOADER_ERROR(l, from,
                     "backend '%.*s': '%.*s' is not a URL of a backend: write "
                     "http://host:port/path, without user, query and fragment",
                     STR_ARG(b->name), STR_ARG(text));
}

static void
read_url(struct loader *l, const cJSON *node, struct backend *b)
{
    int count = cJSON_IsArray(node) ? cJSON_GetArraySize(node) : 1;
    if (count < 1 || count > URLS_MAX) {
        LOADER_ERROR(l, node, "url must be one URL or a list of 1 to %d", URLS_MAX);
        return;
    }
    b->urls = ARENA_ARRAY(l->arena, (size_t)count, struct str);
    if (!b->urls)
        return;
    if (!cJSON_IsArray(node)) {
        if (is_text(l, node))
            add_url(l, node, str_of(node->valuestring), b);
        return;
    }
    for (const cJSON *item = node->child; item; item = item->next)
        if (is_text(l, item))
            add_url(l, item, str_of(item->valuestring), b);
}

static void
read_wsdl(struct loader *l, const cJSON *node, struct backend *b)
{
    if (!is_text(l, node))
        return;
    const char *path = sources_relative(&l->sources, node, str_of(node->valuestring));
    if (!path) {
        l->sources.failed = true;
        return;
    }
    if (!l->environment->read_wsdl) {
        LOADER_ERROR(l, node, "WSDL backends are not supported by this program");
        return;
    }
    unsigned errors = l->report->errors;
    b->description = l->environment->read_wsdl(l->arena, path, l->report);
    if (!b->description)
        LOADER_ERROR(l, node, "backend '%.*s': '%s' %s", STR_ARG(b->name), path,
                     errors < l->report->errors ? "has the mistakes told above"
                                                : "cannot be read: correct the path");
}

/* The text, or the secret that "$secret.NAME" names. */
static struct str
secret_text(struct loader *l, const cJSON *node)
{
    struct str text = str_of(node->valuestring), name, value;
    if (!str_starts(text, STR("$secret.")))
        return text;
    name = str_from(text, 8);
    value =
        l->environment->secret ? l->environment->secret(l->environment->context, name) : STR_NONE;
    if (!value.n)
        LOADER_ERROR(l, node, "secret '%.*s' is not configured: add it to the configuration",
                     STR_ARG(name));
    return value;
}

static bool
is_printable(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 127)
            return false;
    return true;
}

/* A secret's text, which a header field can carry. */
static struct str
plain_secret(struct loader *l, const cJSON *node)
{
    struct str text = is_text(l, node) ? secret_text(l, node) : STR_NONE;
    if (is_printable(text))
        return text;
    LOADER_ERROR(l, node, "auth has a control character: remove it");
    return STR_NONE;
}

static void
auth_bearer(struct loader *l, const cJSON *node, struct backend *b)
{
    struct str text = plain_secret(l, node);
    if (text.n)
        b->authorization = arena_printf(l->arena, "Bearer %.*s", STR_ARG(text));
}

static void
auth_basic(struct loader *l, const cJSON *node, struct backend *b)
{
    struct str text = plain_secret(l, node);
    if (text.n && str_find(text, ':') == text.n)
        LOADER_ERROR(l, node, "auth basic needs USER:PASSWORD");
    else if (text.n)
        b->authorization =
            arena_printf(l->arena, "Basic %.*s", STR_ARG(base64_encode(l->arena, text)));
}

/* USER:PASSWORD, or {credentials: USER:PASSWORD, digest: true}. */
static void
auth_username_token(struct loader *l, const cJSON *node, struct backend *b)
{
    const cJSON *text = cJSON_IsObject(node) ? node_get(node, "credentials") : node;
    const cJSON *digest = cJSON_IsObject(node) ? node_get(node, "digest") : NULL;
    struct str pair;
    if (!text || (digest && !cJSON_IsBool(digest)) ||
        (cJSON_IsObject(node) && cJSON_GetArraySize(node) != 1 + (digest != NULL))) {
        LOADER_ERROR(l, node,
                     "auth username_token must be USER:PASSWORD, or "
                     "{credentials: USER:PASSWORD, digest: true}");
        return;
    }
    pair = plain_secret(l, text);
    b->sender.digest = cJSON_IsTrue(digest);
    b->sender.user = str_head(pair, str_find(pair, ':'));
    b->sender.password = str_from(pair, b->sender.user.n + 1);
    if (pair.n && (!b->sender.user.n || !b->sender.password.n))
        LOADER_ERROR(l, text, "auth username_token needs USER:PASSWORD");
}

static void read_tls_file(struct loader *l, const cJSON *node, struct str *out);

static void
auth_x509(struct loader *l, const cJSON *node, struct backend *b)
{
    const cJSON *certificate = node_get(node, "certificate"), *key = node_get(node, "key");
    if (!certificate || !key || cJSON_GetArraySize(node) != 2) {
        LOADER_ERROR(l, node, "auth x509 must be {certificate: FILE, key: FILE}");
        return;
    }
    read_tls_file(l, certificate, &b->sender.certificate);
    read_tls_file(l, key, &b->sender.key);
}

static const struct {
    const char *name;
    reader *read;
} auths[] = {{"bearer", auth_bearer},
             {"basic", auth_basic},
             {"username_token", auth_username_token},
             {"x509", auth_x509}};

static void
read_auth(struct loader *l, const cJSON *node, struct backend *b)
{
    const cJSON *member = cJSON_IsObject(node) ? node->child : NULL;
    size_t i = 0, n = sizeof auths / sizeof *auths;
    while (member && i < n && strcmp(member->string, auths[i].name))
        i++;
    if (!member || member->next || i == n)
        LOADER_ERROR(l, node,
                     "auth must be one of {bearer: TOKEN}, {basic: USER:PASSWORD}, "
                     "{username_token: USER:PASSWORD}, {x509: {certificate: FILE, key: FILE}}");
    else
        auths[i].read(l, member, b);
}

static void
read_addressing(struct loader *l, const cJSON *node, struct backend *b)
{
    b->addressing = cJSON_IsTrue(node);
    if (!cJSON_IsBool(node))
        LOADER_ERROR(l, node, "addressing must be true or false");
}

/* What a codec can write. */
static void
read_media(struct loader *l, const cJSON *node, struct backend *b)
{
    if (!is_text(l, node))
        return;
    b->media = str_of(node->valuestring);
    if (!media_is_json(b->media) && !media_is_xml(b->media) && !str_eq(b->media, STR("text/csv")))
        LOADER_ERROR(l, node,
                     "backend '%.*s': media '%s' is not known: write application/json, "
                     "application/xml, text/xml, text/csv, or a type that ends in +json or +xml",
                     STR_ARG(b->name), node->valuestring);
}

static void
read_timeout(struct loader *l, const cJSON *node, struct backend *b)
{
    b->timeout_us = backends_duration(l, node, 0);
}

static void
read_tls_file(struct loader *l, const cJSON *node, struct str *out)
{
    if (is_text(l, node))
        *out = str_of(sources_relative(&l->sources, node, str_of(node->valuestring)));
}

static void
read_tls_member(struct loader *l, const cJSON *node, struct backend *b)
{
    if (!strcmp(node->string, "ca")) {
        read_tls_file(l, node, &b->tls_ca);
    } else if (!strcmp(node->string, "certificate")) {
        read_tls_file(l, node, &b->tls_certificate);
    } else if (!strcmp(node->string, "key")) {
        read_tls_file(l, node, &b->tls_key);
    } else if (!strcmp(node->string, "insecure") && cJSON_IsBool(node)) {
        b->tls_insecure = cJSON_IsTrue(node);
        if (b->tls_insecure)
            LOADER_WARNING(l, node, "backend '%.*s': its certificate is not verified",
                           STR_ARG(b->name));
    } else {
        LOADER_KEY_ERROR(l, node,
                         "tls: '%s' is not known: use ca, certificate, key (files) or "
                         "insecure: true",
                         node->string);
    }
}

static void
read_tls(struct loader *l, const cJSON *node, struct backend *b)
{
    if (!cJSON_IsObject(node)) {
        LOADER_ERROR(l, node, "tls must be an object");
        return;
    }
    for (const cJSON *member = node->child; member; member = member->next)
        read_tls_member(l, member, b);
    if (!b->tls_certificate.n != !b->tls_key.n)
        LOADER_ERROR(l, node, "tls: certificate and key go together: add the other");
}

static const struct row {
    const char *name;
    reader *read;
} rows[] = {{"url", read_url},
            {"wsdl", read_wsdl},
            {"auth", read_auth},
            {"tls", read_tls},
            {"addressing", read_addressing},
            {"timeout", read_timeout},
            {"media", read_media},
            {"breaker", NULL},
            {"rate", NULL},
            {"cache", NULL}};

static void
read_member(struct loader *l, const cJSON *node, struct backend *b)
{
    struct suggest near = suggest_for(str_of(node->string));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].read)
            suggest_offer(&near, str_of(rows[i].name));
        if (strcmp(rows[i].name, node->string))
            continue;
        if (!rows[i].read)
            LOADER_KEY_ERROR(l, node,
                             "backend '%.*s': '%s' is said of operations: move it to x-telgate "
                             "itself, of the document, a path or an operation",
                             STR_ARG(b->name), node->string);
        else if (!cJSON_IsNull(node))
            rows[i].read(l, node, b);
        return;
    }
    LOADER_KEY_ERROR(l, node, "backend '%.*s': '%s' is not known%s", STR_ARG(b->name), node->string,
                     suggest_text(l->arena, &near, ": remove it"));
}

/* What stands in a SOAP message is of no use elsewhere. */
static void
check_soap_only(struct loader *l, const cJSON *node, const struct backend *b)
{
    if (node_get(node, "wsdl") && b->media.n)
        LOADER_ERROR(l, node_get(node, "media"),
                     "backend '%.*s': its messages are written as its WSDL says: remove `media`",
                     STR_ARG(b->name));
    if (node_get(node, "wsdl"))
        return;
    if (b->sender.user.n || b->sender.certificate.n)
        LOADER_ERROR(l, node_get(node, "auth"),
                     "backend '%.*s': auth username_token and x509 stand "
                     "in a SOAP message: add its `wsdl`, or use basic or bearer",
                     STR_ARG(b->name));
    if (b->addressing)
        LOADER_ERROR(l, node_get(node, "addressing"),
                     "backend '%.*s': addressing stands in a SOAP "
                     "message: add its `wsdl`, or remove it",
                     STR_ARG(b->name));
}

/* A backend that was told as a mistake has no URL: calls of it are not a second one. */
static void
drop_broken(const cJSON *node, struct backend *b)
{
    if (node_get(node, "wsdl") && !b->description)
        b->url_count = 0;
}

/* The configuration's URL wins over the contract's, and that over the description's. */
static void
settle_url(struct loader *l, const cJSON *node, struct backend *b)
{
    const struct contract_environment *e = l->environment;
    struct str url =
        e->backend_url ? e->backend_url(e->context, l->contract->name, b->name) : STR_NONE;
    if (!url.n && !node_get(node, "url") && b->description) {
        url = b->description->address;
        if (b->description->other_address.n)
            LOADER_KEY_WARNING(
                l, node,
                "backend '%.*s': its WSDL has operations at %.*s, too; they are sent "
                "to %.*s: give them a backend of their own, with its `url`",
                STR_ARG(b->name), STR_ARG(b->description->other_address), STR_ARG(url));
    }
    if (url.n) {
        b->url_count = 0;
        b->urls = ARENA_NEW(l->arena, struct str);
        if (b->urls)
            add_url(l, node, url, b);
    } else if (!node_get(node, "url") && (b->description || !node_get(node, "wsdl"))) {
        LOADER_KEY_ERROR(l, node, "backend '%.*s' has no URL: add `url: http://host:port/path`",
                         STR_ARG(b->name));
    }
}

static void
read_backend(struct loader *l, const cJSON *node)
{
    struct contract *c = l->contract;
    struct backend *b = &l->backends[c->backend_count];
    *b = (struct backend){.name = str_of(node->string), .index = c->backend_count};
    if (!b->name.n || strpbrk(node->string, " \t\r\n/"))
        LOADER_KEY_ERROR(l, node, "backend '%s': a name has no space and no '/'", node->string);
    if (!cJSON_IsObject(node)) {
        LOADER_ERROR(l, node, "backend '%s' must be an object, {url: ...}", node->string);
        return;
    }
    for (const cJSON *member = node->child; member; member = member->next)
        read_member(l, member, b);
    settle_url(l, node, b);
    check_soap_only(l, node, b);
    drop_broken(node, b);
    c->backend_count++;
}

void
backends_read(struct loader *l)
{
    const cJSON *list = l->extension.members[X_BACKENDS];
    l->backends = ARENA_ARRAY(l->arena, (size_t)cJSON_GetArraySize(list) + 1, struct backend);
    l->contract->backends = l->backends;
    for (const cJSON *node = list ? list->child : NULL; node && l->backends; node = node->next)
        if (!cJSON_IsNull(node))
            read_backend(l, node);
}

/* Also one that could not be read, so that one mistake is told once. */
static bool
is_declared(const struct loader *l, struct str name)
{
    const cJSON *list = l->extension.members[X_BACKENDS];
    for (const cJSON *node = list ? list->child : NULL; node; node = node->next)
        if (str_eq(str_of(node->string), name) && !cJSON_IsNull(node))
            return true;
    return false;
}

const struct backend *
backends_find(struct loader *l, const cJSON *from, struct str name)
{
    struct suggest near = suggest_for(name);
    for (unsigned i = 0; i < l->contract->backend_count; i++) {
        if (str_eq(l->backends[i].name, name))
            return l->backends[i].url_count ? &l->backends[i] : NULL;
        suggest_offer(&near, l->backends[i].name);
    }
    if (!is_declared(l, name))
        LOADER_ERROR(
            l, from, "backend '%.*s' is not known%s", STR_ARG(name),
            suggest_text(l->arena, &near, ": add it to x-telgate.backends of the document"));
    return NULL;
}
