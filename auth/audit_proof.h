/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof that one record stands in the trail (RFC 9162 section 2.1.3): the record, the hashes
 * from it to the root, and the signed head that states the root. Checked alone, with the public
 * key.
 */
#ifndef AUTH_AUDIT_PROOF_H
#define AUTH_AUDIT_PROOF_H

#include "auth/audit_segment.h"

#define AUDIT_PROOF_MAX 65536 /* bytes of a proof */

/* Writes the proof of record `seq`, one JSON object. NOT_FOUND: no such record; UNAVAILABLE: no
 * head has signed it yet; INTERNAL, MEMORY. */
enum fault_code audit_proof_write(const char *folder, uint64_t seq, struct buf *out,
                                  struct fault *f) __attribute__((warn_unused_result));

struct audit_proof {
    struct str record; /* its text */
    uint64_t seq;
    struct signed_head head;
};

/* Checks a proof; everything lives in the arena. INVALID_VALUE: it proves nothing, and why. */
enum fault_code audit_proof_check(struct arena *a, struct str proof,
                                  const struct audit_verifier *keys, struct audit_proof *out,
                                  struct fault *f) __attribute__((warn_unused_result));

#endif
