/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/audit_proof.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/audit_store.h"
#include "auth/audit_walk.h"
#include "base/json.h"

#define FORMAT "telgate audit proof 1"

/* --- making one --- */

struct making {
    uint64_t seq;
    uint8_t (*leaves)[AUDIT_HASH];
    uint64_t n, room;
    struct str record, head; /* slices of the segment */
    bool failed;
};

static bool
add_leaf(struct making *m, struct str payload)
{
    if (m->n == m->room) {
        uint64_t room = m->room ? m->room * 2 : 4096;
        uint8_t(*more)[AUDIT_HASH] = reallocarray(m->leaves, room, sizeof *more);

        m->failed = more == NULL;
        if (m->failed)
            return false;
        m->leaves = more;
        m->room = room;
    }
    merkle_leaf(payload, m->leaves[m->n++]);
    return true;
}

/* Until the first head that has signed the record. */
static bool
take_frame(void *context, const struct frame *f, const struct trail *t, uint64_t offset)
{
    struct making *m = context;

    (void)offset;
    if (f->type == FRAME_RECORD) {
        if (t->next == m->seq + 1)
            m->record = f->payload;
        return add_leaf(m, f->payload);
    }
    if (f->type != FRAME_HEADER && m->record.n)
        m->head = f->payload;
    return !m->head.n;
}

static void
write_proof(struct buf *out, const struct making *m, uint64_t index)
{
    uint8_t path[MERKLE_DEPTH][AUDIT_HASH];
    unsigned n = merkle_path((const uint8_t(*)[AUDIT_HASH])m->leaves, m->n, index, path);
    char hex[2 * AUDIT_HASH + 1];

    buf_str(out, STR("{\"format\":\"" FORMAT "\",\"record\":"));
    json_write_string(out, m->record);
    buf_printf(out, ",\"index\":%llu,\"path\":[", (unsigned long long)index);
    for (unsigned i = 0; i < n; i++) {
        audit_hex(path[i], hex);
        buf_printf(out, "%s\"%s\"", i ? "," : "", hex);
    }
    buf_str(out, STR("],\"head\":"));
    json_write_string(out, m->head);
    buf_str(out, STR("}\n"));
}

static enum fault_code
unreadable(struct fault *f, const char *path)
{
    fault_set(f, FAULT_INTERNAL, "the audit trail can not be read");
    fault_log(f, "%s: %s", path, strerror(errno));
    return FAULT_INTERNAL;
}

/* Looks in one segment; NOT_FOUND when it begins behind the record. */
static enum fault_code
prove_in(const char *path, uint64_t segment, uint64_t seq, struct buf *out, struct fault *f)
{
    struct making m = {.seq = seq};
    struct walk_options o = {.frame = take_frame, .context = &m};
    enum fault_code code = FAULT_NOT_FOUND;
    struct buf bytes;
    struct walk w;

    if (!audit_file_load(path, &bytes)) {
        buf_fini(&bytes);
        return unreadable(f, path);
    }
    segment_walk(buf_view(&bytes), segment, &o, &w);
    if (w.begun && w.trail.first <= seq) {
        if (m.failed)
            code = fault_set(f, FAULT_MEMORY, "out of memory");
        else if (m.head.n) {
            write_proof(out, &m, seq - w.trail.first);
            code = FAULT_NONE;
        } else {
            code = m.record.n
                       ? fault_set(f, FAULT_UNAVAILABLE, "no head has signed this record yet")
                       : FAULT_NOT_FOUND;
        }
    }
    free(m.leaves);
    buf_fini(&bytes);
    return code;
}

enum fault_code
audit_proof_write(const char *folder, uint64_t seq, struct buf *out, struct fault *f)
{
    enum fault_code code = FAULT_NOT_FOUND;
    uint64_t *segments;
    char path[4096];
    unsigned n;

    if (!audit_segments(folder, &segments, &n))
        return unreadable(f, folder);
    for (unsigned i = n; i > 0 && code == FAULT_NOT_FOUND; i--) {
        audit_segment_path(folder, segments[i - 1], path, sizeof path);
        code = prove_in(path, segments[i - 1], seq, out, f);
    }
    free(segments);
    return code == FAULT_NOT_FOUND ? fault_set(f, code, "there is no such record") : code;
}

/* --- checking one --- */

struct parts {
    struct str record, head;
    uint64_t index;
    unsigned n;
    uint8_t path[MERKLE_DEPTH][AUDIT_HASH];
};

static bool
take_text(const struct value *proof, const char *name, struct str *out)
{
    const struct value *v = value_get(proof, str_of(name));

    *out = v && v->kind == VALUE_STRING ? value_text(v) : STR_NONE;
    return out->n > 0;
}

static bool
take_path(const struct value *proof, struct parts *out)
{
    const struct value *path = value_get(proof, STR("path"));

    if (!path || path->kind != VALUE_ARRAY || path->n > MERKLE_DEPTH)
        return false;
    for (; out->n < path->n; out->n++)
        if (path->items[out->n].kind != VALUE_STRING ||
            !audit_unhex(value_text(&path->items[out->n]), out->path[out->n]))
            return false;
    return true;
}

static bool
read_parts(struct arena *a, struct str text, struct parts *out)
{
    struct json_limits limits = {3, 128};
    const struct value *index;
    struct value proof;
    struct str format;

    if (text.n > AUDIT_PROOF_MAX || json_read(a, text, limits, &proof, NULL) ||
        proof.kind != VALUE_OBJECT)
        return false;
    index = value_get(&proof, STR("index"));
    return take_text(&proof, "format", &format) && str_eq(format, STR(FORMAT)) &&
           take_text(&proof, "record", &out->record) && take_text(&proof, "head", &out->head) &&
           index && index->kind == VALUE_NUMBER && str_to_u64(value_text(index), &out->index) &&
           take_path(&proof, out);
}

enum fault_code
audit_proof_check(struct arena *a, struct str text, const struct audit_verifier *keys,
                  struct audit_proof *out, struct fault *f)
{
    uint8_t leaf[AUDIT_HASH], root[AUDIT_HASH];
    struct parts p = {0};

    *out = (struct audit_proof){0};
    if (!read_parts(a, text, &p))
        return fault_set(f, FAULT_INVALID_VALUE, "this is no proof");
    if (!signed_head_read(a, p.head, &out->head))
        return fault_set(f, FAULT_INVALID_VALUE, "the proof's signed head is malformed");
    if (!signed_head_check(&out->head, keys))
        return fault_set(f, FAULT_INVALID_VALUE, "the head is not signed with this key");
    merkle_leaf(p.record, leaf);
    if (!merkle_follow(leaf, p.index, out->head.size, (const uint8_t(*)[AUDIT_HASH])p.path, p.n,
                       root) ||
        memcmp(root, out->head.root, AUDIT_HASH) != 0)
        return fault_set(f, FAULT_INVALID_VALUE, "the record does not lead to the signed root");
    if (!record_seq(p.record, &out->seq) || out->seq != out->head.first + p.index)
        return fault_set(f, FAULT_INVALID_VALUE, "the record's number is not its place");
    out->record = p.record;
    return FAULT_NONE;
}
