/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may sign messages, and with what: users, certificates and assertion issuers of WS-Security.
 *
 *   wss:
 *     users:                                   # UsernameToken
 *       billing: {secret_scrypt: TEXT, scopes: [bills:read]}
 *       legacy: {shared_secret: $secret.legacy, client: partner-x, scopes: [bills:read]}
 *     certificates:                            # BinarySecurityToken with a signature
 *       ca: partners.pem
 *       clients: [{subject: "CN=partner,O=Example", client: partner-x, scopes: [bills:read]}]
 *     assertions: [{issuer: URI, certificate: idp.pem, audiences: [URI], scopes: [bills:read]}]
 */
#ifndef AUTH_SENDERS_H
#define AUTH_SENDERS_H

#include "auth/verify.h"
#include "base/credential.h"
#include "base/document.h"

struct senders;

struct senders_configuration {
    const struct document *document;
    const cJSON *object;                                  /* `wss` */
    struct str folder;                                    /* relative file names start here */
    bool demo;                                            /* clear secrets are accepted */
    struct str (*secret)(void *context, struct str name); /* what $secret.NAME means; or empty */
    void *context;
};

/* Copies what it needs. NULL after telling the report every mistake. */
struct senders *senders_new(const struct senders_configuration *c, struct report *r);
/* No thread may be using it. NULL is allowed. */
void senders_free(struct senders *s);

struct sender_message { /* how it came */
    bool over_tls;
    struct str peer;          /* the caller's address */
    const struct auth_io *io; /* NULL: a password's scrypt may hold up the thread */
    struct arena *scratch;    /* of the exchange */
    int64_t now;              /* UTC in us */
};

/* Checks what a message says of its sender. CREDENTIAL_NONE: its timestamp only, and no principal.
 * A JWT is for auth_verify, once senders_token has unpacked it. Thread-safe; may park the fiber in
 * io. */
struct verdict senders_verify(struct senders *s, const struct credential *c,
                              const struct sender_message *m);
/* The JWT of a credential of that kind, whose timestamp is checked. */
enum reason senders_token(struct senders *s, const struct credential *c,
                          const struct sender_message *m, struct str *token)
    __attribute__((warn_unused_result));
/* The fault code of WS-Security 1.1, section 12, that says the same; for the log. Static. */
const char *senders_fault(enum reason reason);

#endif
