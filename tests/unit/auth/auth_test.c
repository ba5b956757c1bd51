/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of auth/: what is accepted, and how each mistake is told. */
#include "auth/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "tests/unit/auth/minter.h"

#include <unistd.h>

#define NOW 1800000000000000LL

static struct arena *arena;
static char folder[] = "/tmp/telgate-test-XXXXXX";
static struct minter key;

static void
write_file(const char *name, struct str text)
{
    FILE *f = fopen(arena_printf(arena, "%s/%s", folder, name).p, "w");

    MUST(f && fwrite(text.p, 1, text.n, f) == text.n && fclose(f) == 0);
}

static struct auth *
load(const char *yaml, bool demo, struct report *r)
{
    struct auth_configuration c = {.folder = str_of(folder), .demo = demo, .check = true};
    struct document *d;

    report_init(r, arena);
    d = document_parse(arena, STR("telgate.yaml"), str_of(yaml), r);
    MUST(d);
    c.document = d;
    c.issuers = node_get(d->root, "issuers");
    c.authorization_server = node_get(d->root, "authorization_server");
    return auth_new(&c, r);
}

#define ISSUER  "issuers: [{issuer: 'https://as.example', "
#define ENOUGH  "audiences: [telgate], jwks_file: keys.json"
#define ASKS    "introspection: {"
#define SERVER  "authorization_server: {issuer: 'http://127.0.0.1:8080', audience: telgate, "
#define CLIENTS "clients: clients.yaml"

