/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libxml2 parser contexts, one per thread and codec, reused: making one costs a fifth of a parse.
 * A context reads through its codec's frozen dictionary; one that failed, or whose own names have
 * piled up, is thrown away.
 */
#ifndef SOAP_XML_CONTEXT_H
#define SOAP_XML_CONTEXT_H

#include <libxml/parser.h>

#include "soap/xml_table.h"

/* The calling thread's context for this codec, with these handlers; NULL: no memory. It is in use
 * until xml_context_done. */
xmlParserCtxt *xml_context_get(const struct xml_codec *c, const xmlSAXHandler *handlers);
/* Gives it back; not `clean` (the parse failed): it is freed. */
void xml_context_done(xmlParserCtxt *x, bool clean);
/* Hands the bytes in. They are used in place where libxml2 lets us: writable, a NUL and 31 more
 * bytes behind them. false: no memory. */
bool xml_context_feed(xmlParserCtxt *x, char *bytes, size_t n);

#endif
