/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a type's XML document is called (OpenAPI 3.1, section 4.8.26): its root element by the
 * schema's `xml`, else by the component's name; of a list, the items' element in the same way.
 */
#ifndef CONTRACT_XML_ROOT_H
#define CONTRACT_XML_ROOT_H

#include "contract/type.h"

/* Why a type has no document of its own. */
enum xml_lack {
    XML_WHOLE, /* it has */
    XML_UNTYPED,
    XML_UNNAMED,
    XML_UNWRAPPED, /* a list without an element around it */
    XML_ITEMS_UNNAMED
};

struct xml_root_names {
    struct type_xml root; /* name and namespace; the rest is not used */
    struct type_xml item; /* of a list; else without a name */
};

/* The type is finished; it may be NULL. The names are borrowed from it, filled in for XML_WHOLE. */
enum xml_lack xml_root_of(const struct type *t, struct xml_root_names *out);
/* An NCName (Namespaces in XML 1.0, section 3); beyond ASCII any letter will do. */
bool xml_is_ncname(struct str name);

#endif
