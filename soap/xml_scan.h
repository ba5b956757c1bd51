/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must be known of a document before libxml2 sees it: its encoding, and that no start tag
 * carries so many attributes that comparing them in pairs would burn the processor.
 */
#ifndef SOAP_XML_SCAN_H
#define SOAP_XML_SCAN_H

#include "base/arena.h"

enum { XML_ATTRIBUTES = 200 }; /* of one start tag, namespaces included */

/* A writable copy in UTF-8 with 32 NULs behind it; ISO-8859-1 is converted, other encodings than
 * UTF-8 are refused with `wrong`. A byte order mark is cut off. */
enum fault_code xml_scan(struct arena *a, struct str bytes, enum fault_code wrong, char **copy,
                         size_t *n, struct fault *f) __attribute__((warn_unused_result));

#endif
