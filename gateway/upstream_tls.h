/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS towards a backend, by OpenSSL, on a non-blocking socket. The chain and the host name are
 * verified unless `insecure` says otherwise. The caller's thread must have SIGPIPE blocked or
 * ignored.
 */
#ifndef GATEWAY_UPSTREAM_TLS_H
#define GATEWAY_UPSTREAM_TLS_H

#include "base/fault.h"

struct tls_context;
struct tls;

struct tls_options {         /* file names, NULL or "" when not given */
    const char *ca;          /* PEM; the system's roots otherwise */
    const char *certificate; /* the client's, PEM with its chain */
    const char *key;
    bool insecure; /* verify nothing */
};

enum tls_result { TLS_DONE, TLS_WANT_READ, TLS_WANT_WRITE, TLS_CLOSED, TLS_FAILED };

/* One for a backend and worker. INTERNAL with the reason in the log text. */
enum fault_code tls_context_new(const struct tls_options *o, struct tls_context **out,
                                struct fault *f) __attribute__((warn_unused_result));
void tls_context_free(struct tls_context *c); /* NULL is allowed */

/* fd is borrowed. host: for SNI and the verification. NULL: out of memory. */
struct tls *tls_new(struct tls_context *c, int fd, const char *host);
void tls_free(struct tls *t); /* NULL is allowed */
enum tls_result tls_handshake(struct tls *t);
/* *n: bytes moved, with TLS_DONE. */
enum tls_result tls_read(struct tls *t, void *into, size_t size, size_t *n);
enum tls_result tls_write(struct tls *t, const void *bytes, size_t size, size_t *n);
/* Sends close_notify if it fits; waits for nothing. */
void tls_shutdown(struct tls *t);
/* Why the last call failed, for the log. */
const char *tls_error(struct tls *t);

#endif