static void
test_mistakes(void **state)
{
    static const struct {
        const char *yaml, *told; /* NULL: none */
    } rows[] = {
        {"issuers: []", NULL},
        {"x: 1", NULL},
        {ISSUER ENOUGH "}]", NULL},
        {ISSUER "audiences: telgate, jwks_file: keys.json}]", NULL}, /* a list of one */
        {ISSUER "audiences: [a], jwks_uri: 'https://as.example/jwks'}]", NULL},
        {ISSUER "audiences: [a], jwks_uri: 'http://127.0.0.1:9000/jwks'}]", NULL},
        {ISSUER ENOUGH ", algorithms: [RS256, PS512, ES384, EdDSA], token_types: [at+jwt, jwt, "
                       "absent], leeway: 5s, max_age: 1h, refresh: 1m, retry: 5s}]",
         NULL},
        {SERVER CLIENTS "}", NULL},
        {SERVER CLIENTS ", algorithm: ES256, lifetime: 5m, key_file: none-yet.pem}", NULL},
        {"issuers: {}", "`issuers` must be a list"},
        {"issuers: [5]", "telgate.yaml:1:11: issuer: not an object"},
        {ISSUER ENOUGH ", audience: x}]", "unknown key `audience`; did you mean `audiences`?"},
        {ISSUER ENOUGH ", algoritms: [RS256]}]", "telgate.yaml:1:86: issuer: unknown key "},
        {ISSUER ENOUGH ", whatever: 1}]", "unknown key `whatever`"},
        {"issuers: [{" ENOUGH "}]", "`issuer` is missing"},
        {ISSUER "jwks_file: keys.json}]", "`audiences` is missing"},
        {ISSUER "audiences: [], jwks_file: keys.json}]", "`audiences` is missing"},
        {ISSUER "audiences: [''], jwks_file: keys.json}]", "`audiences` must be a text"},
        {ISSUER "audiences: [1], jwks_file: keys.json}]", "`audiences` must be a text"},
        {ISSUER "audiences: [a]}]", NULL}, /* its keys are found by its name */
        {"issuers: [{issuer: urn:x, audiences: [a]}]", "must be an https:// URL, to find"},
        {ISSUER ENOUGH ", jwks_uri: 'https://as.example/jwks'}]", "takes one of"},
        {ISSUER ENOUGH ", discover: true}]", "takes one of"},
        {ISSUER ENOUGH ", discover: 1}]", "must be true or false"},
        {ISSUER ENOUGH ", sender_constrained: yes please}]", "must be true or false"},
        {ISSUER ENOUGH ", scope_claims: 1}]", "must be a text"},
        {ISSUER ENOUGH ", " ASKS "client_id: c, client_secret: s, url: 'https://as.example/i'}}]",
         NULL},
        {ISSUER "audiences: [a], " ASKS "client_id: c, client_secret: s}}]", NULL},
        {ISSUER ENOUGH ", " ASKS "client_id: c, client_secret: s}}]", "`url` is missing"},
        {ISSUER "audiences: [a], " ASKS "client_id: c}}]", "`client_secret` is missing"},
        {ISSUER "audiences: [a], " ASKS "client_secret: c}}]", "`client_id` is missing"},
        {ISSUER "audiences: [a], " ASKS "client_id: c, client_secret: $secret.x}}]", "not there"},
        {ISSUER "audiences: [a], " ASKS "client_id: c, client_secret: s, cache: 31s}}]",
         "may be 30s at most"},
        {ISSUER ENOUGH ", " ASKS "client_id: c, client_secret: s, url: 'http://as.example/'}}]",
         "must be an https:// URL"},
        {ISSUER "audiences: [a], " ASKS
                "client_id: c, client_secret: s}}, {issuer: 'https://b.example', "
                "audiences: [a], " ASKS "client_id: c, client_secret: s}}]",
         "another issuer, too"},
        {ISSUER "audiences: [a], jwks_uri: 'http://as.example/jwks'}]", "must be an https:// URL"},
        {ISSUER "audiences: [a], jwks_uri: 'http://localhost.evil.example/'}]", "must be an https"},
        {ISSUER "audiences: [a], jwks_file: missing.json}]", "missing.json"},
        {ISSUER "audiences: [a], jwks_file: bad.json}]", "bad.json"},
        {ISSUER "audiences: [a], jwks_file: empty.json}]", "no key that can verify"},
        {ISSUER ENOUGH ", algorithms: [HS256]}]", "`algorithms` may hold"},
        {ISSUER ENOUGH ", algorithms: [none]}]", "`algorithms` may hold"},
        {ISSUER ENOUGH ", token_types: [id_token]}]", "`token_types` may hold"},
        {ISSUER ENOUGH ", leeway: 30}]", "`leeway` must be a duration"},
        {ISSUER ENOUGH ", leeway: 10m}]", "`leeway` may be 5m at most"},
        {ISSUER ENOUGH ", retry: 10ms}]", "must be 1s at least"},
        {ISSUER ENOUGH "}, {issuer: 'https://as.example', " ENOUGH "}]", "comes twice"},
        {"authorization_server: 5", "authorization_server: not an object"},
        {SERVER CLIENTS ", lifetme: 5m}", "did you mean `lifetime`?"},
        {SERVER CLIENTS ", algorithm: PS256}", "must be RS256 or ES256"},
        {SERVER "lifetime: 5m}", "`clients` is missing"},
        {"authorization_server: {audience: a, " CLIENTS "}", "`issuer` is missing"},
        {"authorization_server: {issuer: 'https://a.example', " CLIENTS "}",
         "`audience` is missing"},
        {"authorization_server: {issuer: 'https://a.example/x', audience: a, " CLIENTS "}",
         "URL without a path"},
        {SERVER "clients: missing.yaml}", "missing.yaml"},
        {SERVER "clients: bad-clients.yaml}", "bad-clients.yaml:2:"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report r;
        struct auth *a = load(rows[i].yaml, true, &r);
        bool told = false;

        for (struct report_line *l = r.first; l && rows[i].told; l = l->next)
            told = told || strstr(l->text.p, rows[i].told);
        if (told != (rows[i].told != NULL) || (a == NULL) != (rows[i].told != NULL) ||
            (r.errors == 0) != (rows[i].told == NULL))
            fail_msg("row %zu (%s): %s", i, rows[i].yaml, r.first ? r.first->text.p : "nothing");
        auth_free(a);
    }
    assert_int_not_equal(access(arena_printf(arena, "%s/none-yet.pem", folder).p, F_OK), 0);
}

/* Without `demo` a clear secret is a mistake, with its place. */
static void
test_clear_secret(void **state)
{
    struct report r;

    (void)state;
    assert_null(load(SERVER CLIENTS "}", false, &r));
    assert_int_equal(r.errors, 1);
    assert_non_null(strstr(r.first->text.p, "clients.yaml:1:26: shop: `secret` in clear"));
    assert_null(strstr(r.first->text.p, "shop-secret"));
}

static void
test_clients(void **state)
{
    static const char *const rows[] = {
        "clients: {a: {scopes: [x]}}",
        "clients: {a: {secret: s, secret_scrypt: t}}",
        "clients: {a: {secret: s, scope: [x]}}",
        "clients: {a: {secret: s, scopes: ['x y']}}",
        "clients: {'a:b': {secret: s}}",
        "clients: {a: {secret: 5}}",
        "clients: {a: {secret: s, lifetime: forever}}",
        "clients: {a: {secret_scrypt: '$scrypt$ln=14,r=8,p=1$AAAAAAAAAAA'}}",
        "clients: {a: {secret_scrypt: "
        "'$scrypt$ln=30,r=8,p=1$AAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA'}}",
        "clients: {a: {secret_scrypt: "
        "'$argon2$ln=14,r=8,p=1$AAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA'}}",
        "clients: {a: {secret_scrypt: '$scrypt$ln=14,r=8,p=1$AAAAAAAAAAAA$AA'}}",
        "clients: [a]",
        "client: {}",
        "{}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report r;

        write_file("try.yaml", str_of(rows[i]));
        if (load(SERVER "clients: try.yaml}", true, &r))
            fail_msg("%s", rows[i]);
        assert_int_not_equal(r.errors, 0);
    }
}

/* From configuration to verdict, by a key set in a file; two issuers side by side. */
static void
test_verdict(void **state)
{
    struct report r;
    struct auth *a = load(ISSUER ENOUGH ", algorithms: ES256}]\n" SERVER CLIENTS "}", true, &r);
    struct str token = minter_token(
        arena, &key, "ES256", "{'alg':'ES256','typ':'at+jwt','kid':'k'}",
        "{'iss':'https://as.example','aud':'telgate','sub':'s','client_id':'c','jti':'j',"
        "'iat':1799999990,'exp':1800000300}");
    struct verdict v;

    (void)state;
    assert_non_null(a);
    assert_true(auth_has_issuers(a));
    auth_refresh(a, NULL, NOW);
    for (int i = 0; i < 2; i++) {
        v = auth_verify(a, token, NULL, NOW);
        assert_int_equal(v.reason, REASON_NONE);
        assert_int_equal(v.cached, i == 1);
        principal_unref(v.principal);
    }
    assert_int_equal(auth_cache_counts(a).hits, 1);
    v = auth_verify(a, STR("a.b.c"), NULL, NOW);
    assert_int_equal(v.reason, REASON_NOT_BASE64URL);
    auth_free(a);
}

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new(256 << 20);
    MUST(mkdtemp(folder));
    key = minter_new(arena, "k", "EC", 0, "P-256");
    write_file("keys.json", arena_printf(arena, "{\"keys\":[%s]}", minter_jwk(arena, &key, "").p));
    write_file("bad.json", STR("{\"keys\":["));
    write_file("empty.json", STR("{\"keys\":[]}"));
    write_file("clients.yaml", STR("clients: {shop: {secret: shop-secret, scopes: [read]}}"));
    write_file("bad-clients.yaml", STR("clients:\n  a: {scopes: []}\n"));
    return 0;
}

static int
tear_down(void **state)
{
    static const char *const files[] = {"keys.json",    "bad.json",         "empty.json",
                                        "clients.yaml", "bad-clients.yaml", "try.yaml"};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(arena_printf(arena, "%s/%s", folder, files[i]).p);
    rmdir(folder);
    arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes), cmocka_unit_test(test_clear_secret),
        cmocka_unit_test(test_clients), cmocka_unit_test(test_verdict)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
