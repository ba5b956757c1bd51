/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens of a Security header: the configuration's mistakes, and what each check takes and refuses.
 * What a whole message looks like is for tests/flow/test_wss.py. */
#include "auth/senders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "auth/xml_signature.h"
#include "auth/xml_signer.h"
#include "base/clock.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

#define SECOND 1000000LL
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"

static struct arena *arena;
static char folder[] = "/tmp/telgate-test-XXXXXX";
static int64_t now;

/* ---- Certificates ---- */

static struct str
file(const char *name)
{
    return arena_printf(arena, "%s/%s", folder, name);
}

static void
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX c;
    X509_EXTENSION *e;

    X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
    assert_non_null(e);
    assert_int_equal(X509_add_ext(x, e, -1), 1);
    X509_EXTENSION_free(e);
}

struct pair {
    X509 *certificate;
    EVP_PKEY *key;
};

/* NAME.pem and NAME.key, for two days. */
static struct pair
make(const char *name, const struct pair *issuer, EVP_PKEY *key, const char *usage)
{
    struct pair p = {X509_new(), key};
    X509_NAME *subject = X509_get_subject_name(p.certificate);
    FILE *f;

    ASN1_INTEGER_set(X509_get_serialNumber(p.certificate), name[0]);
    X509_set_version(p.certificate, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(p.certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(p.certificate), 2L * 86400);
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8, (const uint8_t *)"Example", -1, -1, 0);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const uint8_t *)name, -1, -1, 0);
    X509_set_pubkey(p.certificate, key);
    X509_set_issuer_name(p.certificate,
                         X509_get_subject_name(issuer ? issuer->certificate : p.certificate));
    extend(p.certificate, issuer ? issuer->certificate : p.certificate, NID_basic_constraints,
           issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
    extend(p.certificate, issuer ? issuer->certificate : p.certificate, NID_key_usage, usage);
    assert_true(X509_sign(p.certificate, issuer ? issuer->key : key, EVP_sha256()) > 0);
    f = fopen(arena_printf(arena, "%s/%s.pem", folder, name).p, "w");
    assert_true(f && PEM_write_X509(f, p.certificate) == 1 && fclose(f) == 0);
    f = fopen(arena_printf(arena, "%s/%s.key", folder, name).p, "w");
    assert_true(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                fclose(f) == 0);
    return p;
}

static void
drop(struct pair p)
{
    X509_free(p.certificate);
    EVP_PKEY_free(p.key);
}

/* A list of the authority's with one certificate, by its serial number. */
static void
make_crl(const struct pair *ca, long revoked)
{
    X509_CRL *crl = X509_CRL_new();
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_TIME *then = X509_gmtime_adj(NULL, -60), *next = X509_gmtime_adj(NULL, 86400);
    FILE *f = fopen(file("ca.crl").p, "w");

    ASN1_INTEGER_set(serial, revoked);
    assert_true(X509_CRL_set_version(crl, 1) && X509_REVOKED_set_serialNumber(entry, serial) &&
                X509_REVOKED_set_revocationDate(entry, then) &&
                X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca->certificate)) &&
                X509_CRL_set1_lastUpdate(crl, then) && X509_CRL_set1_nextUpdate(crl, next) &&
                X509_CRL_add0_revoked(crl, entry) && X509_CRL_sort(crl) &&
                X509_CRL_sign(crl, ca->key, EVP_sha256()) > 0);
    assert_true(f && PEM_write_X509_CRL(f, crl) == 1 && fclose(f) == 0);
    ASN1_INTEGER_free(serial);
    ASN1_TIME_free(then);
    ASN1_TIME_free(next);
    X509_CRL_free(crl);
}

