/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opaque tokens: their issuer is asked what they are worth (RFC 7662).
 *
 * One request in flight a token, over all workers: who comes meanwhile waits for its answer. What
 * cannot be asked, or is answered strangely, is denied (503). A good answer is kept in the cache of
 * verified tokens for as long as the configuration says, 30 s at most; a bad one is not kept.
 */
#ifndef AUTH_INTROSPECTION_H
#define AUTH_INTROSPECTION_H

#include "auth/issuer.h"
#include "auth/verdict.h"

#define INTROSPECTION_FLIGHTS 256 /* tokens asked for at once; more are denied */

struct introspection;

/* NULL: no memory. */
struct introspection *introspection_new(void);
/* No thread may be using it. NULL is allowed. */
void introspection_free(struct introspection *n);
/* Whether the token is none of an issuer that signs them: not three parts, of which the first is a
 * JSON object. */
bool introspection_is_opaque(struct str token);
/* Asks the issuer. Parks the fiber in io. now: UTC in us. Thread-safe. */
struct verdict introspection_ask(struct introspection *n, struct issuer *i, struct str token,
                                 const struct auth_io *io, int64_t now);
/* What an answer says, into p, whose arena must hold the text. NONE, TOKEN_INACTIVE,
 * INTROSPECTION_UNAVAILABLE for an answer that is none, or a reason of claims_check. */
enum reason introspection_read(const struct issuer_settings *pinned, struct str text,
                               struct principal *p, int64_t now)
    __attribute__((warn_unused_result));

#endif
