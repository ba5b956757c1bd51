/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The schemas that a WSDL holds and names: gathered once, looked up by kind and QName.
 *
 * Imports and includes may be circular; a schema that is included without a target namespace
 * takes its includer's (XML Schema 1.0 part 1, section 4.2.1).
 */
#ifndef SOAP_XSD_H
#define SOAP_XSD_H

#include <libxml/tree.h>
#include <libxml/hash.h>

#include "soap/xml_file.h"

enum xsd_kind {
    XSD_TYPE,
    XSD_ELEMENT,
    XSD_ATTRIBUTE,
    XSD_GROUP,
    XSD_ATTRIBUTE_GROUP,
    XSD_KIND_COUNT
};

struct xsd_schema {
    struct xsd_schema *next;
    const char *path; /* of the file it stands in */
    xmlNode *node;    /* xs:schema */
    const char *ns;   /* target namespace, "" for none */
    bool chameleon;   /* the namespace is its includer's */
    bool elements_qualified, attributes_qualified;
};

struct xsd_global {                            /* a top-level declaration */
    struct xsd_global *next_derived, *derived; /* complex types that name this one as base */
    const struct xsd_schema *schema;
    xmlNode *node;
    const char *name;
};

struct xsd {
    struct arena *arena;
    struct report *report;
    struct xsd_schema *schemas, **last;
    struct xsd_stepped { /* imports that were not followed, for the messages */
        struct xsd_stepped *next;
        const char *ns, *location;
    } * stepped;
    xmlHashTable *globals[XSD_KIND_COUNT];
    bool has_substitutes; /* some element names a substitutionGroup */
    unsigned depth;       /* of files inside each other */
};

/* false: out of memory, told. The tables are tied to the arena. */
bool xsd_init(struct xsd *x, struct arena *a, struct report *r);
/* Adds an xs:schema and all that it imports and includes. */
void xsd_add(struct xsd *x, const char *path, xmlNode *schema);
/* Adds a schema file that something else (wsdl:import) names. */
void xsd_add_file(struct xsd *x, const char *path, struct place from);
/* Once all are added: links derived types to their bases. */
void xsd_finish(struct xsd *x);
/* NULL: not declared; nothing is told. */
struct xsd_global *xsd_find(const struct xsd *x, enum xsd_kind kind, struct qname name);
/* Resolves a QName text that stands at a node of this schema; tells when its prefix is unknown. */
bool xsd_qname(const struct xsd *x, const struct xsd_schema *s, const xmlNode *node,
               const char *text, struct qname *out);
/* Tells that a declaration is missing, and why where an import was stepped over. */
void xsd_tell_missing(const struct xsd *x, const struct xsd_schema *s, const xmlNode *node,
                      const char *what, struct qname name);

#endif
