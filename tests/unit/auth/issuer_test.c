/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An issuer's keys over time: rotation, floods of unknown key ids, fetches that fail or hang. */
#include "auth/issuer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "tests/unit/auth/minter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#define S 1000000LL /* one second */

static struct arena *arena;
static struct minter a, b;

/* The key server, and what it was asked. */
static struct server {
    const char *body; /* NULL: it fails */
    enum fault_code code;
    atomic_uint asked, now_asked, most_at_once;
    unsigned hold_ms;
} server;

static enum fault_code
fetch(void *context, const struct auth_fetch *q, struct arena *into, struct str *body,
      struct fault *f)
{
    struct server *s = context;
    unsigned at_once = atomic_fetch_add(&s->now_asked, 1) + 1;

    assert_true(str_eq(q->url, STR("https://as.example/jwks")));
    atomic_fetch_add(&s->asked, 1);
    if (at_once > atomic_load(&s->most_at_once))
        atomic_store(&s->most_at_once, at_once);
    if (s->hold_ms)
        usleep(s->hold_ms * 1000);
    atomic_fetch_sub(&s->now_asked, 1);
    if (!s->body)
        return fault_set(f, s->code, "no keys today");
    *body = arena_dup(into, str_of(s->body));
    return FAULT_NONE;
}

static enum fault_code
pause_for(void *context, unsigned ms)
{
    (void)context;
    usleep(ms * 1000);
    return FAULT_NONE;
}

static const struct auth_io io = {.context = &server, .fetch = fetch, .pause = pause_for};

static const char *
document(const struct minter *one, const struct minter *two)
{
    return arena_printf(arena, "{\"keys\":[%s%s%s]}", minter_jwk(arena, one, "").p, two ? "," : "",
                        two ? minter_jwk(arena, two, "").p : "")
        .p;
}

static struct issuer *
new_issuer(const char *body)
{
    struct issuer_settings s = {.name = STR("https://as.example"),
                                .jwks_uri = STR("https://as.example/jwks"),
                                .refresh_us = 300 * S,
                                .retry_us = 10 * S};
    struct issuer *i = issuer_new(&s, NULL);

    server = (struct server){.body = body, .code = FAULT_BACKEND_FAILED};
    assert_non_null(i);
    return i;
}

static enum reason
look(struct issuer *i, const char *kid, int64_t now)
{
    struct jwks *set = NULL;
    struct public_key *key;
    enum reason r = issuer_find_key(i, str_of(kid), ALGORITHM_ES256, &io, now, &set, &key);

    assert_true((r == REASON_NONE) == (set != NULL));
    jwks_unref(set);
    return r;
}

/* The new key is found by the first token that names it; no token is refused meanwhile. */
static void
test_rotation(void **state)
{
    struct issuer *i = new_issuer(document(&a, NULL));

    (void)state;
    assert_int_equal(look(i, "a", 1000 * S), REASON_NONE);
    assert_int_equal(look(i, "a", 1001 * S), REASON_NONE);
    assert_int_equal(server.asked, 1);
    server.body = document(&a, &b);
    assert_int_equal(look(i, "b", 1020 * S), REASON_NONE);
    assert_int_equal(look(i, "a", 1020 * S), REASON_NONE);
    assert_int_equal(server.asked, 2);
    server.body = document(&b, NULL); /* `a` is withdrawn: in force with the next refresh */
    assert_int_equal(look(i, "a", 1100 * S), REASON_NONE);
    issuer_refresh(i, &io, 1100 * S);
    assert_int_equal(server.asked, 2);
    issuer_refresh(i, &io, 1320 * S);
    assert_int_equal(server.asked, 3);
    assert_int_equal(look(i, "a", 1321 * S), REASON_KEY_UNKNOWN);
    issuer_free(i);
}

