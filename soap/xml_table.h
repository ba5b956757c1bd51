/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables that xml_read.c and xml_write.c follow. Private to the codec and to message.c, which
 * builds those of the envelope itself.
 *
 * Names are interned in the codec's dictionary, which is frozen when the codec is finished, so a
 * name compares by pointer and threads share the tables.
 */
#ifndef SOAP_XML_TABLE_H
#define SOAP_XML_TABLE_H

#include <libxml/tree.h>
#include <libxml/dict.h>

#include "soap/mime.h"
#include "soap/xml_char.h"
#include "soap/xml_codec.h"

enum { XML_DEPTH = 64, XML_NAMESPACES = 64, XML_TAG_PADDING = 32 };

enum xml_content {
    XML_CONTENT_STRING,
    XML_CONTENT_NUMBER,
    XML_CONTENT_BOOLEAN,
    XML_CONTENT_SCALAR,  /* a boolean or a number */
    XML_CONTENT_OBJECT,  /* members by `fields` */
    XML_CONTENT_WRAPPER, /* the element around a list's items: one field */
    XML_CONTENT_GENERIC, /* anything: objects, lists and texts as they come */
    XML_CONTENT_MAP,     /* the same, but always an object */
    XML_CONTENT_SKIP     /* stepped over */
};

struct xml_field {
    const xmlChar *local, *ns;     /* interned; ns NULL for none */
    const struct xml_table *table; /* of the element: of one item, for a list */
    uint32_t slot;                 /* place among the members */
    bool repeats;                  /* a list without an element of its own */
    bool is_leaf;                  /* one element, with text only */
    struct str tag, close;         /* "<n1:Name>", "</n1:Name>"; attribute: ` n1:name="`;
                                    * XML_TAG_PADDING bytes can be read at each */
};

struct xml_slot { /* a member, in the order of the type's fields */
    struct str name;
    const struct xml_field *field; /* NULL: no element or attribute of its own */
    uint8_t node;                  /* enum xml_node */
    bool required, empty_list;     /* the latter: [] when no element is there */
};

struct xml_variant {
    const xmlChar *local, *ns;
    struct str value; /* of the discriminator */
    const struct xml_table *table;
    struct str tag; /* ` xsi:type="n1:Name"` */
};

struct xml_table {
    uint8_t content;                /* enum xml_content */
    bool nillable, collapse, strip; /* blanks around text, in text */
    bool integer, plain;            /* number written without fraction; without exponent */
    bool strict;                    /* unknown elements are refused */
    bool ignores_text;              /* between its elements */
    bool open;                      /* unknown members are written as generic elements */
    bool keeps;                     /* and unknown attributes are members, "@name" */
    bool typed;                     /* numbers and booleans in generic elements say so */
    bool drops;                     /* they are left out; else they are refused */
    bool nilled;                    /* some table with this one as its `bare` is nillable */
    uint32_t slot_count, element_count, attribute_count, variant_count;
    struct xml_slot *slots;
    struct xml_field *elements, *attributes; /* in the order of their slots */
    int32_t text, any, discriminator;        /* slots; -1: none */
    const struct xml_table *text_table;      /* how the text of slot `text` is read */
    struct xml_variant *variants;
    const struct xml_table
        *additional; /* of members that an open type does not name; NULL: generic */
    const struct xml_table *otherwise; /* of unknown elements, kept as "{ns}local"; or NULL */
    const struct type *type;           /* without null, where that is an alternative of its own */
    const struct xml_table *bare;      /* the table of that type; NULL: this is it */
    struct xml_table *next_seen;       /* while a root's declarations are collected */
    unsigned seen;
};

struct xml_codec {
    struct arena *arena;
    xmlDict *names;
    unsigned serial; /* tells codecs apart after one was freed and another came in its place */
    const xmlChar *xsi, *nil, *type;
    const xmlChar *namespaces[XML_NAMESPACES];
    struct str prefixes[XML_NAMESPACES]; /* that were wished for; empty: n1, n2, ... */
    unsigned namespace_count;
    struct xml_table **by_index; /* by type->index */
    unsigned room;
    struct xml_todo *todo, **last;
    struct xml_pending *roots;
    struct xml_table generic, skip;
    unsigned walks;
    struct xml_type_name *type_names; /* that were given: xml_publish_type */
    struct str ns; /* of a contract that says nothing about XML (see xml_publish.h); or empty */
    bool outside;  /* what comes is a caller's: lower limits; missing members are type_validate's to
                    * tell, with a pointer */
    bool open, failed;
};

/* A table with room for n members, all elements; for fields that xml_table_element fills. */
struct xml_table *xml_table_new(struct xml_codec *c, enum xml_content content, uint32_t n);
/* Adds the element {ns}local as a member of that name, a list where `repeats`. */
void xml_table_element(struct xml_codec *c, struct xml_table *t, struct str ns, struct str local,
                       struct str name, const struct xml_table *child, bool repeats);
/* Adds the attribute {ns}local. */
void xml_table_attribute(struct xml_codec *c, struct xml_table *t, struct str ns, struct str local,
                         struct str name, const struct xml_table *child);
/* Adds a type's member as table_fill does; the table has room for it. */
void xml_table_field(struct xml_codec *c, struct xml_table *t, const struct field *field);
/* The table of a type, built now or by xml_codec_finish. */
const struct xml_table *xml_table_of(struct xml_codec *c, const struct type *t);
/* The prefix that a namespace is to have in what is written, before any table is built; one that is
 * taken, or not fit, is not. */
void xml_codec_prefix(struct xml_codec *c, struct str ns, struct str prefix);
/* A root over a document table of one's own making. */
const struct xml_root *xml_codec_document(struct xml_codec *c, const struct xml_table *t);
/* Writes the document table's only element, without declarations. */
enum fault_code xml_write_element(const struct xml_table *document, const struct value *v,
                                  struct buf *out, struct fault *f)
    __attribute__((warn_unused_result));
/* The same; binary members that can be parts of the answer become xop:Includes. */
enum fault_code xml_write_package(const struct xml_table *document, const struct value *v,
                                  struct mime_answer *answer, struct buf *out, struct fault *f)
    __attribute__((warn_unused_result));
/* Writes the members of v as the table's elements. */
enum fault_code xml_write_members(const struct xml_table *t, const struct value *v, struct buf *out,
                                  struct fault *f) __attribute__((warn_unused_result));

#endif
