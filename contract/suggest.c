/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See suggest.h: the edit distance, letter case apart. */
#include "contract/suggest.h"

enum { LENGTH_MAX = 64 };

static unsigned char
lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static unsigned
distance(struct str a, struct str b)
{
    unsigned row[LENGTH_MAX + 1];
    for (unsigned j = 0; j <= b.n; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        unsigned corner = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            unsigned above = row[j];
            unsigned change = corner + (lower(a.p[i - 1]) != lower(b.p[j - 1]));
            row[j] = least(above + 1, row[j - 1] + 1, change);
            corner = above;
        }
    }
    return row[b.n];
}

void
suggest_offer(struct suggest *s, struct str name)
{
    if (s->wanted.n > LENGTH_MAX || name.n > LENGTH_MAX || !name.n)
        return;
    unsigned d = distance(s->wanted, name);
    if (d >= s->distance)
        return;
    s->distance = d;
    s->best = name;
}

const char *
suggest_text(struct arena *a, const struct suggest *s, const char *otherwise)
{
    if (!s->best.n)
        return otherwise;
    struct str text = arena_printf(a, ": did you mean '%.*s'?", STR_ARG(s->best));
    return text.p ? text.p : otherwise;
}
