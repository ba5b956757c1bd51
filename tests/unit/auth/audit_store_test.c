/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The writer and its store: lanes, a disk that fails, recovery at every byte, retention, spool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/unit/auth/trail.h"

#include "auth/audit_proof.h"
#include "base/log.h"

/* --- lanes and the writer --- */

enum { THREADS = 4, EACH = 4000 };

static atomic_uint woken;

static void
wake(void *context)
{
    (void)context;
    atomic_fetch_add(&woken, 1);
}

static void *
record_many(void *arg)
{
    struct audit_event e = {.kind = AUDIT_VALIDATE, .client_id = STR("shop"), .status = 200};
    struct audit_lane *l = arg;
    uint64_t ticket = 0;

    for (unsigned i = 0; i < EACH; i++) {
        while (audit_record(l, &e, &ticket))
            sched_yield(); /* the lane is full */
        if (i % 100 == 0) {
            while (!audit_is_durable(l, ticket)) {
                audit_lane_watch(l);
                sched_yield();
            }
        }
    }
    return NULL;
}

static void
test_lanes(void **state)
{
    struct audit_options o = trail_options();
    struct audit_lane *lanes[THREADS / 2];
    pthread_t threads[THREADS];
    struct audit_report r;
    struct audit_stats s;
    struct audit *a;

    (void)state;
    trail_clear();
    o.queue = 64;
    o.segment_bytes = 256 << 10;
    assert_int_equal(audit_new(&o, &a, NULL), FAULT_NONE);
    for (unsigned i = 0; i < THREADS / 2; i++)
        lanes[i] = audit_lane_new(a, wake, NULL);
    for (unsigned i = 0; i < THREADS; i++) /* two threads on each */
        assert_int_equal(pthread_create(&threads[i], NULL, record_many, lanes[i / 2]), 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    s = audit_stats(a);
    audit_free(a);
    assert_true(s.commits > 0 && s.full > 0 && s.errors == 0);
    assert_true(atomic_load(&woken) > 0);
    r = trail_verify(STR_NONE);
    assert_string_equal(r.what, "");
    assert_int_equal(r.next, 1 + 1 + THREADS * EACH);
    assert_true(r.segments > 3);
    assert_false(r.open);
}

static void
test_in_use(void **state)
{
    struct audit_options o = trail_options();
    struct audit *a, *b;
    struct fault f = {0};

    (void)state;
    assert_int_equal(audit_new(&o, &a, &f), FAULT_NONE);
    assert_int_equal(audit_new(&o, &b, &f), FAULT_INTERNAL);
    assert_string_equal(f.detail, "the audit trail is in use");
    audit_free(a);
}

static bool
wait_until_broken(struct audit_lane *l, bool broken)
{
    for (int i = 0; i < 5000 && audit_is_broken(l) != broken; i++)
        usleep(1000);
    return audit_is_broken(l) == broken;
}

/* A disk that takes no more: nothing is confirmed, new records are refused, and all that was taken
 * is there when it takes again. */
static void
test_full_disk(void **state)
{
    struct audit_options o = trail_options();
    struct audit_event e = {.kind = AUDIT_ISSUE, .client_id = STR("shop")};
    struct rlimit none = {16384, RLIM_INFINITY}, before;
    struct audit_report r;
    struct audit_lane *l;
    struct audit *a;
    uint64_t ticket = 0, last = 0, taken = 0;

    (void)state;
    trail_clear();
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    none.rlim_max = before.rlim_max;
    o.queue = 4096;
    assert_int_equal(audit_new(&o, &a, NULL), FAULT_NONE);
    l = audit_lane_new(a, NULL, NULL);
    setrlimit(RLIMIT_FSIZE, &none);
    while (taken < 4096 && audit_record(l, &e, &last) == FAULT_NONE)
        taken++;
    assert_true(wait_until_broken(l, true));
    assert_false(audit_is_durable(l, last));
    assert_int_equal(audit_record(l, &e, &ticket), FAULT_UNAVAILABLE);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_true(wait_until_broken(l, false));
    for (int i = 0; i < 5000 && !audit_is_durable(l, last); i++)
        usleep(1000);
    assert_true(audit_is_durable(l, last));
    audit_free(a);
    r = trail_verify(STR_NONE);
    assert_string_equal(r.what, "");
    assert_int_equal(r.next, 1 + 1 + taken);
}

/* --- recovery --- */

static void
remove_footer(const char *path)
{
    struct frame frame;
    struct buf bytes;
    size_t at = 0, last = 0;

    assert_true(audit_file_load(path, &bytes));
    for (; frame_read(str_from(buf_view(&bytes), at), &frame) == FRAME_GOOD; at += frame.size)
        last = at;
    buf_fini(&bytes);
    assert_int_equal(truncate(path, (off_t)last), 0);
}

/* Opens and closes the trail; the reason of the start's record. */
static void
restart(char reason[32])
{
    struct audit_options o = trail_options();
    struct arena *a = arena_new(1 << 20);
    struct audit_record record = {0};
    struct audit_store s;
    struct frame frame;

    assert_int_equal(audit_store_init(&s, &o, NULL), FAULT_NONE);
    audit_store_fini(&s);
    reason[0] = '\0';
    for (uint64_t segment = s.trail.segment, at = 0; segment; segment = 0) {
        struct buf bytes;
        char path[128];

        audit_segment_path(trail_folder, segment, path, sizeof path);
        assert_true(audit_file_load(path, &bytes));
        for (; frame_read(str_from(buf_view(&bytes), at), &frame) == FRAME_GOOD; at += frame.size)
            if (frame.type == FRAME_RECORD && audit_event_read(a, frame.payload, &record))
                snprintf(reason, 32, "%.*s", STR_ARG(record.fields[FIELD_REASON]));
        buf_fini(&bytes);
    }
    arena_free(a);
}

static void
test_clean_restart(void **state)
{
    char reason[32];

    (void)state;
    trail_write(1, 8);
    restart(reason);
    assert_string_equal(reason, "start");
    assert_string_equal(trail_verify(STR_NONE).what, "");
    assert_int_equal(trail_verify(STR_NONE).segments, 3);
}

/* The newest segment cut at every byte: a good trail again, with all records before the cut. */
static void
test_torn_at_every_byte(void **state)
{
    struct buf bytes;
    char path[128], newer[128], aside[160], reason[32];
    struct audit_report r;
    struct stat st;

    (void)state;
    trail_write(1, 4);
    audit_segment_path(trail_folder, 2, path, sizeof path);
    audit_segment_path(trail_folder, 3, newer, sizeof newer);
    assert_true(audit_file_load(path, &bytes));
    for (size_t at = 0; at < bytes.n; at += at < 120 ? 1 : 11) {
        FILE *file = fopen(path, "w");

        unlink(newer);
        assert_int_equal(fwrite(bytes.p, 1, at, file), at);
        fclose(file);
        restart(reason);
        r = trail_verify(STR_NONE);
        if (r.what[0])
            fail_msg("cut at %zu: %s", at, r.what);
        assert_true(strcmp(reason, "recovered") == 0 || strcmp(reason, "unclean") == 0);
        snprintf(aside, sizeof aside, "%s.tail-%llu", path, 0ull);
        if (at > 0 && at < 100)
            assert_int_equal(stat(aside, &st), 0); /* what was cut off is kept */
    }
    buf_fini(&bytes);
}

/* Damage before a signed head is no torn tail: nothing is cut, and verify goes on telling of it. */
static void
test_damage_is_left(void **state)
{
    struct audit_report before, after;
    char path[128], reason[32];
    struct stat one, two;
    int fd;

    (void)state;
    trail_write(1, 16);
    audit_segment_path(trail_folder, 2, path, sizeof path);
    remove_footer(path); /* a gateway that was killed */
    fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "X", 1, 500), 1);
    close(fd);
    assert_int_equal(stat(path, &one), 0);
    before = trail_verify(STR_NONE);
    restart(reason);
    assert_string_equal(reason, "damaged");
    assert_int_equal(stat(path, &two), 0);
    assert_int_equal(one.st_size, two.st_size);
    after = trail_verify(STR_NONE);
    assert_string_equal(after.what, before.what);
    assert_int_equal(after.segment, 2);
    assert_int_equal(after.offset, before.offset);
}

