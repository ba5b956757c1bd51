/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum option_kind { TEXT, CHOICE, PATH, COUNT, SIZE, DURATION, SWITCH, TREE };

static const struct option {
    const char *path; /* "/limits/body": RFC 6901 */
    enum option_kind kind;
    size_t offset;
    const char *fallback; /* as it would be written; CHOICE: all words, this one first */
    uint64_t least, most; /* COUNT, SIZE; DURATION in us */
    const char *help;
} options[] = {
#define AT(member) offsetof(struct config, member)
#define SECOND     1000000ull
    {"/listen", TEXT, AT(listen), "127.0.0.1:8080", 0, 0, "address and port of the front door"},
    {"/admin", TEXT, AT(admin), "127.0.0.1:9080", 0, 0,
     "address and port of /healthz, /readyz, /metrics; `off` for none"},
    {"/tls/listen", TEXT, AT(tls_listen), "", 0, 0, "address and port of the front door with TLS"},
    {"/tls/certificate", PATH, AT(tls_certificate), "", 0, 0, "PEM chain of the front door"},
    {"/tls/key", PATH, AT(tls_key), "", 0, 0, "its private key, PEM; P-256 is fastest"},
    {"/tls/client_certificates", CHOICE, AT(tls_client_certificates), "off, optional, required", 0,
     0, "whether callers are asked for a certificate"},
    {"/tls/client_ca", PATH, AT(tls_client_ca), "", 0, 0, "PEM file of the CAs of callers"},
    {"/workers", COUNT, AT(workers), "0", 0, 256, "threads; 0: one per processor"},
    {"/demo", SWITCH, AT(demo), "false", 0, 0, "allow clear client secrets; never in production"},
    {"/realm", TEXT, AT(realm), "telgate", 0, 0, "realm in WWW-Authenticate"},
    {"/public_url", TEXT, AT(public_url), "", 0, 0,
     "base URL that callers use, where a proxy stands in front"},
    {"/api_keys/file", PATH, AT(api_keys_file), "", 0, 0, "API keys that are accepted"},
    {"/api_keys/header", TEXT, AT(api_keys_header), "X-API-Key", 0, 0,
     "header field that they come in"},
    {"/dpop/lifetime", DURATION, AT(dpop_lifetime), "60s", SECOND, 600 * SECOND,
     "how old a DPoP proof may be"},
    {"/dpop/nonce", SWITCH, AT(dpop_nonce), "false", 0, 0, "ask for a nonce in DPoP proofs"},
    {"/dpop/replays", COUNT, AT(dpop_replays), "1000000", 1024, 1ull << 26,
     "DPoP proofs that are remembered, 36 bytes each; more within `lifetime` are refused"},
    {"/contracts", TREE, AT(contracts), "", 0, 0,
     "list of contracts: a file, or `{document, overlays}`"},
    {"/backends", TREE, AT(backends), "", 0, 0,
     "`{contract: {backend: url}}`, instead of the contract's URLs"},
    {"/secrets", TREE, AT(secrets), "", 0, 0,
     "what `$secret.NAME` means: `{env: NAME}`, `{file: path}`, or the text"},
    {"/issuers", TREE, AT(issuers), "", 0, 0, "issuers of tokens that are accepted"},
    {"/authorization_server", TREE, AT(authorization_server), "", 0, 0,
     "the small authorization server"},
    {"/wss", TREE, AT(wss), "", 0, 0,
     "users, certificates and assertions in a SOAP message's Security header"},
    {"/revocations/log", PATH, AT(revocation_log), "", 0, 0,
     "where revocations are kept over a restart; without it they end with the process"},
    {"/revocations/file", PATH, AT(revocation_file), "", 0, 0,
     "a list of revocations that others write; read again when it changes"},
    {"/limits/header", SIZE, AT(limit_header), "6KB", 1024, 65536,
     "request line and header fields"},
    {"/limits/headers", COUNT, AT(limit_headers), "64", 8, 256, "header fields"},
    {"/limits/uri", SIZE, AT(limit_uri), "4KB", 256, 32768, "request target"},
    {"/limits/body", SIZE, AT(limit_body), "1MB", 1024, 1ull << 30, "request body"},
    {"/limits/answer", SIZE, AT(limit_answer), "8MB", 1024, 1ull << 30, "answer of a backend"},
    {"/limits/connections", COUNT, AT(limit_connections), "20000", 16, 1000000,
     "connections of callers, all workers together"},
    {"/limits/in_flight", COUNT, AT(limit_in_flight), "8192", 1, 30000,
     "exchanges under way, of one worker"},
    {"/limits/upstreams", COUNT, AT(limit_upstreams), "4096", 1, 100000,
     "connections to one backend, of one worker"},
    {"/limits/token_cache", COUNT, AT(limit_cache), "65536", 16, 1ull << 24,
     "verified tokens that are remembered"},
    {"/limits/answer_cache", SIZE, AT(limit_answer_cache), "16MB", 0, 1ull << 40,
     "of remembered answers, of each worker; 0: none"},
    {"/limits/rates", COUNT, AT(limit_rates), "65536", 512, 1ull << 24,
     "callers whose rates are remembered"},
    {"/gzip/answers", SIZE, AT(gzip_answers), "4KB", 0, 1ull << 30,
     "answers from this size on are compressed where the caller takes gzip; 0: none"},
    {"/graphql/body", SIZE, AT(graphql_body), "256KB", 1024, 1ull << 30, "request to /graphql"},
    {"/graphql/tokens", COUNT, AT(graphql_tokens), "5000", 10, 1000000, "words of a document"},
    {"/graphql/depth", COUNT, AT(graphql_depth), "12", 1, 64, "fields inside each other"},
    {"/graphql/aliases", COUNT, AT(graphql_aliases), "30", 0, 100000, "aliases of an operation"},
    {"/graphql/root_fields", COUNT, AT(graphql_root_fields), "20", 1, 10000,
     "fields at the root of an operation"},
    {"/graphql/calls", COUNT, AT(graphql_calls), "100", 1, 10000,
     "operations that one request may call"},
    {"/graphql/cache", COUNT, AT(graphql_cache), "256", 0, 100000,
     "checked documents that each worker remembers"},
    {"/graphql/documents", PATH, AT(graphql_documents), "", 0, 0,
     "folder of trusted documents, `SHA256.graphql`, for `documentId`"},
    {"/graphql/trusted_only", SWITCH, AT(graphql_trusted_only), "false", 0, 0,
     "no other document runs"},
    {"/graphql/graphiql", PATH, AT(graphql_graphiql), "", 0, 0,
     "folder of GraphiQL, which browsers then get at /graphql"},
    {"/graphql/timeout", DURATION, AT(graphql_timeout), "10s", 1000, 3600 * SECOND,
     "from the request to the answer, whatever its operations take"},
    {"/graphql/introspection", SWITCH, AT(graphql_introspection), "true", 0, 0,
     "`__schema`, `__type` and /graphql?sdl"},
    {"/timeouts/operation", DURATION, AT(timeout_operation), "10s", 1000, 3600 * SECOND,
     "from the request to the answer, where the contract says none"},
    {"/timeouts/connect", DURATION, AT(timeout_connect), "2s", 1000, 60 * SECOND,
     "connecting to a backend"},
    {"/timeouts/idle", DURATION, AT(timeout_idle), "60s", SECOND, 3600 * SECOND,
     "a caller's connection without a request, or a backend's in the pool"},
    {"/timeouts/stop", DURATION, AT(timeout_stop), "10s", 0, 600 * SECOND,
     "what is in flight may still take after SIGTERM"},
    {"/audit/folder", PATH, AT(audit_folder), "", 0, 0,
     "where the audit trail is kept; none is kept without"},
    {"/audit/durable", CHOICE, AT(audit_durable), "strict, async", 0, 0,
     "strict: an answer waits until its record is on the disk"},
    {"/audit/when_full", CHOICE, AT(audit_when_full), "wait, refuse", 0, 0,
     "what a request does when no more records can be queued"},
    {"/audit/queue", COUNT, AT(audit_queue), "8192", 16, 1 << 20,
     "records that one worker may have waiting"},
    {"/audit/commit_records", COUNT, AT(audit_commit_records), "500", 1, 1 << 20,
     "so many records are written and synced at once"},
    {"/audit/commit_interval", DURATION, AT(audit_commit_interval), "2ms", 0, 10 * SECOND,
     "... and fewer after so long"},
    {"/audit/sign", DURATION, AT(audit_sign), "1s", 1000, 3600 * SECOND,
     "from one signed head to the next"},
    {"/audit/segment_size", SIZE, AT(audit_segment_size), "64MB", 4096, 1ull << 30,
     "a segment that is larger is signed and closed"},
    {"/audit/segment_age", DURATION, AT(audit_segment_age), "1h", SECOND, 24 * 3600 * SECOND,
     "... and one that is older"},
    {"/audit/keep_size", SIZE, AT(audit_keep_size), "0", 0, 1ull << 50,
     "closed segments beyond this are removed, oldest first; 0: never"},
    {"/audit/keep_days", COUNT, AT(audit_keep_days), "0", 0, 36500,
     "... and those that are older; 0: never"},
    {"/audit/signing_key", PATH, AT(audit_signing_key), "", 0, 0,
     "Ed25519, PEM; made when missing; the folder's name and `.pem` when empty"},
    {"/audit/hash_keys", PATH, AT(audit_hash_keys), "", 0, 0,
     "what subjects and tokens are hashed with; made when missing; the folder's name and `.keys`"},
    {"/audit/node", TEXT, AT(audit_node), "", 0, 0,
     "this gateway's name in its records; the host's when empty"},
    {"/audit/syslog/address", TEXT, AT(audit_syslog), "", 0, 0,
     "`host:port` of a syslog server (RFC 5424 over TLS) that gets each record"},
    {"/audit/syslog/ca", PATH, AT(audit_syslog_ca), "", 0, 0,
     "PEM file of who vouches for it; what the system trusts when empty"},
    {"/audit/syslog/certificate", PATH, AT(audit_syslog_certificate), "", 0, 0,
     "PEM chain that it is shown"},
    {"/audit/syslog/key", PATH, AT(audit_syslog_key), "", 0, 0, "its private key, PEM"},
    {"/audit/ocsf", PATH, AT(audit_ocsf), "", 0, 0,
     "file that each record is added to as an OCSF event"},
    {"/log", TEXT, AT(log_level), "info", 0, 0, "least level: debug, info, warning, error"},
    {"/access_log", TEXT, AT(access_log), "-", 0, 0,
     "one JSON line an exchange: a file, `-` for standard output, `off`"},
};

