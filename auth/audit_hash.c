/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256 by OpenSSL's plain functions: EVP allocates a context for each hash, and a record needs
 * three hashes. CRC-32C by the processor where it can, else by a table.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "auth/audit_hash.h"

#include <openssl/sha.h>
#include <pthread.h>

void
audit_hash(uint8_t prefix, struct str a, struct str b, uint8_t out[AUDIT_HASH])
{
    SHA256_CTX c;

    SHA256_Init(&c);
    SHA256_Update(&c, &prefix, 1);
    SHA256_Update(&c, a.p, a.n);
    SHA256_Update(&c, b.p, b.n);
    SHA256_Final(out, &c);
}

void
audit_sha256(struct str text, uint8_t out[AUDIT_HASH])
{
    SHA256((const uint8_t *)text.p, text.n, out);
}

static void
hmac_half(const uint8_t key[32], uint8_t pad, struct str text, uint8_t out[AUDIT_HASH])
{
    uint8_t block[SHA256_CBLOCK];
    SHA256_CTX c;

    memset(block, pad, sizeof block);
    for (unsigned i = 0; i < 32; i++)
        block[i] ^= key[i];
    SHA256_Init(&c);
    SHA256_Update(&c, block, sizeof block);
    SHA256_Update(&c, text.p, text.n);
    SHA256_Final(out, &c);
}

void
audit_hmac(const uint8_t key[32], struct str text, uint8_t out[AUDIT_HASH])
{
    uint8_t inner[AUDIT_HASH];

    hmac_half(key, 0x36, text, inner);
    hmac_half(key, 0x5c, audit_hash_str(inner), out);
}

static uint32_t crc_table[256];
static pthread_once_t crc_once = PTHREAD_ONCE_INIT;

static void
make_crc_table(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;

        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ 0x82f63b78 : c >> 1;
        crc_table[i] = c;
    }
}

static uint32_t
crc_by_table(uint32_t c, const uint8_t *p, size_t n)
{
    pthread_once(&crc_once, make_crc_table);
    for (; n; n--)
        c = c >> 8 ^ crc_table[(c ^ *p++) & 255];
    return c;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t
crc_by_processor(uint32_t c, const uint8_t *p, size_t n)
{
    uint64_t wide = c, word;

    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&word, p, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    for (c = (uint32_t)wide; n; n--)
        c = __builtin_ia32_crc32qi(c, *p++);
    return c;
}
#endif

uint32_t
audit_crc32c(uint32_t crc, const void *bytes, size_t n)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc_by_processor(~crc, bytes, n);
#endif
    return ~crc_by_table(~crc, bytes, n);
}

void
audit_hex(const uint8_t hash[AUDIT_HASH], char out[2 * AUDIT_HASH + 1])
{
    str_hex(hash, AUDIT_HASH, out);
    out[2 * AUDIT_HASH] = '\0';
}

bool
audit_unhex(struct str text, uint8_t out[AUDIT_HASH])
{
    return str_unhex(text, out, AUDIT_HASH);
}
