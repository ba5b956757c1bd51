/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JWS signatures over OpenSSL: the algorithms of RFC 7518 section 3 and RFC 8037 that have a
 * public key. No HMAC and no `none`: nothing here can be tricked into taking a public key for a
 * secret.
 *
 * A key keeps the verification contexts made for it, so that a verification costs the arithmetic
 * and little else: no parsing, no fetching of algorithms, no allocation.
 */
#ifndef AUTH_SIGNATURE_H
#define AUTH_SIGNATURE_H

#include "auth/reason.h"

enum algorithm {
    ALGORITHM_NONE, /* not one of ours */
    ALGORITHM_RS256,
    ALGORITHM_RS384,
    ALGORITHM_RS512,
    ALGORITHM_PS256,
    ALGORITHM_PS384,
    ALGORITHM_PS512,
    ALGORITHM_ES256,
    ALGORITHM_ES384,
    ALGORITHM_ES512,
    ALGORITHM_EDDSA,
    ALGORITHM_COUNT
};

enum key_kind { KEY_RSA, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519 };

struct public_key;

/* By exact name ("RS256", "EdDSA"); ALGORITHM_NONE for any other. */
enum algorithm algorithm_of(struct str name);
const char *algorithm_name(enum algorithm algorithm);
/* True when keys of that kind sign with this algorithm. */
bool algorithm_fits(enum algorithm algorithm, enum key_kind kind);

/* Takes pkey (an EVP_PKEY): frees it also when it returns NULL (no memory). */
struct public_key *public_key_new(void *pkey, enum key_kind kind);
/* NULL is allowed. No thread may be verifying. */
void public_key_free(struct public_key *key);
enum key_kind public_key_kind(const struct public_key *key);

/* NONE, SIGNATURE_WRONG, KEY_UNFIT or OUT_OF_MEMORY. Any number of threads at once; does not
 * yield. Frames stay below 1 KB here; OpenSSL's below 16 KB. */
enum reason signature_verify(struct public_key *key, enum algorithm algorithm, struct str input,
                             struct str signature) __attribute__((warn_unused_result));

/* SHA-256 with the digest fetched once; false when OpenSSL fails. */
bool signature_sha256(struct str input, uint8_t out[32]) __attribute__((warn_unused_result));

#endif
