/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/snapshot.h"
#include "base/file.h"

#include "auth/audit_store.h"
#include "auth/xml_signer.h"
#include "gateway/pages.h"
#include "gateway/resource_page.h"
#include "gateway/server_tls.h"
#include "rest/csv.h"
#include "rest/rest.h"
#include "soap/face.h"
#include "soap/service.h"
#include "soap/wsdl.h"
#include "soap/xml_media.h"

enum {
    VERSIONED_MAX = 32 << 20,
    ARENA_CEILING = 1 << 30,
    TOKEN_BYTES = 4096 /* that a remembered token takes, about */
};

/* Those that need to know nothing of the contracts. */
static const struct codec *const codec_table[] = {&codec_json, &codec_csv_bare, &codec_csv};

const struct codecs snapshot_codecs = {codec_table, sizeof(codec_table) / sizeof(*codec_table)};

struct loader {
    struct snapshot *s;
    struct report *report;
    struct config_secrets secrets;
    const cJSON **nodes; /* of the configuration, one for each contract that was loaded */
    uint8_t version[AUDIT_HASH];
    bool check; /* only look */
};

static struct str
backend_url(void *context, struct str contract, struct str backend)
{
    struct loader *l = context;
    const cJSON *list = l->s->config->backends;
    struct str name = arena_dup(l->s->arena, contract), key = arena_dup(l->s->arena, backend);
    const cJSON *urls = list && name.p ? node_get(list, name.p) : NULL;

    return urls && key.p ? str_of(node_string(urls, key.p, NULL)) : STR_NONE;
}

static struct str
secret(void *context, struct str name)
{
    struct loader *l = context;

    return config_secret(&l->secrets, name);
}

struct str
snapshot_api_key_header(const struct snapshot *s)
{
    return s->config->api_keys_file.n ? s->config->api_keys_header : STR_NONE;
}

static const char *
node_path(struct loader *l, const cJSON *node)
{
    return config_path(l->s->arena, l->s->config, str_of(node->valuestring)).p;
}

/* "file", or {document: file, overlays: [file]}. */
static bool
read_source(struct loader *l, const cJSON *node, struct contract_source *out)
{
    const cJSON *document = cJSON_IsString(node) ? node : node_get(node, "document");
    const cJSON *overlays = cJSON_IsObject(node) ? node_get(node, "overlays") : NULL;
    int n = cJSON_IsArray(overlays) ? cJSON_GetArraySize(overlays) : 0;
    const char **paths = ARENA_ARRAY(l->s->arena, (size_t)n + 1, const char *);

    if (!cJSON_IsString(document) || (overlays && !cJSON_IsArray(overlays)) || !paths) {
        report_error(l->report, document_place(l->s->config->document, node),
                     "an entry of contracts is a file, or {document: file, overlays: [file]}");
        return false;
    }
    out->document = node_path(l, document);
    out->overlays = paths;
    for (const cJSON *o = overlays ? overlays->child : NULL; o; o = o->next)
        if (cJSON_IsString(o))
            paths[out->overlay_count++] = node_path(l, o);
    return true;
}

/* Takes a file into the version. What cannot be read is told by whoever needs it. */
static void
add_to_version(struct loader *l, const char *path)
{
    struct buf text;

    if (file_load(path, VERSIONED_MAX, &text, NULL))
        audit_hash(0, audit_hash_str(l->version), buf_view(&text), l->version);
    buf_fini(&text);
}

static void
add_source_to_version(struct loader *l, const struct contract_source *source)
{
    add_to_version(l, source->document);
    for (unsigned i = 0; i < source->overlay_count; i++)
        add_to_version(l, source->overlays[i]);
}

static void
load_contract(struct loader *l, const cJSON *node)
{
    struct contract_environment environment = {
        .read_wsdl = soap_wsdl_read,
        .secret = secret,
        .api_key_header = snapshot_api_key_header(l->s),
        .backend_url = backend_url,
        .codecs = snapshot_codecs,
        .context = l,
        .timeout_us = l->s->config->timeout_operation,
    };
    struct contract_source source = {0};
    const struct contract *c;

    if (!read_source(l, node, &source))
        return;
    add_source_to_version(l, &source);
    c = contract_load(l->s->arena, &source, &environment, l->report);
    if (!c)
        return;
    for (unsigned i = 0; i < l->s->contract_count; i++)
        if (str_eq(l->s->contracts[i]->name, c->name))
            report_error(l->report, document_place(l->s->config->document, node),
                         "there are two contracts named \"%.*s\"; set x-telgate name in one",
                         STR_ARG(c->name));
    l->nodes[l->s->contract_count] = node;
    l->s->contracts[l->s->contract_count++] = c;
    l->s->backend_count += c->backend_count;
}

