/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A signed JWT in compact form, taken apart (RFC 7515 section 3.1, RFC 7519), with every check
 * that needs neither keys nor configuration. Nothing here is trusted yet: see verify.h.
 *
 * The header's `jku`, `jwk`, `x5u` and `x5c` are never looked at: keys come from configuration.
 */
#ifndef AUTH_JWT_H
#define AUTH_JWT_H

#include "auth/reason.h"
#include "base/value.h"

#define JWT_MAX 8192

struct jwt {
    struct str signing_input;    /* slice of the token */
    struct str signature;        /* decoded, never empty */
    struct value header, claims; /* objects without duplicate members */
    struct str algorithm;        /* `alg` */
    struct str key_id;           /* `kid`; p == NULL when there is none */
    struct str type;             /* `typ` without "application/"; p == NULL when there is none */
};

/* Fills *out; the token and the arena must outlive it. At most JWT_MAX bytes, exactly three parts
 * of canonical base64url, a signature, JSON of bounded depth without duplicates, no `crit`, no
 * `b64`, texts without control characters. Thread-safe. */
enum reason jwt_parse(struct arena *a, struct str token, struct jwt *out)
    __attribute__((warn_unused_result));

/* True when a text may be taken for an identifier: at most `most` bytes, no control characters. */
bool jwt_is_plain(struct str text, size_t most);

#endif
