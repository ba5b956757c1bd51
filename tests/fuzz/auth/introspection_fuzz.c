/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An answer to an introspection: only one that says so is accepted, and only for our audience. */
#include "auth/introspection.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct str audience = {"telgate", 7};
    const struct issuer_settings pinned = {.name = STR("https://as.example"),
                                           .audiences = &audience,
                                           .audience_count = 1,
                                           .introspection_keep_us = 30000000};
    struct principal *p = principal_new(STR("token"));
    struct str text = arena_dup(p->arena, (struct str){(const char *)data, size});
    enum reason r =
        text.p ? introspection_read(&pinned, text, p, 1800000000000000) : REASON_OUT_OF_MEMORY;

    introspection_is_opaque(text);
    if (r == REASON_NONE) {
        const struct value *active = value_get(&p->claims, STR("active"));

        if (!active->is_true || !value_get(&p->claims, STR("aud")) ||
            (p->client_id.n == 0 && p->subject.n == 0) || p->cache_until > 1800000030000000)
            abort();
    }
    principal_unref(p);
    return 0;
}