static bool
load_contracts(struct loader *l)
{
    const cJSON *list = l->s->config->contracts;
    size_t n = cJSON_IsArray(list) ? (size_t)cJSON_GetArraySize(list) : 0;
    unsigned at = 0;

    l->s->contracts = ARENA_ARRAY(l->s->arena, n + 1, const struct contract *);
    l->nodes = ARENA_ARRAY(l->s->arena, n + 1, const cJSON *);
    if (!l->s->contracts || !l->nodes)
        return false;
    if (list && !cJSON_IsArray(list))
        report_error(l->report, document_place(l->s->config->document, list),
                     "contracts is a list");
    for (const cJSON *node = n ? list->child : NULL; node; node = node->next)
        load_contract(l, node);
    l->s->backends = ARENA_ARRAY(l->s->arena, l->s->backend_count + 1, const struct backend *);
    l->s->broken = ARENA_ARRAY(l->s->arena, l->s->backend_count + 1, atomic_uint);
    if (!l->s->backends || !l->s->broken)
        return false;
    for (unsigned i = 0; i < l->s->contract_count; i++)
        for (unsigned j = 0; j < l->s->contracts[i]->backend_count; j++)
            l->s->backends[at++] = &l->s->contracts[i]->backends[j];
    return true;
}

/* Every operation of the contract at its REST path. */
static void
add_operations(struct loader *l, struct router *router, unsigned index)
{
    const struct contract *c = l->s->contracts[index];

    for (unsigned i = 0; i < c->operation_count; i++) {
        const struct operation *o = &c->operations[i];
        struct route route = {.method = o->method, .face = &rest_face, .operation = o};
        const char *why;

        route.path = arena_printf(l->s->arena, "%.*s%.*s", STR_ARG(c->base_path), STR_ARG(o->path));
        if (!route.path.p || !router_add(router, &route, &why))
            report_error(l->report, document_place(l->s->config->document, l->nodes[index]),
                         "%.*s: %.*s %.*s %s", STR_ARG(c->name), STR_ARG(o->method),
                         STR_ARG(route.path), route.path.p ? why : "");
    }
}

/* All operations that SOAP may call at one path, and their description beside it. */
static bool
add_service(struct loader *l, struct router *router, unsigned index)
{
    const struct service *s = service_new(l->s->arena, l->s->contracts[index]);
    struct route call = {.method = STR("POST"), .face = &soap_face, .service = s};
    struct route description = {
        .method = STR("GET"), .face = &soap_face, .service = s, .page = &wsdl_page};
    const char *why;

    if (!s || !s->operation_count)
        return s != NULL;
    call.path = description.path = s->path;
    if (!router_add(router, &call, &why) || !router_add(router, &description, &why))
        report_error(l->report, document_place(l->s->config->document, l->nodes[index]), "%.*s %s",
                     STR_ARG(s->path), why);
    return true;
}

static bool
load_routes(struct loader *l)
{
    struct router *front = router_new(l->s->arena), *admin = router_new(l->s->arena);

    if (!front || !admin)
        return false;
    for (unsigned i = 0; i < l->s->contract_count; i++) {
        add_operations(l, front, i);
        if (!add_service(l, front, i))
            return false;
    }
    l->s->router = front;
    l->s->admin = admin;
    return pages_add(l->s, front, admin, l->report);
}

static bool
set_base_urls(struct snapshot *s)
{
    const struct config *c = s->config;

    for (int tls = 0; tls < 2; tls++) {
        s->base_url[tls] = c->public_url;
        if (!c->public_url.n)
            s->base_url[tls] = arena_printf(s->arena, "%s%.*s", tls ? "https://" : "http://",
                                            STR_ARG(tls ? c->tls_listen : c->listen));
        if (!s->base_url[tls].p)
            return false;
    }
    return true;
}

static void
free_auth(void *auth)
{
    auth_free(auth);
}