enum { OPTION_COUNT = sizeof(options) / sizeof(*options) };

/* What a reload takes over: options whose paths begin so. */
static const char *const reloaded[] = {
    "/tls/certificate",  "/tls/key",
    "/tls/client_ca",    "/realm",
    "/public_url",       "/contracts",
    "/backends",         "/secrets",
    "/limits/body",      "/limits/answer",
    "/limits/upstreams", "/gzip/",
    "/graphql/",         "/timeouts/operation",
    "/timeouts/connect",
};

static bool
parse_size(struct str text, uint64_t *out)
{
    uint64_t unit = 1, limit = UINT64_MAX;

    if (str_ends(text, STR("KB")))
        unit = 1024;
    else if (str_ends(text, STR("MB")))
        unit = 1024 * 1024;
    if (unit > 1)
        text = str_head(text, text.n - 2);
    if (!str_to_u64(str_trim(text), out) || *out > limit / unit)
        return false;
    *out *= unit;
    return true;
}

static bool
is_choice(const char *choices, struct str text)
{
    struct str rest = str_of(choices), one;

    while (str_split(&rest, ',', &one))
        if (str_eq(str_trim(one), text))
            return true;
    return false;
}

static bool
in_range(const struct option *o, uint64_t n)
{
    return n >= o->least && n <= o->most;
}