static void
test_flood(void **state)
{
    struct issuer *i = new_issuer(document(&a, NULL));

    (void)state;
    assert_int_equal(look(i, "a", 1000 * S), REASON_NONE);
    for (unsigned n = 0; n < 10000; n++) { /* a hundred seconds of it */
        char kid[32];

        snprintf(kid, sizeof kid, "unknown-%u", n);
        assert_int_equal(look(i, kid, 1000 * S + n * S / 100), REASON_KEY_UNKNOWN);
    }
    assert_in_range(server.asked, 9, 11);
    assert_int_equal(look(i, "gone", 2000 * S), REASON_KEY_UNKNOWN); /* a fetch */
    assert_int_equal(server.asked, issuer_fetches(i));
    for (unsigned n = 0; n < 5; n++) /* none: it was looked for in vain a moment ago */
        assert_int_equal(look(i, "gone", (2011 + 10 * n) * S), REASON_KEY_UNKNOWN);
    assert_in_range(server.asked, 10, 12);
    issuer_free(i);
}

static void
test_failure(void **state)
{
    struct issuer *i = new_issuer(NULL);

    (void)state;
    assert_int_equal(look(i, "a", 1000 * S), REASON_KEYS_UNAVAILABLE); /* fails closed */
    assert_int_equal(look(i, "a", 1000 * S + S / 2), REASON_KEYS_UNAVAILABLE);
    assert_int_equal(server.asked, 1);
    server.body = document(&a, NULL);
    assert_int_equal(look(i, "a", 1002 * S), REASON_NONE); /* comes up soon */
    server.body = NULL;
    issuer_refresh(i, &io, 1400 * S);
    assert_int_equal(look(i, "a", 1401 * S), REASON_NONE); /* the last good set */
    server.body = "<html>";
    issuer_refresh(i, &io, 1500 * S);
    server.body = "{\"keys\":[]}";
    issuer_refresh(i, &io, 1600 * S);
    assert_int_equal(server.asked, 5);
    assert_int_equal(look(i, "a", 1601 * S), REASON_NONE);
    issuer_free(i);
}

/* A client that leaves in the middle of a fetch takes nobody else's chance. */
static void
test_cancelled(void **state)
{
    struct issuer *i = new_issuer(document(&a, NULL));

    (void)state;
    assert_int_equal(look(i, "a", 1000 * S), REASON_NONE);
    server.body = NULL;
    server.code = FAULT_CANCELLED;
    assert_int_equal(look(i, "b", 1020 * S), REASON_KEY_UNKNOWN);
    server.body = document(&a, &b);
    assert_int_equal(look(i, "b", 1020 * S), REASON_NONE);
    issuer_free(i);
}

/* A clock that was set back by an hour does not keep an issuer from its keys. */
static void
test_clock_set_back(void **state)
{
    struct issuer *i = new_issuer(document(&a, NULL));

    (void)state;
    assert_int_equal(look(i, "a", 10000 * S), REASON_NONE);
    server.body = document(&a, &b);
    assert_int_equal(look(i, "b", 6400 * S), REASON_NONE);
    issuer_free(i);
}

static void *
one_of_many(void *arg)
{
    return (void *)(uintptr_t)look(arg, "b", 1020 * S);
}

/* Many tokens name the new key at once: one fetch, all wait for it, none is refused. */
static void
test_crowd(void **state)
{
    struct issuer *i = new_issuer(document(&a, NULL));
    pthread_t threads[16];

    (void)state;
    assert_int_equal(look(i, "a", 1000 * S), REASON_NONE);
    server.body = document(&a, &b);
    server.hold_ms = 100;
    for (unsigned n = 0; n < 16; n++)
        assert_int_equal(pthread_create(&threads[n], NULL, one_of_many, i), 0);
    for (unsigned n = 0; n < 16; n++) {
        void *result;

        pthread_join(threads[n], &result);
        assert_int_equal((uintptr_t)result, REASON_NONE);
    }
    assert_int_equal(server.asked, 2);
    assert_int_equal(server.most_at_once, 1);
    issuer_free(i);
}

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    a = minter_new(arena, "a", "EC", 0, "P-256");
    b = minter_new(arena, "b", "EC", 0, "P-256");
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rotation),       cmocka_unit_test(test_flood),
        cmocka_unit_test(test_failure),        cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_clock_set_back), cmocka_unit_test(test_crowd)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
