/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who asks at the token, revocation and introspection endpoints: client_secret_basic (RFC 6749
 * section 2.3.1), private_key_jwt (RFC 7523), tls_client_auth and self_signed_tls_client_auth
 * (RFC 8705). A client has one way, which the table of clients says; the request cannot choose.
 */
#ifndef AUTH_CLIENT_AUTH_H
#define AUTH_CLIENT_AUTH_H

#include "auth/certificate.h"
#include "auth/clients.h"
#include "auth/replay.h"
#include "auth/token_request.h"

struct client_auth { /* what it is checked against; all borrowed */
    const struct clients *clients;
    struct replay *replay;       /* of assertions */
    const struct str *audiences; /* of assertions */
    unsigned audience_count;
    struct str peer;                              /* the address that it asks from */
    const struct client_certificate *certificate; /* of its connection; NULL: none */
    const struct auth_io *io;                     /* for scrypt; NULL: here and now */
    struct arena *arena;
    int64_t now; /* UTC in us */
};

/* OK and *client; else an error and a static text for the caller. *client is set, too, when a
 * client was named and refused. May park the fiber in io. */
enum token_error client_auth_check(const struct client_auth *c, const struct token_request *asked,
                                   const struct client **client, const char **why)
    __attribute__((warn_unused_result));

#endif
