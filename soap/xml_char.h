/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libxml2's character type, without its cast that drops const. */
#ifndef SOAP_XML_CHAR_H
#define SOAP_XML_CHAR_H

#include <libxml/xmlstring.h>

static inline const xmlChar *
xml_chars(const char *text)
{
    return (const xmlChar *)text;
}

#endif
