/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/upstream_tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

struct tls_context {
    SSL_CTX *ctx;
};

struct tls {
    SSL *ssl;
    char error[160];
};

static bool
given(const char *file)
{
    return file && file[0];
}

/* NULL or what could not be loaded. */
static const char *
load(SSL_CTX *ctx, const struct tls_options *o)
{
    if (given(o->ca)) {
        if (SSL_CTX_load_verify_file(ctx, o->ca) != 1)
            return o->ca;
    } else if (!o->insecure && SSL_CTX_set_default_verify_paths(ctx) != 1) {
        return "the system's certificates";
    }
    if (!given(o->certificate))
        return NULL;
    if (SSL_CTX_use_certificate_chain_file(ctx, o->certificate) != 1)
        return o->certificate;
    if (SSL_CTX_use_PrivateKey_file(ctx, given(o->key) ? o->key : o->certificate,
                                    SSL_FILETYPE_PEM) != 1)
        return o->key;
    return SSL_CTX_check_private_key(ctx) == 1 ? NULL : "a key that fits the certificate";
}

enum fault_code
tls_context_new(const struct tls_options *o, struct tls_context **out, struct fault *f)
{
    struct tls_context *c = calloc(1, sizeof(*c));
    const char *missing;

    if (c == NULL || (c->ctx = SSL_CTX_new(TLS_client_method())) == NULL) {
        free(c);
        return fault_set(f, FAULT_MEMORY, "No memory for TLS.");
    }
    SSL_CTX_set_min_proto_version(c->ctx, TLS1_2_VERSION);
    SSL_CTX_set_mode(c->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(c->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(c->ctx, o->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    missing = load(c->ctx, o);
    if (missing) {
        tls_context_free(c);
        ERR_clear_error();
        fault_set(f, FAULT_INTERNAL, "TLS towards the backend is not set up.");
        fault_log(f, "cannot load %.150s", missing);
        return FAULT_INTERNAL;
    }
    *out = c;
    return FAULT_NONE;
}

void
tls_context_free(struct tls_context *c)
{
    if (c == NULL)
        return;
    SSL_CTX_free(c->ctx);
    free(c);
}

/* The name that the certificate must bear; an address is compared as one, and has no SNI. */
static bool
set_host(SSL *ssl, const char *host)
{
    struct in6_addr any;

    if (inet_pton(AF_INET, host, &any) == 1 || inet_pton(AF_INET6, host, &any) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct tls *
tls_new(struct tls_context *c, int fd, const char *host)
{
    struct tls *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return NULL;
    t->ssl = SSL_new(c->ctx);
    if (t->ssl && SSL_set_fd(t->ssl, fd) == 1 && set_host(t->ssl, host)) {
        SSL_set_connect_state(t->ssl);
        return t;
    }
    tls_free(t);
    ERR_clear_error();
    return NULL;
}

void
tls_free(struct tls *t)
{
    if (t == NULL)
        return;
    SSL_free(t->ssl);
    free(t);
}

static void
note_error(struct tls *t)
{
    long verify = SSL_get_verify_result(t->ssl);
    unsigned long e = ERR_peek_error();

    if (verify != X509_V_OK)
        snprintf(t->error, sizeof(t->error), "certificate: %s",
                 X509_verify_cert_error_string(verify));
    else if (e)
        ERR_error_string_n(e, t->error, sizeof(t->error));
    else
        snprintf(t->error, sizeof(t->error), "the connection broke");
}

/* The thread's error queue must be empty before each call (SSL_get_error's rule). */
static enum tls_result
result(struct tls *t, int done)
{
    enum tls_result r;

    if (done > 0)
        return TLS_DONE;
    switch (SSL_get_error(t->ssl, done)) {
    case SSL_ERROR_WANT_READ: r = TLS_WANT_READ; break;
    case SSL_ERROR_WANT_WRITE: r = TLS_WANT_WRITE; break;
    case SSL_ERROR_ZERO_RETURN: r = TLS_CLOSED; break;
    default:
        note_error(t);
        r = TLS_FAILED;
        break;
    }
    ERR_clear_error();
    return r;
}

enum tls_result
tls_handshake(struct tls *t)
{
    ERR_clear_error();
    return result(t, SSL_do_handshake(t->ssl));
}

enum tls_result
tls_read(struct tls *t, void *into, size_t size, size_t *n)
{
    ERR_clear_error();
    return result(t, SSL_read_ex(t->ssl, into, size, n));
}

enum tls_result
tls_write(struct tls *t, const void *bytes, size_t size, size_t *n)
{
    ERR_clear_error();
    return result(t, SSL_write_ex(t->ssl, bytes, size, n));
}

void
tls_shutdown(struct tls *t)
{
    SSL_shutdown(t->ssl);
    ERR_clear_error();
}

const char *
tls_error(struct tls *t)
{
    return t->error;
}
