/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies said to be gzip: never more than the limit comes of them; and what we pack, we unpack.
 * The first line is an Accept-Encoding. */
#include <stdlib.h>

#include "gateway/gzip.h"

enum { LIMIT = 100000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
there_and_back(struct arena *a, struct headers h, struct str bytes)
{
    static struct gzip *g; /* one for all, as a worker's */
    struct fault f = {0};
    struct buf packed;
    struct str again;

    if (!gzip_encode(&g, bytes, &packed))
        return;
    again = buf_view(&packed);
    if (packed.n >= bytes.n)
        __builtin_trap();
    if (gzip_decode(h, bytes.n, a, &again, &f) ? f.code != FAULT_MEMORY : !str_eq(again, bytes))
        __builtin_trap();
    buf_fini(&packed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct header field = {{"Content-Encoding", 16}, {"gzip", 4}};
    struct arena *a = arena_new((size_t)1 << 20);
    struct str body = {(const char *)data, size}, accept, out;
    struct headers h = {&field, 1};
    struct fault f = {0};

    if (!a)
        return 0;
    if (str_split(&body, '\n', &accept))
        (void)gzip_is_accepted(accept);
    out = body;
    if (!gzip_decode(h, LIMIT, a, &out, &f) && out.n > LIMIT)
        __builtin_trap();
    there_and_back(a, h, body);
    arena_free(a);
    return 0;
}
