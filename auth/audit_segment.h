/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The form of a segment (docs/audit.md describes it for others): frames behind each other, each
 *
 *   4 bytes  length of the payload, big-endian
 *   4 bytes  CRC-32C of the length and of all that follows
 *   1 byte   'H' header, 'R' record, 'S' signed head, 'F' footer: the last signed head
 *  32 bytes  chain: SHA-256(0x02 | chain before | type and payload, hashed as a leaf)
 *   payload  JSON
 *
 * A header names what the segment continues; records are the leaves of a Merkle tree; a signed head
 * states the tree and the chain so far. The chain goes on from one segment's footer to the next
 * one's header.
 */
#ifndef AUTH_AUDIT_SEGMENT_H
#define AUTH_AUDIT_SEGMENT_H

#include "auth/audit_key.h"
#include "auth/audit_merkle.h"
#include "base/arena.h"

#define FRAME_HEAD         41
#define FRAME_PAYLOAD_MAX  16384
#define SEGMENT_NAME       "%012llu.audit"
#define SEGMENT_NAME_BYTES 18

enum frame_type { FRAME_HEADER = 'H', FRAME_RECORD = 'R', FRAME_SIGNED = 'S', FRAME_FOOTER = 'F' };

struct frame {
    enum frame_type type;
    struct str payload; /* slice of the bytes */
    const uint8_t *chain;
    size_t size; /* of the whole frame */
};

/* Where a trail stands: what the next frame continues. */
struct trail {
    uint64_t segment, first, next; /* next: number of the next record; first: of the segment */
    uint8_t chain[AUDIT_HASH];
    struct merkle tree; /* over the segment's records */
    uint64_t bytes;     /* of the segment so far */
    int64_t opened_us, signed_us;
    uint64_t signed_next;                                  /* `next` at the last signed head */
    uint8_t last_chain[AUDIT_HASH], last_root[AUDIT_HASH]; /* at the end of the segment before */
};

/* Appends a frame, and moves chain and bytes on. */
void frame_put(struct buf *out, struct trail *t, enum frame_type type, struct str payload);
/* The chain behind a frame. */
void frame_chain(const uint8_t before[AUDIT_HASH], enum frame_type type, struct str payload,
                 uint8_t out[AUDIT_HASH]);

enum frame_fault {
    FRAME_GOOD,
    FRAME_END,     /* no byte is left */
    FRAME_TORN,    /* fewer bytes than it takes */
    FRAME_LENGTH,  /* longer than any frame */
    FRAME_CRC,     /* some byte is another */
    FRAME_UNKNOWN, /* of no type */
};

/* Takes the frame at the start of the bytes; the chain is not looked at. */
enum frame_fault frame_read(struct str bytes, struct frame *out)
    __attribute__((warn_unused_result));
const char *frame_fault_text(enum frame_fault fault);

/* --- payloads other than records --- */

/* A segment begins: appends its header and resets the trail's tree. */
void segment_begin(struct buf *out, struct trail *t, struct str node, int64_t now_us);
/* Appends a signed head; closing: a footer. False when signing fails. */
bool segment_sign(struct buf *out, struct trail *t, const struct audit_signer *s, bool closing,
                  int64_t now_us) __attribute__((warn_unused_result));

struct segment_header {
    uint64_t segment, first;
    uint8_t last_chain[AUDIT_HASH], last_root[AUDIT_HASH]; /* of the segment before; zero: none */
    struct str node, opened;
};

struct signed_head {
    uint64_t segment, first, size; /* size: records in the tree */
    uint8_t root[AUDIT_HASH], chain[AUDIT_HASH], last_root[AUDIT_HASH];
    struct str time, key;
    struct str text;      /* what is signed, behind SIGNED_CONTEXT */
    struct str signature; /* bytes */
};

#define SIGNED_CONTEXT "telgate audit head 1\n"

bool segment_header_read(struct arena *a, struct str payload, struct segment_header *out)
    __attribute__((warn_unused_result));
bool signed_head_read(struct arena *a, struct str payload, struct signed_head *out)
    __attribute__((warn_unused_result));
/* Its signature is of that key and right. */
bool signed_head_check(const struct signed_head *h, const struct audit_verifier *v)
    __attribute__((warn_unused_result));
/* The number at the start of a record's text, `{"seq":N,`; false: there is none. */
bool record_seq(struct str payload, uint64_t *seq) __attribute__((warn_unused_result));

#endif
