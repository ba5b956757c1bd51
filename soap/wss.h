/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * WS-Security 1.1 in a message: the Security header as a credential (base/credential.h).
 *
 * The XML is settled here: which header is meant, what a signature's references lead to, what the
 * canonical octets are. Whether digests, signatures, passwords and times are right is for auth/.
 *
 * gSOAP's wsse plugin was tried with messages of xmlsec and left out: it verifies them, but not
 * that the signed element is the Body (soap_wsse_verify_body failed on good ones), takes SHA-1 and
 * any C14N, and verifies what its own parser read, not what is used afterwards.
 */
#ifndef SOAP_WSS_H
#define SOAP_WSS_H

#include "base/arena.h"
#include "base/credential.h"

#define NS_WSS  "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
#define NS_WSSE NS_WSS "wssecurity-secext-1.0.xsd"
#define NS_WSU  NS_WSS "wssecurity-utility-1.0.xsd"
#define NS_DS   "http://www.w3.org/2000/09/xmldsig#"
#define NS_SAML "urn:oasis:names:tc:SAML:2.0:assertion"
#define NS_C14N "http://www.w3.org/2001/10/xml-exc-c14n#"

#define WSS_BLOCK "{" NS_WSSE "}Security" /* the header's name among the blocks */

/* Reads the one Security header of an envelope that xml_read_document has passed already. Texts
 * live in the arena. Fault: INVALID_TOKEN with what is not accepted, or MEMORY. Thread-safe. */
enum fault_code wss_read(struct str bytes, struct arena *a, struct credential *out, struct fault *f)
    __attribute__((warn_unused_result));

/* ---- Towards a backend ---- */

struct wss_outgoing {            /* what a Security header of ours holds; texts ready for XML */
    struct str created, expires; /* of the Timestamp */
    struct str user, password;   /* UsernameToken; user empty: none */
    struct str nonce;            /* given: the password is its digest */
    struct str certificate;      /* DER in base64; empty: no signature */
    struct str method;           /* URI of the signature's algorithm */
    const void *key;             /* for sign; both give base64 */
    bool (*sign)(const void *key, struct arena *a, struct str bytes, struct str *value);
    bool (*digest)(struct arena *a, struct str bytes, struct str *value); /* SHA-256 */
};

#define WSS_BODY_ID " xmlns:u=\"" NS_WSU "\" u:Id=\"body\"" /* of a Body that is signed */

/* Puts the header into a finished envelope with prefix `e`, at that offset inside its Header; the
 * Body has WSS_BODY_ID. Fault: INTERNAL, or MEMORY. */
enum fault_code wss_write(const struct wss_outgoing *w, struct buf *envelope, size_t at,
                          struct arena *a, struct fault *f) __attribute__((warn_unused_result));

#endif
