/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A trail in a folder of its own, for the tests of the audit: one program, one trail at a time. */
#ifndef TESTS_UNIT_AUTH_TRAIL_H
#define TESTS_UNIT_AUTH_TRAIL_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/audit_store.h"
#include "auth/audit_verify.h"
#include "base/clock.h"

static char trail_root[] = "/tmp/telgate-audit-XXXXXX";
static char trail_folder[64], trail_signing[64], trail_hashing[64];

static int
trail_set_up(void **state)
{
    (void)state;
    if (!mkdtemp(trail_root))
        return -1;
    snprintf(trail_folder, sizeof trail_folder, "%s/audit", trail_root);
    snprintf(trail_signing, sizeof trail_signing, "%s/audit.pem", trail_root);
    snprintf(trail_hashing, sizeof trail_hashing, "%s/audit.keys", trail_root);
    return 0;
}

static int
trail_remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

static void
trail_clear(void)
{
    nftw(trail_folder, trail_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int
trail_tear_down(void **state)
{
    (void)state;
    return nftw(trail_root, trail_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static struct audit_options
trail_options(void)
{
    return (struct audit_options){.folder = trail_folder,
                                  .signing_key = trail_signing,
                                  .hash_keys = trail_hashing,
                                  .node = STR("test"),
                                  .policy = STR("0123456789abcdef"),
                                  .queue = 1024,
                                  .batch = 500,
                                  .interval_us = 1000,
                                  .sign_us = 1000000,
                                  .segment_bytes = 64 << 20,
                                  .segment_us = 3600 * 1000000ll};
}

static struct audit_verifier *
trail_keys(void)
{
    struct audit_verifier *keys = NULL;
    char path[80];

    snprintf(path, sizeof path, "%s/public.pem", trail_folder);
    if (audit_verifier_new(path, &keys, NULL))
        abort();
    return keys;
}

/* Verifies the trail; anchor may be empty. */
static inline struct audit_report
trail_verify(struct str anchor)
{
    struct audit_verifier *keys = trail_keys();
    struct audit_check check = {.folder = trail_folder, .keys = keys, .anchor = anchor};
    struct audit_report report;
    struct fault f = {0};

    if (audit_verify(&check, &report, &f))
        snprintf(report.what, sizeof report.what, "%.120s %.120s", f.detail, f.log);
    audit_verifier_free(keys);
    return report;
}

enum { TRAIL_REST = 7 };

/* A trail of `segments` closed segments with `records` each, and a last one with TRAIL_REST. */
static inline void
trail_write(unsigned segments, unsigned records)
{
    struct audit_options o = trail_options();
    struct audit_store s;
    struct fault f = {0};
    char jti[16];

    trail_clear();
    o.sign_us = 0;
    if (audit_store_init(&s, &o, &f))
        abort();
    for (unsigned i = 0; i < segments * records + TRAIL_REST; i++) {
        struct audit_event e = {.kind = AUDIT_VALIDATE,
                                .client_id = STR("shop"),
                                .subject = STR("alice"),
                                .status = 200};

        snprintf(jti, sizeof jti, "j%u", i);
        e.jti = str_of(jti);
        audit_store_event(&s, &e);
        o.segment_bytes = (i + 1) % records == 0 && i < segments * records ? 1 : 64 << 20;
        if (i % 4 == 3)
            audit_store_tick(&s, clock_utc_us());
        if (!audit_store_ready(&s) || !audit_store_commit(&s))
            abort();
    }
    audit_store_fini(&s);
}

#endif
