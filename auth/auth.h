/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole of auth/ as the gateway holds it: made from the configuration, shared by all workers.
 *
 *   issuers:
 *     - issuer: https://as.example
 *       audiences: [telgate]
 *       jwks_uri: https://as.example/jwks      # or jwks_file: keys.json
 *   authorization_server: {issuer: http://127.0.0.1:8080, audience: telgate, clients: clients.yaml}
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "auth/authorization_server.h"
#include "auth/api_keys.h"
#include "auth/credentials.h"
#include "auth/dpop.h"
#include "auth/issuer_read.h"
#include "auth/scopes.h"
#include "auth/verify.h"

struct auth;

struct auth_configuration {
    const struct document *document;   /* where the parts stand */
    const cJSON *issuers;              /* list; NULL: none */
    const cJSON *authorization_server; /* object; NULL: none */
    struct auth_secrets secrets;       /* for `$secret.NAME` */
    struct str folder;                 /* relative file names start here; empty: where we are */
    bool demo;                         /* clear secrets are accepted */
    bool check;                        /* only look: do not make a key file */
    bool certificates;                 /* callers are asked for certificates */
    size_t cache_entries, cache_bytes; /* 0: 4096 and 32 MB */
    const char *api_keys;              /* their file; NULL: there are none */
    struct dpop_options dpop;          /* zeros: 60 s, no nonce, 65536 proofs */
    const char *revocation_log, *revocation_file; /* see struct revocations_options */
};

/* Copies what it needs. NULL after telling the report every mistake. The authorization server's
 * own tokens are accepted without an entry among the issuers. */
struct auth *auth_new(const struct auth_configuration *c, struct report *r);
/* No thread may be using it. NULL is allowed. */
void auth_free(struct auth *a);

/* Who sends a request: its token, by way of the cache, that it is not revoked, and that the sender
 * is who the token is bound to. Thread-safe; may park the fiber in io, which may be NULL. now: UTC
 * in us. *nonce: what the answer must carry as DPoP-Nonce, in the arena; empty: nothing. */
struct verdict auth_check(struct auth *a, struct arena *arena, const struct credentials *c,
                          const struct auth_io *io, int64_t now, struct str *nonce);
/* The same of a bearer token alone: one that is bound to its sender is refused. */
struct verdict auth_verify(struct auth *a, struct str token, const struct auth_io *io, int64_t now);
/* Reads again the keys that are due. Called every second or so by a fiber of one worker. */
void auth_refresh(struct auth *a, const struct auth_io *io, int64_t now);
/* False when nobody's tokens are accepted: no issuer and no authorization server. */
bool auth_has_issuers(const struct auth *a);
/* Names of those whose tokens are accepted; empty behind the last one. */
struct str auth_issuer(const struct auth *a, unsigned at);
/* Some issuer's tokens must be bound to their senders. */
bool auth_wants_proofs(const struct auth *a);
/* NULL when there is none. */
struct authorization_server *auth_server(const struct auth *a);
/* What is revoked; never NULL. */
struct revocations *auth_revocations(const struct auth *a);
uint64_t auth_revocation_generation(const struct auth *a);
/* Who hears of what auth_watch has found. Before the first call of it. */
void auth_listen(struct auth *a, const struct audit_listener *l);
/* Takes what has changed in files since they were read. Called every few
 * milliseconds by one thread, which may be held up by the files. now: UTC in us. */
void auth_watch(struct auth *a, int64_t now);
struct token_cache_counts auth_cache_counts(const struct auth *a);

#endif
