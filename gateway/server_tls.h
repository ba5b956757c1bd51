/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a TLS front door shows to callers, and which of their certificates it trusts: read once for
 * all workers' servers, and once more at a reload. Immutable.
 */
#ifndef GATEWAY_SERVER_TLS_H
#define GATEWAY_SERVER_TLS_H

#include "base/fault.h"

struct server_tls;

/* Files in PEM: the chain, its private key, and the CAs of callers (NULL: none). INTERNAL with the
 * file and the reason in the log text, MEMORY. */
enum fault_code server_tls_new(const char *certificate, const char *key, const char *client_ca,
                               struct server_tls **out, struct fault *f)
    __attribute__((warn_unused_result));
/* No server may show it any more. NULL is allowed. */
void server_tls_free(struct server_tls *t);
/* Read from the same bytes. */
bool server_tls_same(const struct server_tls *a, const struct server_tls *b);

#endif