static int
make_files(void **state)
{
    struct pair ca, weak;

    (void)state;
    now = clock_utc_us();
    arena = arena_new(64u << 20);
    if (!arena || !mkdtemp(folder))
        return 1;
    ca = make("ca", NULL, EVP_EC_gen("P-256"), "critical,keyCertSign,cRLSign");
    drop(make("partner", &ca, EVP_EC_gen("P-384"), "critical,digitalSignature"));
    drop(make("rsa", &ca, EVP_RSA_gen(2048), "critical,digitalSignature"));
    drop(make("server", &ca, EVP_EC_gen("P-521"), "critical,keyEncipherment"));
    drop(make("stranger", NULL, EVP_EC_gen("P-256"), "critical,digitalSignature"));
    weak = make("weak", &ca, EVP_RSA_gen(1024), "critical,digitalSignature");
    drop(weak);
    make_crl(&ca, 'r');
    drop(ca);
    return 0;
}

static int
drop_files(void **state)
{
    static const char *const names[] = {"ca", "partner", "rsa", "server", "stranger", "weak"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unlink(arena_printf(arena, "%s/%s.pem", folder, names[i]).p);
        unlink(arena_printf(arena, "%s/%s.key", folder, names[i]).p);
    }
    unlink(file("ca.crl").p);
    rmdir(folder);
    arena_free(arena);
    return 0;
}

/* ---- The configuration ---- */

static struct str
secret(void *context, struct str name)
{
    (void)context;
    return str_eq(name, STR("legacy")) ? STR("sesame") : STR_NONE;
}

static struct senders *
load(const char *yaml, bool demo, struct report *r)
{
    struct senders_configuration c = {.folder = str_of(folder), .demo = demo, .secret = secret};
    struct document *d;

    report_init(r, arena);
    d = document_parse(arena, STR("telgate.yaml"), str_of(yaml), r);
    assert_non_null(d);
    c.document = d;
    c.object = node_get(d->root, "wss");
    return senders_new(&c, r);
}

#define USERS "wss: {users: {"
#define CERTS "wss: {certificates: {"
#define SAML  "wss: {assertions: [{issuer: 'urn:i', "

