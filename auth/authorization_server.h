/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small authorization server inside the gateway: client credentials (RFC 6749 section 4.4),
 * token exchange (RFC 8693), revocation (RFC 7009), introspection (RFC 7662), its key set and its
 * metadata (RFC 8414). Pure: the parts of a request in, an answer out.
 *
 * Clients and keys are replaced while it answers: see authorization_server_watch.
 */
#ifndef AUTH_AUTHORIZATION_SERVER_H
#define AUTH_AUTHORIZATION_SERVER_H

#include "auth/certificate.h"
#include "auth/clients.h"
#include "auth/keyring.h"
#include "auth/revocations.h"
#include "base/header.h"

struct authorization_server;

struct authorization_server_settings { /* texts are borrowed: they must outlive the server */
    struct str issuer;                 /* URL without a path: "https://gateway.example" */
    struct str audience;               /* of clients that have none of their own */
    int64_t lifetime;                /* seconds, of tokens of clients that have none of their own */
    const char *clients_path;        /* of the table of clients */
    bool demo;                       /* clear secrets are accepted */
    const char *key_path;            /* NULL: the key is in memory only */
    enum algorithm algorithm;        /* of the keys */
    bool certificates;               /* callers are asked for certificates */
    struct place key_at;             /* of key_path in the configuration */
    struct revocations *revocations; /* borrowed; NULL: none */
    struct issuer *own;              /* gets the keys; borrowed; NULL: none */
    struct keyring *keys;            /* taken */
    struct clients *clients;         /* taken */
};

struct oauth_request {
    struct str method, path; /* the path without its query */
    struct headers headers;
    struct str body;
    struct str peer;                              /* the address that it came from */
    const struct client_certificate *certificate; /* of its connection; NULL: none */
    const struct auth_io *io;                     /* NULL: nothing may take its time */
};

enum oauth_deed { OAUTH_DOCUMENT, OAUTH_ISSUE, OAUTH_REVOKE, OAUTH_INTROSPECT };

struct oauth_answer {
    unsigned status;
    struct header headers[4];
    unsigned header_count;
    struct str body;      /* JSON, in the arena */
    const char *error;    /* RFC 6749 section 5.2, for the log; NULL: none */
    struct str client_id; /* for the log: who asked, proved or not; empty: unknown */
    enum oauth_deed deed; /* what it is about */
    struct str detail;    /* for the record; empty: nothing more */
    struct str subject, jti, key_id, scopes, audience, thumbprint; /* of the token, for the record;
                                                                      empty: none, or not known */
};

/* Takes the keys and the clients, also when it fails. NULL: no memory. */
struct authorization_server *authorization_server_new(
    const struct authorization_server_settings *s);
/* NULL is allowed. */
void authorization_server_free(struct authorization_server *as);
const struct authorization_server_settings *authorization_server_settings(
    const struct authorization_server *as);
/* The table that is in force; a reference, for clients_unref. */
struct clients *authorization_server_clients(struct authorization_server *as);
/* The longest that a token of its lives, in seconds. */
int64_t authorization_server_longest(struct authorization_server *as);
/* Who hears of changes of clients and keys. Before the first call of the next. */
void authorization_server_listen(struct authorization_server *as, const struct audit_listener *l);
/* Reads clients and keys again when their files have changed, and swaps them whole; what cannot be
 * read is told in the log, and what was in force stays. Called by one thread, as
 * often as it likes: it looks once a second. */
void authorization_server_watch(struct authorization_server *as, int64_t now);

/* True when the path is one of its endpoints. */
bool authorization_server_owns(struct str path);
/* Answers a request to one of them. now: UTC in us. Everything lives in the arena or in `as`.
 * Thread-safe. FAULT_NOT_FOUND, FAULT_INTERNAL or FAULT_MEMORY; OAuth errors are answers. */
enum fault_code authorization_server_answer(struct authorization_server *as,
                                            const struct oauth_request *request, struct arena *a,
                                            int64_t now, struct oauth_answer *answer,
                                            struct fault *f) __attribute__((warn_unused_result));
/* A token for a client, asked for without its secret: `telgate token`. scope: empty for all of its
 * scopes. FAULT_INVALID_PARAMETER when there is no such client or it may not have a scope. */
enum fault_code authorization_server_mint(struct authorization_server *as, struct str client,
                                          struct str scope, struct arena *a, int64_t now,
                                          struct str *token, struct fault *f)
    __attribute__((warn_unused_result));

#endif
