/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/audit_walk.h"

enum { SCRATCH = 1 << 20 };

struct walking {
    const struct walk_options *options;
    uint64_t segment;
    struct arena *arena; /* of the frame at hand */
    struct walk *out;
};

static const char *
continues(const struct segment_header *h, const struct trail *before)
{
    if (memcmp(h->last_chain, before->last_chain, AUDIT_HASH) != 0 ||
        memcmp(h->last_root, before->last_root, AUDIT_HASH) != 0)
        return "the header continues another segment than the one before";
    return h->first == before->next ? NULL : "the first number does not follow the segment before";
}

static const char *
take_header(const struct walking *g, const struct frame *frame)
{
    struct walk *w = g->out;
    struct segment_header h;
    const char *why = NULL;

    if (w->begun)
        return "a second header";
    if (!segment_header_read(g->arena, frame->payload, &h))
        return "the header is malformed";
    if (h.segment != g->segment)
        return "the header is of another segment";
    if (g->options->before)
        why = continues(&h, g->options->before);
    if (why)
        return why;
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
compare_head(const struct signed_head *h, struct walk *w)
{
    merkle_root(&w->trail.tree, w->root);
    if (h->segment != w->trail.segment || h->first != w->trail.first)
        return "the signed head is of another segment";
    if (h->size != w->trail.tree.size)
        return "the signed head counts other records";
    if (memcmp(h->root, w->root, AUDIT_HASH) != 0)
        return "the records before it are not those that were signed (Merkle root)";
    if (memcmp(h->chain, w->trail.chain, AUDIT_HASH) != 0)
        return "the frames before it are not those that were signed (chain)";
    return NULL;
}

static const char *
check_head(const struct signed_head *h, const struct audit_verifier *v)
{
    if (!v)
        return NULL;
    if (!audit_verifier_has(v, h->key))
        return "the head is signed with a key that is not among the given ones";
    return signed_head_check(h, v) ? NULL : "the head's signature is wrong";
}

static const char *
take_head(const struct walking *g, const struct frame *frame)
{
    struct walk *w = g->out;
    struct signed_head h;
    const char *why;

    if (!signed_head_read(g->arena, frame->payload, &h))
        return "the signed head is malformed";
    why = check_head(&h, g->options->verifier);
    if (!why)
        why = compare_head(&h, w);
    if (why)
        return why;
    w->heads++;
    if (g->options->anchor && str_eq(h.text, g->options->anchor->text))
        w->anchored = true;
    memset(w->head_time, 0, sizeof w->head_time);
    memcpy(w->head_time, h.time.p, h.time.n < 27 ? h.time.n : 27);
    w->trail.signed_next = w->trail.next;
    w->closed = frame->type == FRAME_FOOTER;
    return NULL;
}

static const char *
take(const struct walking *g, const struct frame *frame)
{
    struct walk *w = g->out;
    uint8_t chain[AUDIT_HASH];
    const char *why = NULL;

    if (w->closed)
        return "a frame follows the footer";
    if (!w->begun && frame->type != FRAME_HEADER)
        return "the segment does not begin with a header";
    if (frame->type == FRAME_HEADER)
        why = take_header(g, frame);
    if (why)
        return why;
    frame_chain(w->trail.chain, frame->type, frame->payload, chain);
    if (memcmp(chain, frame->chain, AUDIT_HASH) != 0)
        return "the chain is broken: this frame is another, or the one before is";
    if (frame->type == FRAME_RECORD)
        why = take_record(frame, w);
    else if (frame->type != FRAME_HEADER)
        why = take_head(g, frame);
    if (!why)
        memcpy(w->trail.chain, chain, AUDIT_HASH);
    return why;
}

/* The next good frame; false at the end, or when something is wrong. */
static bool
next_frame(struct walking *g, struct str bytes, struct frame *frame)
{
    struct walk *w = g->out;
    enum frame_fault fault = frame_read(str_from(bytes, w->trail.bytes), frame);

    if (fault != FRAME_GOOD) {
        w->why = fault == FRAME_END ? NULL : frame_fault_text(fault);
        w->torn = fault == FRAME_TORN;
        return false;
    }
    if (frame->type != FRAME_RECORD) { /* heads are few, but a live segment has many */
        arena_free(g->arena);
        g->arena = arena_new(SCRATCH);
    }
    w->why = g->arena ? take(g, frame) : "out of memory";
    return !w->why;
}

void
segment_walk(struct str bytes, uint64_t segment, const struct walk_options *options, struct walk *w)
{
    static const struct walk_options none;
    struct walking g = {.options = options ? options : &none, .segment = segment, .out = w};
    struct frame frame;

    *w = (struct walk){0};
    g.arena = arena_new(SCRATCH);
    while (!w->stopped && next_frame(&g, bytes, &frame)) {
        uint64_t offset = w->trail.bytes;

        w->trail.bytes += frame.size;
        if (g.options->frame)
            w->stopped = !g.options->frame(g.options->context, &frame, &w->trail, offset);
    }
    if (!w->why && !w->begun)
        w->why = "the segment is empty";
    merkle_root(&w->trail.tree, w->root);
    arena_free(g.arena);
}
