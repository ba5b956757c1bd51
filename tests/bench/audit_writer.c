/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audit trail's writer alone: usage: audit_writer FOLDER RECORDS. Two threads record as two
 * workers would; prints records per second, from the first put to the last one's being on the disk.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/audit.h"
#include "base/clock.h"

enum { LANES = 2, TOKENS = 1000 };

static unsigned each;

struct hand {
    struct audit_lane *lane;
    unsigned number;
};

static void *
record(void *arg)
{
    struct hand *h = arg;
    uint64_t ticket = 0;

    for (unsigned i = 0; i < each; i++) {
        char jti[32], request[40];
        struct audit_event e = {
            .kind = i % 20 ? AUDIT_VALIDATE : AUDIT_DENY,
            .denied = i % 20 == 0,
            .reason = i % 20 ? NULL : "expired",
            .client_id = STR("partner-demo"),
            .subject = STR("partner-demo"),
            .issuer = STR("https://login.example.net"),
            .token = STR("eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImtleS0xIn0.eyJpc3MiOiJo"
                         "dHRwczovL2xvZ2luLmV4YW1wbGUubmV0Iiwic3ViIjoicGFydG5lci1kZW1vIn0.c2ln"),
            .key_id = STR("key-1"),
            .algorithm = "RS256",
            .scopes = STR("customers:read bills:read"),
            .used = STR("bills:read"),
            .audience = STR("telgate"),
            .peer = STR("192.0.2.1"),
            .route = STR("/tmf-api/customerBillManagement/v4/customerBill"),
            .method = STR("GET"),
            .status = 200,
        };

        snprintf(jti, sizeof jti, "%u-%u-0123456789abcdef", h->number, i % TOKENS);
        snprintf(request, sizeof request, "%08x%08x0123456789abcdef", h->number, i);
        e.jti = str_of(jti);
        e.request = str_of(request);
        while (audit_record(h->lane, &e, &ticket))
            sched_yield();
    }
    while (!audit_is_durable(h->lane, ticket))
        sched_yield();
    return NULL;
}

static struct audit *
open_trail(const char *folder)
{
    char signing[4096], hashing[4096];
    struct audit_options o = {.folder = folder,
                              .signing_key = signing,
                              .hash_keys = hashing,
                              .node = STR("bench"),
                              .policy = STR("0123456789abcdef"),
                              .queue = 8192,
                              .batch = 500,
                              .interval_us = 2000,
                              .sign_us = 1000000,
                              .segment_bytes = 64 << 20,
                              .segment_us = 3600 * 1000000ll};
    struct audit *a = NULL;
    struct fault f = {0};

    snprintf(signing, sizeof signing, "%s.pem", folder);
    snprintf(hashing, sizeof hashing, "%s.keys", folder);
    if (audit_new(&o, &a, &f))
        fprintf(stderr, "%s: %s\n", f.detail, f.log);
    return a;
}

int
main(int argc, char **argv)
{
    struct audit *a = argc == 3 ? open_trail(argv[1]) : NULL;
    pthread_t threads[LANES];
    struct hand hands[LANES];
    int64_t began;
    double seconds;

    if (!a)
        return 1;
    each = (unsigned)strtoul(argv[2], NULL, 10) / LANES;
    for (unsigned i = 0; i < LANES; i++)
        hands[i] = (struct hand){audit_lane_new(a, NULL, NULL), i};
    began = clock_us();
    for (unsigned i = 0; i < LANES; i++)
        pthread_create(&threads[i], NULL, record, &hands[i]);
    for (unsigned i = 0; i < LANES; i++)
        pthread_join(threads[i], NULL);
    seconds = (double)(clock_us() - began) / 1e6;
    printf("%.0f\n", each * LANES / seconds);
    audit_free(a);
    return 0;
}