static bool
load_auth(struct loader *l)
{
    const struct config *c = l->s->config;
    const struct auth_configuration parts = {
        .document = c->document,
        .issuers = c->issuers,
        .authorization_server = c->authorization_server,
        .folder = c->folder,
        .demo = c->demo,
        .check = l->check,
        .secrets = {secret, l},
        .api_keys = c->api_keys_file.n ? c->api_keys_file.p : NULL,
        .dpop = {c->dpop_lifetime, c->dpop_nonce, c->dpop_replays},
        .certificates = c->tls_listen.n && !str_eq(c->tls_client_certificates, STR("off")),
        .revocation_log = c->revocation_log.n ? c->revocation_log.p : NULL,
        .revocation_file = c->revocation_file.n ? c->revocation_file.p : NULL,
        .cache_entries = c->limit_cache,
        .cache_bytes = c->limit_cache * TOKEN_BYTES,
    };

    l->s->auth = auth_new(&parts, l->report);
    return l->s->auth && arena_defer(l->s->arena, free_auth, l->s->auth) == FAULT_NONE;
}

static void
free_senders(void *senders)
{
    senders_free(senders);
}

static bool
load_senders(struct loader *l)
{
    const struct config *c = l->s->config;
    const struct senders_configuration parts = {
        .document = c->document,
        .object = c->wss,
        .folder = c->folder,
        .demo = c->demo,
        .secret = secret,
        .context = l,
    };

    if (!c->wss)
        return true;
    l->s->senders = senders_new(&parts, l->report);
    return l->s->senders && arena_defer(l->s->arena, free_senders, l->s->senders) == FAULT_NONE;
}

static bool
name_version(struct loader *l)
{
    char hex[2 * AUDIT_HASH + 1];

    audit_hex(l->version, hex);
    l->s->version = arena_dup(l->s->arena, (struct str){hex, 16});
    return l->s->version.p;
}

static void
free_signer(void *signer)
{
    xml_signer_free(signer);
}

/* What the backends' messages are signed with. */
static bool
load_signers(struct loader *l)
{
    struct snapshot *s = l->s;

    s->signers = ARENA_ARRAY(s->arena, s->backend_count + 1, struct xml_signer *);
    for (unsigned i = 0; s->signers && i < s->backend_count; i++) {
        const struct backend_sender *sender = &s->backends[i]->sender;
        struct xml_signer *signer;

        if (!sender->certificate.n)
            continue;
        signer = xml_signer_new(sender->certificate, sender->key, l->report);
        if (signer && arena_defer(s->arena, free_signer, signer)) {
            xml_signer_free(signer);
            return false;
        }
        s->signers[i] = signer;
    }
    return s->signers != NULL;
}

static bool
load_config(struct loader *l, const char *path)
{
    struct snapshot *s = l->s;
    struct config *c = config_load(s->arena, path, l->report);

    if (!c)
        return false;
    if (s->first)
        config_keep(c, s->first->config, l->report);
    s->config = c;
    l->secrets = (struct config_secrets){c, s->arena};
    s->codecs = snapshot_codecs;
    add_to_version(l, path);
    return set_base_urls(s) && resource_page_name(s);
}

static void
free_tls(void *tls)
{
    server_tls_free(tls);
}

static bool
read_tls(const struct config *c, struct server_tls **out, struct report *r)
{
    const cJSON *node = node_pointer(c->document->root, STR("/tls"));
    struct str key = c->tls_key.n ? c->tls_key : c->tls_certificate;
    struct fault f = {0};

    if (!c->tls_certificate.n)
        report_error(r, document_place(c->document, node), "tls.listen takes a tls.certificate");
    else if (server_tls_new(c->tls_certificate.p, key.p,
                            c->tls_client_ca.n ? c->tls_client_ca.p : NULL, out, &f))
        report_error(r, document_place(c->document, node), "tls: %s", f.log[0] ? f.log : f.detail);
    else
        return true;
    return false;
}

/* What has not changed since the last reload is shared. */
static bool
load_tls(struct loader *l)
{
    struct snapshot *s = l->s, *first = s->first ? s->first : s;

    if (!s->config->tls_listen.n)
        return true;
    if (!read_tls(s->config, &s->tls, l->report))
        return false;
    if (first->newest && server_tls_same(s->tls, first->newest)) {
        server_tls_free(s->tls);
        s->tls = first->newest;
        return true;
    }
    first->newest = s->tls;
    return arena_defer(first->arena, free_tls, s->tls) == FAULT_NONE;
}

