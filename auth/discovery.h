/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An authorization server's description of itself: OpenID Connect Discovery 1.0 section 4,
 * RFC 8414 section 3. Pure: where it stands, and what it says.
 */
#ifndef AUTH_DISCOVERY_H
#define AUTH_DISCOVERY_H

#include "base/arena.h"

#define DISCOVERY_PLACES 2
#define DISCOVERY_MAX    (256 * 1024) /* bytes of a document */

struct discovery { /* texts live in the arena; empty: not said */
    struct str jwks_uri, introspection_endpoint;
};

/* Where the document of an issuer may stand: 0 is OpenID Connect's place, 1 RFC 8414's. p == NULL:
 * no memory. */
struct str discovery_url(struct arena *a, struct str issuer, unsigned place);
/* NULL when all is well; else what is wrong (static), among it that the document is another
 * issuer's: it would let in whoever that one lets in. */
const char *discovery_read(struct arena *a, struct str issuer, struct str text,
                           struct discovery *out) __attribute__((warn_unused_result));

#endif
