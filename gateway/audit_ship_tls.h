/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A TLS connection of the shipping thread, which may block: syslog over TLS (RFC 5425). */
#ifndef GATEWAY_AUDIT_SHIP_TLS_H
#define GATEWAY_AUDIT_SHIP_TLS_H

#include "base/fault.h"

struct ship_tls;

/* address: "host:port". The server's certificate must be of that host and lead to `ca` (PEM; NULL
 * or
 * "": what the system trusts). certificate, key: our own, or NULL or "". INTERNAL, MEMORY. */
enum fault_code ship_tls_open(struct str address, const char *ca, const char *certificate,
                              const char *key, struct ship_tls **out, struct fault *f)
    __attribute__((warn_unused_result));
/* Hands all of it to the connection. False: it is lost, and close is due. */
bool ship_tls_send(struct ship_tls *t, struct str bytes) __attribute__((warn_unused_result));
void ship_tls_close(struct ship_tls *t); /* NULL is allowed */

#endif
