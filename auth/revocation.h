/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One revocation: what it is of, and its form as a line of the log.
 *
 *   CRC {"revoke":"jti","issuer":"https://as.example","id":"r3Vo...","until":1764085000}
 *
 * The line's sum (CRC-32C, 8 hexadecimal digits) is of all that follows the space behind it.
 */
#ifndef AUTH_REVOCATION_H
#define AUTH_REVOCATION_H

#include "base/value.h"

#define REVOCATION_LINE 4096 /* bytes of a line, at most */

enum revocation_kind {
    REVOKE_JTI,     /* the token of that issuer and `jti` */
    REVOKE_TOKEN,   /* the token whose header.payload has that SHA-256, in hex */
    REVOKE_CLIENT,  /* a client's tokens */
    REVOKE_SUBJECT, /* a subject's tokens; the id is a name that audit_name gives, not the subject
                     */
    REVOKE_KEY,     /* what was signed by the key of that `kid` */
    REVOKE_KINDS
};

struct revocation {
    enum revocation_kind kind;
    struct str issuer; /* empty: of any; REVOKE_JTI needs one */
    struct str id;
    int64_t before; /* not of a JTI or TOKEN: tokens issued up to that second (UTC); 0: all */
    int64_t until;  /* the second from which nobody needs it any more: `exp`; 0: never */
};

/* "jti", "token", "client", "subject", "kid". Static. */
const char *revocation_kind_name(enum revocation_kind kind);
/* Appends the line, with its newline. */
void revocation_put(struct buf *out, const struct revocation *r);
/* Reads a line, without its newline; texts live in the arena or the line. False when it is broken.
 */
bool revocation_read(struct arena *a, struct str line, struct revocation *out)
    __attribute__((warn_unused_result));

#endif
