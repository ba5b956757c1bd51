/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML <-> value, by type: the types say what is a list, a number, an attribute, a null.
 *
 * A codec holds one table per type, built once at load and shared by all threads after. Reading is
 * order tolerant and steps over elements the type does not know; writing keeps the order of the
 * type's fields and refuses what it cannot write. An absent list reads as [] where the member is
 * required or its default is []; else it stays absent. Text of a number keeps its digits.
 */
#ifndef SOAP_XML_CODEC_H
#define SOAP_XML_CODEC_H

#include "contract/type.h"

struct xml_codec;

struct xml_root { /* a document: one element, and its type */
    const struct xml_codec *codec;
    const struct xml_table *table; /* of the document: its only field is the root element */
    struct str declarations;       /* ` xmlns:n1="..."` for everything below it */
};

/* Lives in the arena. `open`: members that an object's type does not know are kept and written as
 * generic elements, unless the type is closed; else they are stepped over, and refused in what is
 * written. NULL: no memory. */
struct xml_codec *xml_codec_new(struct arena *a, bool open);
/* A root element {ns}local of type t; NULL: no memory. The type set must be finished. */
const struct xml_root *xml_codec_root(struct xml_codec *c, struct str ns, struct str local,
                                      const struct type *t);
/* Builds the tables of all roots; none can be added after. False: no memory. */
bool xml_codec_finish(struct xml_codec *c);

/* Reads a document in UTF-8. The value's texts live in the arena, its names there or in the types.
 * Facets (bounds, patterns, enumerations) are type_validate's to check; that numbers are numbers,
 * that nothing is there twice and nothing required is missing is checked here. Fault: `wrong`
 * with line and member, never the text; or MEMORY. Thread-safe. */
enum fault_code xml_read(const struct xml_root *root, struct arena *a, struct str bytes,
                         enum fault_code wrong, struct value *out, struct fault *f)
    __attribute__((warn_unused_result));
/* Appends the root element with its declarations, no XML declaration. Fault: INVALID_VALUE with
 * the member, or MEMORY (out->failed). Thread-safe. */
enum fault_code xml_write(const struct xml_root *root, const struct value *v, struct buf *out,
                          struct fault *f) __attribute__((warn_unused_result));
/* Frees the calling thread's parser contexts; they come back when needed. */
void xml_thread_fini(void);

#endif
