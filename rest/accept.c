/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rest/accept.h"

/* "0.375" -> 375; anything malformed counts as 1. */
static unsigned
read_quality(struct str text)
{
    unsigned q = 0, unit = 1000;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '.' && unit == 1000) {
            unit = 100;
            continue;
        }
        if (text.p[i] < '0' || text.p[i] > '9' || (unit == 1000 && i > 0))
            return 1000;
        q += (unsigned)(text.p[i] - '0') * unit;
        unit = unit == 1000 ? 1000 : unit / 10;
    }
    return text.n && q < 1000 ? q : 1000;
}

static unsigned
quality_of(struct str parameters)
{
    struct str part;

    while (str_split(&parameters, ';', &part)) {
        part = str_trim(part);
        if (str_eq_nocase(str_head(part, 2), STR("q=")))
            return read_quality(str_from(part, 2));
    }
    return 1000;
}

/* 3: the type itself, 2: "application/" and a star, 1: two stars, 0: no match. */
static int
specificity(struct str range, struct str media)
{
    size_t slash = str_find(range, '/');

    if (str_eq_nocase(range, media))
        return 3;
    if (str_eq(range, STR("*/*")))
        return 1;
    if (!str_eq(str_from(range, slash), STR("/*")))
        return 0;
    return str_eq_nocase(str_head(range, slash), str_head(media, str_find(media, '/'))) ? 2 : 0;
}

unsigned
accept_quality(struct str accept, struct str media)
{
    struct str range;
    unsigned quality = 0;
    int best = 0;

    if (!str_trim(accept).n)
        return 1000;
    while (str_split(&accept, ',', &range)) {
        size_t semicolon = str_find(range, ';');
        int fit = specificity(str_trim(str_head(range, semicolon)), media);

        if (fit > best) {
            best = fit;
            quality = quality_of(str_from(range, semicolon + 1));
        }
    }
    return quality;
}
