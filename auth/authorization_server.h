/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The small authorization server inside the gateway: client credentials (RFC 6749 section 4.4),
 * its key set, its metadata (RFC 8414). Pure: the parts of a request in, an answer out.
 */
#ifndef AUTH_AUTHORIZATION_SERVER_H
#define AUTH_AUTHORIZATION_SERVER_H

#include "auth/clients.h"
#include "auth/signing_key.h"
#include "base/header.h"

struct authorization_server;

struct authorization_server_settings { /* texts are borrowed: they must outlive the server */
    struct str issuer;                 /* URL without a path: "https://gateway.example" */
    struct str audience;               /* of clients that have none of their own */
    int64_t lifetime;        /* seconds, of tokens of clients that have none of their own */
    struct signing_key *key; /* taken */
    struct clients *clients; /* taken */
};

struct oauth_request {
    struct str method, path; /* the path without its query */
    struct headers headers;
    struct str body;
};

struct oauth_answer {
    unsigned status;
    struct header headers[4];
    unsigned header_count;
    struct str body;      /* JSON, in the arena */
    const char *error;    /* RFC 6749 section 5.2, for the log; NULL: none */
    struct str client_id; /* for the log: who asked, proved or not; empty: unknown */
    char jti[23];         /* of the token that was issued, or "" */
};

/* Takes the key and the clients, also when it fails. NULL: no memory. */
struct authorization_server *authorization_server_new(
    const struct authorization_server_settings *s);
/* NULL is allowed. */
void authorization_server_free(struct authorization_server *as);
const struct authorization_server_settings *authorization_server_settings(
    const struct authorization_server *as);

/* True when the path is one of its endpoints. */
bool authorization_server_owns(struct str path);
/* Answers a request to one of them. now: UTC in us. Everything lives in the arena or in `as`.
 * Thread-safe. FAULT_NOT_FOUND, FAULT_INTERNAL or FAULT_MEMORY; OAuth errors are answers. */
enum fault_code authorization_server_answer(const struct authorization_server *as,
                                            const struct oauth_request *request, struct arena *a,
                                            int64_t now, struct oauth_answer *answer,
                                            struct fault *f) __attribute__((warn_unused_result));
/* A token for a client, asked for without its secret: `telgate token`. scope: empty for all of its
 * scopes. FAULT_INVALID_PARAMETER when there is no such client or it may not have a scope. */
enum fault_code authorization_server_mint(const struct authorization_server *as, struct str client,
                                          struct str scope, struct arena *a, int64_t now,
                                          struct str *token, struct fault *f)
    __attribute__((warn_unused_result));

#endif
