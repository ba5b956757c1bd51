/* SPDX-License-Identifier: GPL-2.0-or-later */
/* X.509 certificates that sign messages: checked against a configured authority (RFC 5280), or
 * pinned whole. */
#ifndef AUTH_AUTHORITY_H
#define AUTH_AUTHORITY_H

#include "auth/signature.h"
#include "base/document.h"

struct authority; /* CA certificates and their revocation lists, and what was checked by them */

struct checked { /* a certificate that passed */
    struct public_key *key;
    struct str subject; /* RFC 4514 */
};

/* PEM files; crl may be empty. NULL after telling the report. */
struct authority *authority_new(const char *ca, const char *crl, struct place at, struct report *r);
/* NULL is allowed. */
void authority_free(struct authority *a);
/* Checks one in DER: chain, times, keyUsage, at least 112 bits of security, no SHA-1. One that
 * passed is remembered for a minute, as parsing and checking it costs several times a signature.
 * *out is given back by checked_unref. NONE, CERTIFICATE, KEY_UNFIT or OUT_OF_MEMORY. Thread-safe.
 * Frames below 16 KB. now: UTC in us. */
enum reason authority_check(struct authority *a, struct str der, int64_t now,
                            const struct checked **out) __attribute__((warn_unused_result));
/* NULL is allowed. Thread-safe. */
void checked_unref(const struct checked *c);
/* The key of a certificate in a PEM file, trusted as it is; NULL after telling the report. */
struct public_key *certificate_key(const char *path, struct place at, struct report *r);

#endif
