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
/* A field of that name has this among its words, between commas (RFC 9110 section 5.6.1); case is
 * ignored. */
bool header_lists(struct headers h, struct str name, struct str word);

/* Why a gateway does not pass a field on as it came. */
enum header_role {
    HEADER_PASSES = 0,
    HEADER_HOP = 1,      /* of one connection, and its framing (RFC 9110 sections 7.6.1 and 8.6) */
    HEADER_REQUEST = 2,  /* each client writes its own: Host, Expect */
    HEADER_CALLER = 4,   /* who calls, which is the gateway's to know: credentials and cookies */
    HEADER_PROXY = 8,    /* between a client and its proxy (RFC 9110 section 11.7) */
    HEADER_GATEWAY = 16, /* the gateway's own: X-Correlator */
};
enum header_role header_role(struct str name);

#endif
