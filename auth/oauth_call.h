/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request to the authorization server while it is answered: what its endpoints share. Each
 * endpoint is a function over a call, in a file of its own, and a row in authorization_server.c.
 */
#ifndef AUTH_OAUTH_CALL_H
#define AUTH_OAUTH_CALL_H

#include "auth/authorization_server.h"
#include "auth/client_auth.h"
#include "auth/own_token.h"

#define OAUTH_TOKEN_PATH      "/oauth2/token"
#define OAUTH_JWKS_PATH       "/oauth2/jwks"
#define OAUTH_REVOKE_PATH     "/oauth2/revoke"
#define OAUTH_INTROSPECT_PATH "/oauth2/introspect"
#define OAUTH_ANSWER_MOST     65536

struct oauth_call {
    const struct authorization_server_settings *settings;
    const struct oauth_request *request;
    struct arena *arena;
    int64_t now; /* UTC in us */
    struct oauth_answer *answer;
    struct fault *fault;
    struct clients *clients; /* held while the call lasts, as are the keys */
    struct keyring *keys;
    struct replay *replay;
    struct token_request asked;
    const struct client *client; /* who asks, proved */
};

void oauth_header(struct oauth_call *c, struct str name, struct str value);
/* Appends "name":"text", behind a comma unless it is the first member. */
void oauth_text(struct buf *b, const char *name, struct str text);
void oauth_number(struct buf *b, const char *name, int64_t n);
/* Ends an answer; takes the buffer's bytes. */
enum fault_code oauth_finish(struct oauth_call *c, unsigned status, struct buf *json);
/* RFC 6749 section 5.2. why: for the client's developer. */
enum fault_code oauth_error(struct oauth_call *c, enum token_error error, const char *why);
/* Reads c->asked and proves c->client; nothing of the answer may be kept by caches. */
enum token_error oauth_authenticate(struct oauth_call *c, const char **why)
    __attribute__((warn_unused_result));

/* A token that may be one of ours. */
enum own_token_state oauth_own_token(struct oauth_call *c, struct str text, struct own_token *out);
/* The record of this call names that token. */
void oauth_names(struct oauth_call *c, const struct own_token *t);

enum fault_code oauth_token_endpoint(struct oauth_call *c);
enum fault_code oauth_revoke_endpoint(struct oauth_call *c);
enum fault_code oauth_introspect_endpoint(struct oauth_call *c);
/* The token itself, appended, for a client that is trusted to be it: `telgate token`. asked: its
 * scopes, empty for all. INVALID_SCOPE in *error when it may not have one. */
enum fault_code oauth_mint(struct oauth_call *c, struct str asked, struct buf *token,
                           enum token_error *error);

#endif