/* False when the text is nothing that the option takes. */
static bool
set_option(struct config *c, const struct option *o, struct str text)
{
    char *at = (char *)c + o->offset;
    uint64_t n;
    int64_t us;

    switch (o->kind) {
    case CHOICE:
        if (!is_choice(o->fallback, text))
            return false;
        *(struct str *)at = text;
        return true;
    case TEXT:
    case PATH: *(struct str *)at = text; return true;
    case COUNT:
    case SIZE:
        if (!(o->kind == SIZE ? parse_size(text, &n) : str_to_u64(text, &n)) || !in_range(o, n))
            return false;
        *(uint64_t *)at = n;
        return true;
    case DURATION:
        if (!clock_parse_duration(text, &us) || !in_range(o, (uint64_t)us))
            return false;
        *(int64_t *)at = us;
        return true;
    case SWITCH:
        *(bool *)at = str_eq(text, STR("true"));
        return *(bool *)at || str_eq(text, STR("false"));
    case TREE: return true;
    }
    return false;
}

static const char *const kind_words[] = {
    [TEXT] = "text",
    [PATH] = "path",
    [COUNT] = "number",
    [SIZE] = "size such as 512KB",
    [DURATION] = "duration such as 250ms, 2s or 1m",
    [SWITCH] = "true or false",
    [TREE] = "list or object",
};

