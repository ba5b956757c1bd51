/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows a segment's frames: sums, chain, numbers, and what a head says of them. */
#include "auth/audit_recover.h"

enum { SCRATCH = 1 << 20 };

static const char *
take_header(struct arena *a, const struct frame *frame, uint64_t segment,
            const struct trail *before, struct walk *w)
{
    struct segment_header h;

    if (w->begun)
        return "a second header";
    if (!segment_header_read(a, frame->payload, &h))
        return "the header is malformed";
    if (h.segment != segment)
        return "the header is of another segment";
    if (before && (memcmp(h.last_chain, before->last_chain, AUDIT_HASH) != 0 ||
                   memcmp(h.last_root, before->last_root, AUDIT_HASH) != 0))
        return "the header continues another segment than the one before";
    if (before && h.first != before->next)
        return "the first number does not follow the segment before";
    w->begun = true;
    w->trail.segment = h.segment;
    w->trail.first = w->trail.next = w->trail.signed_next = h.first;
    memcpy(w->trail.chain, h.last_chain, AUDIT_HASH);
    memcpy(w->trail.last_chain, h.last_chain, AUDIT_HASH);
    memcpy(w->trail.last_root, h.last_root, AUDIT_HASH);
    return NULL;
}

static const char *
take_record(const struct frame *frame, struct walk *w)
{
    uint8_t leaf[AUDIT_HASH];
    uint64_t seq;

    if (!record_seq(frame->payload, &seq))
        return "the record has no number";
    if (seq != w->trail.next)
        return seq > w->trail.next ? "records are missing before this one"
                                   : "the record's number comes again";
    merkle_leaf(frame->payload, leaf);
    merkle_add(&w->trail.tree, leaf);
    w->trail.next++;
    return NULL;
}

static const char *
take_head(struct arena *a, const struct frame *frame, struct walk *w)
{
    struct signed_head h;

    if (!signed_head_read(a, frame->payload, &h))
        return "the signed head is malformed";
    merkle_root(&w->trail.tree, w->root);
    if (h.segment != w->trail.segment || h.first != w->trail.first)
        return "the signed head is of another segment";
    if (h.size != w->trail.tree.size)
        return "the signed head counts other records";
    if (memcmp(h.root, w->root, AUDIT_HASH) != 0)
        return "the records before it are not those that were signed (Merkle root)";
    if (memcmp(h.chain, w->trail.chain, AUDIT_HASH) != 0)
        return "the frames before it are not those that were signed (chain)";
    w->trail.signed_next = w->trail.next;
    w->closed = frame->type == FRAME_FOOTER;
    return NULL;
}

static const char *
take(struct arena *a, const struct frame *frame, uint64_t segment, const struct trail *before,
     struct walk *w)
{
    uint8_t chain[AUDIT_HASH];
    const char *why = NULL;

    if (w->closed)
        return "a frame follows the footer";
    if (!w->begun && frame->type != FRAME_HEADER)
        return "the segment does not begin with a header";
    if (frame->type == FRAME_HEADER)
        why = take_header(a, frame, segment, before, w);
    if (why)
        return why;
    frame_chain(w->trail.chain, frame->type, frame->payload, chain);
    if (memcmp(chain, frame->chain, AUDIT_HASH) != 0)
        return "the chain is broken: this frame is another, or the one before is";
    if (frame->type == FRAME_RECORD)
        why = take_record(frame, w);
    else if (frame->type != FRAME_HEADER)
        why = take_head(a, frame, w);
    if (!why)
        memcpy(w->trail.chain, chain, AUDIT_HASH);
    return why;
}

void
segment_walk(struct str bytes, uint64_t segment, const struct trail *before, struct walk *w)
{
    struct arena *a = arena_new(SCRATCH);
    struct frame frame;

    *w = (struct walk){.why = a ? NULL : "out of memory"};
    while (!w->why) {
        w->fault = frame_read(str_from(bytes, w->trail.bytes), &frame);
        if (w->fault == FRAME_END)
            break;
        if (w->fault != FRAME_GOOD) {
            w->why = frame_fault_text(w->fault);
            break;
        }
        if (frame.type != FRAME_RECORD) { /* heads are few, but a live segment has many */
            arena_free(a);
            a = arena_new(SCRATCH);
        }
        w->why = a ? take(a, &frame, segment, before, w) : "out of memory";
        if (!w->why)
            w->trail.bytes += frame.size;
    }
    if (!w->why && !w->begun)
        w->why = "the segment is empty";
    merkle_root(&w->trail.tree, w->root);
    arena_free(a);
}
