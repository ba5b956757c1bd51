/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault as a SOAP message: the code of the version, and an RFC 9457 problem (appendix B) as its
 * detail. The schema of the detail is what wsdl_write.c publishes.
 */
#ifndef SOAP_FAULT_H
#define SOAP_FAULT_H

#include "base/fault.h"
#include "soap/envelope.h"
#include "soap/wsa.h"

#define NS_PROBLEM "urn:ietf:rfc:7807"

enum fault_kind {
    FAULT_KIND_OWN,
    FAULT_KIND_VERSION_MISMATCH,
    FAULT_KIND_MUST_UNDERSTAND,
    FAULT_KIND_ADDRESSING /* wsa:OnlyAnonymousAddressSupported */
};

struct fault_envelope { /* what a fault is sent in */
    enum soap_version version;
    enum fault_kind kind;
    struct str block; /* MUST_UNDERSTAND: "{ns}local" of the header; else empty */
    struct wsa addressing;
    const char *security; /* "wsse:FailedCheck", a code of WS-Security; NULL: none */
    struct str correlator;
};

/* The members of a problem, in the order they are written. */
struct fault_member {
    const char *name, *type; /* of XML Schema */
};
extern const struct fault_member fault_members[];
extern const unsigned fault_member_count;

/* Appends the envelope. */
void fault_write(struct buf *out, const struct fault_envelope *e, const struct fault *f);
/* The HTTP status: what is HTTP's own matter keeps its status (405, 415); else 500, and in SOAP 1.2
 * 400 where the sender is to blame. */
unsigned fault_status(enum soap_version version, enum fault_kind kind, const struct fault *f);

#endif
