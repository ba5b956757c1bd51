/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SipHash-2-4 (Aumasson, Bernstein 2012): a short hash with a secret key, for tables whose keys
 * come from outside: who does not know the key cannot choose what falls into one place.
 */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "base/str.h"

struct siphash { /* on the caller's stack; one message */
    uint64_t v[4];
    uint64_t word; /* the bytes that fill no word yet, little-endian */
    size_t n;      /* bytes so far */
};

void siphash_begin(struct siphash *s, const uint8_t key[16]);
/* Parts are one message, however it is cut. */
void siphash_put(struct siphash *s, const void *bytes, size_t n);
uint64_t siphash_end(struct siphash *s);

#endif
