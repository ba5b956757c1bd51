/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/scrypt.h"

#include "auth/base64url.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define MEMORY_MOST (64u << 20)
#define TEXT_MOST   512

/* base64 of the usual alphabet, without padding. */
static bool
decode_base64(struct str text, uint8_t *out, size_t least, uint8_t *size)
{
    char url[BASE64URL_ENCODED(SCRYPT_HASH)];
    size_t n = BASE64URL_DECODED(text.n);

    if (text.n > sizeof url || n < least || n > SCRYPT_HASH)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '-' || text.p[i] == '_')
            return false;
        url[i] = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
    }
    *size = (uint8_t)n;
    return base64url_decode((struct str){url, text.n}, out);
}

static bool
read_number(struct str text, const char *name, uint64_t least, uint64_t most, uint8_t *out)
{
    uint64_t n;

    if (!str_starts(text, str_of(name)) || !str_to_u64(str_from(text, strlen(name)), &n) ||
        n < least || n > most)
        return false;
    *out = (uint8_t)n;
    return true;
}

static bool
read_costs(struct str text, struct scrypt_hash *out)
{
    struct str rest = text, number[3];

    for (unsigned i = 0; i < 3; i++)
        if (!str_split(&rest, ',', &number[i]))
            return false;
    return !rest.p && read_number(number[0], "ln=", 10, 20, &out->ln) &&
           read_number(number[1], "r=", 1, 32, &out->r) &&
           read_number(number[2], "p=", 1, 4, &out->p) &&
           (128ull * out->r << out->ln) < MEMORY_MOST;
}

bool
scrypt_parse(struct str text, struct scrypt_hash *out)
{
    struct str rest = text, part[5];

    if (text.n > TEXT_MOST)
        return false;
    for (unsigned i = 0; i < 5; i++)
        if (!str_split(&rest, '$', &part[i]))
            return false;
    return !rest.p && part[0].n == 0 && str_eq(part[1], STR("scrypt")) &&
           read_costs(part[2], out) && decode_base64(part[3], out->salt, 8, &out->salt_size) &&
           decode_base64(part[4], out->hash, 16, &out->hash_size);
}

static bool
derive(const struct scrypt_hash *h, struct str secret, uint8_t out[SCRYPT_HASH])
{
    return EVP_PBE_scrypt(secret.p, secret.n, h->salt, h->salt_size, 1ull << h->ln, h->r, h->p,
                          2ull * MEMORY_MOST, out, h->hash_size) == 1;
}

bool
scrypt_is(const struct scrypt_hash *h, struct str secret)
{
    uint8_t out[SCRYPT_HASH];
    bool same = secret.n > 0 && secret.n <= SCRYPT_SECRET_MAX && derive(h, secret, out) &&
                CRYPTO_memcmp(out, h->hash, h->hash_size) == 0;

    OPENSSL_cleanse(out, sizeof out);
    return same;
}

bool
scrypt_secret(char out[SCRYPT_SECRET_NEW])
{
    uint8_t random[32];

    if (RAND_priv_bytes(random, sizeof random) != 1)
        return false;
    base64url_encode(random, sizeof random, out);
    out[SCRYPT_SECRET_NEW - 1] = '\0';
    OPENSSL_cleanse(random, sizeof random);
    return true;
}

static void
put_base64(struct buf *out, const uint8_t *bytes, size_t n)
{
    size_t start = out->n;

    base64url_put(out, bytes, n);
    for (size_t i = start; i < out->n; i++)
        out->p[i] = out->p[i] == '-' ? '+' : out->p[i] == '_' ? '/' : out->p[i];
}

bool
scrypt_put(struct buf *out, struct str secret)
{
    struct scrypt_hash h = {.ln = 14, .r = 8, .p = 1, .salt_size = 16, .hash_size = 32};

    if (RAND_bytes(h.salt, h.salt_size) != 1 || !derive(&h, secret, h.hash))
        return false;
    buf_printf(out, "$scrypt$ln=%u,r=%u,p=%u$", h.ln, h.r, h.p);
    put_base64(out, h.salt, h.salt_size);
    buf_put_char(out, '$');
    put_base64(out, h.hash, h.hash_size);
    return !out->failed;
}
