/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text in XML that is not written by type: schemas, and faults. */
#ifndef SOAP_XML_TEXT_H
#define SOAP_XML_TEXT_H

#include "base/str.h"

/* Appends text or an attribute's value, escaped; what XML has no form for becomes U+FFFD. */
void xml_text_put(struct buf *out, struct str text);

#endif