/* And those that know the contracts' types. */
static bool
load_codecs(struct loader *l)
{
    struct snapshot *s = l->s;
    const struct xml_media *xml = xml_media_new(s->arena, s->contracts, s->contract_count);
    struct codec *codecs = ARENA_ARRAY(s->arena, XML_MEDIA_CODECS, struct codec);
    const struct codec **list =
        ARENA_ARRAY(s->arena, snapshot_codecs.n + XML_MEDIA_CODECS, const struct codec *);

    if (!xml)
        report_error(
            l->report, document_place(s->config->document, s->config->contracts),
            "the contracts' XML takes too much memory, or one of them has more than 60 XML "
            "namespaces");
    if (!xml || !codecs || !list)
        return false;
    xml_media_codecs(xml, codecs);
    memcpy(list, codec_table, sizeof(codec_table));
    for (unsigned i = 0; i < XML_MEDIA_CODECS; i++)
        list[snapshot_codecs.n + i] = &codecs[i];
    s->codecs = (struct codecs){list, snapshot_codecs.n + XML_MEDIA_CODECS};
    return true;
}

static bool
load_first(struct loader *l, const char *path)
{
    return load_config(l, path) && load_auth(l);
}

static bool
load_rest(struct loader *l)
{
    return load_contracts(l) && load_codecs(l) && load_signers(l) && name_version(l) &&
           load_routes(l) && load_tls(l);
}

static bool
load_all(struct loader *l, const char *path)
{
    return load_first(l, path) && load_senders(l) && load_rest(l);
}

static bool
load_again(struct loader *l, const char *path)
{
    l->s->auth = l->s->first->auth;
    l->s->senders = l->s->first->senders;
    return load_config(l, path) && load_rest(l);
}

static struct snapshot *
load_by(bool (*load)(struct loader *l, const char *path), const char *path, bool check,
        struct snapshot *first, struct report *r)
{
    struct arena *a = arena_new(ARENA_CEILING);
    struct snapshot *s = a ? ARENA_NEW(a, struct snapshot) : NULL;
    struct loader l = {.s = s, .report = r, .check = check};

    if (s) {
        s->arena = a;
        s->references = 1;
        s->first = first ? snapshot_ref(first) : NULL;
        if (load(&l, path) && !r->errors)
            return s;
    }
    if (!r->errors)
        report_error(r, (struct place){str_of(path), 0, 0}, "out of memory");
    if (s)
        snapshot_unref(s);
    else
        arena_free(a);
    return NULL;
}

struct snapshot *
snapshot_load(const char *path, bool check, struct report *r)
{
    return load_by(load_all, path, check, NULL, r);
}

struct snapshot *
snapshot_reload(const char *path, struct snapshot *first, struct report *r)
{
    return load_by(load_again, path, false, first, r);
}

struct snapshot *
snapshot_load_auth(const char *path, bool check, struct report *r)
{
    return load_by(load_first, path, check, NULL, r);
}

struct snapshot *
snapshot_ref(struct snapshot *s)
{
    atomic_fetch_add(&s->references, 1);
    return s;
}

void
snapshot_unref(struct snapshot *s)
{
    struct snapshot *first;

    if (!s || atomic_fetch_sub(&s->references, 1) != 1)
        return;
    first = s->first;
    arena_free(s->arena);
    snapshot_unref(first);
}

unsigned
snapshot_backend(const struct snapshot *s, const struct backend *b)
{
    unsigned first = 0;

    for (unsigned i = 0; i < s->contract_count; i++) {
        const struct contract *c = s->contracts[i];

        if (b >= c->backends && b < c->backends + c->backend_count)
            break;
        first += c->backend_count;
    }
    return first + b->index;
}

const struct contract *
snapshot_contract(const struct snapshot *s, struct str name)
{
    for (unsigned i = 0; i < s->contract_count; i++)
        if (str_eq(s->contracts[i]->name, name))
            return s->contracts[i];
    return NULL;
}

const struct operation *
snapshot_operation(const struct snapshot *s, struct str id)
{
    for (unsigned i = 0; i < s->contract_count; i++) {
        const struct operation *o = contract_operation(s->contracts[i], id);

        if (o)
            return o;
    }
    return NULL;
}
