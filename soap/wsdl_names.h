/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a WSDL's names become in REST: "GetInvoice" reads an "invoice", "InvoiceNo" is its key.
 */
#ifndef SOAP_WSDL_NAMES_H
#define SOAP_WSDL_NAMES_H

#include "base/arena.h"

/* "GetInvoice" -> "getInvoice", "HTTPGet" -> "httpGet", "get-bill.v2" -> "getBillV2": letters and
 * digits of ASCII, a letter first. p == NULL: no memory. */
struct str wsdl_name_camel(struct arena *a, struct str name);
/* True for a name that begins with a word of reading (Get, List, Find, Query, ...); *noun is the
 * rest, which may be empty. */
bool wsdl_name_reads(struct str name, struct str *noun);
/* True when a member names one such noun: "id", or the noun with nothing, Id, No, Number, Code,
 * Key, Ref or Name behind it. */
bool wsdl_name_is_key(struct str member, struct str noun);
/* The status that a fault's name speaks of: 404 for "InvoiceNotFound"; 422 when of none. */
unsigned wsdl_name_status(struct str fault);
/* Without "Service", "Port" and the like at its end, where something is left. */
struct str wsdl_name_api(struct str service);

#endif
