/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The certificate that a caller presented in the TLS handshake, and whose key it has proved to hold
 * there: what RFC 8705 compares with clients (section 2) and with tokens (section 3).
 */
#ifndef AUTH_CERTIFICATE_H
#define AUTH_CERTIFICATE_H

#include "base/str.h"

#define CERTIFICATE_THUMBPRINT 43 /* characters of a SHA-256 in base64url */

struct client_certificate {
    struct str thumbprint; /* `x5t#S256`: SHA-256 of the DER, in base64url */
    struct str subject;    /* distinguished name as RFC 4514 writes it; empty: it has none */
    struct str *dns_names; /* dNSName among its subjectAltName */
    unsigned dns_count;
    bool verified; /* it chains to a configured CA, and was valid when the connection began. Else it
                      proves the possession of its key and no name: RFC 8705 section 2.2 */
};

#endif
