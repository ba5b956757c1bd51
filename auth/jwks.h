/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON Web Key Set (RFC 7517, 7518 section 6, 8037) as keys that verify.
 *
 * A key that cannot serve here (for encryption, symmetric, private, too short, of an unknown
 * curve) is skipped with a warning; a set in which two keys share a `kid` is refused whole, as
 * then a `kid` names nothing. A set is immutable and counted, so that it can be swapped while
 * tokens are checked against it.
 */
#ifndef AUTH_JWKS_H
#define AUTH_JWKS_H

#include "auth/signature.h"
#include "base/document.h"

#define JWKS_MAX      (256 * 1024) /* bytes of a document */
#define JWKS_KEYS_MAX 64

struct jwks;

/* Reads a document; `name` is for the messages (a path or a URL). NULL, and the report tells,
 * when it is no key set or has no key that can serve. One reference is the caller's. */
struct jwks *jwks_parse(struct str name, struct str text, struct report *r);
/* One reference more, or less; thread-safe. NULL is allowed. */
struct jwks *jwks_ref(struct jwks *set);
void jwks_unref(struct jwks *set);
unsigned jwks_count(const struct jwks *set);

/* The key of that `kid` (p == NULL: the token names none, then the only key that fits) for an
 * algorithm: NONE, KEY_UNKNOWN, KEY_AMBIGUOUS or KEY_UNFIT. *key is valid while the set is held. */
enum reason jwks_find(const struct jwks *set, struct str key_id, enum algorithm algorithm,
                      struct public_key **key) __attribute__((warn_unused_result));

#endif