/* --- retention --- */

static void
test_retention(void **state)
{
    struct audit_options o = trail_options();
    struct audit_report r;
    struct audit_store s;
    char path[128];

    (void)state;
    trail_write(6, 16);
    o.keep_bytes = 20000;
    o.segment_bytes = 1;
    assert_int_equal(audit_store_init(&s, &o, NULL), FAULT_NONE);
    audit_store_tick(&s, clock_utc_us());
    audit_store_fini(&s);
    r = trail_verify(STR_NONE);
    assert_string_equal(r.what, "");
    assert_true(r.removed > 2 && r.first > 1);
    audit_segment_path(trail_folder, r.removed + 1, path, sizeof path);
    assert_int_equal(unlink(path), 0); /* one more, without a record */
    r = trail_verify(STR_NONE);
    assert_true(strstr(r.what, "no record says that they were removed") != NULL);
    assert_int_equal(r.segment, 1);
}

/* --- the spool --- */

static void
test_spool(void **state)
{
    struct audit_options o = trail_options();
    struct audit_origin origin = {.node = STR("cli")};
    struct audit_event read = {.kind = AUDIT_READ, .client_id = STR("eve"), .detail = STR("tail")};
    struct audit_event forged = {.kind = AUDIT_VALIDATE, .client_id = STR("eve")};
    struct audit_report r;
    struct audit_store s;
    struct stat st;
    char path[128];

    (void)state;
    trail_clear();
    log_to(open("/dev/null", O_WRONLY), LOG_INFO); /* what is refused is told there */
    assert_int_equal(audit_store_init(&s, &o, NULL), FAULT_NONE);
    assert_int_equal(audit_spool_add(trail_folder, &origin, &read, NULL), FAULT_NONE);
    assert_int_equal(audit_spool_add(trail_folder, &origin, &forged, NULL), FAULT_NONE);
    assert_int_equal(audit_spool_add(trail_folder, &origin, &read, NULL), FAULT_NONE);
    origin.node = STR("gateway");
    assert_int_equal(audit_spool_add(trail_folder, &origin, &read, NULL), FAULT_NONE);
    audit_store_tick(&s, clock_utc_us());
    audit_store_fini(&s);
    r = trail_verify(STR_NONE);
    assert_string_equal(r.what, "");
    assert_int_equal(r.next, 1 + 1 + 2);
    snprintf(path, sizeof path, "%s/spool", trail_folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_size, 0);
}