static void
test_mistakes(void **state)
{
    static const struct {
        const char *yaml, *told; /* NULL: none */
    } rows[] = {
        {"wss: {}", NULL},
        {"wss: {window: 1m, leeway: 5s, replay: 4096}", NULL},
        {USERS "a: {secret: x, scopes: [s], client: c}}}", NULL},
        {USERS "a: {shared_secret: $secret.legacy}}}", NULL},
        {CERTS "ca: ca.pem, clients: [{subject: CN=x}], once: false}}", NULL},
        {SAML "certificate: partner.pem, audiences: a, recipient: r}]}", NULL},
        {"wss: 5", "telgate.yaml:1:6: wss: not an object"},
        {"wss: {usres: {}}", "telgate.yaml:1:7: wss: unknown key `usres`; did you mean `users`?"},
        {"wss: {window: 0s}", "telgate.yaml:1:15: wss: `window` must be 1s"},
        {"wss: {window: 5}", "`window` must be a duration"},
        {"wss: {leeway: 10m}", "`leeway` may be 5m at most"},
        {"wss: {replay: 10}", "`replay` must be a number from 1024"},
        {"wss: {users: []}", "`users` must be an object"},
        {USERS "a: 1}}", "telgate.yaml:1:18: a: not an object"},
        {USERS "a: {}}}", "give `secret_scrypt`"},
        {USERS "a: {secret: x, secret_scrypt: y}}}", "`secret_scrypt` must be $scrypt$"},
        {USERS "a: {secret_scrypt: y}}}", "must be $scrypt$"},
        {USERS "a: {shared_secret: x}}}", "names one of `secrets`, as $secret.NAME"},
        {USERS "a: {shared_secret: $secret.no}}}", "is not among `secrets`"},
        {USERS "a: {shared_secret: $secret.legacy, secret: x}}}", "stands alone"},
        {USERS "a: {secret: x, scops: [s]}}}", "did you mean `scopes`?"},
        {CERTS "clients: []}}", "certificates: `ca` is missing"},
        {CERTS "ca: ca.pem}}", "certificates: `clients` is missing"},
        {CERTS "ca: ca.pem, clients: {}}}", "`clients` must be a list"},
        {CERTS "ca: no.pem, clients: []}}", "no.pem: no certificates in PEM"},
        {CERTS "ca: ca.pem, crl: partner.pem, clients: []}}", "partner.pem: no certificates"},
        {CERTS "ca: ca.pem, clients: [{client: x}]}}", "`subject` is missing"},
        {CERTS "ca: ca.pem, once: 1, clients: []}}", "`once` must be true or false"},
        {"wss: {assertions: {}}", "`assertions` must be a list"},
        {"wss: {assertions: [{certificate: partner.pem, audiences: a}]}", "`issuer` is missing"},
        {SAML "audiences: a}]}", "`certificate` is missing"},
        {SAML "certificate: partner.pem}]}", "`audiences` is missing"},
        {SAML "certificate: no.pem, audiences: a}]}", "no.pem: no certificate in PEM"},
        {SAML "certificate: weak.pem, audiences: a}]}", "weak.pem: its key is none of"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report r;
        struct senders *s = load(rows[i].yaml, true, &r);
        bool told = false;

        for (struct report_line *l = r.first; l && rows[i].told; l = l->next)
            told = told || strstr(l->text.p, rows[i].told);
        if (told != (rows[i].told != NULL) || (s == NULL) != (rows[i].told != NULL))
            fail_msg("row %zu (%s): %s", i, rows[i].yaml, r.first ? r.first->text.p : "nothing");
        senders_free(s);
    }
}

static void
test_clear_secret(void **state)
{
    struct report r;

    (void)state;
    assert_null(load(USERS "a: {secret: x}}}", false, &r));
    assert_non_null(
        strstr(r.first->text.p,
               "telgate.yaml:1:27: a: `secret` in clear is accepted with `demo: true` only"));
}

/* ---- Checks ---- */

static struct senders *
everything(void)
{
    struct report r;
    struct senders *s = load("wss:\n"
                             "  users:\n"
                             "    jane: {secret: open, client: app, scopes: [r, w]}\n"
                             "    legacy: {shared_secret: $secret.legacy}\n"
                             "  certificates: {ca: ca.pem, clients: [\n"
                             "    {subject: 'CN=partner,O=Example', client: p, scopes: [r]},\n"
                             "    {subject: 'CN=rsa,O=Example'}, {subject: 'CN=weak,O=Example'},\n"
                             "    {subject: 'CN=server,O=Example'},\n"
                             "    {subject: 'CN=stranger,O=Example'}]}\n",
                             true, &r);

    assert_non_null(s);
    now = clock_utc_us(); /* nothing of before this gateway is taken */
    return s;
}

static enum reason
check(struct senders *s, const struct credential *c, bool tls, int64_t at)
{
    struct sender_message m = {
        .over_tls = tls, .peer = STR("192.0.2.1"), .scratch = arena, .now = at};
    struct verdict v = senders_verify(s, c, &m);

    assert_true((v.principal != NULL) == (v.reason == REASON_NONE));
    principal_unref(v.principal);
    return v.reason;
}

static void
test_password(void **state)
{
    struct senders *s = everything();
    struct credential c = {
        .kind = CREDENTIAL_PASSWORD, .user = STR("jane"), .password = STR("open")};
    struct sender_message m = {.over_tls = true, .scratch = arena, .now = now};
    struct verdict v = senders_verify(s, &c, &m);

    (void)state;
    assert_int_equal(v.reason, REASON_NONE);
    assert_true(str_eq(v.principal->client_id, STR("app")));
    assert_true(str_eq(v.principal->subject, STR("jane")));
    assert_true(str_eq(v.principal->scope, STR("r w")));
    assert_int_equal(v.principal->scope_count, 2);
    assert_true(str_eq(value_text(value_get(&v.principal->claims, STR("client_id"))), STR("app")));
    principal_unref(v.principal);
    assert_int_equal(check(s, &c, false, now), REASON_PASSWORD_WITHOUT_TLS);
    c.password = STR("opem");
    assert_int_equal(check(s, &c, true, now), REASON_USER_OR_PASSWORD);
    c.user = STR("nobody");
    assert_int_equal(check(s, &c, true, now), REASON_USER_OR_PASSWORD);
    senders_free(s);
}

static struct str
time_of(int64_t us)
{
    char text[28];

    clock_format(us, text);
    return arena_dup(arena, str_of(text));
}

static struct credential
digest_of(const char *user, const char *password, int64_t created)
{
    struct credential c = {.kind = CREDENTIAL_DIGEST, .user = str_of(user)};

    c.created = time_of(created);
    assert_true(xml_signer_password(arena, c.created, str_of(password), &c.nonce, &c.password));
    return c;
}

static void
test_digest(void **state)
{
    struct senders *s = everything();
    struct credential c = digest_of("legacy", "sesame", now), other;

    (void)state;
    assert_int_equal(check(s, &c, false, now), REASON_NONE);
    assert_int_equal(check(s, &c, false, now), REASON_MESSAGE_REPLAYED);
    assert_int_equal(check(s, &c, true, now + 330 * SECOND), REASON_MESSAGE_REPLAYED);
    assert_int_equal(check(s, &c, true, now + 331 * SECOND), REASON_MESSAGE_STALE);
    c = digest_of("legacy", "sesame", now);
    assert_int_equal(check(s, &c, false, now - 31 * SECOND), REASON_MESSAGE_STALE);
    other = digest_of("legacy", "sesame", now - 10 * SECOND); /* before this process */
    assert_int_equal(check(s, &other, false, now), REASON_MESSAGE_STALE);
    c.nonce = other.nonce;
    assert_int_equal(check(s, &c, false, now), REASON_USER_OR_PASSWORD);
    c.nonce = STR("not base64!");
    assert_int_equal(check(s, &c, false, now), REASON_NONCE_MISSING);
    c = digest_of("legacy", "sesam", now);
    assert_int_equal(check(s, &c, false, now), REASON_USER_OR_PASSWORD);
    c = digest_of("nobody", "sesame", now);
    assert_int_equal(check(s, &c, false, now), REASON_USER_OR_PASSWORD);
    c.created = STR("now");
    assert_int_equal(check(s, &c, false, now), REASON_NONCE_MISSING);
    senders_free(s);
}

/* A signature over two parts, as soap/ would hand it in. */
static struct credential
signed_by(const char *name, const char *info, struct signed_part parts[2])
{
    struct report r;
    struct xml_signer *k;
    struct credential c = {.kind = CREDENTIAL_CERTIFICATE, .has_timestamp = true};

    report_init(&r, arena);
    k = xml_signer_new(file(arena_printf(arena, "%s.pem", name).p),
                       file(arena_printf(arena, "%s.key", name).p), &r);
    assert_non_null(k);
    c.token = arena_dup(arena, xml_signer_certificate(k));
    c.stamp_created = time_of(now);
    c.signature = (struct xml_signature){.method = str_of(xml_signer_method(k)),
                                         .signed_info = str_of(info),
                                         .parts = parts,
                                         .part_count = 2};
    for (unsigned i = 0; i < 2; i++) {
        parts[i] = (struct signed_part){.digest_method = STR(SHA256), .canonical = STR("<a></a>")};
        assert_true(xml_signer_digest(arena, parts[i].canonical, &parts[i].digest));
    }
    assert_true(xml_signer_sign(k, arena, c.signature.signed_info, &c.signature.value));
    xml_signer_free(k);
    return c;
}

static void
test_certificates(void **state)
{
    struct senders *s = everything();
    struct signed_part parts[2];
    struct credential c = signed_by("partner", "<s>1</s>", parts);

    (void)state;
    assert_int_equal(check(s, &c, false, now + 3 * 86400 * SECOND), REASON_MESSAGE_STALE);
    assert_int_equal(check(s, &c, false, now), REASON_NONE);
    assert_int_equal(check(s, &c, false, now), REASON_MESSAGE_REPLAYED);
    parts[1].canonical = STR("<a>2</a>");
    assert_int_equal(check(s, &c, false, now), REASON_DIGEST_WRONG);
    parts[1].digest_method = STR("http://www.w3.org/2000/09/xmldsig#sha1");
    assert_int_equal(check(s, &c, false, now), REASON_WEAK_ALGORITHM);
    c.signature.signed_info = STR("<s>2</s>");
    assert_int_equal(check(s, &c, false, now), REASON_SIGNATURE_WRONG);
    c.signature.method = STR("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256");
    assert_int_equal(check(s, &c, false, now), REASON_KEY_UNFIT);
    c.signature.method = STR("http://www.w3.org/2000/09/xmldsig#rsa-sha1");
    assert_int_equal(check(s, &c, false, now), REASON_WEAK_ALGORITHM);
    c.signature.method = STR("http://www.w3.org/2000/09/xmldsig#hmac-sha1");
    assert_int_equal(check(s, &c, false, now), REASON_WEAK_ALGORITHM);
    c.token.n -= 4;
    assert_int_equal(check(s, &c, false, now), REASON_CERTIFICATE);
    c = signed_by("rsa", "<s>3</s>", parts);
    assert_int_equal(check(s, &c, false, now), REASON_NONE);
    c = signed_by("stranger", "<s>4</s>", parts); /* its own authority */
    assert_int_equal(check(s, &c, false, now), REASON_CERTIFICATE);
    c = signed_by("server", "<s>5</s>", parts); /* not for signatures */
    assert_int_equal(check(s, &c, false, now), REASON_CERTIFICATE);
    senders_free(s);
}

static void
test_expired_certificate(void **state)
{
    struct senders *s = everything();
    struct signed_part parts[2];
    struct credential c = signed_by("partner", "<s>6</s>", parts);
    int64_t later = now + 3 * 86400 * SECOND;

    (void)state;
    c.stamp_created = time_of(later);
    assert_int_equal(check(s, &c, false, later), REASON_CERTIFICATE);
    senders_free(s);
}

static void
test_revoked_certificate(void **state)
{
    struct report r;
    struct senders *s = load(CERTS "ca: ca.pem, crl: ca.crl, clients: [{subject: 'CN=rsa,O=Example'"
                                   "}, {subject: 'CN=partner,O=Example'}]}}",
                             true, &r);
    struct signed_part parts[2];
    struct credential c;

    (void)state;
    assert_non_null(s);
    now = clock_utc_us();
    c = signed_by("partner", "<s>7</s>", parts);
    assert_int_equal(check(s, &c, false, now), REASON_NONE);
    c = signed_by("rsa", "<s>8</s>", parts);
    assert_int_equal(check(s, &c, false, now), REASON_CERTIFICATE);
    senders_free(s);
}

static void
test_base64(void **state)
{
    static const struct {
        const char *text;
        int n; /* -1: refused */
    } rows[] = {{"", 0},        {"AA==", 1},  {"AA", 1},        {"AAA=", 2},  {"AAAA", 3},
                {"A A\n==", 1}, {"+/+/", 3},  {"AA=", -1},      {"A===", -1}, {"=", -1},
                {"AAAA=", -1},  {"AB==", -1}, {"AA==AA==", -1}, {"AA*=", -1}, {"====", -1}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str out = STR_NONE;
        bool good = xml_base64(arena, str_of(rows[i].text), &out);

        if (good != (rows[i].n >= 0) || (good && out.n != (size_t)rows[i].n))
            fail_msg("%s: %d, %zu bytes", rows[i].text, good, out.n);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_clear_secret),
        cmocka_unit_test(test_password),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_expired_certificate),
        cmocka_unit_test(test_revoked_certificate),
        cmocka_unit_test(test_base64),
    };

    return cmocka_run_group_tests(tests, make_files, drop_files);
}
