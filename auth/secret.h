/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret that a client or a user must prove: a scrypt hash of it, or the secret itself.
 *
 * `secret_scrypt` is `$scrypt$ln=14,r=8,p=1$SALT$HASH`, base64 without padding, as other tools
 * print it. A clear `secret` is for demonstrations and refused otherwise.
 */
#ifndef AUTH_SECRET_H
#define AUTH_SECRET_H

#include "auth/settings.h"

struct secret;

/* From `secret` or `secret_scrypt`, into the arena of s. NULL after telling the report. */
struct secret *secret_read(const struct settings *s, bool demo);
/* One that is known in clear; borrows the text. NULL: no memory. */
struct secret *secret_of(struct arena *a, struct str clear);
/* Wipes what has been seen. NULL is allowed. */
void secret_fini(struct secret *s);
/* The secret itself; p == NULL: only its hash is known. */
struct str secret_clear(const struct secret *s);
/* Whether this is the secret. Thread-safe. Where it is hashed, the first right one, and each wrong
 * one, costs a whole scrypt (some 40 ms of CPU); the right one is remembered by a keyed hash. */
bool secret_proves(struct secret *s, struct str given);

#endif
