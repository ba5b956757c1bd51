/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A key pair that tokens are signed with. Its `kid` is its thumbprint (RFC 7638). */
#ifndef AUTH_SIGNING_KEY_H
#define AUTH_SIGNING_KEY_H

#include "auth/signature.h"

struct signing_key {
    enum algorithm algorithm;  /* RS256 or ES256 */
    char kid[44];              /* with a NUL */
    struct str jwk;            /* the public key as JSON */
    void *pkey;                /* EVP_PKEY, with the private part */
    struct public_key *public; /* the same, to verify with */
};

#define SIGNATURE_MAX 1024 /* bytes, of an RSA key of 8192 bits */

/* A new one. Heap; NULL when OpenSSL fails. */
struct signing_key *signing_key_generate(enum algorithm algorithm);
/* A private key in PEM, not encrypted; NULL when it is none for the algorithm. */
struct signing_key *signing_key_parse(struct str pem, enum algorithm algorithm);
/* Appends it in PEM (PKCS #8), with the private part. */
bool signing_key_put_pem(const struct signing_key *key, struct buf *out)
    __attribute__((warn_unused_result));
/* A JWS signature (RFC 7518 sections 3.3 and 3.4) into out; its length, or 0. Thread-safe. */
size_t signing_key_sign(const struct signing_key *key, struct str input,
                        uint8_t out[SIGNATURE_MAX]);
/* Whether it is the key's own signature. Thread-safe. */
bool signing_key_verify(const struct signing_key *key, struct str input, struct str signature);
/* NULL is allowed. */
void signing_key_free(struct signing_key *key);

#endif
