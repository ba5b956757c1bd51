/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key sets: which keys serve, which are skipped, and which sets are refused whole. */
#include "auth/jwks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "tests/unit/auth/minter.h"

static struct arena *arena;
static struct minter rsa, p256, ed;

static struct jwks *
parse(const char *keys, struct report *r)
{
    struct str text = arena_printf(arena, "{\"keys\":[%s]}", keys);

    report_init(r, arena);
    return jwks_parse(STR("keys.json"), text, r);
}

/* The first `from` in a JWK replaced. */
static const char *
altered(struct str jwk, const char *from, const char *to)
{
    struct str old = quoted(arena, from), new = quoted(arena, to);
    char *at = strstr(jwk.p, old.p);

    MUST(at);
    return arena_printf(arena, "%.*s%s%s", (int)(at - jwk.p), jwk.p, new.p, at + old.n).p;
}

/* A key that serves stands beside each, so that the set itself is good. */
static void
test_skipped(void **state)
{
    const struct {
        const char *what, *jwk;
        unsigned keys, warnings;
    } rows[] = {
        {"as it should be", minter_jwk(arena, &rsa, "").p, 2, 0},
        {"for signatures", minter_jwk(arena, &rsa, ",'use':'sig','alg':'RS256'").p, 2, 0},
        {"to verify", minter_jwk(arena, &rsa, ",'key_ops':['sign','verify']").p, 2, 0},
        {"unknown members", minter_jwk(arena, &rsa, ",'x5t':'a','x5c':['b']").p, 2, 0},
        {"for encryption", minter_jwk(arena, &rsa, ",'use':'enc'").p, 1, 0},
        {"to encrypt", minter_jwk(arena, &rsa, ",'key_ops':['encrypt']").p, 1, 0},
        {"an encryption's alg", minter_jwk(arena, &rsa, ",'alg':'RSA-OAEP'").p, 1, 1},
        {"another type's alg", minter_jwk(arena, &rsa, ",'alg':'ES256'").p, 1, 1},
        {"an HMAC's alg", minter_jwk(arena, &rsa, ",'alg':'HS256'").p, 1, 1},
        {"alg is a number", minter_jwk(arena, &rsa, ",'alg':1").p, 1, 1},
        {"a private key", minter_jwk(arena, &rsa, ",'d':'AQAB'").p, 1, 1},
        {"a symmetric key", "{\"kty\":\"oct\",\"k\":\"AQAB\"}", 1, 1},
        {"no type", altered(minter_jwk(arena, &rsa, ""), "'kty':'RSA',", ""), 1, 1},
        {"unknown type", "{\"kty\":\"AKP\"}", 1, 1},
        {"no object", "5", 1, 1},
        {"no modulus", altered(minter_jwk(arena, &rsa, ""), "'n'", "'m'"), 1, 1},
        {"modulus is a number", "{\"kty\":\"RSA\",\"n\":5,\"e\":\"AQAB\"}", 1, 1},
        {"exponent 1", altered(minter_jwk(arena, &rsa, ""), "AQAB", "AQ"), 1, 1},
        {"exponent 2", altered(minter_jwk(arena, &rsa, ""), "AQAB", "Ag"), 1, 1},
        {"exponent with padding", altered(minter_jwk(arena, &rsa, ""), "AQAB", "AQA="), 1, 1},
        {"kid with a newline", altered(minter_jwk(arena, &rsa, ""), "'rsa'", "'r\\n'"), 1, 1},
        {"kid is a number", altered(minter_jwk(arena, &rsa, ""), "'rsa'", "7"), 1, 1},
        {"EC as it should be", minter_jwk(arena, &p256, "").p, 2, 0},
        {"a point off the curve", altered(minter_jwk(arena, &p256, ""), "'x':'", "'x':'AAAAAAAA"),
         1, 1},
        {"x and y of zero",
         "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
         "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
         1, 1},
        {"the wrong curve", altered(minter_jwk(arena, &p256, ""), "P-256", "P-384"), 1, 1},
        {"a curve that we do not know", altered(minter_jwk(arena, &p256, ""), "P-256", "secp256k1"),
         1, 1},
        {"Ed25519", minter_jwk(arena, &ed, "").p, 2, 0},
        {"a key for agreement", altered(minter_jwk(arena, &ed, ""), "Ed25519", "X25519"), 1, 1},
        {"x too short", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}", 1, 1},
    };
    struct minter other = p256;
    struct str beside;

    (void)state;
    other.kid = "beside";
    beside = minter_jwk(arena, &other, "");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report r;
        struct jwks *set = parse(arena_printf(arena, "%s,%s", rows[i].jwk, beside.p).p, &r);

        if (!set || jwks_count(set) != rows[i].keys || r.warnings != rows[i].warnings || r.errors)
            fail_msg("%s: %u keys, %u warnings, %u errors", rows[i].what, set ? jwks_count(set) : 0,
                     r.warnings, r.errors);
        jwks_unref(set);
    }
}

