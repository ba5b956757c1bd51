/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SipHash-2-4 (Aumasson and Bernstein, 2012): for tables whose keys are chosen outside, so that
 * nobody who does not know the secret can choose many that fall together. */
#ifndef BASE_SIPHASH_H
#define BASE_SIPHASH_H

#include "base/str.h"

struct siphash_key {
    uint64_t words[2]; /* random, and told to nobody */
};

uint64_t siphash(const struct siphash_key *key, struct str text);

#endif
