/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DPoP proof through every check: as it comes, and once more as `header.payload` in the clear,
 * encoded here. Nothing may ever be accepted: no input holds a signature over what it says, for the
 * token below, that is not copied from elsewhere.
 */
#include "auth/base64url.h"
#include "auth/dpop.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct dpop *d, struct str proof)
{
    struct credentials c = {.scheme = SCHEME_DPOP,
                            .token = STR("token"),
                            .proof = proof,
                            .method = STR("GET"),
                            .base = STR("https://api.example"),
                            .path = STR("/bills")};
    struct arena *a = arena_new(1 << 20);
    bool stale = false;
    enum reason r = dpop_check(d, a, &c, STR("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
                               1800000000000000, &stale);

    if (r == REASON_NONE || reason_fault(r, NULL) == FAULT_NONE)
        abort();
    arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dpop *d;
    struct str text = {(const char *)data, size}, header, payload;
    struct buf b;

    if (!d)
        d = dpop_new(&(struct dpop_options){60000000, true, 1024});
    check(d, text);
    header = str_head(text, str_find(text, '\n'));
    payload = str_from(text, header.n + 1);
    dpop_url_matches(header, STR("https://api.example/v1"), payload);
    buf_init(&b, 65536);
    base64url_put(&b, header.p, header.n);
    buf_put_char(&b, '.');
    base64url_put(&b, payload.p, payload.n);
    buf_str(&b, STR(".AAAA"));
    if (!b.failed)
        check(d, buf_view(&b));
    buf_fini(&b);
    return 0;
}
