/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One immutable loaded configuration: contracts, routes, issuers. Built and checked before any
 * worker serves it; read by all. Those who use it hold references: after a reload the last one
 * frees it.
 */
#ifndef GATEWAY_SNAPSHOT_H
#define GATEWAY_SNAPSHOT_H

#include <stdatomic.h>

#include "auth/auth.h"
#include "auth/senders.h"
#include "contract/contract.h"
#include "gateway/config.h"
#include "gateway/router.h"

struct schema;     /* graphql/schema.h */
struct xml_signer; /* auth/xml_signer.h */
struct trusted;    /* graphql/trusted.h */
struct server_tls; /* server_tls.h */

extern const struct codecs snapshot_codecs; /* what bodies are read and written in */

struct snapshot {
    atomic_uint references;
    struct snapshot *first; /* of a reload: whose auth and senders it shares; one reference */
    struct arena *arena;
    const struct config *config;
    const struct contract **contracts;
    unsigned contract_count;
    unsigned backend_count;          /* of all contracts */
    const struct backend **backends; /* contract by contract */
    atomic_uint *broken;         /* by backend: workers where one of its breakers is not closed */
    struct xml_signer **signers; /* of messages to each of them; NULL: not signed */
    const struct router *router; /* the front door */
    const struct router *admin;
    struct str metadata_url; /* of /.well-known/oauth-protected-resource */
    struct str base_url[2];  /* what callers put before a path: plain, over TLS */
    struct auth *auth;
    struct senders *senders; /* NULL: nothing a SOAP message says of its sender is believed */
    struct codecs codecs;
    struct server_tls *tls;    /* what the TLS front door shows; NULL: there is none. It lives as
                                * long as the first snapshot, as connections may outlive this one */
    struct server_tls *newest; /* of the first: its own, or that of the last reload */
    struct str version; /* hash of the configuration and the contracts: "the policy" of a record */
    const struct schema *graph;    /* over all contracts; NULL: GraphQL serves none of them */
    bool graph_guarded;            /* one of its operations asks for a token */
    const struct trusted *trusted; /* documents of the operator; NULL: no folder is named */
    struct str graphiql;           /* the page for browsers; empty: none */
};

/* Loads all that the file names; one reference is the caller's. check: leaves no trace (no key file
 * is made). NULL when the report has errors; the report's arena must outlive its reading. */
struct snapshot *snapshot_load(const char *path, bool check, struct report *r);
/* The same once more, while the first one is served: who calls is settled as at the start (keys,
 * caches, replays and revocations go on), and options that need a restart keep their values; the
 * report warns of each that was changed. */
struct snapshot *snapshot_reload(const char *path, struct snapshot *first, struct report *r);
/* The same of config and auth alone: no contracts, no routes. */
struct snapshot *snapshot_load_auth(const char *path, bool check, struct report *r);
/* Any thread. */
struct snapshot *snapshot_ref(struct snapshot *s);
/* The last one frees it. NULL is allowed. */
void snapshot_unref(struct snapshot *s);
/* The backend's place in `backends`. */
unsigned snapshot_backend(const struct snapshot *s, const struct backend *b);
/* Where API keys come; empty: nowhere. */
struct str snapshot_api_key_header(const struct snapshot *s);
/* By the contract's name; NULL: none. */
const struct contract *snapshot_contract(const struct snapshot *s, struct str name);
/* By operationId, over all contracts; NULL: none. */
const struct operation *snapshot_operation(const struct snapshot *s, struct str id);

#endif
