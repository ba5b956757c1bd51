/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/siphash.h"

#include <endian.h>

static inline uint64_t
turn(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

static inline void
mix(uint64_t v[4], unsigned rounds)
{
    while (rounds--) {
        v[0] += v[1], v[2] += v[3];
        v[1] = turn(v[1], 13) ^ v[0], v[3] = turn(v[3], 16) ^ v[2];
        v[0] = turn(v[0], 32);
        v[2] += v[1], v[0] += v[3];
        v[1] = turn(v[1], 17) ^ v[2], v[3] = turn(v[3], 21) ^ v[0];
        v[2] = turn(v[2], 32);
    }
}

static inline void
take(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v, 2);
    v[0] ^= word;
}

uint64_t
siphash(const struct siphash_key *key, struct str text)
{
    uint64_t a = key->words[0], b = key->words[1], word, last = (uint64_t)text.n << 56;
    uint64_t v[4] = {a ^ 0x736f6d6570736575u, b ^ 0x646f72616e646f6du, a ^ 0x6c7967656e657261u,
                     b ^ 0x7465646279746573u};
    size_t at = 0;

    for (; at + 8 <= text.n; at += 8) {
        memcpy(&word, text.p + at, 8);
        take(v, le64toh(word));
    }
    for (unsigned i = 0; at + i < text.n; i++)
        last |= (uint64_t)(unsigned char)text.p[at + i] << (8 * i);
    take(v, last);
    v[2] ^= 0xff;
    mix(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