static const char *
words_for(const struct option *o)
{
    return o->kind == CHOICE ? o->fallback : kind_words[o->kind];
}

static struct str
default_of(const struct option *o)
{
    struct str text = str_of(o->fallback);

    return o->kind == CHOICE ? str_head(text, str_find(text, ',')) : text;
}

static struct str
scalar_of(const cJSON *node)
{
    if (cJSON_IsString(node))
        return str_of(node->valuestring);
    if (cJSON_IsNumber(node))
        return node_lexeme(node);
    if (cJSON_IsBool(node))
        return cJSON_IsTrue(node) ? STR("true") : STR("false");
    return STR_NONE;
}

static void
read_option(struct arena *a, struct config *c, const struct option *o, struct report *r)
{
    cJSON *node = node_pointer(c->document->root, str_of(o->path));
    struct str text = scalar_of(node);

    set_option(c, o, default_of(o));
    if (!node || cJSON_IsNull(node))
        return;
    if (o->kind == TREE && (cJSON_IsArray(node) || cJSON_IsObject(node))) {
        *(const cJSON **)((char *)c + o->offset) = node;
        return;
    }
    if (o->kind == PATH)
        text = config_path(a, c, text);
    if (o->kind == TREE || !text.p || !set_option(c, o, text))
        report_error(r, document_place(c->document, node),
                     o->kind == CHOICE ? "%s takes one of %s; %s" : "%s takes a %s; %s",
                     o->path + 1, words_for(o), o->help);
}

/* --- reload --- */

static bool
is_reloaded(const struct option *o)
{
    for (size_t i = 0; i < sizeof(reloaded) / sizeof(*reloaded); i++)
        if (str_starts(str_of(o->path), str_of(reloaded[i])))
            return true;
    return false;
}

/* Takes over the start's value; true when that is another. */
static bool
keep_option(struct config *c, const struct config *start, const struct option *o)
{
    const void *from = (const char *)start + o->offset;
    void *to = (char *)c + o->offset;
    bool same = true;

    switch (o->kind) {
    case TEXT:
    case CHOICE:
    case PATH:
        same = str_eq(*(struct str *)to, *(const struct str *)from);
        *(struct str *)to = *(const struct str *)from;
        break;
    case COUNT:
    case SIZE:
    case DURATION: /* all of eight bytes */
        same = *(uint64_t *)to == *(const uint64_t *)from;
        *(uint64_t *)to = *(const uint64_t *)from;
        break;
    case SWITCH:
        same = *(bool *)to == *(const bool *)from;
        *(bool *)to = *(const bool *)from;
        break;
    case TREE:
        same = *(cJSON **)to == *(cJSON *const *)from ||
               cJSON_Compare(*(cJSON **)to, *(cJSON *const *)from, true);
        *(cJSON **)to = *(cJSON *const *)from;
        break;
    }
    return !same;
}

