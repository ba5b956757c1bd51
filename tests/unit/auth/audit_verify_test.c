/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever is done to a trail, verify says so, and where: random mutations, from a seed that is
 * printed (AUDIT_SEED sets it, AUDIT_MUTATIONS how many).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/auth/trail.h"

enum { SEGMENTS = 3, RECORDS = 16, FILES = SEGMENTS + 1, FRAMES_MOST = 200 };

struct frame_at {
    size_t at, size;
    char type;
};

static struct file {
    struct buf bytes;
    struct frame_at frames[FRAMES_MOST];
    unsigned n;
} files[FILES + 1];
static struct arena *arena;
static struct str anchor;
static uint64_t seed;

static uint64_t
draw(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

static void
path_of(unsigned file, char out[128])
{
    audit_segment_path(trail_folder, file, out, 128);
}

static void
store(unsigned file, struct str bytes)
{
    char path[128];
    FILE *out;

    path_of(file, path);
    out = fopen(path, "w");
    assert_non_null(out);
    if (bytes.n) /* a file that was cut to nothing has no bytes to point at */
        assert_int_equal(fwrite(bytes.p, 1, bytes.n, out), bytes.n);
    fclose(out);
}

static void
load(unsigned number)
{
    struct file *file = &files[number];
    struct frame frame;
    char path[128];

    path_of(number, path);
    assert_true(audit_file_load(path, &file->bytes));
    for (size_t at = 0; frame_read(str_from(buf_view(&file->bytes), at), &frame) == FRAME_GOOD;
         at += frame.size)
        file->frames[file->n++] = (struct frame_at){at, frame.size, (char)frame.type};
}

static int
set_up(void **state)
{
    struct fault f = {0};

    if (trail_set_up(state))
        return -1;
    arena = arena_new(4 << 20);
    trail_write(SEGMENTS, RECORDS);
    for (unsigned i = 1; i <= FILES; i++)
        load(i);
    if (audit_newest_head(trail_folder, arena, &anchor, &f))
        return -1;
    seed = getenv("AUDIT_SEED") ? strtoull(getenv("AUDIT_SEED"), NULL, 10) : (uint64_t)getpid();
    print_message("# AUDIT_SEED=%llu\n", (unsigned long long)seed);
    return 0;
}

static int
tear_down(void **state)
{
    for (unsigned i = 1; i <= FILES; i++)
        buf_fini(&files[i].bytes);
    arena_free(arena);
    return trail_tear_down(state);
}

static void
test_untouched(void **state)
{
    struct audit_report r = trail_verify(anchor);

    (void)state;
    assert_string_equal(r.what, "");
    assert_int_equal(r.segments, FILES);
    assert_int_equal(r.first, 1);
    assert_int_equal(r.next, SEGMENTS * RECORDS + TRAIL_REST + 2); /* and the record of the start */
    assert_int_equal(r.signed_next, r.next);
    assert_false(r.open);
}

/* --- mutations: each makes another content for file `m->file` --- */

struct mutation {
    const char *name;
    unsigned file;
    struct buf bytes; /* the file's new content */
    size_t at;        /* the first byte that is another */
};

static const struct frame_at *
pick(struct mutation *m)
{
    return &files[m->file].frames[draw(files[m->file].n)];
}

static void
keep(struct mutation *m, size_t from, size_t to)
{
    buf_put(&m->bytes, files[m->file].bytes.p + from, to - from);
}

static void
flip(struct mutation *m)
{
    size_t at = draw(files[m->file].bytes.n);

    keep(m, 0, files[m->file].bytes.n);
    m->bytes.p[at] = (char)(m->bytes.p[at] ^ 1 << draw(8));
}

static void
cut_bytes(struct mutation *m)
{
    size_t n = files[m->file].bytes.n, at = draw(n), length = 1 + draw(n - at);

    keep(m, 0, at);
    keep(m, at + length, n);
}

static void
truncate_file(struct mutation *m)
{
    keep(m, 0, draw(files[m->file].bytes.n));
}

static void
delete_frame(struct mutation *m)
{
    const struct frame_at *f = pick(m);

    keep(m, 0, f->at);
    keep(m, f->at + f->size, files[m->file].bytes.n);
}

static void
repeat_frame(struct mutation *m)
{
    const struct frame_at *f = pick(m);

    keep(m, 0, f->at + f->size);
    keep(m, f->at, files[m->file].bytes.n);
}

static void
swap_frames(struct mutation *m)
{
    unsigned i = (unsigned)draw(files[m->file].n - 1);
    const struct frame_at *a = &files[m->file].frames[i], *b = a + 1;

    keep(m, 0, a->at);
    keep(m, b->at, b->at + b->size);
    keep(m, a->at, a->at + a->size);
    keep(m, b->at + b->size, files[m->file].bytes.n);
}

static void
splice_frame(struct mutation *m) /* one of another segment takes the place */
{
    const struct frame_at *f = pick(m);
    unsigned other = 1 + (m->file + (unsigned)draw(FILES - 1)) % FILES;
    const struct frame_at *g = &files[other].frames[draw(files[other].n)];

    keep(m, 0, f->at);
    buf_put(&m->bytes, files[other].bytes.p + g->at, g->size);
    keep(m, f->at + f->size, files[m->file].bytes.n);
}

static void
splice_segment(struct mutation *m) /* a whole other segment takes the place */
{
    unsigned other = 1 + (m->file + (unsigned)draw(FILES - 1)) % FILES;

    buf_str(&m->bytes, buf_view(&files[other].bytes));
}

static void
fix_crc(char *frame, size_t size)
{
    uint32_t crc = audit_crc32c(audit_crc32c(0, frame, 4), frame + 8, size - 8);

    for (int i = 0; i < 4; i++)
        frame[4 + i] = (char)(crc >> (24 - 8 * i));
}

static void
forge(struct mutation *m, bool chain_too)
{
    const struct file *file = &files[m->file];
    unsigned i = (unsigned)draw(file->n);
    uint8_t chain[AUDIT_HASH];
    size_t at = file->frames[i].at;

    keep(m, 0, file->bytes.n);
    m->bytes.p[at + FRAME_HEAD + draw(file->frames[i].size - FRAME_HEAD)] ^= 1;
    memcpy(chain, file->bytes.p + (i ? file->frames[i - 1].at : 0) + 9, AUDIT_HASH);
    for (; i < file->n; i++) {
        char *frame = m->bytes.p + file->frames[i].at;
        size_t size = file->frames[i].size;

        if (chain_too && i > 0) {
            frame_chain(chain, (enum frame_type)frame[8],
                        (struct str){frame + FRAME_HEAD, size - FRAME_HEAD}, chain);
            memcpy(frame + 9, chain, AUDIT_HASH);
        }
        fix_crc(frame, size);
    }
}

static void
forge_crc(struct mutation *m)
{
    forge(m, false);
}

static void
forge_chain(struct mutation *m)
{
    forge(m, true);
}

static void
append_garbage(struct mutation *m)
{
    keep(m, 0, files[m->file].bytes.n);
    buf_put(&m->bytes, "garbage", 7);
}

static const struct {
    const char *name;
    void (*apply)(struct mutation *m);
    bool exact; /* what is wrong is told of the frame that holds the first other byte */
} mutations[] = {
    {"flip a bit", flip, true},
    {"cut bytes out", cut_bytes, true},
    {"truncate", truncate_file, true},
    {"delete a frame", delete_frame, true},
    {"repeat a frame", repeat_frame, true},
    {"swap two frames", swap_frames, true},
    {"splice a frame in", splice_frame, true},
    {"splice a segment in", splice_segment, true},
    {"change a payload and its CRC", forge_crc, true},
    {"change a payload, its CRC and the chain", forge_chain, false},
    {"append bytes", append_garbage, true},
};

/* The start of the frame that the byte is in. */
static size_t
frame_of(unsigned file, size_t at)
{
    size_t start = 0;

    for (unsigned i = 0; i < files[file].n; i++)
        if (files[file].frames[i].at <= at)
            start = files[file].frames[i].at;
    return at < files[file].bytes.n ? start : files[file].bytes.n;
}

/* The first byte that is another: what was cut out may be like what follows. */
static size_t
first_change(const struct mutation *m)
{
    const struct buf *old = &files[m->file].bytes;
    size_t at = 0;

    while (at < old->n && at < m->bytes.n && old->p[at] == m->bytes.p[at])
        at++;
    return at;
}

static void
try_mutation(unsigned kind)
{
    struct mutation m = {.name = mutations[kind].name, .file = 1 + (unsigned)draw(FILES)};
    struct audit_report r;

    buf_init(&m.bytes, 4 << 20);
    mutations[kind].apply(&m);
    if (m.bytes.n == files[m.file].bytes.n &&
        memcmp(m.bytes.p, files[m.file].bytes.p, m.bytes.n) == 0) {
        buf_fini(&m.bytes);
        return; /* it happened to change nothing */
    }
    m.at = first_change(&m);
    store(m.file, buf_view(&m.bytes));
    r = trail_verify(anchor);
    if (!r.what[0])
        fail_msg("%s in segment %u at %zu: verify sees nothing", m.name, m.file, m.at);
    if (r.segment != m.file && !(r.segment == m.file + 1 && r.offset == 0))
        fail_msg("%s in segment %u at %zu: told of segment %llu: %s", m.name, m.file, m.at,
                 (unsigned long long)r.segment, r.what);
    if (mutations[kind].exact && r.segment == m.file && r.offset != frame_of(m.file, m.at) &&
        strncmp(r.what, "the anchor", 10) != 0 && strncmp(r.what, "the segment ends", 16) != 0)
        fail_msg("%s in segment %u at %zu: told of offset %llu, not %zu: %s", m.name, m.file, m.at,
                 (unsigned long long)r.offset, frame_of(m.file, m.at), r.what);
    store(m.file, buf_view(&files[m.file].bytes));
    buf_fini(&m.bytes);
}

static void
test_mutations(void **state)
{
    unsigned n = sizeof mutations / sizeof *mutations;
    const char *more = getenv("AUDIT_MUTATIONS");
    unsigned times = more ? (unsigned)atoi(more) : 660;

    (void)state;
    for (unsigned i = 0; i < times; i++)
        try_mutation(i % n);
}

static void
test_emptied_segments(void **state)
{
    struct audit_report r;

    (void)state;
    for (unsigned i = 1; i <= FILES; i++) {
        store(i, STR_NONE);
        r = trail_verify(anchor);
        assert_string_not_equal(r.what, "");
        assert_int_equal(r.segment, i);
        assert_int_equal(r.offset, 0);
        store(i, buf_view(&files[i].bytes));
    }
}

static void
test_missing_segments(void **state)
{
    struct audit_report r;
    char path[128];

    (void)state;
    for (unsigned i = 1; i <= FILES; i++) {
        path_of(i, path);
        assert_int_equal(unlink(path), 0);
        r = trail_verify(anchor);
        assert_string_not_equal(r.what, "");
        assert_int_equal(r.segment, i);
        store(i, buf_view(&files[i].bytes));
    }
}

static void
test_swapped_segments(void **state)
{
    struct audit_report r;

    (void)state;
    store(2, buf_view(&files[3].bytes));
    store(3, buf_view(&files[2].bytes));
    r = trail_verify(anchor);
    assert_int_equal(r.segment, 2);
    assert_string_equal(r.what, "the header is of another segment");
    store(2, buf_view(&files[2].bytes));
    store(3, buf_view(&files[3].bytes));
}

/* Without a signature or an anchor the end of a trail is anybody's. */
static void
test_cut_end_needs_the_anchor(void **state)
{
    const struct file *last = &files[FILES];
    struct str all = buf_view(&last->bytes);

    (void)state;
    store(FILES, str_head(all, last->frames[1].at));
    assert_string_equal(trail_verify(STR_NONE).what, "");
    assert_true(trail_verify(STR_NONE).open);
    assert_string_not_equal(trail_verify(anchor).what, "");
    store(FILES, all);
}

static void
test_another_key(void **state)
{
    struct audit_signer *other;
    struct audit_verifier *keys;
    struct audit_check check = {.folder = trail_folder};
    struct audit_report r;
    char path[128];

    (void)state;
    snprintf(path, sizeof path, "%s/other.pem", trail_root);
    assert_int_equal(audit_signer_new(path, &other, NULL), FAULT_NONE);
    snprintf(path, sizeof path, "%s/other-public.pem", trail_root);
    assert_int_equal(audit_signer_publish(other, path, NULL), FAULT_NONE);
    assert_int_equal(audit_verifier_new(path, &keys, NULL), FAULT_NONE);
    check.keys = keys;
    assert_int_equal(audit_verify(&check, &r, NULL), FAULT_NONE);
    assert_string_equal(r.what, "the head is signed with a key that is not among the given ones");
    audit_verifier_free(keys);
    audit_signer_free(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untouched),        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_emptied_segments), cmocka_unit_test(test_missing_segments),
        cmocka_unit_test(test_swapped_segments), cmocka_unit_test(test_cut_end_needs_the_anchor),
        cmocka_unit_test(test_another_key),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
