/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/siphash.h"

#include <endian.h>

static uint64_t
rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void
rounds(uint64_t v[4], int n)
{
    while (n--) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

static uint64_t
word_at(const uint8_t *p)
{
    uint64_t word;

    memcpy(&word, p, 8);
    return le64toh(word);
}

static void
add_word(struct siphash *s, uint64_t word)
{
    s->v[3] ^= word;
    rounds(s->v, 2);
    s->v[0] ^= word;
}

static void
add_byte(struct siphash *s, uint8_t byte)
{
    s->word |= (uint64_t)byte << (s->n % 8 * 8);
    if (++s->n % 8)
        return;
    add_word(s, s->word);
    s->word = 0;
}

void
siphash_begin(struct siphash *s, const uint8_t key[16])
{
    uint64_t low = word_at(key), high = word_at(key + 8);

    *s = (struct siphash){
        .v = {low ^ UINT64_C(0x736f6d6570736575), high ^ UINT64_C(0x646f72616e646f6d),
              low ^ UINT64_C(0x6c7967656e657261), high ^ UINT64_C(0x7465646279746573)}};
}

void
siphash_put(struct siphash *s, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;

    for (; n && s->n % 8; n--)
        add_byte(s, *p++);
    for (; n >= 8; n -= 8, p += 8, s->n += 8)
        add_word(s, word_at(p));
    for (; n; n--)
        add_byte(s, *p++);
}

uint64_t
siphash_end(struct siphash *s)
{
    add_word(s, s->word | (uint64_t)s->n << 56);
    s->v[2] ^= 0xff;
    rounds(s->v, 4);
    return s->v[0] ^ s->v[1] ^ s->v[2] ^ s->v[3];
}