static void
test_refused(void **state)
{
    struct minter twin = p256;
    struct report r;
    const char *rows[] = {
        "", /* no key at all */
        "{\"kty\":\"oct\",\"k\":\"AQAB\"}",
        arena_printf(arena, "%s,%s", minter_jwk(arena, &rsa, "").p, "{").p,
        NULL,
    };

    (void)state;
    twin.kid = "rsa"; /* another type does not make it another name */
    rows[3] =
        arena_printf(arena, "%s,%s", minter_jwk(arena, &rsa, "").p, minter_jwk(arena, &twin, "").p)
            .p;
    for (size_t i = 0; i < 4; i++) {
        assert_null(parse(rows[i], &r));
        assert_int_equal(r.errors, 1);
    }
    report_init(&r, arena);
    assert_null(jwks_parse(STR("keys.json"), STR("<html></html>"), &r));
    assert_null(jwks_parse(STR("keys.json"), STR("[]"), &r));
    assert_null(jwks_parse(STR("keys.json"), STR("{\"keys\":{}}"), &r));
    assert_null(jwks_parse(STR("keys.json"), STR("{\"Keys\":[]}"), &r));
    assert_null(jwks_parse(STR("keys.json"), STR(""), &r));
    assert_null(jwks_parse(STR("keys.json"), (struct str){"{", JWKS_MAX + 1}, &r));
    assert_int_equal(r.errors, 6);
}

static void
test_find(void **state)
{
    struct report r;
    struct jwks *set = parse(
        arena_printf(arena, "%s,%s", minter_jwk(arena, &rsa, "").p, minter_jwk(arena, &p256, "").p)
            .p,
        &r);
    struct public_key *key = NULL;

    (void)state;
    assert_non_null(set);
    assert_int_equal(jwks_find(set, STR("rsa"), ALGORITHM_RS256, &key), REASON_NONE);
    assert_int_equal(public_key_kind(key), KEY_RSA);
    assert_int_equal(jwks_find(set, STR("rsa"), ALGORITHM_ES256, &key), REASON_KEY_UNFIT);
    assert_int_equal(jwks_find(set, STR("RSA"), ALGORITHM_RS256, &key), REASON_KEY_UNKNOWN);
    assert_int_equal(jwks_find(set, STR(""), ALGORITHM_RS256, &key), REASON_KEY_UNKNOWN);
    assert_int_equal(jwks_find(set, STR_NONE, ALGORITHM_ES256, &key), REASON_NONE);
    assert_int_equal(public_key_kind(key), KEY_P256);
    assert_int_equal(jwks_find(set, STR_NONE, ALGORITHM_EDDSA, &key), REASON_KEY_UNFIT);
    jwks_unref(set);
}

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    rsa = minter_new(arena, "rsa", "RSA", 2048, NULL);
    p256 = minter_new(arena, "p256", "EC", 0, "P-256");
    ed = minter_new(arena, "ed", "ED25519", 0, NULL);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_skipped),
                                       cmocka_unit_test(test_refused), cmocka_unit_test(test_find)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
