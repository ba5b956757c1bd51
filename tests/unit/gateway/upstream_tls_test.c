/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TLS towards a backend: whom it trusts, and whom it does not. */
#include "gateway/upstream_tls.h"

#include <signal.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "gateway/upstream.h"
#include "wire.h"

#define NAME "/tmp/telgate-test-XXXXXX"

static char certificate_file[sizeof(NAME)], key_file[sizeof(NAME)];
static SSL_CTX *server;
static int listen_fd;
static uint16_t port;
static pthread_t thread;
static struct fiber_pool *fibers;
static struct loop *loop;
static struct resolver *resolver;

static void
write_file(char *name, X509 *x, EVP_PKEY *key)
{
    FILE *file;
    int fd;

    memcpy(name, NAME, sizeof(NAME));
    fd = mkstemp(name);
    file = fdopen(fd, "w");
    if (x)
        PEM_write_X509(file, x);
    else
        PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
}

/* A certificate for `localhost` that signs itself. */
static int
make_certificate(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    X509V3_CTX v3;
    X509_EXTENSION *e;

    (void)state;
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509V3_set_ctx(&v3, x, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &v3, NID_subject_alt_name, "DNS:localhost");
    X509_add_ext(x, e, -1);
    X509_EXTENSION_free(e);
    X509_sign(x, key, EVP_sha256());
    write_file(certificate_file, x, NULL);
    write_file(key_file, NULL, key);
    server = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(server, x);
    SSL_CTX_use_PrivateKey(server, key);
    X509_free(x);
    EVP_PKEY_free(key);
    return 0;
}

static int
remove_certificate(void **state)
{
    (void)state;
    SSL_CTX_free(server);
    unlink(certificate_file);
    unlink(key_file);
    return 0;
}

static void
serve_tls(SSL *ssl)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    char head[4096], block[1000];
    size_t n = 0;
    int got;

    while (n + 1 < sizeof(head) &&
           (got = SSL_read(ssl, head + n, (int)(sizeof(head) - 1 - n))) > 0) {
        n += (size_t)got;
        head[n] = '\0';
        if (strstr(head, "\r\n\r\n") == NULL)
            continue;
        memset(block, 'x', sizeof(block));
        SSL_write(ssl, answer, sizeof(answer) - 1);
        for (int i = 0; i < 100; i++)
            SSL_write(ssl, block, sizeof(block));
        n = 0;
        head[0] = '\0';
    }
}

static void *
serve(void *arg)
{
    int fd;

    (void)arg;
    while ((fd = accept(listen_fd, NULL, NULL)) >= 0) {
        SSL *ssl = SSL_new(server);

        wire_patience(fd);
        SSL_set_fd(ssl, fd);
        if (SSL_accept(ssl) == 1)
            serve_tls(ssl);
        SSL_free(ssl);
        close(fd);
    }
    return NULL;
}

struct call {
    struct upstream *upstream;
    enum fault_code code;
    struct fault fault;
    size_t bytes;
};

static void
run_call(void *arg)
{
    struct call *c = arg;
    struct upstream_request q = {.method = STR("GET"), .deadline_us = clock_us() + 15000000};
    struct upstream_response r = {0};
    struct arena *a = arena_new(1 << 20);

    c->code = upstream_call(c->upstream, &q, a, &r, &c->fault);
    c->bytes = r.body.n;
    arena_free(a);
}

static struct call
call(const char *host, const char *ca, bool insecure, int times)
{
    struct upstream_options o = UPSTREAM_OPTIONS_DEFAULT;
    struct call c = {0};
    struct str url;
    char text[64];

    o.tls.ca = ca;
    o.tls.insecure = insecure;
    o.connect_us = 10000000;
    snprintf(text, sizeof(text), "https://%s:%u", host, port);
    url = str_of(text);
    assert_int_equal(upstream_new(loop, resolver, &url, 1, &o, &c.upstream, NULL), FAULT_NONE);
    while (times-- > 0)
        wire_run(loop, run_call, &c);
    if (c.code == FAULT_NONE)
        assert_int_equal(upstream_stats(c.upstream).connects, 1);
    upstream_free(c.upstream);
    loop_turn(loop, 0);
    return c;
}

static void
test_trust(void **state)
{
    struct call c;

    (void)state;
    listen_fd = wire_listen(&port);
    fibers = fiber_pool_new(8);
    loop = loop_new(fibers);
    resolver = resolver_new(loop);
    pthread_create(&thread, NULL, serve, NULL);
    c = call("localhost", certificate_file, false, 3);
    assert_int_equal(c.code, FAULT_NONE);
    assert_int_equal(c.bytes, 100000);
    c = call("localhost", NULL, false, 1); /* the system does not know it */
    assert_int_equal(c.code, FAULT_BACKEND_FAILED);
    assert_non_null(strstr(c.fault.log, "certificate"));
    c = call("127.0.0.1", certificate_file, false, 1); /* trusted, but for another name */
    assert_int_equal(c.code, FAULT_BACKEND_FAILED);
    assert_non_null(strstr(c.fault.log, "mismatch"));
    c = call("127.0.0.1", NULL, true, 1); /* asked for */
    assert_int_equal(c.code, FAULT_NONE);
    resolver_free(resolver);
    loop_free(loop);
    fiber_pool_free(fibers);
    shutdown(listen_fd, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(listen_fd);
}

static void
test_files(void **state)
{
    struct tls_options rows[] = {
        {.ca = "/nonexistent.pem"},
        {.certificate = "/nonexistent.pem"},
        {.certificate = certificate_file, .key = certificate_file}, /* no key in it */
    };
    struct tls_options good = {.certificate = certificate_file, .key = key_file};
    struct tls_context *c;
    struct fault f;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(tls_context_new(&rows[i], &c, &f), FAULT_INTERNAL);
        assert_non_null(strstr(f.log, i < 2 ? "nonexistent" : certificate_file));
    }
    assert_int_equal(tls_context_new(&good, &c, &f), FAULT_NONE);
    tls_context_free(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trust),
        cmocka_unit_test(test_files),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, make_certificate, remove_certificate);
}
