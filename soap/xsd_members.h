/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The members of a complex type: its particles, attributes and text, those of its base first.
 */
#ifndef SOAP_XSD_MEMBERS_H
#define SOAP_XSD_MEMBERS_H

#include "contract/type.h"
#include "soap/xsd_lower.h"

#define XSD_UNBOUNDED   (~0u)
#define XSD_TYPE_MEMBER "@type"  /* xsi:type */
#define XSD_TEXT_MEMBER "$value" /* simple or mixed content */
#define XSD_ANY_MEMBER  "$any"   /* the elements of a wildcard */

struct xsd_member {
    struct xsd_member *next;
    const char *name;                /* in JSON */
    const char *local, *ns;          /* on the wire */
    uint8_t node;                    /* enum xml_node */
    const struct xsd_schema *schema; /* where the declaration stands */
    xmlNode *declaration;            /* of the element or attribute; NULL for text and wildcard */
    cJSON *text;                     /* of simple content, to be taken; NULL: mixed */
    unsigned min, max;               /* how often in the object, all particles taken together */
    bool chosen;                     /* stands in a choice */
    bool inherited;                  /* the base's own component has it */
};

struct xsd_choice {
    struct xsd_choice *next;
    struct xsd_branch {
        struct xsd_branch *next;
        struct xsd_branch_member {
            struct xsd_branch_member *next;
            const struct xsd_member *member;
            bool required; /* whenever the branch is taken */
        } * members;
        bool emptiable; /* it requires no member */
    } * branches;
    bool optional;  /* no branch at all is fine too */
    bool overlaps;  /* a member stands in two branches */
    bool inherited; /* the base's own component has it */
};

struct xsd_members {
    struct xsd_lower *l;
    struct xsd_member *first, **last;
    struct xsd_choice *choices;
    const struct xsd_global *base; /* what the type extends; NULL: nothing, or it restricts */
    struct xsd_choice *choosing;   /* while inside one */
    struct xsd_branch *branch;
    unsigned depth;
};

void xsd_members_init(struct xsd_members *list, struct xsd_lower *l);
/* Finds those of a complexType. Mistakes are told. */
void xsd_members_of(struct xsd_members *list, const struct xsd_schema *s, xmlNode *type);

#endif
