/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that look random and are the same for the same seed (splitmix64). Not for secrets. */
#ifndef SANDBOX_NOISE_H
#define SANDBOX_NOISE_H

#include <stdbool.h>
#include <stdint.h>

struct noise {
    uint64_t state; /* the seed at first; any value */
};

static inline uint64_t
noise_next(struct noise *n)
{
    uint64_t z = n->state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* 0 to below - 1; below > 0. */
static inline unsigned
noise_below(struct noise *n, unsigned below)
{
    return (unsigned)(noise_next(n) % below);
}

/* True in that share (0 to 1) of the calls. */
static inline bool
noise_chance(struct noise *n, double share)
{
    return (double)(noise_next(n) >> 11) * 0x1p-53 < share;
}

#endif
