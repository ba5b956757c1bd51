/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client sends to the token, revocation and introspection endpoints, read strictly (RFC 6749
 * sections 2.3.1 and 3.2): a form in which no parameter comes twice, and one way to authenticate,
 * not two. A secret in the form (client_secret_post) is refused: forms end up in logs.
 */
#ifndef AUTH_TOKEN_REQUEST_H
#define AUTH_TOKEN_REQUEST_H

#include "base/arena.h"
#include "base/header.h"

#define TOKEN_REQUEST_MAX 16384

enum token_error { /* RFC 6749 section 5.2; RFC 8693 section 2.2.2 for the target */
                   TOKEN_OK,
                   TOKEN_INVALID_REQUEST,
                   TOKEN_INVALID_CLIENT,
                   TOKEN_INVALID_SCOPE,
                   TOKEN_INVALID_TARGET,
                   TOKEN_UNAUTHORIZED_CLIENT,
                   TOKEN_UNSUPPORTED_GRANT,
                   TOKEN_THROTTLED, /* try later */
                   TOKEN_UNAVAILABLE,
};

enum token_credentials {
    CREDENTIALS_CERTIFICATE, /* client_id alone: the certificate of the connection says the rest */
    CREDENTIALS_BASIC,
    CREDENTIALS_ASSERTION, /* RFC 7523 section 2.2 */
};

struct token_request { /* decoded; empty: not given */
    struct str grant_type, scope, audience, resource;
    struct str client_id;     /* empty with an assertion that says it */
    struct str client_secret; /* of the Authorization header */
    struct str assertion, assertion_type;
    struct str subject_token, subject_token_type, actor_token, requested_token_type;
    struct str token; /* to be revoked or introspected */
    enum token_credentials credentials;
};

/* "invalid_request"; NULL for TOKEN_OK. Static. */
const char *token_error_name(enum token_error e);
/* The HTTP status that goes with it. */
unsigned token_error_status(enum token_error e);
/* Texts live in the arena or in the request. *out is always filled as far as it was read; *why
 * gets a static text for the client. OK, INVALID_REQUEST or INVALID_CLIENT. */
enum token_error token_request_read(struct arena *a, struct headers headers, struct str body,
                                    struct token_request *out, const char **why)
    __attribute__((warn_unused_result));

#endif
