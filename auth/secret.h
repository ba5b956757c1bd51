/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret that a client or a user must prove: a scrypt hash of it (`secret_scrypt`, see scrypt.h),
 * or for demonstrations the secret itself (`secret`).
 *
 * A right secret is remembered by a keyed hash (HMAC with a key of this process), and proves itself
 * in a microsecond from then on. The scrypt of any other runs on another thread (struct auth_io's
 * `work`). Guessing is slowed down for each address by itself: so nobody can lock a client out by
 * guessing from elsewhere, and a secret that is known here is never slowed down.
 */
#ifndef AUTH_SECRET_H
#define AUTH_SECRET_H

#include "auth/issuer.h"
#include "auth/settings.h"

enum { SECRETS_MOST = 2 /* the new one and the one before, while it is being replaced */ };

enum proof {
    PROOF_GOOD,
    PROOF_WRONG,
    PROOF_THROTTLED, /* too many wrong ones came from that address */
    PROOF_BUSY,      /* it could not be checked now */
};

struct secret;

/* From `secret`, or `secret_scrypt` (one, or a list of SECRETS_MOST), into the arena of s. NULL
 * after telling the report. */
struct secret *secret_read(const struct settings *s, bool demo);
/* One that is known in clear; borrows the text. NULL: no memory. */
struct secret *secret_of(struct arena *a, struct str clear);
/* Wipes what has been seen. NULL is allowed. */
void secret_fini(struct secret *s);
/* The secret itself; p == NULL: only its hash is known. */
struct str secret_clear(const struct secret *s);
/* Whether this is the secret. peer: the address that it came from; io: NULL where scrypt may take
 * its time; now: UTC in us. Thread-safe. */
enum proof secret_check(struct secret *s, struct str given, struct str peer,
                        const struct auth_io *io, int64_t now);

#endif
