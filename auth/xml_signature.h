/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arithmetic of XML Signature over octets that are canonical already (base/credential.h):
 * RSA (PKCS #1 and PSS) and ECDSA with SHA-2, and SHA-2 digests. SHA-1 and HMAC are refused.
 */
#ifndef AUTH_XML_SIGNATURE_H
#define AUTH_XML_SIGNATURE_H

#include "auth/signature.h"
#include "base/arena.h"
#include "base/credential.h"

/* base64 of the usual alphabet, blanks allowed, padding optional; false: malformed, or no memory.
 */
bool xml_base64(struct arena *a, struct str text, struct str *out)
    __attribute__((warn_unused_result));
/* Signature first, then each digest. NONE, WEAK_ALGORITHM, KEY_UNFIT, SIGNATURE_WRONG,
 * DIGEST_WRONG or OUT_OF_MEMORY. */
enum reason xml_signature_verify(struct arena *a, const struct xml_signature *s,
                                 struct public_key *key) __attribute__((warn_unused_result));

#endif
