/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML Signature (RFC 3275, XML Signature 1.1), the little of it that is accepted: same-document
 * references to elements that the caller allows, exclusive canonicalization without comments, and
 * no transform but that and `enveloped-signature`. No XPath, no XSLT, no Manifest, no KeyInfo
 * that would choose a key.
 */
#ifndef SOAP_XML_SIGN_H
#define SOAP_XML_SIGN_H

#include "base/credential.h"
#include "soap/xml_file.h"

/* What a tree is read with, and where its texts go. */
struct xml_tree {
    xmlDoc *doc; /* tied to the arena */
    struct arena *arena;
    struct fault *fault;
    unsigned nodes; /* most that are read */
};

enum { XML_TREE_THEIRS = 20000, XML_TREE_OURS = 500000 };

enum { XML_SIGN_PARTS = 16 };

struct xml_signed {
    const xmlNode *nodes[XML_SIGN_PARTS]; /* what the parts of the signature are */
    unsigned n;
};

/* An element that "#id" may lead to; NULL: none, or a fault was set. */
typedef const xmlNode *xml_resolver(const struct xml_tree *t, struct str id, const void *context);

/* The bytes as a tree, with a bound on its nodes: INVALID_TOKEN or MEMORY. They have passed
 * xml_read_document, which has refused a DOCTYPE. */
enum fault_code xml_tree_read(struct xml_tree *t, struct str bytes)
    __attribute__((warn_unused_result));
/* All text of an element that holds nothing else, blanks cut off both ends; false (and a fault)
 * when an element is in it. */
bool xml_tree_text(const struct xml_tree *t, const xmlNode *element, struct str *out);
/* An attribute, ns NULL for none; an empty str when it is not there. */
struct str xml_tree_attribute(const struct xml_tree *t, const xmlNode *element, const char *ns,
                              const char *name);
/* Sets INVALID_TOKEN unless a fault is there already; false always. */
bool xml_tree_refuse(const struct xml_tree *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Sets MEMORY; false always. */
bool xml_tree_no_memory(const struct xml_tree *t);

/* Appends the canonical form of the element without `but` (NULL: whole); false on failure. */
bool xml_sign_canonical(const struct xml_tree *t, const xmlNode *element, const xmlNode *but,
                        const char *prefixes, struct str *out);
/* Reads a ds:Signature. False after setting the fault. */
bool xml_sign_read(const struct xml_tree *t, const xmlNode *signature, xml_resolver *resolve,
                   const void *context, struct xml_signature *out, struct xml_signed *what);

#endif
