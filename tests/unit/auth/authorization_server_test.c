/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The authorization server, by its requests and answers; what it issues must verify here. */
#include "auth/auth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "base/json.h"
#include "tests/unit/auth/minter.h"

#include <jwt.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW 1800000000000000LL

static struct arena *arena;
static struct auth *auth;
static char folder[] = "/tmp/telgate-test-XXXXXX";

/* printf's format */
static const char clients[] =
    "clients:\n"
    "  shop: {secret: 'shop-secret', scopes: [read, write]}\n"
    "  no-scopes: {secret: no-scopes-secret}\n"
    "  other: {secret: 'a%%b c:d', scopes: [read], audiences: elsewhere, lifetime: 1m}\n"
    "  off: {secret: off-secret, enabled: false}\n"
    "  away: {secret: away-secret, networks: [198.51.100.0/24, '2001:db8::/32']}\n"
    "  near: {secret: near-secret, networks: [192.0.2.0/28], scopes: [read]}\n"
    "  swapper: {secret: swapper-secret, grants: [token_exchange]}\n"
    "  bound: {secret: bound-secret, certificate_bound: true}\n"
    "  hashed: {secret_scrypt: \"%s\", scopes: [read]}\n";

static const char configuration[] =
    "authorization_server: {issuer: 'http://127.0.0.1:8080', audience: telgate,\n"
    "  clients: clients.yaml, key_file: key.pem, algorithm: %s}\n";

static const char *
write_file(const char *name, const char *text)
{
    const char *path = arena_printf(arena, "%s/%s", folder, name).p;
    FILE *f = fopen(path, "w");

    MUST(f && fputs(text, f) >= 0 && fclose(f) == 0);
    return path;
}

static const char *
scrypt_text(void)
{
    static const char salt[] = "0123456789abcdef";
    uint8_t out[32];
    char hash[44] = "", salted[24] = "";

    MUST(EVP_PBE_scrypt("hashed-secret", 13, (const uint8_t *)salt, 16, 1024, 8, 1, 0, out, 32));
    base64url_encode(out, 32, hash);
    base64url_encode(salt, 16, salted);
    for (char *p = hash; *p; p++) /* the usual alphabet */
        *p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
    return arena_printf(arena, "$scrypt$ln=10,r=8,p=1$%s$%s", salted, hash).p;
}

static struct auth *
load(const char *algorithm, struct report *r)
{
    struct auth_configuration c = {.folder = str_of(folder), .demo = true};
    struct document *d;

    report_init(r, arena);
    d = document_parse(arena, STR("telgate.yaml"), arena_printf(arena, configuration, algorithm),
                       r);
    MUST(d);
    c.document = d;
    c.authorization_server = node_get(d->root, "authorization_server");
    return auth_new(&c, r);
}

static struct oauth_answer
post(const char *authorization, const char *body)
{
    struct header items[] = {
        {STR("Content-Type"), STR("application/x-www-form-urlencoded; charset=utf-8")},
        {STR("Authorization"), str_of(authorization)},
    };
    struct oauth_request request = {.method = STR("POST"),
                                    .path = STR("/oauth2/token"),
                                    .headers = {items, authorization ? 2 : 1},
                                    .body = str_of(body),
                                    .peer = STR("192.0.2.7")};
    struct oauth_answer answer;
    struct fault f;

    assert_int_equal(
        authorization_server_answer(auth_server(auth), &request, arena, NOW, &answer, &f),
        FAULT_NONE);
    return answer;
}

static struct str
member(struct oauth_answer answer, const char *name)
{
    struct value v;
    const struct value *found;

    MUST(json_read(arena, answer.body, JSON_LIMITS_DEFAULT, &v, NULL) == FAULT_NONE);
    found = value_get(&v, str_of(name));
    return found ? value_text(found) : STR_NONE;
}

static struct str
answer_header(struct oauth_answer a, struct str name)
{
    return header_value((struct headers){a.headers, a.header_count}, name);
}

static const char *
basic(const char *pair)
{
    char out[200];

    EVP_EncodeBlock((uint8_t *)out, (const uint8_t *)pair, (int)strlen(pair));
    return arena_printf(arena, "Basic %s", out).p;
}

#define GRANT "grant_type=client_credentials"

