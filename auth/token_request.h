/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client sends to the token endpoint, read strictly (RFC 6749 sections 2.3.1, 3.2, 4.4.2):
 * a form in which no parameter comes twice, and one way to authenticate, not two.
 */
#ifndef AUTH_TOKEN_REQUEST_H
#define AUTH_TOKEN_REQUEST_H

#include "base/arena.h"
#include "base/header.h"

#define TOKEN_REQUEST_MAX 16384

enum token_error { /* RFC 6749 section 5.2 */
                   TOKEN_OK,
                   TOKEN_INVALID_REQUEST,
                   TOKEN_INVALID_CLIENT,
                   TOKEN_INVALID_SCOPE,
                   TOKEN_UNSUPPORTED_GRANT,
};

struct token_request {
    struct str grant_type, scope; /* decoded; empty: not given */
    struct str client_id, client_secret;
};

/* "invalid_request"; NULL for TOKEN_OK. Static. */
const char *token_error_name(enum token_error e);
/* Texts live in the arena or in the request. *out is always filled as far as it was read; *why
 * gets a static text for the client. OK, INVALID_REQUEST or INVALID_CLIENT. */
enum token_error token_request_read(struct arena *a, struct headers headers, struct str body,
                                    struct token_request *out, const char **why)
    __attribute__((warn_unused_result));

#endif
