/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit trail's keys.
 *
 * An Ed25519 pair (RFC 8032) signs heads: the private part in a PEM file of mode 0600, the public
 * part anywhere. Hash keys turn tokens and subjects into names that only their holder can make
 * again: a file of mode 0600 with a line `ID HEX` each, of which the last is in use. A line that is
 * taken out makes its names meaningless for ever: that is how a subject is erased.
 */
#ifndef AUTH_AUDIT_KEY_H
#define AUTH_AUDIT_KEY_H

#include "auth/audit_hash.h"
#include "base/fault.h"

#define AUDIT_SIGNATURE 64
#define AUDIT_KEY_ID    16 /* hexadecimal digits: the first of SHA-256 of the public key */
#define AUDIT_NAME      22 /* characters of a name: 128 bits of the HMAC, base64url */

struct audit_signer;

/* Reads the file, or makes it. INTERNAL (the log text says why), MEMORY. */
enum fault_code audit_signer_new(const char *path, struct audit_signer **out, struct fault *f)
    __attribute__((warn_unused_result));
void audit_signer_free(struct audit_signer *s); /* NULL is allowed */
const char *audit_signer_id(const struct audit_signer *s);
bool audit_sign(const struct audit_signer *s, struct str text, uint8_t out[AUDIT_SIGNATURE])
    __attribute__((warn_unused_result));
/* Writes the public key as PEM, unless the file is there. */
enum fault_code audit_signer_publish(const struct audit_signer *s, const char *path,
                                     struct fault *f) __attribute__((warn_unused_result));

/* Public keys, by id. */
struct audit_verifier;

/* Reads a PEM file of one or more public keys. INTERNAL, MEMORY. */
enum fault_code audit_verifier_new(const char *path, struct audit_verifier **out, struct fault *f)
    __attribute__((warn_unused_result));
void audit_verifier_free(struct audit_verifier *v); /* NULL is allowed */
bool audit_verifier_has(const struct audit_verifier *v, struct str id);
/* False when the key is not there, or the signature is wrong. */
bool audit_check(const struct audit_verifier *v, struct str id, struct str text,
                 struct str signature) __attribute__((warn_unused_result));

struct audit_hash_key {
    char id[9];
    uint8_t secret[32];
};

/* The key in use; makes the file when it is missing, and a new last line when `rotate` says so.
 * INTERNAL, MEMORY. */
enum fault_code audit_hash_key_read(const char *path, bool rotate, struct audit_hash_key *out,
                                    struct fault *f) __attribute__((warn_unused_result));
/* One of the file's keys by number, for looking things up; false: there are no more. */
bool audit_hash_key_at(const char *path, unsigned i, struct audit_hash_key *out)
    __attribute__((warn_unused_result));
/* Takes a line out. INTERNAL: it is not there, or is the one in use. */
enum fault_code audit_hash_key_destroy(const char *path, struct str id, struct fault *f)
    __attribute__((warn_unused_result));
/* The first 128 bits of the HMAC, base64url and a NUL. */
void audit_name(const struct audit_hash_key *key, struct str text, char out[AUDIT_NAME + 1]);
/* What of a token is hashed: the signing input of a JWT, all of any other. */
struct str audit_signing_input(struct str token);

#endif
