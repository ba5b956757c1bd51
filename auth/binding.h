/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether who sends a token is who it is bound to: by the certificate of the TLS connection
 * (RFC 8705 section 3), by a proof of a key (RFC 9449 section 7). At each use, also of a token that
 * was verified before.
 */
#ifndef AUTH_BINDING_H
#define AUTH_BINDING_H

#include "auth/dpop.h"
#include "auth/principal.h"

/* *stale as in dpop_check. NONE, or a reason from UNBOUND to DPOP_REPLAYS_FULL. */
enum reason binding_check(struct dpop *d, struct arena *a, const struct principal *p,
                          const struct credentials *c, int64_t now, bool *stale)
    __attribute__((warn_unused_result));

#endif
