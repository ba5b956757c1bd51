/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The headers of a SOAP message to a backend that stand in no WSDL: WS-Security, WS-Addressing. */
#ifndef GATEWAY_BACKEND_HEADERS_H
#define GATEWAY_BACKEND_HEADERS_H

#include "gateway/invoke.h"
#include "soap/message.h"

/* What the call's backend asks for; *out is NULL where it asks for none. Without a desk (telgate
 * explain) no secret is shown and nothing is signed. Fault: INTERNAL, or MEMORY. */
enum fault_code backend_headers(const struct backend_call *c, const struct soap_extra **out,
                                struct fault *f) __attribute__((warn_unused_result));

#endif
