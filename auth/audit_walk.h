/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Following a segment frame by frame: sums, chain, numbers, signed heads. Recovery, verification,
 * proofs and the index all read by it.
 */
#ifndef AUTH_AUDIT_WALK_H
#define AUTH_AUDIT_WALK_H

#include "auth/audit_segment.h"

struct walk_options {                      /* all may be NULL */
    const struct trail *before;            /* where the trail stood; else the header is believed */
    const struct audit_verifier *verifier; /* of the heads' signatures; else they are not checked */
    const struct signed_head *anchor;      /* looked for when it is of this segment */
    /* Called with each good frame, and where it stands. trail: behind it. False: enough. */
    bool (*frame)(void *context, const struct frame *f, const struct trail *t, uint64_t offset);
    void *context;
};

/* How far the frames of a segment can be followed. */
struct walk {
    struct trail trail; /* behind the last good frame; bytes: where that ends */
    bool begun, closed; /* a header; a footer */
    bool anchored;      /* the anchor was met */
    bool torn;          /* nothing is wrong but that the bytes end inside a frame */
    bool stopped;       /* by the caller */
    unsigned heads;
    char head_time[28]; /* of the last head; "" when there is none */
    const char *why;    /* what is wrong with the frame at trail.bytes; NULL: nothing */
    uint8_t root[AUDIT_HASH];
};

/* options may be NULL. */
void segment_walk(struct str bytes, uint64_t segment, const struct walk_options *options,
                  struct walk *out);

#endif
