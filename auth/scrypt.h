/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secrets of clients, kept as scrypt hashes (RFC 7914) in the form that other tools print, too:
 *
 *   $scrypt$ln=14,r=8,p=1$SALT$HASH      base64 without padding; N is 2 to the power of ln
 *
 * The parameters are bounded on both sides: a hash that is cheap to guess is as much a mistake as
 * one that would take a gigabyte.
 */
#ifndef AUTH_SCRYPT_H
#define AUTH_SCRYPT_H

#include "base/str.h"

#define SCRYPT_SECRET_MAX 256 /* bytes of a secret */
#define SCRYPT_SECRET_NEW 44  /* of one that is made here, with its NUL: 256 random bits */
#define SCRYPT_HASH       64

struct scrypt_hash { /* holds no pointers, so that it can be handed to another thread as it is */
    uint8_t ln, r, p;
    uint8_t salt_size, hash_size;
    uint8_t salt[SCRYPT_HASH], hash[SCRYPT_HASH];
};

/* False when the text is no such hash, or its parameters are out of bounds: ln 10 to 20, r 1 to
 * 32, p 1 to 4, less than 64 MB; a salt of 8 to 64 bytes, a hash of 16 to 64. */
bool scrypt_parse(struct str text, struct scrypt_hash *out) __attribute__((warn_unused_result));
/* Whether it is the secret: a whole scrypt, tens of milliseconds. Thread-safe. */
bool scrypt_is(const struct scrypt_hash *h, struct str secret) __attribute__((warn_unused_result));
/* A new random secret, in base64url. False when there is no randomness. */
bool scrypt_secret(char out[SCRYPT_SECRET_NEW]) __attribute__((warn_unused_result));
/* Appends the hash of a secret, with a new salt and ln=14,r=8,p=1 (16 MB). */
bool scrypt_put(struct buf *out, struct str secret) __attribute__((warn_unused_result));

#endif
