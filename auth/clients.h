/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clients that the authorization server knows, from conf/clients.yaml:
 *
 *   clients:
 *     NAME:
 *       secret_scrypt: $scrypt$ln=14,r=8,p=1$SALT$HASH
 *       scopes: [a, b]
 *       networks: [192.0.2.0/24]
 *
 * All keys stand in docs/authorization-server.md. A table is immutable and counted, so that it can
 * be swapped while requests are answered from it.
 */
#ifndef AUTH_CLIENTS_H
#define AUTH_CLIENTS_H

#include "auth/network.h"
#include "auth/secret.h"

enum client_method { /* how it proves itself: the one way that the file says */
                     CLIENT_BY_SECRET,
                     CLIENT_BY_KEYS,    /* private_key_jwt (RFC 7523) */
                     CLIENT_BY_SUBJECT, /* tls_client_auth (RFC 8705 section 2.1) */
                     CLIENT_BY_CERTIFICATE
}; /* self_signed_tls_client_auth (section 2.2) */

enum client_grant { GRANT_CLIENT_CREDENTIALS = 1, GRANT_TOKEN_EXCHANGE = 2 }; /* bits */

struct client {
    struct str name;
    bool disabled;
    bool certificate_bound; /* its tokens are bound to its certificate (RFC 8705 section 3) */
    uint8_t grants;         /* enum client_grant */
    enum client_method method;
    struct secret *secret;           /* CLIENT_BY_SECRET; else NULL */
    struct jwks *keys;               /* CLIENT_BY_KEYS; else NULL */
    struct str subject_dn, dns_name; /* CLIENT_BY_SUBJECT: one of them */
    struct str *thumbprints;         /* CLIENT_BY_CERTIFICATE: x5t#S256 */
    struct str *scopes, *audiences;  /* no audience: the server's; else the first is default */
    struct str *introspects;         /* audiences of others' tokens that it may introspect */
    struct network *networks;        /* where it may ask from; none: anywhere */
    unsigned thumbprint_count, scope_count, audience_count, introspect_count, network_count;
    int64_t lifetime; /* of its tokens, seconds; 0: the server's */
};

struct clients;

/* Reads the file and those it names. One reference is the caller's; NULL after telling the report.
 * demo: clear secrets are accepted. */
struct clients *clients_read(const char *path, bool demo, struct report *r);
/* The same of a text that is not in the file yet: does it hold what it should? */
bool clients_check(const char *path, struct str text, bool demo, struct report *r);
/* One reference more, or less; thread-safe. NULL is allowed. */
struct clients *clients_ref(struct clients *c);
void clients_unref(struct clients *c);
/* A file that it was read from has changed since. */
bool clients_changed(const struct clients *c);
/* Borrowed, or NULL. */
const struct client *clients_find(const struct clients *c, struct str name);
/* By number; NULL: there are no more. */
const struct client *clients_at(const struct clients *c, unsigned i);
/* The longest lifetime of a client's tokens, seconds; 0 when none has its own. */
int64_t clients_longest(const struct clients *c);
/* Whether it may have the scope. */
bool client_has_scope(const struct client *client, struct str scope);

#endif
