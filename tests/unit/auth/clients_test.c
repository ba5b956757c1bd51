/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of clients: each mistake in it is told; and the parsers of what stands in it. */
#include "auth/clients.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "auth/scrypt.h"
#include "tests/unit/auth/minter.h"

static const char good_hash[] = "$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"
                                "MDEyMzQ1Njc4OWFiY2RlZg";

static void
test_hashes(void **state)
{
    const struct {
        const char *text;
        bool good;
    } rows[] = {
        {good_hash, true},
        {"$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", true},
        {"$scrypt$ln=9,r=8,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false},   /* cheap to guess */
        {"$scrypt$ln=16,r=8,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false},  /* 64 MB */
        {"$scrypt$ln=14,r=33,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false}, /* r */
        {"$scrypt$ln=14,r=8,p=5$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false},  /* p */
        {"$scrypt$ln=14,r=8,p=0$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false},
        {"$scrypt$ln=014,r=8$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false},
        {"$scrypt$r=8,ln=14,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false},
        {"$scrypt$ln=14,r=8,p=1,x=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false},
        {"$scrypt$ln=14,r=8,p=1$MDEyMzQ$MDEyMzQ1Njc4OWFiY2RlZg", false},      /* salt: 5 bytes */
        {"$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2Q", false},     /* hash: 14 */
        {"$scrypt$ln=14,r=8,p=1$MDEyMzQ1Nj$MDEyMzQ1Njc4OWFiY2RlZg==", false}, /* padding */
        {"$scrypt$ln=14,r=8,p=1$MDEy-zQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false},  /* other alphabet */
        {"$argon2id$ln=14,r=8,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg", false},
        {"$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc", false},
        {"$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc$MDEyMzQ1Njc4OWFiY2RlZg$", false},
        {"", false},
    };
    struct scrypt_hash h;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (scrypt_parse(str_of(rows[i].text), &h) != rows[i].good)
            fail_msg("%s", rows[i].text);
}

/* RFC 7914 section 12, the third vector. */
static void
test_scrypt_vector(void **state)
{
    static const uint8_t wanted[4] = {0x70, 0x23, 0xbd, 0xcb};
    struct scrypt_hash h = {.ln = 14, .r = 8, .p = 1, .salt_size = 14, .hash_size = 4};

    (void)state;
    memcpy(h.salt, "SodiumChloride", 14);
    memcpy(h.hash, wanted, 4);
    assert_true(scrypt_is(&h, STR("pleaseletmein")));
    assert_false(scrypt_is(&h, STR("pleaseletmeim")));
    assert_false(scrypt_is(&h, STR("")));
}

static void
test_own_hash(void **state)
{
    struct scrypt_hash h;
    char secret[SCRYPT_SECRET_NEW], other[SCRYPT_SECRET_NEW];
    struct buf b;

    (void)state;
    buf_init(&b, 256);
    assert_true(scrypt_secret(secret) && scrypt_secret(other));
    assert_true(scrypt_put(&b, str_of(secret)));
    assert_true(scrypt_parse(buf_view(&b), &h));
    assert_true(scrypt_is(&h, str_of(secret)));
    assert_false(scrypt_is(&h, str_of(other)));
    buf_fini(&b);
}

static void
test_networks(void **state)
{
    const struct {
        const char *network, *address;
        int held; /* -1: the network is none */
    } rows[] = {
        {"192.0.2.0/24", "192.0.2.255", 1},
        {"192.0.2.0/24", "192.0.3.0", 0},
        {"192.0.2.7", "192.0.2.7", 1},
        {"192.0.2.7", "192.0.2.6", 0},
        {"192.0.2.0/24", "::ffff:192.0.2.9", 1},
        {"::ffff:192.0.2.0/120", "192.0.2.9", 1},
        {"0.0.0.0/0", "203.0.113.1", 1},
        {"0.0.0.0/0", "2001:db8::1", 0},
        {"::/0", "2001:db8::1", 1},
        {"2001:db8::/32", "2001:db8:ffff::1", 1},
        {"2001:db8::/32", "2001:db9::1", 0},
        {"2001:db8::/33", "2001:db8:8000::", 0},
        {"10.128.0.0/9", "10.127.255.255", 0},
        {"192.0.2.0/24", "here", 0},
        {"192.0.2.0/24", "", 0},
        {"192.0.2.1/24", "", -1}, /* bits behind the prefix */
        {"192.0.2.0/33", "", -1},
        {"192.0.2.0/", "", -1},
        {"192.0.2.0/024", "192.0.2.1", 1},
        {"192.0.2.0/0024", "", -1},
        {"192.0.2.0/-1", "", -1},
        {"192.0.2/24", "", -1},
        {"2001:db8::/129", "", -1},
        {"2001:db8::%eth0/32", "", -1},
        {"/24", "", -1},
        {"", "", -1},
    };
    struct network n;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int got = -1;

        if (network_parse(str_of(rows[i].network), &n))
            got = networks_hold(&n, 1, str_of(rows[i].address));
        if (got != rows[i].held)
            fail_msg("%s holds %s: %d", rows[i].network, rows[i].address, got);
    }
}

/* Each row's client, and a word of the mistake that is told; NULL: it is sound. */
static void
test_mistakes(void **state)
{
    struct arena *a = arena_new(16 << 20);
    const struct {
        const char *client, *told;
    } rows[] = {
        {"{secret: x}", NULL},
        {"{secret: x, enabled: false, networks: ['::/0'], lifetime: 5m, audiences: a}", NULL},
        {"{}", "give one of"},
        {"{secret: x, certificate_thumbprints: [y]}", "give one of"},
        {"{tls_client_auth_subject_dn: CN=x, tls_client_auth_san_dns: x}", "give one of"},
        {"{secret_scrypt: x}", "must be $scrypt$"},
        {"{secret_scrypt: [$H, $H]}", NULL},
        {"{secret_scrypt: [$H, $H, $H]}", "at most two"},
        {"{secret: x, scopes: ['a b']}", "no spaces"},
        {"{secret: x, networks: []}", "is empty"},
        {"{secret: x, networks: [10.0.0.1/8]}", "bits set"},
        {"{secret: x, grants: [password]}", "may hold"},
        {"{secret: x, lifetime: 0s}", "1s at least"},
        {"{secret: x, lifetime: long}", "duration"},
        {"{secret: x, enabled: maybe}", "true or false"},
        {"{secret: x, scope: a}", "did you mean"},
        {"{jwks: {keys: []}}", "no key"},
        {"{jwks_file: /nowhere}", "/nowhere"},
        {"{jwks_file: x, jwks: {keys: []}}", "one too many"},
        {"a text", "not an object"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *at = strstr(rows[i].client, "[$H"), *found = NULL;
        struct str text = str_of(rows[i].client);
        struct report r;
        bool good;

        if (at) /* the placeholders */
            text = strlen(at) > 10
                       ? arena_printf(a, "{secret_scrypt: ['%s', '%s', '%s']}", good_hash,
                                      good_hash, good_hash)
                       : arena_printf(a, "{secret_scrypt: ['%s', '%s']}", good_hash, good_hash);
        report_init(&r, a);
        good = clients_check("clients.yaml",
                             arena_printf(a, "clients:\n  one: %.*s\n", STR_ARG(text)), true, &r);
        for (struct report_line *l = r.first; rows[i].told && l && !found; l = l->next)
            found = strstr(l->text.p, rows[i].told);
        if (good != !rows[i].told || (rows[i].told && !found))
            fail_msg("%s: %s", rows[i].client, r.first ? r.first->text.p : "nothing told");
    }
    arena_free(a);
}

static void
test_clear_secrets_are_for_demonstrations(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct report r;

    (void)state;
    report_init(&r, a);
    assert_false(clients_check("c", STR("clients: {one: {secret: x}}"), false, &r));
    assert_int_equal(r.errors, 1);
    arena_free(a);
}

/* base64url in the usual alphabet. */
static struct str
usual(struct str text)
{
    for (char *p = (char *)(uintptr_t)text.p; *p; p++)
        *p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
    return text;
}

/* A guesser is slowed down by address; who is known is not. */
static void
test_guessing(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct settings settings = {.what = "one", .arena = a};
    uint8_t hash[32];
    int64_t now = 1000000000;
    struct secret *s;
    struct report r;

    (void)state;
    MUST(EVP_PBE_scrypt("right", 5, (const uint8_t *)"01234567", 8, 1024, 8, 1, 0, hash, 30));
    report_init(&r, a);
    settings.report = &r;
    settings.document =
        document_parse(a, STR("-"),
                       arena_printf(a, "secret_scrypt: '$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc$%s'",
                                    usual(encoded(a, hash, 30)).p),
                       &r);
    settings.object = settings.document->root;
    s = secret_read(&settings, false);
    assert_non_null(s);
    for (int i = 0; i < 5; i++)
        assert_int_equal(secret_check(s, STR("wrong"), STR("a"), NULL, now), PROOF_WRONG);
    assert_int_equal(secret_check(s, STR("wrong"), STR("a"), NULL, now), PROOF_THROTTLED);
    assert_int_equal(secret_check(s, STR("right"), STR("a"), NULL, now), PROOF_THROTTLED);
    assert_int_equal(secret_check(s, STR("right"), STR("b"), NULL, now), PROOF_GOOD);
    assert_int_equal(secret_check(s, STR("right"), STR("a"), NULL, now), PROOF_GOOD);
    now += 1000000;
    assert_int_equal(secret_check(s, STR("wrong"), STR("a"), NULL, now), PROOF_WRONG);
    assert_int_equal(secret_check(s, STR("wrong"), STR("a"), NULL, now), PROOF_THROTTLED);
    now += 3600000000;
    for (int i = 0; i < 5; i++)
        assert_int_equal(secret_check(s, STR("wrong"), STR("a"), NULL, now), PROOF_WRONG);
    secret_fini(s);
    arena_free(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_scrypt_vector),
        cmocka_unit_test(test_own_hash),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_clear_secrets_are_for_demonstrations),
        cmocka_unit_test(test_guessing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
