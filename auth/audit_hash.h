/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sums of the audit trail: SHA-256 and HMAC of parts, CRC-32C. On the stack, without
 * allocation, and unable to fail.
 */
#ifndef AUTH_AUDIT_HASH_H
#define AUTH_AUDIT_HASH_H

#include "base/str.h"

#define AUDIT_HASH 32 /* bytes */

/* SHA-256 (FIPS 180-4) of one byte and two parts behind each other. */
void audit_hash(uint8_t prefix, struct str a, struct str b, uint8_t out[AUDIT_HASH]);
/* SHA-256 of the text alone. */
void audit_sha256(struct str text, uint8_t out[AUDIT_HASH]);
/* HMAC-SHA-256 (RFC 2104) with a key of 32 bytes. */
void audit_hmac(const uint8_t key[32], struct str text, uint8_t out[AUDIT_HASH]);
/* CRC-32C (Castagnoli, RFC 3720 section 12.1), of more bytes behind those that gave `crc`; 0 at
 * the start. */
uint32_t audit_crc32c(uint32_t crc, const void *bytes, size_t n);

/* 64 hexadecimal digits and a NUL. */
void audit_hex(const uint8_t hash[AUDIT_HASH], char out[2 * AUDIT_HASH + 1]);
/* False when the text is not 64 hexadecimal digits. */
bool audit_unhex(struct str text, uint8_t out[AUDIT_HASH]) __attribute__((warn_unused_result));

static inline struct str
audit_hash_str(const uint8_t hash[AUDIT_HASH]) /* the bytes as a str */
{
    return (struct str){(const char *)hash, AUDIT_HASH};
}

#endif