void
config_keep(struct config *c, const struct config *start, struct report *r)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &options[i];
        const cJSON *node = node_pointer(c->document->root, str_of(o->path));

        if (!is_reloaded(o) && keep_option(c, start, o))
            report_warning(r, document_place(c->document, node ? node : c->document->root),
                           "%s has changed: that takes a restart", o->path + 1);
    }
}

/* 2: an option, 1: leads to one, 0: unknown. */
static int
knows(const char *path)
{
    size_t n = strlen(path);
    int best = 0;

    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (strncmp(options[i].path, path, n) != 0)
            continue;
        if (options[i].path[n] == 0)
            return 2;
        if (options[i].path[n] == '/')
            best = 1;
    }
    return best;
}

static void
refuse_unknown(const struct document *d, const cJSON *node, const char *path, struct report *r)
{
    char child_path[256];

    for (const cJSON *child = node->child; child; child = child->next) {
        int known;

        snprintf(child_path, sizeof(child_path), "%s/%s", path, child->string);
        known = knows(child_path);
        if (!known)
            report_error(r, document_key_place(d, child),
                         "\"%s\" is no option; `telgate options` lists them", child_path + 1);
        else if (known == 1 && !cJSON_IsObject(child))
            report_error(r, document_place(d, child), "\"%s\" takes an object", child_path + 1);
        else if (known == 1)
            refuse_unknown(d, child, child_path, r);
    }
}

static struct str
folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (struct str){path, (size_t)(slash - path) + 1} : STR_NONE;
}

struct str
config_path(struct arena *a, const struct config *c, struct str path)
{
    if (!path.n || path.p[0] == '/')
        return path;
    return arena_printf(a, "%.*s%.*s", STR_ARG(c->folder), STR_ARG(path));
}

struct config *
config_load(struct arena *a, const char *path, struct report *r)
{
    struct config *c = ARENA_NEW(a, struct config);

    if (!c)
        return NULL;
    c->arena = a;
    c->document = document_read(a, path, r);
    if (!c->document)
        return NULL;
    c->folder = folder_of(path);
    if (!cJSON_IsObject(c->document->root)) {
        report_error(r, document_place(c->document, c->document->root),
                     "a configuration is an object; `telgate options` lists its members");
        return NULL;
    }
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        read_option(a, c, &options[i], r);
    refuse_unknown(c->document, c->document->root, "", r);
    return r->errors ? NULL : c;
}

enum { SECRET_MAX = 64 * 1024 };

static struct str
read_secret_file(struct arena *a, const char *path)
{
    struct buf bytes;
    struct str s = STR_NONE;

    if (file_load(path, SECRET_MAX, &bytes, NULL))
        s = arena_dup(a, buf_view(&bytes));
    buf_fini(&bytes);
    while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

struct str
config_secret(void *context, struct str name)
{
    struct config_secrets *s = context;
    struct str key = arena_dup(s->arena, name);
    const cJSON *node = s->config->secrets && key.p ? node_get(s->config->secrets, key.p) : NULL;
    const char *env, *file;

    if (cJSON_IsString(node))
        return str_of(node->valuestring);
    if (!cJSON_IsObject(node))
        return STR_NONE;
    env = node_string(node, "env", NULL);
    if (env)
        return str_of(getenv(env));
    file = node_string(node, "file", NULL);
    return file ? read_secret_file(s->arena, config_path(s->arena, s->config, str_of(file)).p)
                : STR_NONE;
}

void
config_reference(struct buf *out)
{
    buf_printf(out, "| option | takes | default | reload | meaning |\n|---|---|---|---|---|\n");
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &options[i];

        buf_put_char(out, '|');
        buf_put_char(out, ' ');
        for (const char *p = o->path + 1; *p; p++)
            buf_put_char(out, *p == '/' ? '.' : *p);
        buf_printf(out, " | %s | %s%.*s%s | %s | %s |\n", words_for(o), o->fallback[0] ? "`" : "",
                   STR_ARG(default_of(o)), o->fallback[0] ? "`" : "", is_reloaded(o) ? "yes" : "",
                   o->help);
    }
}
