/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML Schema lowered to JSON Schema 2020-12 with OpenAPI's `xml`, as one cJSON tree:
 * {"components": {"schemas": {...}}}. The tree goes through type_compile, and is what an import
 * of a WSDL writes into a contract. What each construct becomes is told in docs/soap.md.
 *
 * Named types become components, written when something refers to them; so recursion is a $ref.
 */
#ifndef SOAP_XSD_LOWER_H
#define SOAP_XSD_LOWER_H

#include "soap/xsd.h"

/* Beside OpenAPI's xml: {name, namespace, attribute, wrapped}: what stands in the element. */
#define XML_NODE_TYPE "nodeType" /* "text": simple content; "any": a wildcard's elements */
/* On a string: blanks at both ends are no part of it. */
#define XML_SPACE "x-xml-space"

struct xsd_lower {
    struct xsd *x;
    cJSON *root, *components;
    struct xsd_todo *todo, **last; /* components that have a name and no body yet */
    bool failed;                   /* out of memory */
};

/* false: out of memory. The tree is tied to the arena of x. */
bool xsd_lower_init(struct xsd_lower *l, struct xsd *x);
/* Writes the bodies of all components that were referred to. */
void xsd_lower_finish(struct xsd_lower *l);

/* All of these return a new node that the caller adds somewhere, or NULL after telling (or on
 * l->failed). `node` is where the reference stands. */
cJSON *xsd_lower_type(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *node,
                      struct qname type);
/* The type of an element declaration, named or anonymous. */
cJSON *xsd_lower_element(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *element);
/* Simple types: a schema without a $ref. */
cJSON *xsd_lower_builtin(struct xsd_lower *l, const char *local);
/* The built-in type that is lowered to that pattern; NULL: none. */
const char *xsd_builtin_of_pattern(const char *pattern);
cJSON *xsd_lower_simple(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *type);
/* True where blanks around its text are no part of it. */
bool xsd_simple_collapses(const struct xsd_lower *l, const struct xsd_schema *s,
                          const xmlNode *type);
/* Adds the facets that stand below an xs:restriction. */
void xsd_lower_facets(struct xsd_lower *l, const struct xsd_schema *s, const xmlNode *restriction,
                      cJSON *schema);
/* The body of a complexType; g is NULL for an anonymous one. */
cJSON *xsd_lower_complex(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *type,
                         const struct xsd_global *g);
/* The $ref of a top-level type, which becomes a component. */
cJSON *xsd_lower_reference(struct xsd_lower *l, const struct xsd_schema *s, xmlNode *type,
                           const char *wish, const struct xsd_global *g);

/* Adds `item` under `key` (or appends it, key NULL); deletes it and fails when that fails. */
void xsd_put(struct xsd_lower *l, cJSON *parent, const char *key, cJSON *item);
void xsd_put_string(struct xsd_lower *l, cJSON *parent, const char *key, const char *text);
/* A number node with its lexeme. */
void xsd_put_number(struct xsd_lower *l, cJSON *parent, const char *key, const char *lexeme);
/* Adds xml: {name, namespace, attribute}. */
void xsd_put_xml(struct xsd_lower *l, cJSON *schema, const char *local, const char *ns,
                 bool is_attribute);
/* Lets a schema accept null too; returns what replaces it. */
cJSON *xsd_lower_nullable(struct xsd_lower *l, cJSON *schema);
/* description, from xs:annotation. */
void xsd_put_description(struct xsd_lower *l, cJSON *schema, const xmlNode *declaration);

/* The pattern facet in the dialect of JSON Schema; NULL where that has no word for it (class
 * subtraction, Unicode blocks). */
const char *xsd_pattern(struct arena *a, const char *pattern);

#endif
