/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole matrix of tokens: each row alters one thing in a token that passes. */
#include "auth/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "tests/unit/auth/minter.h"

#define NOW 1800000000LL /* seconds */

static struct arena *arena;
static struct minter rsa, rsa_b, p256, p384, p521, ed, weak;
static struct issuer *issuers_list[3];
static struct issuers known = {.items = issuers_list, .n = 3};
static struct token_cache *cache;

/* The claims of a token that passes, in order. */
static const struct {
    const char *name, *json;
} claims[] = {
    {"iss", "'https://as.example'"}, {"sub", "'alice'"},    {"aud", "'telgate'"},
    {"client_id", "'shop'"},         {"jti", "'a1'"},       {"scope", "'read write'"},
    {"iat", "1799999990"},           {"exp", "1800000300"},
};
#define CLAIMS (sizeof claims / sizeof *claims)

/* `name` replaced by `json`, left out when json is NULL, added when it is none of them. */
static const char *
payload_with(const char *name, const char *json)
{
    struct str text = STR("{");
    const char *comma = "";
    bool known_name = false;

    for (size_t i = 0; i < CLAIMS; i++) {
        bool this_one = name && strcmp(name, claims[i].name) == 0;
        const char *value = this_one ? json : claims[i].json;

        known_name = known_name || this_one;
        if (!value)
            continue;
        text = arena_printf(arena, "%s%s'%s':%s", text.p, comma, claims[i].name, value);
        comma = ",";
    }
    if (name && !known_name)
        text = arena_printf(arena, "%s,'%s':%s", text.p, name, json);
    return arena_printf(arena, "%s}", text.p).p;
}

#define HEAD(alg, kid) "{'alg':'" alg "','typ':'at+jwt','kid':'" kid "'}"

static enum reason
verdict_of(struct str token)
{
    struct verdict v = verify_token(&known, token, NULL, NOW * 1000000);

    assert_true((v.principal != NULL) == (v.reason == REASON_NONE));
    principal_unref(v.principal);
    principal_unref(v.denied);
    return v.reason;
}

static void
expect(const char *what, struct str token, enum reason wanted)
{
    enum reason got = verdict_of(token);

    if (got != wanted)
        fail_msg("%s: %s, not %s", what, reason_name(got), reason_name(wanted));
}

