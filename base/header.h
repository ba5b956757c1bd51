/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP header fields as they came: in order, duplicates kept (RFC 9110 section 5). */
#ifndef BASE_HEADER_H
#define BASE_HEADER_H

#include "base/str.h"

struct header {
    struct str name, value;
};

struct headers { /* borrowed from whoever holds the items */
    const struct header *items;
    unsigned n;
};

/* The first field of that name (case ignored), or NULL. */
const struct header *header_find(struct headers h, struct str name);
/* Its value, or an empty str. */
struct str header_value(struct headers h, struct str name);
unsigned header_count(struct headers h, struct str name);

#endif
