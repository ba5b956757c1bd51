/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The front door under TLS, with OpenSSL as the client: requests, bodies both ways, refusals. */
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <signal.h>

#include "front.h"
#include "gateway/server_tls.h"

#define NAME "/tmp/telgate-test-XXXXXX"

static char certificate_file[sizeof(NAME)], key_file[sizeof(NAME)];
static SSL_CTX *client;
static struct server_tls *tls;
static struct server_options options = SERVER_OPTIONS_DEFAULT;

static FILE *
open_file(char *name)
{
    memcpy(name, NAME, sizeof(NAME));
    return fdopen(mkstemp(name), "w");
}

static int
set_up(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_NAME *name = X509_get_subject_name(x);
    FILE *file;

    (void)state;
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, name);
    X509_sign(x, key, EVP_sha256());
    file = open_file(certificate_file);
    PEM_write_X509(file, x);
    fclose(file);
    file = open_file(key_file);
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(x);
    EVP_PKEY_free(key);
    client = SSL_CTX_new(TLS_client_method());
    assert_int_equal(server_tls_new(certificate_file, key_file, NULL, &tls, NULL), FAULT_NONE);
    options.tls = tls;
    front_begin(&options, 2000000);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    front_end();
    server_tls_free(tls);
    SSL_CTX_free(client);
    unlink(certificate_file);
    unlink(key_file);
    return 0;
}

static SSL *
open_tls(void)
{
    SSL *ssl = SSL_new(client);

    SSL_set_fd(ssl, wire_connect(front_port));
    assert_int_equal(SSL_connect(ssl), 1);
    return ssl;
}

static void
close_tls(SSL *ssl)
{
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
}

static size_t
read_tls(SSL *ssl, char *into, size_t size, const char *end)
{
    size_t n = 0, got;

    into[0] = '\0';
    while (n + 1 < size && (end == NULL || strstr(into, end) == NULL) &&
           SSL_read_ex(ssl, into + n, size - 1 - n, &got) == 1) {
        n += got;
        into[n] = '\0';
    }
    return n;
}

static const struct {
    const char *text;
    int status;
    const char *part;
} rows[] = {
    {"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", 200, "GET /x"},
    {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
    {"GET /sleep?50 HTTP/1.1\r\nHost: a\r\n\r\n", 200, "slept"},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n", 400, "BAD_REQUEST"},
    {"POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\nabc", 403, "no"},
};

static void
test_requests(void **state)
{
    char answer[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        SSL *ssl = open_tls();

        for (int times = rows[i].status == 200 ? 3 : 1; times > 0; times--) {
            assert_true(SSL_write(ssl, rows[i].text, (int)strlen(rows[i].text)) > 0);
            read_tls(ssl, answer, sizeof(answer), rows[i].part);
            assert_int_equal(atoi(answer + 9), rows[i].status);
            assert_non_null(strstr(answer, rows[i].part));
        }
        close_tls(ssl);
    }
}

static char much[(10 << 20) + 65536];

static void
test_much(void **state)
{
    static const char head[] = "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n";
    static const char big[] = "GET /bigc HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    static const char chunked[] =
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "186a1\r\n"; /* 100,001 bytes: one over the limit */
    SSL *ssl = open_tls();

    (void)state;
    SSL_write(ssl, head, sizeof(head) - 1);
    memset(much, 'a', 1 << 20);
    assert_int_equal(SSL_write(ssl, much, 1 << 20), 1 << 20);
    read_tls(ssl, much, 4096, "1048576");
    assert_non_null(strstr(much, "\r\n\r\n1048576"));
    SSL_write(ssl, big, sizeof(big) - 1);
    assert_true(read_tls(ssl, much, sizeof(much), NULL) > 10 << 20);
    close_tls(ssl);
    ssl = open_tls();
    SSL_write(ssl, chunked, sizeof(chunked) - 1);
    memset(much, 'a', 100001);
    SSL_write(ssl, much, 100001);
    read_tls(ssl, much, 4096, "BODY_TOO_LARGE");
    assert_int_equal(atoi(much + 9), 413);
    close_tls(ssl);
}

static void
test_client_leaves(void **state)
{
    static const char text[] = "GET /sleep?60000 HTTP/1.1\r\nHost: a\r\n\r\n";
    SSL *ssl = open_tls();

    (void)state;
    SSL_write(ssl, text, sizeof(text) - 1);
    usleep(50000);
    close_tls(ssl);
    for (int i = 0; i < 300 && atomic_load(&finished) == 0; i++)
        usleep(10000);
    assert_int_equal(atomic_load(&cancelled), 1);
}

/* Plain text on the TLS port, and a client that says nothing, harm nobody. */
static void
test_no_tls(void **state)
{
    char answer[4096];
    int silent = wire_connect(front_port);
    SSL *ssl;

    (void)state;
    front_ask(STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), answer, sizeof(answer), NULL);
    assert_null(strstr(answer, "200"));
    ssl = open_tls();
    close_tls(ssl);
    close(silent);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_much, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_client_leaves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_tls, set_up, tear_down),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
