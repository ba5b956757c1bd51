/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file (conf/telgate.yaml): every option stands in one table (config.c), which
 * gives the default, the check, the help and the reference page. Paths in the file are taken from
 * the file's own folder.
 */
#ifndef GATEWAY_CONFIG_H
#define GATEWAY_CONFIG_H

#include "base/document.h"

struct config {
    struct arena *arena; /* where everything lives */
    struct document *document;
    struct str folder; /* of the file, with a trailing slash; "" for the working directory */

    struct str listen, admin;                        /* "address:port"; admin "off" for none */
    struct str tls_listen, tls_certificate, tls_key; /* listen empty: no TLS */
    struct str tls_client_ca, tls_client_certificates;
    uint64_t workers; /* 0: one per processor */
    bool demo;
    struct str realm, public_url;
    struct str api_keys_file, api_keys_header; /* file empty: no API keys */
    int64_t dpop_lifetime;
    uint64_t dpop_replays;
    bool dpop_nonce;

    struct str revocation_log, revocation_file; /* empty: none */

    uint64_t limit_header, limit_headers, limit_uri, limit_body, limit_connections;
    uint64_t limit_answer, limit_upstreams, limit_cache, limit_in_flight, limit_rates;
    uint64_t limit_answer_cache; /* bytes; 0: none */
    uint64_t gzip_answers;       /* bytes; 0: none */
    uint64_t graphql_body, graphql_tokens, graphql_depth, graphql_aliases, graphql_root_fields;
    uint64_t graphql_calls;
    uint64_t graphql_cache;
    struct str graphql_documents, graphql_graphiql; /* folders */
    bool graphql_introspection, graphql_trusted_only;
    int64_t graphql_timeout;
    int64_t timeout_operation, timeout_connect, timeout_idle, timeout_stop;

    struct str log_level, access_log;

    struct str audit_folder, audit_signing_key, audit_hash_keys; /* folder empty: no trail */
    struct str audit_node, audit_durable, audit_when_full;
    struct str audit_syslog, audit_syslog_ca, audit_syslog_certificate, audit_syslog_key,
        audit_ocsf;
    uint64_t audit_queue, audit_commit_records, audit_segment_size, audit_keep_size,
        audit_keep_days;
    int64_t audit_commit_interval, audit_sign, audit_segment_age;

    const cJSON *contracts, *backends, *secrets, *issuers, *authorization_server,
        *wss; /* or NULL */
};

/* NULL when the report has errors. Everything lives in the arena. */
struct config *config_load(struct arena *a, const char *path, struct report *r);
/* Options that a reload does not take over get the value that they had at the start, borrowed from
 * there; a warning tells of each that has changed. */
void config_keep(struct config *c, const struct config *start, struct report *r);
/* A path of the file, made relative to the file's folder; absolute ones stay. */
struct str config_path(struct arena *a, const struct config *c, struct str path);
/* The secret's text from `secrets` ({env: NAME}, {file: PATH}, or the text itself); empty when it
 * is not there. For contract_environment.secret; context is a struct config_secrets. */
struct config_secrets {
    const struct config *config;
    struct arena *arena;
};
struct str config_secret(void *context, struct str name);
/* All options with defaults and meanings, as a Markdown table. */
void config_reference(struct buf *out);

#endif
