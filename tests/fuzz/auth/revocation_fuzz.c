/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of the revocation log, or, behind a first byte `f`, the watched file. What is read from a
 * line and written again is the same; a line with another sum is none.
 */
#include "auth/audit_hash.h"
#include "auth/revocations.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take(void *context, const struct revocation *one)
{
    (void)context;
    if (one->id.n == 0 || one->kind >= REVOKE_KINDS || (one->kind == REVOKE_JTI && !one->issuer.n))
        __builtin_trap();
}

static void
list(struct arena *a, struct str text)
{
    struct report r;

    report_init(&r, a);
    if (!revocations_read_list(a, STR("list"), text, 1, take, NULL, &r) && r.errors == 0)
        __builtin_trap();
}

static void
line(struct arena *a, struct str json)
{
    struct str text = arena_printf(a, "%08x %.*s", audit_crc32c(0, json.p, json.n), STR_ARG(json));
    struct revocation one, again;
    struct buf b;

    if (!text.p || !revocation_read(a, text, &one))
        return;
    take(NULL, &one);
    buf_init(&b, 1 << 20);
    revocation_put(&b, &one);
    if (b.n <= REVOCATION_LINE &&
        (!revocation_read(a, str_head(buf_view(&b), b.n - 1), &again) || again.kind != one.kind ||
         !str_eq(again.id, one.id) || again.before != one.before || again.until != one.until))
        __builtin_trap();
    buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(16 << 20);
    struct revocation one;

    if (a && size > 0 && size < 65536) {
        struct str text = {(const char *)data, size};

        if (data[0] == 'f')
            list(a, str_from(text, 1));
        else
            line(a, text);
        if (revocation_read(a, text, &one))
            take(NULL, &one);
    }
    arena_free(a);
    return 0;
}
