/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML files that are read once, at load: WSDL documents and schemas, as libxml2 trees.
 *
 * Nothing is fetched from a network, a DOCTYPE is refused before it is looked into, and a mistake
 * is told with file and line. For messages there is xml_codec.h.
 */
#ifndef SOAP_XML_FILE_H
#define SOAP_XML_FILE_H

#include <libxml/tree.h>

#include "soap/xml_char.h"

#include "base/document.h"

#define NS_XSD  "http://www.w3.org/2001/XMLSchema"
#define NS_XSI  "http://www.w3.org/2001/XMLSchema-instance"
#define NS_WSDL "http://schemas.xmlsoap.org/wsdl/"

struct qname { /* interned nowhere: compared by text; ns is "" for none */
    const char *ns, *local;
};

/* The tree, tied to the arena; NULL after telling the report at `from`, or in the file. The file
 * holds at most 32 MB. `path` must outlive the tree. */
xmlDoc *xml_file_read(struct arena *a, const char *path, struct place from, struct report *r);
/* `location` as it is to be opened when a file at `base` names it; NULL: it lies on a network, or
 * there is no memory. */
const char *xml_file_resolve(struct arena *a, const char *base, const char *location);

/* First child element, or the next one after `node`; ns and local may be NULL for any. */
xmlNode *xml_child(const xmlNode *node, const char *ns, const char *local);
xmlNode *xml_next(const xmlNode *node, const char *ns, const char *local);
bool xml_is(const xmlNode *node, const char *ns, const char *local);
/* The value of an attribute without a namespace, copied into the arena with blanks cut off both
 * ends; NULL when it is not there. */
const char *xml_attribute(struct arena *a, const xmlNode *node, const char *name);
/* Resolves "p:local" by the declarations in force at the node. False: the prefix is unknown. */
bool xml_qname(struct arena *a, const xmlNode *node, const char *text, struct qname *out);
/* What the node holds as text, for people: without the blanks around it, and without those that
 * begin each of its lines. NULL: none, more than 8,000 bytes, or no memory. */
const char *xml_documentation(struct arena *a, const xmlNode *node);
struct place xml_place(const char *path, const xmlNode *node);

static inline bool
qname_is(struct qname q, const char *ns, const char *local)
{
    return strcmp(q.ns, ns) == 0 && strcmp(q.local, local) == 0;
}

#endif