static void
test_requests(void **state)
{
    const struct {
        const char *authorization, *body;
        unsigned status;
        const char *result; /* the error, or the scope */
    } rows[] = {
        {basic("shop:shop-secret"), GRANT, 200, "read write"},
        {basic("shop:shop-secret"), GRANT "&scope=read", 200, "read"},
        {basic("shop:shop-secret"), GRANT "&scope=write+read%20write", 200, "write read"},
        {basic("shop:shop-secret"), GRANT "&scope=", 200, "read write"}, /* as if not given */
        {basic("shop:shop-secret"), GRANT "&client_id=shop", 200, "read write"},
        {basic("shop:shop-secret"), GRANT "&unknown=1", 200, "read write"},
        {basic("other:a%25b+c%3Ad"), GRANT, 200, "read"}, /* both halves are form-encoded */
        {basic("no-scopes:no-scopes-secret"), GRANT, 200, ""},
        {basic("hashed:hashed-secret"), GRANT, 200, "read"},
        {basic("hashed:hashed-secret"), GRANT, 200, "read"}, /* remembered */
        {basic("hashed:hashed-secres"), GRANT, 401, "invalid_client"},
        {NULL, GRANT "&client_id=shop&client_secret=shop-secret", 401, "invalid_client"},
        {basic("off:off-secret"), GRANT, 401, "invalid_client"},
        {basic("away:away-secret"), GRANT, 401, "invalid_client"},
        {basic("near:near-secret"), GRANT, 200, "read"},
        {basic("swapper:swapper-secret"), GRANT, 400, "unauthorized_client"},
        {basic("other:a%25b+c%3Ad"), GRANT "&audience=elsewhere", 200, "read"},
        {basic("other:a%25b+c%3Ad"), GRANT "&resource=elsewhere", 200, "read"},
        {basic("other:a%25b+c%3Ad"), GRANT "&audience=telgate", 400, "invalid_target"},
        {basic("other:a%25b+c%3Ad"), GRANT "&audience=elsewhere&resource=x", 400, "invalid_target"},
        {basic("shop:shop-secret"), GRANT "&audience=telgate", 200, "read write"},
        {basic("bound:bound-secret"), GRANT, 400, "invalid_request"}, /* it has no certificate */
        {basic("shop:shop-secret"), GRANT "&scope=admin", 400, "invalid_scope"},
        {basic("shop:shop-secret"), GRANT "&scope=read+admin", 400, "invalid_scope"},
        {basic("shop:shop-secret"), GRANT "&scope=Read", 400, "invalid_scope"},
        {basic("shop:shop-secret"), "grant_type=password", 400, "unsupported_grant_type"},
        {basic("shop:shop-secret"), "scope=read", 400, "invalid_request"},
        {basic("shop:shop-secret"), "", 400, "invalid_request"},
        {basic("shop:shop-secret"), GRANT "&" GRANT, 400, "invalid_request"},
        {basic("shop:shop-secret"), GRANT "&scope=read&scope=write", 400, "invalid_request"},
        {basic("shop:shop-secret"), GRANT "&x=1&x=2", 400, "invalid_request"},
        {basic("shop:shop-secret"), GRANT "&scope=%zz", 400, "invalid_request"},
        {basic("shop:shop-secret"), GRANT "&scope=a%00b", 400, "invalid_request"},
        {basic("shop:shop-secret"), GRANT "&scope", 400, "invalid_request"},
        {basic("shop:shop-secret"), GRANT "&client_secret=shop-secret", 400, "invalid_request"},
        {basic("shop:shop-secret"), GRANT "&client_id=other", 400, "invalid_request"},
        {basic("shop:shop-secreT"), GRANT, 401, "invalid_client"},
        {basic("shop:"), GRANT, 401, "invalid_client"},
        {basic(":shop-secret"), GRANT, 401, "invalid_client"},
        {basic("shop"), GRANT, 401, "invalid_client"},
        {basic("nobody:shop-secret"), GRANT, 401, "invalid_client"},
        {"Basic !!!!", GRANT, 401, "invalid_client"},
        {"Basic", GRANT, 401, "invalid_client"},
        {"Bearer abc", GRANT, 401, "invalid_client"},
        {NULL, GRANT "&client_id=shop", 401, "invalid_client"},
        {NULL, GRANT, 401, "invalid_client"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct oauth_answer a = post(rows[i].authorization, rows[i].body);
        struct str result = member(a, a.status == 200 ? "scope" : "error");

        if (a.status != rows[i].status || !str_eq(result, str_of(rows[i].result)))
            fail_msg("row %zu: %u %.*s", i, a.status, STR_ARG(a.body));
        assert_true(str_eq(answer_header(a, STR("cache-control")), STR("no-store")));
        assert_int_equal(answer_header(a, STR("WWW-Authenticate")).n > 0, a.status == 401);
    }
}

static void
test_forms(void **state)
{
    struct header json = {STR("Content-Type"), STR("application/json")};
    struct header twice[] = {{STR("Content-Type"), STR("application/x-www-form-urlencoded")},
                             {STR("Authorization"), str_of(basic("shop:shop-secret"))},
                             {STR("Authorization"), str_of(basic("shop:shop-secret"))}};
    struct oauth_request request = {.method = STR("POST"),
                                    .path = STR("/oauth2/token"),
                                    .headers = {&json, 1},
                                    .body = STR(GRANT)};
    struct oauth_answer answer;
    struct fault f;

    (void)state;
    assert_int_equal(
        authorization_server_answer(auth_server(auth), &request, arena, NOW, &answer, &f), 0);
    assert_int_equal(answer.status, 400);
    request.headers = (struct headers){twice, 3};
    assert_int_equal(
        authorization_server_answer(auth_server(auth), &request, arena, NOW, &answer, &f), 0);
    assert_true(str_eq(member(answer, "error"), STR("invalid_request")));
    request.method = STR("GET");
    assert_int_equal(
        authorization_server_answer(auth_server(auth), &request, arena, NOW, &answer, &f), 0);
    assert_int_equal(answer.status, 405);
    assert_true(str_eq(answer_header(answer, STR("Allow")), STR("POST")));
    request.path = STR("/oauth2/other");
    assert_int_equal(
        authorization_server_answer(auth_server(auth), &request, arena, NOW, &answer, &f),
        FAULT_NOT_FOUND);
}

/* What is issued here is accepted here, and says what it should; and at its time only. */
static void
test_issued(void **state)
{
    struct oauth_answer a = post(basic("shop:shop-secret"), GRANT "&scope=read");
    struct str token = member(a, "access_token");
    struct verdict v = auth_verify(auth, token, NULL, NOW);

    (void)state;
    assert_string_equal(reason_name(v.reason), "none");
    assert_true(str_eq(v.principal->client_id, STR("shop")));
    assert_true(str_eq(v.principal->scope, STR("read")));
    assert_true(str_eq(v.principal->jti, a.jti));
    assert_int_equal(v.principal->jti.n, 22);
    assert_int_equal(v.principal->expires, NOW / 1000000 + 600);
    assert_true(str_eq(member(a, "expires_in"), STR("600")));
    principal_unref(v.principal);
    v = auth_verify(auth, token, NULL, NOW + 700000000);
    assert_int_equal(v.reason, REASON_EXPIRED);
    assert_true(str_eq(v.denied->jti, a.jti));
    principal_unref(v.denied);
    v = auth_verify(auth, member(post(basic("other:a%25b+c%3Ad"), GRANT), "access_token"), NULL,
                    NOW);
    assert_int_equal(v.reason, REASON_AUDIENCE);
    principal_unref(v.denied);
    a = post(basic("shop:shop-secret"), GRANT);
    assert_false(str_eq(token, member(a, "access_token")));
}

static void
test_mint(void **state)
{
    struct str token;
    struct fault f;
    struct verdict v;

    (void)state;
    assert_int_equal(authorization_server_mint(auth_server(auth), STR("shop"), STR("write"), arena,
                                               NOW, &token, &f),
                     FAULT_NONE);
    v = auth_verify(auth, token, NULL, NOW);
    assert_non_null(v.principal);
    principal_unref(v.principal);
    assert_int_equal(authorization_server_mint(auth_server(auth), STR("shop"), STR("admin"), arena,
                                               NOW, &token, &f),
                     FAULT_INVALID_PARAMETER);
    assert_int_equal(authorization_server_mint(auth_server(auth), STR("nobody"), STR(""), arena,
                                               NOW, &token, &f),
                     FAULT_INVALID_PARAMETER);
}

static struct oauth_answer
get(const char *path)
{
    struct oauth_request request = {.method = STR("GET"), .path = str_of(path)};
    struct oauth_answer answer;
    struct fault f;

    assert_true(authorization_server_owns(request.path));
    assert_int_equal(
        authorization_server_answer(auth_server(auth), &request, arena, NOW, &answer, &f), 0);
    assert_int_equal(answer.status, 200);
    return answer;
}

static void
test_documents(void **state)
{
    struct oauth_answer metadata = get("/.well-known/oauth-authorization-server");
    struct oauth_answer keys = get("/oauth2/jwks");
    struct report r;
    struct jwks *set;

    (void)state;
    assert_true(str_eq(member(metadata, "issuer"), STR("http://127.0.0.1:8080")));
    assert_true(
        str_eq(member(metadata, "token_endpoint"), STR("http://127.0.0.1:8080/oauth2/token")));
    report_init(&r, arena);
    set = jwks_parse(STR("own"), keys.body, &r);
    assert_non_null(set);
    assert_int_equal(r.warnings, 0); /* public members only */
    jwks_unref(set);
    assert_false(authorization_server_owns(STR("/oauth2/token/")));
}

/* RFC 7638 appendix: the key id of our own document, computed anew. */
static void
test_thumbprint(void **state)
{
    struct str body = get("/oauth2/jwks").body;
    struct value v;
    const struct value *key;
    struct str text;
    uint8_t hash[32];

    (void)state;
    MUST(json_read(arena, body, JSON_LIMITS_DEFAULT, &v, NULL) == FAULT_NONE);
    key = &value_get(&v, STR("keys"))->items[0];
    text = arena_printf(arena, "{\"e\":\"%.*s\",\"kty\":\"RSA\",\"n\":\"%.*s\"}",
                        STR_ARG(value_text(value_get(key, STR("e")))),
                        STR_ARG(value_text(value_get(key, STR("n")))));
    MUST(signature_sha256(text, hash));
    assert_true(str_eq(value_text(value_get(key, STR("kid"))), encoded(arena, hash, 32)));
}

/* The key outlives the process; it is nobody else's to read; another kind is refused. */
static void
test_key_file(void **state)
{
    const char *path = arena_printf(arena, "%s/key.pem", folder).p;
    struct str token = member(post(basic("shop:shop-secret"), GRANT), "access_token");
    struct auth *again;
    struct verdict v;
    struct report r;
    struct stat st;

    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    again = load("RS256", &r);
    assert_non_null(again);
    v = auth_verify(again, token, NULL, NOW);
    assert_non_null(v.principal);
    principal_unref(v.principal);
    auth_free(again);
    assert_null(load("ES256", &r));
    assert_int_equal(r.errors, 1);
    chmod(path, 0644);
    assert_null(load("RS256", &r));
    chmod(path, 0600);
    assert_int_equal(r.errors, 1);
}

/* libjwt and this code must agree on a token of which each fifth character was altered in turn.
 * (A plain JWT: Debian's libjwt refuses at+jwt.) */
static void
compare_with_libjwt(const struct minter *m, const char *alg)
{
    struct str pem = minter_pem(arena, m), token, header;
    struct public_key *key;
    struct report r;
    struct jwks *set;

    report_init(&r, arena);
    set = jwks_parse(STR("test"),
                     arena_printf(arena, "{\"keys\":[%s]}", minter_jwk(arena, m, "").p), &r);
    assert_int_equal(jwks_find(set, STR("k"), algorithm_of(str_of(alg)), &key), REASON_NONE);
    header = arena_printf(arena, "{'alg':'%s','typ':'JWT'}", alg);
    token = minter_token(arena, m, alg, header.p, "{'sub':'a'}");
    for (size_t at = 0; at <= token.n; at += 5) {
        struct str altered = arena_dup(arena, token), signature;
        size_t dot = (size_t)(strrchr(altered.p, '.') - altered.p);
        char *p = (char *)(uintptr_t)altered.p;
        jwt_t *jwt = NULL;
        bool theirs, ours;

        if (at > 0 && p[at - 1] != '.')
            p[at - 1] = p[at - 1] == 'A' ? 'B' : 'A';
        theirs = jwt_decode(&jwt, p, (const uint8_t *)pem.p, (int)pem.n) == 0;
        ours = base64url_decode_dup(arena, str_from(altered, dot + 1), &signature) &&
               signature_verify(key, algorithm_of(str_of(alg)), str_head(altered, dot),
                                signature) == REASON_NONE;
        jwt_free(jwt);
        if (ours != theirs) /* ours is the stricter: unused bits of the last character */
            assert_true(theirs && at + 2 > token.n);
        assert_int_equal(ours, str_eq(altered, token));
    }
    jwks_unref(set);
}

static void
test_oracle(void **state)
{
    struct minter ec = minter_new(arena, "k", "EC", 0, "P-256");
    struct minter rsa = minter_new(arena, "k", "RSA", 2048, NULL);

    (void)state;
    compare_with_libjwt(&ec, "ES256");
    compare_with_libjwt(&rsa, "RS256");
    compare_with_libjwt(&rsa, "RS512");
}

static int
set_up(void **state)
{
    struct report r;

    (void)state;
    arena = arena_new(64 << 20);
    MUST(mkdtemp(folder));
    write_file("clients.yaml", arena_printf(arena, clients, scrypt_text()).p);
    auth = load("RS256", &r);
    for (struct report_line *l = r.first; l; l = l->next)
        print_error("%s\n", l->text.p);
    return auth ? 0 : -1;
}

static int
tear_down(void **state)
{
    (void)state;
    auth_free(auth);
    unlink(arena_printf(arena, "%s/key.pem", folder).p);
    unlink(arena_printf(arena, "%s/clients.yaml", folder).p);
    rmdir(folder);
    arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),  cmocka_unit_test(test_forms),
        cmocka_unit_test(test_issued),    cmocka_unit_test(test_mint),
        cmocka_unit_test(test_documents), cmocka_unit_test(test_thumbprint),
        cmocka_unit_test(test_key_file),  cmocka_unit_test(test_oracle),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