static void
test_headers(void **state)
{
    static const struct {
        const char *what, *header;
        enum reason reason;
    } rows[] = {
        {"as it should be", HEAD("RS256", "rsa"), REASON_NONE},
        {"the long media type", "{'alg':'RS256','typ':'application/at+jwt','kid':'rsa'}",
         REASON_NONE},
        {"case of a media type", "{'alg':'RS256','typ':'AT+JWT','kid':'rsa'}", REASON_NONE},
        {"key URLs are not followed",
         "{'alg':'RS256','typ':'at+jwt','kid':'rsa','jku':'https://evil.example/'}", REASON_NONE},
        {"none", HEAD("none", "rsa"), REASON_ALGORITHM_UNKNOWN},
        {"None", HEAD("None", "rsa"), REASON_ALGORITHM_UNKNOWN},
        {"lower case", HEAD("rs256", "rsa"), REASON_ALGORITHM_UNKNOWN},
        {"HS256", HEAD("HS256", "rsa"), REASON_ALGORITHM_UNKNOWN},
        {"empty alg", HEAD("", "rsa"), REASON_ALGORITHM_UNKNOWN},
        {"RS512 where RS256 is pinned", HEAD("RS512", "rsa"), REASON_ALGORITHM_NOT_ALLOWED},
        {"PS256 where RS256 is pinned", HEAD("PS256", "rsa"), REASON_ALGORITHM_NOT_ALLOWED},
        {"alg is no text", "{'alg':256,'typ':'at+jwt','kid':'rsa'}", REASON_MALFORMED_HEADER_PART},
        {"no alg", "{'typ':'at+jwt','kid':'rsa'}", REASON_MALFORMED_HEADER_PART},
        {"kid is no text", "{'alg':'RS256','typ':'at+jwt','kid':1}", REASON_MALFORMED_HEADER_PART},
        {"kid with a newline", "{'alg':'RS256','typ':'at+jwt','kid':'rsa\\n'}",
         REASON_MALFORMED_HEADER_PART},
        {"kid with a NUL behind it", "{'alg':'RS256','typ':'at+jwt','kid':'rsa\\u0000'}",
         REASON_MALFORMED_HEADER_PART},
        {"crit", "{'alg':'RS256','typ':'at+jwt','kid':'rsa','crit':['exp']}",
         REASON_CRITICAL_HEADER},
        {"empty crit", "{'alg':'RS256','typ':'at+jwt','kid':'rsa','crit':[]}",
         REASON_CRITICAL_HEADER},
        {"b64", "{'alg':'RS256','typ':'at+jwt','kid':'rsa','b64':false}", REASON_UNENCODED_PAYLOAD},
        {"alg twice", "{'alg':'none','alg':'RS256','typ':'at+jwt','kid':'rsa'}",
         REASON_MALFORMED_HEADER_PART},
        {"no object", "['RS256']", REASON_MALFORMED_HEADER_PART},
        {"text behind it", HEAD("RS256", "rsa") "x", REASON_MALFORMED_HEADER_PART},
        {"a plain JWT", "{'alg':'RS256','typ':'JWT','kid':'rsa'}", REASON_TOKEN_TYPE},
        {"no typ", "{'alg':'RS256','kid':'rsa'}", REASON_TOKEN_TYPE},
        {"a logout token", "{'alg':'RS256','typ':'logout+jwt','kid':'rsa'}", REASON_TOKEN_TYPE},
        {"unknown kid", HEAD("RS256", "other"), REASON_KEY_UNKNOWN},
        {"another key's kid", HEAD("RS256", "rsa-b"), REASON_SIGNATURE_WRONG},
        {"the kid of an EC key", HEAD("RS256", "p256"), REASON_KEY_UNFIT},
        {"a key pinned to PS256 by its JWK", HEAD("RS256", "pss-only"), REASON_KEY_UNFIT},
        {"a key for encryption", HEAD("RS256", "for-encryption"), REASON_KEY_UNKNOWN},
        {"a key of 1024 bits", HEAD("RS256", "weak"), REASON_KEY_UNKNOWN},
        {"no kid, and several keys that fit", "{'alg':'RS256','typ':'at+jwt'}",
         REASON_KEY_AMBIGUOUS},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(rows[i].what,
               minter_token(arena, &rsa, "RS256", rows[i].header, payload_with(NULL, NULL)),
               rows[i].reason);
}

static void
test_claims(void **state)
{
    static const struct {
        const char *what, *name, *json;
        enum reason reason;
    } rows[] = {
        {"audience list", "aud", "['other','telgate']", REASON_NONE},
        {"second audience of the issuer", "aud", "'telgate-2'", REASON_NONE},
        {"other audience", "aud", "'other'", REASON_AUDIENCE},
        {"prefix of an audience", "aud", "'telgat'", REASON_AUDIENCE},
        {"no audience", "aud", NULL, REASON_MISSING_CLAIM},
        {"empty list", "aud", "[]", REASON_AUDIENCE},
        {"list with a number", "aud", "['telgate',1]", REASON_MALFORMED_CLAIM},
        {"audience in an object", "aud", "{'telgate':1}", REASON_MALFORMED_CLAIM},
        {"other issuer", "iss", "'https://evil.example'", REASON_ISSUER_UNKNOWN},
        {"slash behind the issuer", "iss", "'https://as.example/'", REASON_ISSUER_UNKNOWN},
        {"NUL behind the issuer", "iss", "'https://as.example\\u0000'", REASON_MALFORMED_CLAIM},
        {"no issuer", "iss", NULL, REASON_MISSING_CLAIM},
        {"issuer is a list", "iss", "['https://as.example']", REASON_MALFORMED_CLAIM},
        {"expired", "exp", "1799990000", REASON_EXPIRED},
        {"expired within the leeway", "exp", "1799999980", REASON_NONE},
        {"expired at the leeway's end", "exp", "1799999970", REASON_EXPIRED},
        {"no expiry", "exp", NULL, REASON_MISSING_CLAIM},
        {"expiry as text", "exp", "'1800000300'", REASON_MALFORMED_CLAIM},
        {"expiry with a fraction", "exp", "1800000300.75", REASON_NONE},
        {"expiry with an exponent", "exp", "1e400", REASON_MALFORMED_CLAIM},
        {"expiry past 2^64", "exp", "99999999999999999999", REASON_MALFORMED_CLAIM},
        {"expiry in milliseconds", "exp", "1800000300000", REASON_MALFORMED_CLAIM},
        {"negative expiry", "exp", "-1", REASON_MALFORMED_CLAIM},
        {"null expiry", "exp", "null", REASON_MALFORMED_CLAIM},
        {"valid later", "nbf", "1800000100", REASON_NOT_YET_VALID},
        {"valid within the leeway", "nbf", "1800000020", REASON_NONE},
        {"start as text", "nbf", "'1'", REASON_MALFORMED_CLAIM},
        {"issued later", "iat", "1800000100", REASON_ISSUED_IN_FUTURE},
        {"issued long ago", "iat", "1799900000", REASON_TOO_OLD},
        {"no time of issue", "iat", NULL, REASON_MISSING_CLAIM},
        {"no subject", "sub", NULL, REASON_MISSING_CLAIM},
        {"empty subject", "sub", "''", REASON_MALFORMED_CLAIM},
        {"subject with a newline", "sub", "'a\\nb'", REASON_MALFORMED_CLAIM},
        {"no client", "client_id", NULL, REASON_MISSING_CLAIM},
        {"no jti", "jti", NULL, REASON_MISSING_CLAIM},
        {"jti is a number", "jti", "1", REASON_MALFORMED_CLAIM},
        {"no scope", "scope", NULL, REASON_NONE},
        {"scope as a list", "scope", "['read']", REASON_NONE},
        {"scope as a number", "scope", "5", REASON_MALFORMED_CLAIM},
        {"scope with a quote", "scope", "'a\\\"b'", REASON_MALFORMED_CLAIM},
        {"bound to a key", "cnf", "{'jkt':'x'}", REASON_NONE}, /* binding_check sees to it */
        {"bound to nothing", "cnf", "{}", REASON_MALFORMED_CLAIM},
        {"bound to no text", "cnf", "{'x5t#S256':1}", REASON_MALFORMED_CLAIM},
        {"bound by something else", "cnf", "{'jkt':'x','kid':'y'}", REASON_BINDING_UNKNOWN},
        {"unknown claims are no matter", "roles", "[{'a':[1,2,{'b':null}]}]", REASON_NONE},
        {"claim twice", "x", "1,'sub':'mallory'", REASON_MALFORMED_PAYLOAD},
        {"too deep", "x", "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", REASON_MALFORMED_PAYLOAD},
        {"broken UTF-8", "x", "'\xff'", REASON_MALFORMED_PAYLOAD},
        {"text behind it", "x", "1}1", REASON_MALFORMED_PAYLOAD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(rows[i].what,
               minter_token(arena, &rsa, "RS256", HEAD("RS256", "rsa"),
                            payload_with(rows[i].name, rows[i].json)),
               rows[i].reason);
}

/* Every algorithm passes under its own key, and under no other. */
static void
test_algorithms(void **state)
{
    static const char *const names[] = {"RS256", "RS384", "RS512", "PS256", "PS384",
                                        "PS512", "ES256", "ES384", "ES512", "EdDSA"};
    const struct minter *keys[] = {&rsa_b, &p256, &p384, &p521, &ed};
    static const char own[] = {0, 0, 0, 0, 0, 0, 1, 2, 3, 4};
    const char *body = payload_with("iss", "'https://all.example'");

    (void)state;
    for (unsigned alg = 0; alg < 10; alg++)
        for (unsigned k = 0; k < 5; k++) {
            struct str head = arena_printf(arena, "{'alg':'%s','typ':'at+jwt','kid':'%s'}",
                                           names[alg], keys[k]->kid);
            struct str token =
                minter_token(arena, keys[(unsigned)own[alg]], names[alg], head.p, body);

            expect(head.p, token, own[alg] == (char)k ? REASON_NONE : REASON_KEY_UNFIT);
        }
}

/* A right header over a signature made with another algorithm, padding, salt or key. */
static void
test_forged(void **state)
{
    const char *body = payload_with(NULL, NULL),
               *all = payload_with("iss", "'https://all.example'");
    struct str token;

    (void)state;
    expect("PS256 under RS256", minter_token(arena, &rsa, "PS256", HEAD("RS256", "rsa"), body),
           REASON_SIGNATURE_WRONG);
    expect("RS512 under RS256", minter_token(arena, &rsa, "RS512", HEAD("RS256", "rsa"), body),
           REASON_SIGNATURE_WRONG);
    expect("RS256 under PS256", minter_token(arena, &rsa_b, "RS256", HEAD("PS256", "rsa-b"), all),
           REASON_SIGNATURE_WRONG);
    expect("ES256 by a P-384 key", minter_token(arena, &p384, "ES256", HEAD("ES256", "p256"), all),
           REASON_SIGNATURE_WRONG);
    expect("ES256 under the kid of a P-384 key",
           minter_token(arena, &p384, "ES256", HEAD("ES256", "p384"), all), REASON_KEY_UNFIT);
    expect("an honest key of 1024 bits",
           minter_token(arena, &weak, "RS256", HEAD("RS256", "weak"), body), REASON_KEY_UNKNOWN);
    token = hmac_token(arena, minter_pem(arena, &rsa), HEAD("HS256", "rsa"), body);
    expect("HS256 under the RSA key", token, REASON_ALGORITHM_UNKNOWN);
    token = hmac_token(arena, minter_pem(arena, &rsa), HEAD("RS256", "rsa"), body);
    expect("an HMAC called RS256", token, REASON_SIGNATURE_WRONG);
}

static struct str
good_token(void)
{
    return minter_token(arena, &rsa, "RS256", HEAD("RS256", "rsa"), payload_with(NULL, NULL));
}

/* The token's parts put together anew. */
static struct str
reassembled(const char *header, const char *payload, const char *signature)
{
    struct str rest = good_token(), part;
    const char *with[3] = {header, payload, signature};
    struct str parts[3];

    for (unsigned i = 0; i < 3; i++) {
        str_split(&rest, '.', &part);
        parts[i] = with[i] ? str_of(with[i]) : part;
    }
    return arena_printf(arena, "%.*s.%.*s.%.*s", STR_ARG(parts[0]), STR_ARG(parts[1]),
                        STR_ARG(parts[2]));
}

static void
test_forms(void **state)
{
    struct str good = good_token(), s;
    const char *other = quoted(arena, payload_with("sub", "'mallory'")).p;

    (void)state;
    expect("good", good, REASON_NONE);
    expect("nothing", STR(""), REASON_NOT_THREE_PARTS);
    expect("dots", STR(".."), REASON_NOT_THREE_PARTS);
    expect("one part", STR("abc"), REASON_NOT_THREE_PARTS);
    expect("two parts", str_head(good, (size_t)(strrchr(good.p, '.') - good.p)),
           REASON_NOT_THREE_PARTS);
    expect("four parts", arena_printf(arena, "%s.AAAA", good.p), REASON_NOT_THREE_PARTS);
    expect("a dot behind", arena_printf(arena, "%s.", good.p), REASON_NOT_THREE_PARTS);
    expect("five parts of a JWE", STR("e30.AA.AA.AA.AA"), REASON_NOT_THREE_PARTS);
    expect("empty signature", reassembled(NULL, NULL, ""), REASON_EMPTY_SIGNATURE);
    expect("empty payload", reassembled(NULL, "", NULL), REASON_NOT_THREE_PARTS);
    expect("tampered payload", reassembled(NULL, encoded(arena, other, strlen(other)).p, NULL),
           REASON_SIGNATURE_WRONG);
    expect("payload is no JSON", reassembled(NULL, "AAAA", NULL), REASON_MALFORMED_PAYLOAD);
    expect("foreign signature", reassembled(NULL, NULL, "AAAA"), REASON_SIGNATURE_WRONG);
    expect("padding", arena_printf(arena, "%s=", good.p), REASON_NOT_BASE64URL);
    expect("a space behind", arena_printf(arena, "%s ", good.p), REASON_NOT_BASE64URL);
    expect("a newline inside", reassembled(NULL, NULL, "AA\nA"), REASON_NOT_BASE64URL);
    expect("the other alphabet", reassembled(NULL, NULL, "AA+/"), REASON_NOT_BASE64URL);
    expect("one character too many", reassembled(NULL, NULL, "AAAAA"), REASON_NOT_BASE64URL);
    s = (struct str){good.p, good.n + 1}; /* the NUL that C keeps behind it */
    expect("NUL behind", s, REASON_NOT_BASE64URL);
    s = arena_dup(arena, good);
    *(char *)(uintptr_t)(s.p + 5) = '\0';
    expect("NUL inside", s, REASON_NOT_BASE64URL);
    s = arena_dup(arena, good); /* RS256: 256 bytes end in two characters, of which one has four
                                 * bits that carry nothing */
    *(char *)(uintptr_t)(s.p + s.n - 1) += 1;
    expect("unused bits set", s, REASON_NOT_BASE64URL);
    s = arena_printf(arena, "%s.%08200d", "e30", 0);
    expect("too long", s, REASON_TOO_LONG);
}

/* An issuer that is allowed plain JWTs and no typ. */
static void
test_plain_jwt(void **state)
{
    static const struct {
        const char *what, *type, *name, *json;
        enum reason reason;
    } rows[] = {
        {"typ JWT", "'typ':'JWT',", NULL, NULL, REASON_NONE},
        {"no typ", "", NULL, NULL, REASON_NONE},
        {"other typ", "'typ':'secevent+jwt',", NULL, NULL, REASON_TOKEN_TYPE},
        {"no jti", "", "jti", NULL, REASON_NONE},
        {"no client", "", "client_id", NULL, REASON_NONE},
        {"no subject", "", "sub", NULL, REASON_NONE},
        {"Keycloak's access token", "'typ':'JWT',", "typ", "'Bearer'", REASON_NONE},
        {"Keycloak's ID token", "'typ':'JWT',", "typ", "'ID'", REASON_ID_TOKEN},
        {"Keycloak's refresh token", "'typ':'JWT',", "typ", "'Refresh'", REASON_ID_TOKEN},
        {"an ID token by its hash", "'typ':'JWT',", "at_hash", "'x'", REASON_ID_TOKEN},
        {"a nonce beside a scope", "", "nonce", "'x'", REASON_NONE},
        {"no scope", "", "scope", NULL, REASON_NONE},
        {"azp", "", "azp", "'shop'", REASON_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str head = arena_printf(arena, "{'alg':'RS256',%s'kid':'rsa'}", rows[i].type);
        struct str body = str_of(payload_with(rows[i].name, rows[i].json));

        body = arena_printf(arena, "{'iss':'https://plain.example',%s", strchr(body.p, ',') + 1);
        expect(rows[i].what, minter_token(arena, &rsa, "RS256", head.p, body.p), rows[i].reason);
    }
    expect("nonce and no scope",
           minter_token(arena, &rsa, "RS256", "{'alg':'RS256','kid':'rsa'}",
                        "{'iss':'https://plain.example','sub':'a','aud':'telgate','nonce':'n',"
                        "'exp':1800000300}"),
           REASON_ID_TOKEN);
}

static void
test_principal(void **state)
{
    struct verdict v = verify_token(
        &known,
        minter_token(arena, &rsa, "RS256", HEAD("RS256", "rsa"), payload_with("scp", "['x']")),
        NULL, NOW * 1000000);

    (void)state;
    assert_non_null(v.principal);
    assert_true(str_eq(v.principal->subject, STR("alice")));
    assert_true(str_eq(v.principal->client_id, STR("shop")));
    assert_true(str_eq(v.principal->jti, STR("a1")));
    assert_true(str_eq(v.principal->key_id, STR("rsa")));
    assert_true(str_eq(v.principal->scope, STR("read write")));
    assert_int_equal(v.principal->scope_count, 2);
    assert_true(str_eq(v.principal->scopes[1], STR("write")));
    assert_int_equal(v.principal->expires, 1800000300);
    assert_int_equal(strlen(v.principal->token_hash), 64);
    assert_true(str_eq(value_text(value_get(&v.principal->claims, STR("sub"))), STR("alice")));
    principal_unref(v.principal);
}

static void
test_scope_list(void **state)
{
    struct verdict v = verify_token(
        &known,
        minter_token(arena, &rsa, "RS256", HEAD("RS256", "rsa"),
                     "{'iss':'https://as.example','sub':'a','aud':'telgate','client_id':'c',"
                     "'jti':'j','scp':['r','w'],'iat':1799999990,'exp':1800000300}"),
        NULL, NOW * 1000000);

    (void)state;
    assert_non_null(v.principal);
    assert_true(str_eq(v.principal->scope, STR("r w")));
    assert_int_equal(v.principal->scope_count, 2);
    principal_unref(v.principal);
}

static void
test_cache(void **state)
{
    struct str good = good_token(), bad = reassembled(NULL, NULL, "AAAAAAAAAAAAAAAAAAAAAAAA");
    int64_t now = NOW * 1000000;
    struct verdict first = verify_cached(&known, cache, good, NULL, now);
    struct verdict again = verify_cached(&known, cache, good, NULL, now + 59000000);
    struct verdict late = verify_cached(&known, cache, good, NULL, now + 61000000);

    (void)state;
    assert_false(first.cached);
    assert_true(again.cached && again.principal == first.principal);
    assert_false(late.cached);
    principal_unref(late.principal);
    token_cache_flush(cache);
    late = verify_cached(&known, cache, good, NULL, now);
    assert_true(!late.cached && late.principal);
    principal_unref(late.principal);
    for (int i = 0; i < 2; i++) { /* denials are not kept */
        late = verify_cached(&known, cache, bad, NULL, now);
        assert_true(!late.cached && late.reason == REASON_SIGNATURE_WRONG);
    }
    principal_unref(first.principal);
    principal_unref(again.principal);
}

static struct jwks *
key_set(void)
{
    struct report r;
    struct minter pss = rsa_b, encryption = rsa;
    struct jwks *set;
    struct str text;

    pss.kid = "pss-only";
    encryption.kid = "for-encryption";
    report_init(&r, arena);
    text = arena_printf(arena, "{\"keys\":[%s,%s,%s,%s,%s,%s,%s,%s,%s]}",
                        minter_jwk(arena, &rsa, "").p,
                        minter_jwk(arena, &rsa_b, ",'use':'sig','key_ops':['verify']").p,
                        minter_jwk(arena, &pss, ",'alg':'PS256'").p, minter_jwk(arena, &p256, "").p,
                        minter_jwk(arena, &p384, "").p, minter_jwk(arena, &p521, "").p,
                        minter_jwk(arena, &ed, "").p, minter_jwk(arena, &weak, "").p,
                        minter_jwk(arena, &encryption, ",'use':'enc'").p);
    set = jwks_parse(STR("test"), text, &r);
    assert_non_null(set);
    assert_int_equal(jwks_count(set), 7);
    assert_int_equal(r.warnings, 1); /* the weak one; one for encryption is nothing to tell */
    return set;
}

static int
set_up(void **state)
{
    static struct str audiences[] = {{"telgate", 7}, {"telgate-2", 9}};
    struct issuer_settings s = {.name = STR("https://as.example"),
                                .audiences = audiences,
                                .audience_count = 2,
                                .algorithms = 1u << ALGORITHM_RS256,
                                .types = TYPE_ACCESS_TOKEN,
                                .leeway = 30,
                                .max_age = 3600};

    (void)state;
    arena = arena_new(64 << 20);
    rsa = minter_new(arena, "rsa", "RSA", 2048, NULL);
    rsa_b = minter_new(arena, "rsa-b", "RSA", 2048, NULL);
    weak = minter_new(arena, "weak", "RSA", 1024, NULL);
    p256 = minter_new(arena, "p256", "EC", 0, "P-256");
    p384 = minter_new(arena, "p384", "EC", 0, "P-384");
    p521 = minter_new(arena, "p521", "EC", 0, "P-521");
    ed = minter_new(arena, "ed", "ED25519", 0, NULL);
    cache = token_cache_new(1024, 16 << 20, 60000000);
    issuers_list[0] = issuer_new(&s, cache);
    s.name = STR("https://all.example");
    s.algorithms = ~0u;
    issuers_list[1] = issuer_new(&s, cache);
    s.name = STR("https://plain.example");
    s.types = TYPE_JWT | TYPE_ABSENT;
    s.max_age = 0;
    issuers_list[2] = issuer_new(&s, cache);
    for (int i = 0; i < 3; i++)
        issuer_set_keys(issuers_list[i], key_set());
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        issuer_free(issuers_list[i]);
    token_cache_free(cache);
    arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),    cmocka_unit_test(test_claims),
        cmocka_unit_test(test_algorithms), cmocka_unit_test(test_forged),
        cmocka_unit_test(test_forms),      cmocka_unit_test(test_plain_jwt),
        cmocka_unit_test(test_principal),  cmocka_unit_test(test_scope_list),
        cmocka_unit_test(test_cache),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
