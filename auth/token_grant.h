/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grants of the token endpoint: each decides what the token says, or why there is none. */
#ifndef AUTH_TOKEN_GRANT_H
#define AUTH_TOKEN_GRANT_H

#include "auth/issue.h"
#include "auth/oauth_call.h"

/* Changes the claims, which are those of a token for the client itself. scope: where the claim's
 * text is written. *why: a static text for the caller. */
typedef enum token_error token_grant(struct oauth_call *c, struct issue_claims *claims,
                                     struct buf *scope, const char **why);

/* RFC 8693. */
token_grant token_exchange;

/* Whether a list with spaces between holds the word. */
bool token_grant_has(struct str list, struct str word);

#endif
