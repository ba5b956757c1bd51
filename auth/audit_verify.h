/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a trail is whole and as it was written: offline, with the public key alone. What it finds
 * is the first thing that is wrong, in the order of the records.
 */
#ifndef AUTH_AUDIT_VERIFY_H
#define AUTH_AUDIT_VERIFY_H

#include "auth/audit_segment.h"

struct audit_check {
    const char *folder;
    const struct audit_verifier *keys;
    struct str anchor; /* a signed head that was kept elsewhere; empty: none */
    void (*progress)(void *context, uint64_t done, uint64_t all); /* bytes; NULL: nobody asks */
    void *context;
};

struct audit_report {
    unsigned segments, heads;
    uint64_t first, next;          /* numbers of the records: from first to next - 1 */
    uint64_t signed_next;          /* from this one on no head has signed them yet */
    char head_time[28];            /* of the newest head; "" when there is none */
    bool open;                     /* the newest segment has no footer */
    bool live;                     /* a gateway is writing to it */
    uint64_t removed;              /* segments that retention has removed, as a record says */
    char what[256];                /* what is wrong; "" when nothing is */
    uint64_t segment, seq, offset; /* where; seq: the record, or the next one after it */
};

/* INTERNAL (the log text says what cannot be read), MEMORY; else *out tells. */
enum fault_code audit_verify(const struct audit_check *c, struct audit_report *out, struct fault *f)
    __attribute__((warn_unused_result));

/* The newest signed head, as a text to be kept elsewhere. NOT_FOUND: there is none. */
enum fault_code audit_newest_head(const char *folder, struct arena *a, struct str *out,
                                  struct fault *f) __attribute__((warn_unused_result));

#endif
