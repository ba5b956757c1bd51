/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "did you mean": the name nearest to one that is not known. */
#ifndef CONTRACT_SUGGEST_H
#define CONTRACT_SUGGEST_H

#include "base/arena.h"

struct suggest {
    struct str wanted;
    struct str best; /* empty: nothing is near enough */
    unsigned distance;
};

static inline struct suggest
suggest_for(struct str wanted)
{
    return (struct suggest){.wanted = wanted, .distance = (unsigned)(wanted.n / 3 + 2)};
}

/* Offers a name that is known; borrowed. */
void suggest_offer(struct suggest *s, struct str name);
/* ": did you mean 'NAME'?", or `otherwise`. In the arena, never NULL. */
const char *suggest_text(struct arena *a, const struct suggest *s, const char *otherwise);

#endif
