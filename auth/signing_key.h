/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The authorization server's own key: made at the first start, kept in a file of mode 0600 or in
 * memory only, published as a JWKS. Its `kid` is its thumbprint (RFC 7638).
 */
#ifndef AUTH_SIGNING_KEY_H
#define AUTH_SIGNING_KEY_H

#include "auth/signature.h"
#include "base/document.h"

struct signing_key {
    enum algorithm algorithm; /* RS256 or ES256 */
    char kid[44];             /* with a NUL */
    struct str jwk;           /* the public key as JSON */
    void *pkey;               /* EVP_PKEY, with the private part */
};

#define SIGNATURE_MAX 1024 /* bytes, of an RSA key of 8192 bits */

/* path: NULL for a key in memory. A file that is missing is made; one that others can read, or
 * that holds another kind of key, is a mistake at `at`. Heap; NULL after telling the report. */
struct signing_key *signing_key_new(const char *path, enum algorithm algorithm, struct place at,
                                    struct report *r);
/* A JWS signature (RFC 7518 sections 3.3 and 3.4) into out; its length, or 0. Thread-safe. */
size_t signing_key_sign(const struct signing_key *key, struct str input,
                        uint8_t out[SIGNATURE_MAX]);
/* NULL is allowed. */
void signing_key_free(struct signing_key *key);

#endif
