/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a message of ours is signed with, and the small arithmetic of a Security header. Values come
 * as base64, as they are written into XML. soap/wss.h takes these functions as they are.
 */
#ifndef AUTH_XML_SIGNER_H
#define AUTH_XML_SIGNER_H

#include "base/arena.h"
#include "base/document.h"

struct xml_signer;

/* PEM files: the certificate (its chain may follow), and its RSA (2048 bits at least), P-256, P-384
 * or P-521 key. NULL after telling the report at the file. */
struct xml_signer *xml_signer_new(struct str certificate, struct str key, struct report *r);
/* NULL is allowed. */
void xml_signer_free(struct xml_signer *s);
/* The certificate's DER, and the URI of the signature's algorithm. Live as long as the signer. */
struct str xml_signer_certificate(const struct xml_signer *s);
const char *xml_signer_method(const struct xml_signer *s);
/* Signs; signer: a struct xml_signer. False: no memory, or OpenSSL fails. Thread-safe. */
bool xml_signer_sign(const void *signer, struct arena *a, struct str bytes, struct str *value)
    __attribute__((warn_unused_result));
/* SHA-256, as XML Signature's DigestValue. */
bool xml_signer_digest(struct arena *a, struct str bytes, struct str *value)
    __attribute__((warn_unused_result));
/* A new nonce of 16 bytes, and the #PasswordDigest over it: SHA-1, as the profile has it. */
bool xml_signer_password(struct arena *a, struct str created, struct str password,
                         struct str *nonce, struct str *digest) __attribute__((warn_unused_result));

#endif
