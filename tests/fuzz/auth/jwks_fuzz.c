/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A key set's bytes, as an issuer might serve them; each key that serves is used once. */
#include "auth/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(1 << 20);
    struct public_key *key;
    struct report r;
    struct jwks *set;

    report_init(&r, a);
    set = jwks_parse(STR("keys"), (struct str){(const char *)data, size}, &r);
    for (unsigned alg = ALGORITHM_NONE + 1; set && alg < ALGORITHM_COUNT; alg++)
        if (jwks_find(set, STR("k"), (enum algorithm)alg, &key) == REASON_NONE &&
            signature_verify(key, (enum algorithm)alg, STR("input"), STR("signature")) ==
                REASON_NONE)
            __builtin_trap();
    jwks_unref(set);
    arena_free(a);
    return 0;
}
