/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault as a SOAP message: the code of the version, and an RFC 9457 problem (appendix B) as its
 * detail. The schema of the detail is what wsdl_write.c publishes.
 */
#ifndef SOAP_FAULT_H
#define SOAP_FAULT_H

#include "base/fault.h"
#include "soap/envelope.h"

#define NS_PROBLEM "urn:ietf:rfc:7807"

enum fault_kind { FAULT_KIND_OWN, FAULT_KIND_VERSION_MISMATCH, FAULT_KIND_MUST_UNDERSTAND };

/* The members of a problem, in the order they are written. */
struct fault_member {
    const char *name, *type; /* of XML Schema */
};
extern const struct fault_member fault_members[];
extern const unsigned fault_member_count;

/* Appends the envelope. block: "{ns}local" of the header that was not understood, or empty. */
void fault_write(struct buf *out, enum soap_version version, enum fault_kind kind, struct str block,
                 const struct fault *f, struct str correlator);
/* The HTTP status: what is HTTP's own matter keeps its status (405, 415); else 500, and in SOAP 1.2
 * 400 where the sender is to blame. */
unsigned fault_status(enum soap_version version, enum fault_kind kind, const struct fault *f);

#endif
