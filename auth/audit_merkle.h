/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Merkle trees as RFC 9162 section 2.1 hashes them: leaves with 0x00 before them, nodes with 0x01.
 */
#ifndef AUTH_AUDIT_MERKLE_H
#define AUTH_AUDIT_MERKLE_H

#include "auth/audit_hash.h"

#define MERKLE_DEPTH 48 /* trees of up to 2^48 leaves */

/* A tree that grows at its right edge: only the roots of its full subtrees are kept. */
struct merkle {
    uint64_t size;
    uint8_t full[MERKLE_DEPTH][AUDIT_HASH]; /* [i]: of 2^i leaves, where size has bit i */
};

void merkle_leaf(struct str record, uint8_t out[AUDIT_HASH]);
void merkle_add(struct merkle *m, const uint8_t leaf[AUDIT_HASH]);
/* The tree's root; of an empty tree the hash of nothing. */
void merkle_root(const struct merkle *m, uint8_t out[AUDIT_HASH]);

/* The inclusion proof of leaf `index` of n > index leaves (RFC 9162 section 2.1.3.1). Writes at
 * most MERKLE_DEPTH hashes, from the leaf to the root; gives their number. */
unsigned merkle_path(const uint8_t (*leaves)[AUDIT_HASH], uint64_t n, uint64_t index,
                     uint8_t path[MERKLE_DEPTH][AUDIT_HASH]);
/* RFC 9162 section 2.1.3.2: the root that the path leads to; false when it is no path of that
 * tree. */
bool merkle_follow(const uint8_t leaf[AUDIT_HASH], uint64_t index, uint64_t size,
                   const uint8_t (*path)[AUDIT_HASH], unsigned n, uint8_t root[AUDIT_HASH])
    __attribute__((warn_unused_result));

#endif
