/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/audit_ship_tls.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SECONDS = 10 };

struct ship_tls {
    int fd;
    SSL_CTX *context;
    SSL *ssl;
};

static enum fault_code
fail(struct fault *f, const char *what, const char *why)
{
    unsigned long code = ERR_get_error();

    fault_set(f, FAULT_INTERNAL, "%s", what);
    fault_log(f, "%s", code ? ERR_reason_error_string(code) : why);
    ERR_clear_error();
    return FAULT_INTERNAL;
}

static int
connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    struct timeval limit = {SECONDS, 0};
    int fd = -1;

    if (getaddrinfo(host, port, &hints, &list) != 0)
        return -1;
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        if (connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

static bool
is_given(const char *text)
{
    return text && *text;
}

static bool
set_up(struct ship_tls *t, const char *ca, const char *certificate, const char *key)
{
    t->context = SSL_CTX_new(TLS_client_method());
    if (!t->context)
        return false;
    SSL_CTX_set_min_proto_version(t->context, TLS1_2_VERSION);
    SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
    if (is_given(ca) ? SSL_CTX_load_verify_locations(t->context, ca, NULL) != 1
                     : SSL_CTX_set_default_verify_paths(t->context) != 1)
        return false;
    return !is_given(certificate) ||
           (SSL_CTX_use_certificate_chain_file(t->context, certificate) == 1 &&
            SSL_CTX_use_PrivateKey_file(t->context, key, SSL_FILETYPE_PEM) == 1);
}

static bool
shake_hands(struct ship_tls *t, const char *host)
{
    X509_VERIFY_PARAM *wanted;

    t->ssl = SSL_new(t->context);
    if (!t->ssl || SSL_set_fd(t->ssl, t->fd) != 1)
        return false;
    wanted = SSL_get0_param(t->ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host) != 1) {
        ERR_clear_error();
        if (SSL_set1_host(t->ssl, host) != 1 || SSL_set_tlsext_host_name(t->ssl, host) != 1)
            return false;
    }
    return SSL_connect(t->ssl) == 1;
}

enum fault_code
ship_tls_open(struct str address, const char *ca, const char *certificate, const char *key,
              struct ship_tls **out, struct fault *f)
{
    struct ship_tls *t = calloc(1, sizeof *t);
    enum fault_code code = FAULT_NONE;
    char host[256], *port;

    if (!t)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    snprintf(host, sizeof host, "%.*s", STR_ARG(address));
    port = strrchr(host, ':');
    if (port)
        *port++ = '\0';
    t->fd = port ? connect_to(host, port) : -1;
    if (t->fd < 0)
        code = fail(f, "the server cannot be reached", host);
    else if (!set_up(t, ca, certificate, key))
        code = fail(f, "its TLS settings are wrong", "a file cannot be used");
    else if (!shake_hands(t, host))
        code = fail(f, "the TLS handshake failed", "no answer");
    if (code)
        ship_tls_close(t);
    else
        *out = t;
    return code;
}

/* A syslog server never answers: what is readable is the end of the connection, and what would be
 * written then is lost without a word. */
static bool
has_ended(const struct ship_tls *t)
{
    struct pollfd p = {.fd = t->fd, .events = POLLIN | POLLRDHUP};
    char byte;

    if (poll(&p, 1, 0) <= 0)
        return false;
    return (p.revents & (POLLHUP | POLLERR | POLLRDHUP)) ||
           recv(t->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool
ship_tls_send(struct ship_tls *t, struct str bytes)
{
    size_t sent = 0;

    while (bytes.n && !has_ended(t)) {
        if (SSL_write_ex(t->ssl, bytes.p, bytes.n, &sent) != 1)
            break;
        bytes = str_from(bytes, sent);
    }
    ERR_clear_error();
    return bytes.n == 0 && !has_ended(t);
}

void
ship_tls_close(struct ship_tls *t)
{
    if (!t)
        return;
    if (t->ssl && SSL_is_init_finished(t->ssl))
        SSL_shutdown(t->ssl);
    SSL_free(t->ssl);
    SSL_CTX_free(t->context);
    if (t->fd >= 0)
        close(t->fd);
    ERR_clear_error();
    free(t);
}