/* --- keys --- */

static void
test_hash_keys(void **state)
{
    struct audit_hash_key first, second, key;
    char before[AUDIT_NAME + 1], after[AUDIT_NAME + 1];

    (void)state;
    unlink(trail_hashing);
    assert_int_equal(audit_hash_key_read(trail_hashing, false, &first, NULL), FAULT_NONE);
    assert_int_equal(audit_hash_key_read(trail_hashing, false, &key, NULL), FAULT_NONE);
    assert_memory_equal(&first, &key, sizeof key);
    audit_name(&first, STR("alice"), before);
    assert_int_equal(audit_hash_key_destroy(trail_hashing, str_of(first.id), NULL),
                     FAULT_INTERNAL); /* it is in use */
    assert_int_equal(audit_hash_key_read(trail_hashing, true, &second, NULL), FAULT_NONE);
    audit_name(&second, STR("alice"), after);
    assert_string_not_equal(before, after);
    assert_true(audit_hash_key_at(trail_hashing, 0, &key));
    assert_string_equal(key.id, first.id);
    assert_int_equal(audit_hash_key_destroy(trail_hashing, str_of(first.id), NULL), FAULT_NONE);
    assert_true(audit_hash_key_at(trail_hashing, 0, &key));
    assert_string_equal(key.id, second.id);
    assert_false(audit_hash_key_at(trail_hashing, 1, &key));
    chmod(trail_hashing, 0644);
    assert_int_equal(audit_hash_key_read(trail_hashing, false, &key, NULL), FAULT_INTERNAL);
    chmod(trail_hashing, 0600);
}

/* --- proofs --- */

static void
test_proofs(void **state)
{
    struct audit_verifier *keys;
    struct arena *a = arena_new(64 << 20);
    struct audit_proof proof;
    struct fault f = {0};
    struct buf text;

    (void)state;
    trail_write(2, 16);
    keys = trail_keys();
    for (uint64_t seq = 1; seq <= 1 + 32 + TRAIL_REST; seq++) {
        buf_init(&text, AUDIT_PROOF_MAX);
        assert_int_equal(audit_proof_write(trail_folder, seq, &text, &f), FAULT_NONE);
        assert_int_equal(audit_proof_check(a, buf_view(&text), keys, &proof, &f), FAULT_NONE);
        assert_int_equal(proof.seq, seq);
        for (size_t i = 0; i < text.n; i += 7) { /* no other byte proves anything */
            char was = text.p[i];

            text.p[i] = (char)(was ^ 1);
            if (audit_proof_check(a, buf_view(&text), keys, &proof, &f) == FAULT_NONE)
                assert_int_equal(proof.seq, seq); /* white space, or a case of letters */
            text.p[i] = was;
            if (i % 70 == 0) {
                arena_free(a);
                a = arena_new(64 << 20);
            }
        }
        buf_fini(&text);
    }
    buf_init(&text, AUDIT_PROOF_MAX);
    assert_int_equal(audit_proof_write(trail_folder, 1000, &text, &f), FAULT_NOT_FOUND);
    buf_fini(&text);
    audit_verifier_free(keys);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes),
        cmocka_unit_test(test_in_use),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_clean_restart),
        cmocka_unit_test(test_torn_at_every_byte),
        cmocka_unit_test(test_damage_is_left),
        cmocka_unit_test(test_retention),
        cmocka_unit_test(test_spool),
        cmocka_unit_test(test_hash_keys),
        cmocka_unit_test(test_proofs),
    };

    log_to(open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_INFO);
    return cmocka_run_group_tests(tests, trail_set_up, trail_tear_down);
}
