/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The XML of a contract that was not made for XML: when xml_codec.ns is set, all elements stand in
 * that namespace, names are made XML names, a list that may be null gets an element of its own,
 * members without a type are left out of what is written, and missing ones are left to
 * type_validate.
 */
#ifndef SOAP_XML_PUBLISH_H
#define SOAP_XML_PUBLISH_H

#include "soap/xml_table.h"

struct xml_type_name { /* of a named type, in the schema and in xsi:type */
    struct xml_type_name *next;
    const struct type *type;
    struct str name;
};

/* An NCName of ASCII letters, in the arena; p == NULL: no memory. */
struct str xml_publish_ncname(struct arena *a, struct str name);
/* The name and namespace of a member beside those that t (or NULL) has already; `xml` itself where
 * the codec does not publish. */
struct type_xml xml_publish(struct xml_codec *c, struct type_xml xml, const struct xml_table *t);
/* True when the codec publishes, and null and [] could not be told apart without a wrapper. */
bool xml_publish_wraps(const struct xml_codec *c, const struct type *list);
/* True when a variant has members that the type itself has not: else xsi:type says nothing that the
 * discriminator does not. */
bool xml_publish_needs(const struct type *t, const struct type *variant);
bool xml_publish_is_attribute(const struct type *t);
/* True where XML Schema's type takes no notice of blanks around the text. */
bool xml_publish_collapses(const struct type *t);
/* The type's name in the schema, given now or before. */
struct str xml_publish_type(struct xml_codec *c, const struct type *t);

#endif
