/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Simple types of the published schema: XML Schema's base type, and the facets it shares. */
#ifndef SOAP_XSD_FACETS_H
#define SOAP_XSD_FACETS_H

#include "soap/xml_table.h"

/* Local name of the built-in type of text content. Static. */
const char *xsd_facets_base(const struct xml_table *t);
/* True for text content that is the built-in type itself. */
bool xsd_facets_are_none(const struct xml_table *t);
/* <xs:restriction>... */
void xsd_facets_write(struct buf *out, const struct xml_table *t);

#endif
