/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A token through every check: as it comes, and once more as `header.payload` in the clear, encoded
 * here, so that the fuzzer need not find base64 on its own. Nothing may ever be accepted, but a
 * token signed by the key of the seeds, which is not in the set.
 */
#include "auth/base64url.h"
#include "auth/verify.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char keys[] = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\","
                           "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";

static struct issuers known;
static struct token_cache *cache;

static void
set_up(void)
{
    static struct str audience = {"telgate", 7};
    static struct issuer *list[1];
    struct issuer_settings s = {.name = STR("https://as.example"),
                                .audiences = &audience,
                                .audience_count = 1,
                                .algorithms = ~0u,
                                .types = TYPE_ACCESS_TOKEN | TYPE_JWT | TYPE_ABSENT};
    struct arena *a = arena_new(1 << 20);
    struct report r;

    report_init(&r, a);
    cache = token_cache_new(64, 8 << 20, 60000000);
    list[0] = issuer_new(&s, cache);
    issuer_set_keys(list[0], jwks_parse(STR("keys"), STR(keys), &r));
    known = (struct issuers){.items = list, .n = 1};
    arena_free(a);
}

static void
check(struct str token)
{
    struct verdict v = verify_cached(&known, cache, token, NULL, 1800000000000000);
    struct fault f;

    if (v.principal || v.reason == REASON_NONE || reason_fault(v.reason, &f) == FAULT_NONE)
        abort();
    principal_unref(v.denied);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size}, header, payload;
    struct buf b;

    if (!known.n)
        set_up();
    check(text);
    header = str_head(text, str_find(text, '\n'));
    payload = str_from(text, header.n + 1);
    buf_init(&b, 65536);
    base64url_put(&b, header.p, header.n);
    buf_put_char(&b, '.');
    base64url_put(&b, payload.p, payload.n);
    buf_str(&b, STR(".AAAA"));
    if (!b.failed)
        check(buf_view(&b));
    buf_fini(&b);
    return 0;
}
