/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/audit_merkle.h"

void
merkle_leaf(struct str record, uint8_t out[AUDIT_HASH])
{
    audit_hash(0x00, record, STR_NONE, out);
}

static void
join(const uint8_t left[AUDIT_HASH], const uint8_t right[AUDIT_HASH], uint8_t out[AUDIT_HASH])
{
    audit_hash(0x01, audit_hash_str(left), audit_hash_str(right), out);
}

void
merkle_add(struct merkle *m, const uint8_t leaf[AUDIT_HASH])
{
    uint8_t carry[AUDIT_HASH];
    unsigned i = 0;

    memcpy(carry, leaf, AUDIT_HASH);
    for (; m->size >> i & 1; i++)
        join(m->full[i], carry, carry);
    memcpy(m->full[i], carry, AUDIT_HASH);
    m->size++;
}

void
merkle_root(const struct merkle *m, uint8_t out[AUDIT_HASH])
{
    bool some = false;

    if (m->size == 0)
        audit_sha256(STR(""), out);
    for (unsigned i = 0; i < MERKLE_DEPTH; i++) {
        if (!(m->size >> i & 1))
            continue;
        if (some)
            join(m->full[i], out, out);
        else
            memcpy(out, m->full[i], AUDIT_HASH);
        some = true;
    }
}

static void
root_of(const uint8_t (*leaves)[AUDIT_HASH], uint64_t n, uint8_t out[AUDIT_HASH])
{
    struct merkle m = {0};

    for (uint64_t i = 0; i < n; i++)
        merkle_add(&m, leaves[i]);
    merkle_root(&m, out);
}

/* The largest power of two below n; n > 1. */
static uint64_t
split(uint64_t n)
{
    return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

unsigned
merkle_path(const uint8_t (*leaves)[AUDIT_HASH], uint64_t n, uint64_t index,
            uint8_t path[MERKLE_DEPTH][AUDIT_HASH])
{
    uint8_t down[MERKLE_DEPTH][AUDIT_HASH]; /* from the root to the leaf */
    unsigned depth = 0;

    while (n > 1 && depth < MERKLE_DEPTH) {
        uint64_t k = split(n);

        if (index < k) {
            root_of(leaves + k, n - k, down[depth++]);
            n = k;
        } else {
            root_of(leaves, k, down[depth++]);
            leaves += k;
            index -= k;
            n -= k;
        }
    }
    for (unsigned i = 0; i < depth; i++)
        memcpy(path[i], down[depth - 1 - i], AUDIT_HASH);
    return depth;
}

bool
merkle_follow(const uint8_t leaf[AUDIT_HASH], uint64_t index, uint64_t size,
              const uint8_t (*path)[AUDIT_HASH], unsigned n, uint8_t root[AUDIT_HASH])
{
    uint64_t fn = index, sn = size - 1; /* the names of the RFC */

    if (size == 0 || index >= size)
        return false;
    memcpy(root, leaf, AUDIT_HASH);
    for (unsigned i = 0; i < n; i++) {
        if (sn == 0)
            return false;
        if (fn & 1 || fn == sn) {
            join(path[i], root, root);
            while (!(fn & 1) && fn) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            join(root, path[i], root);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0;
}
