/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An issuer's name in the first line, and behind it what claims to be its description: what is
 * found there goes into requests, and must be a URL that may. */
#include "auth/discovery.h"

#include "auth/issuer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct str url)
{
    if (url.n && !issuer_is_safe_url(url))
        abort();
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.p[i] <= 0x20)
            abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size}, issuer = str_head(text, str_find(text, '\n'));
    struct arena *a = arena_new(8 << 20);
    struct discovery found = {0};

    for (unsigned place = 0; place < DISCOVERY_PLACES; place++)
        if (!discovery_url(a, issuer, place).p)
            abort();
    if (!discovery_read(a, issuer, str_from(text, issuer.n + 1), &found)) {
        check(found.jwks_uri);
        check(found.introspection_endpoint);
    }
    arena_free(a);
    return 0;
}
