/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clients that the authorization server knows, from conf/clients.yaml:
 *
 *   clients:
 *     NAME: {secret_scrypt: TEXT, scopes: [a, b], audience: TEXT, lifetime: 10m}
 */
#ifndef AUTH_CLIENTS_H
#define AUTH_CLIENTS_H

#include "auth/secret.h"

struct client {
    struct str name;
    struct str *scopes;
    unsigned scope_count;
    struct str audience; /* empty: the server's */
    int64_t lifetime;    /* seconds; 0: the server's */
    struct secret *secret;
};

struct clients;

/* Reads the file into the arena, which must outlive the clients. NULL after telling the report. */
struct clients *clients_read(struct arena *a, const char *path, bool demo, struct report *r);
/* Wipes the secrets that have been seen. NULL is allowed. */
void clients_free(struct clients *c);
/* Borrowed, or NULL. */
const struct client *clients_find(const struct clients *c, struct str name);
/* Whether the secret is the client's; client == NULL: false. Thread-safe; see secret_proves. */
bool client_proves(const struct client *client, struct str secret);
/* Whether it may have the scope. */
bool client_has_scope(const struct client *client, struct str scope);

#endif
