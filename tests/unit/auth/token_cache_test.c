/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache alone: bounds, lifetimes, look-alikes, and many threads with keys that change. */
#include "auth/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "tests/unit/auth/minter.h"

#include <pthread.h>
#include <stdatomic.h>

#define S 1000000LL

static struct principal *
principal_of(const char *token, int64_t expires)
{
    struct principal *p = principal_new(str_of(token));

    p->expires = expires;
    return p;
}

static void
add(struct token_cache *c, const char *token, int64_t expires, int64_t now)
{
    struct principal *p = principal_of(token, expires);

    token_cache_add(c, p, token_cache_generation(c), now);
    principal_unref(p);
}

static bool
has(struct token_cache *c, const char *token, int64_t now)
{
    struct principal *p = token_cache_find(c, str_of(token), now);

    principal_unref(p);
    return p != NULL;
}

static void
test_lifetime(void **state)
{
    struct token_cache *c = token_cache_new(64, 8 << 20, 60 * S);
    struct principal *old;

    (void)state;
    add(c, "head.body.signature-of-it", 5000, 1000 * S);
    assert_true(has(c, "head.body.signature-of-it", 1000 * S));
    assert_true(has(c, "head.body.signature-of-it", 1060 * S - 1));
    assert_false(has(c, "head.body.signature-of-it", 1060 * S));
    add(c, "head.body.short-lived-token", 1010, 1000 * S);
    assert_true(has(c, "head.body.short-lived-token", 1010 * S - 1));
    assert_false(has(c, "head.body.short-lived-token", 1010 * S));
    add(c, "head.body.expired-already-now", 1000, 1000 * S);
    assert_false(has(c, "head.body.expired-already-now", 1000 * S));
    add(c, "head.body.clock-was-set-back", 5000, 1000 * S);
    assert_false(has(c, "head.body.clock-was-set-back", 999 * S));
    add(c, "head.body.flushed-by-new-keys", 5000, 1000 * S);
    old = principal_of("head.body.verified-by-old-keys", 5000);
    token_cache_flush(c);
    assert_false(has(c, "head.body.flushed-by-new-keys", 1000 * S));
    token_cache_add(c, old, token_cache_generation(c) - 1, 1000 * S);
    principal_unref(old);
    assert_false(has(c, "head.body.verified-by-old-keys", 1000 * S));
    token_cache_free(c);
}

/* The last 16 bytes and the length are the same: only the comparison tells them apart. */
static void
test_look_alike(void **state)
{
    struct token_cache *c = token_cache_new(64, 8 << 20, 60 * S);

    (void)state;
    add(c, "alice.0123456789abcdef", 5000, 1000 * S);
    assert_false(has(c, "mally.0123456789abcdef", 1000 * S));
    assert_false(has(c, "alice.0123456789abcde", 1000 * S));
    assert_false(has(c, "", 1000 * S));
    assert_true(has(c, "alice.0123456789abcdef", 1000 * S));
    token_cache_free(c);
}

static void
test_bounds(void **state)
{
    struct token_cache *c = token_cache_new(512, 2 << 20, 60 * S);
    struct token_cache_counts n;
    char token[64];

    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        snprintf(token, sizeof token, "head.%08x.%08x%08x", i * 77, i * 2654435761u, i * 40503u);
        add(c, token, 5000, 1000 * S);
        assert_true(has(c, token, 1000 * S)); /* the newest is always in */
    }
    n = token_cache_counts(c);
    assert_in_range(n.entries, 100, 512);
    assert_in_range(n.bytes, 1, 2 << 20);
    assert_int_equal(n.hits, 5000);
    token_cache_free(c);
}

static struct arena *arena;
static struct token_cache *cache;
static struct issuer *issuer;
static struct str tokens[2]; /* signed by the one key, and by the other */
static struct jwks *sets[2];
static atomic_bool done;

static void *
check_tokens(void *arg)
{
    struct issuers known = {.items = &issuer, .n = 1};
    uintptr_t wrong = 0;

    (void)arg;
    for (unsigned n = 0; !atomic_load(&done); n++) {
        struct verdict v =
            verify_cached(&known, cache, tokens[n % 2], NULL, 1800000000 * S + n % 7);

        wrong += v.reason != REASON_NONE && v.reason != REASON_KEY_UNKNOWN;
        wrong += v.principal && v.principal->expires != 1800000300;
        principal_unref(v.principal);
        principal_unref(v.denied);
    }
    return (void *)wrong;
}

/* ThreadSanitizer watches this one: workers verify while keys are swapped to and fro. */
static void
test_threads(void **state)
{
    pthread_t threads[4];
    void *wrong;

    (void)state;
    atomic_store(&done, false);
    for (unsigned i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, check_tokens, NULL);
    for (unsigned i = 0; i < 300; i++) {
        issuer_set_keys(issuer, jwks_ref(sets[i % 2]));
        struct timespec pause = {0, 1000000};
        nanosleep(&pause, NULL);
    }
    atomic_store(&done, true);
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], &wrong);
        assert_null(wrong);
    }
    assert_true(token_cache_counts(cache).hits > 0);
}

static int
set_up(void **state)
{
    static struct str audience = {"telgate", 7};
    struct issuer_settings s = {.name = STR("https://as.example"),
                                .audiences = &audience,
                                .audience_count = 1,
                                .algorithms = 1u << ALGORITHM_ES256,
                                .types = TYPE_ACCESS_TOKEN};

    (void)state;
    arena = arena_new(64 << 20);
    cache = token_cache_new(64, 8 << 20, 60 * S);
    issuer = issuer_new(&s, cache);
    for (unsigned i = 0; i < 2; i++) {
        struct minter m = minter_new(arena, i ? "b" : "a", "EC", 0, "P-256");
        struct str jwk = minter_jwk(arena, &m, "");
        struct report r;

        report_init(&r, arena);
        sets[i] = jwks_parse(STR("test"), arena_printf(arena, "{\"keys\":[%s]}", jwk.p), &r);
        tokens[i] = minter_token(
            arena, &m, "ES256",
            i ? "{'alg':'ES256','typ':'at+jwt','kid':'b'}"
              : "{'alg':'ES256','typ':'at+jwt','kid':'a'}",
            "{'iss':'https://as.example','aud':'telgate','sub':'a','client_id':'c','jti':'j',"
            "'iat':1799999990,'exp':1800000300}");
    }
    issuer_set_keys(issuer, jwks_ref(sets[0]));
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    issuer_free(issuer);
    token_cache_free(cache);
    jwks_unref(sets[0]);
    jwks_unref(sets[1]);
    arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lifetime), cmocka_unit_test(test_look_alike),
        cmocka_unit_test(test_bounds), cmocka_unit_test(test_threads)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
