/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codec's tables printed as an XML Schema: what it writes is valid against it. Of the facets
 * those are published whose meaning is the same in both worlds; the type checks the rest.
 */
#ifndef SOAP_XSD_WRITE_H
#define SOAP_XSD_WRITE_H

#include "soap/xml_table.h"

struct xsd_writer {
    struct buf *out;
    struct xml_codec *codec;
    struct xsd_type *types, **last; /* named ones that something refers to, in that order */
};

void xsd_writer_init(struct xsd_writer *w, struct buf *out, struct xml_codec *c);
/* A global element whose anonymous type is the table. `describe` gives the documentation of a
 * member that stands in it, or an empty str. */
void xsd_write_element(struct xsd_writer *w, struct str name, const struct xml_table *t,
                       struct str (*describe)(const void *context, struct str member),
                       const void *context);
/* All named types that were referred to: in the end. */
void xsd_write_types(struct xsd_writer *w);
/* The text as documentation, of a schema's component or of one of the WSDL's; nothing when it is
 * empty. */
void xsd_write_documentation(struct buf *out, bool schema, struct str text);

#endif
