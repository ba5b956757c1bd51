/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one type model behind validation, the codecs, and everything that is published.
 *
 * JSON Schema 2020-12 with OpenAPI's additions (discriminator, xml, readOnly, writeOnly) compiles
 * to it; older OpenAPI dialects and XSD are lowered to that form first. A type holds two things:
 * `rules`, the flat list of assertions that type_validate runs, and the shape (kinds, fields,
 * items, variants) that a codec follows, with $ref and allOf already resolved.
 * Types are immutable once compiled and live in the arena of their set; threads share them.
 */
#ifndef CONTRACT_TYPE_H
#define CONTRACT_TYPE_H

#include "base/document.h"

enum type_kinds { /* a mask: the kinds of value that a type may accept */
                  TYPE_NULL = 1,
                  TYPE_BOOLEAN = 2,
                  TYPE_INTEGER = 4,  /* a number without a fractional part */
                  TYPE_FRACTION = 8, /* any other number; `type: number` is both bits */
                  TYPE_NUMBER = TYPE_INTEGER | TYPE_FRACTION,
                  TYPE_STRING = 16,
                  TYPE_ARRAY = 32,
                  TYPE_OBJECT = 64,
                  TYPE_ANY = 127
};

enum type_format { /* asserted; a format not listed is an annotation, reported as a warning */
                   FORMAT_NONE,
                   FORMAT_INT32,
                   FORMAT_INT64,
                   FORMAT_FLOAT,
                   FORMAT_DOUBLE,
                   FORMAT_DECIMAL,
                   FORMAT_DATE,
                   FORMAT_TIME,
                   FORMAT_DATE_TIME,
                   FORMAT_DURATION,
                   FORMAT_BYTE,   /* base64 */
                   FORMAT_BINARY, /* raw bytes outside JSON */
                   FORMAT_UUID,
                   FORMAT_URI,
                   FORMAT_URI_REFERENCE,
                   FORMAT_EMAIL,
                   FORMAT_HOSTNAME,
                   FORMAT_IPV4,
                   FORMAT_IPV6,
                   FORMAT_PASSWORD
};

/* How a value is named in XML (OpenAPI's `xml` object; XSD's particles are lowered to it). */
enum xml_node { XML_ELEMENT, XML_ATTRIBUTE, XML_TEXT /* simple content */, XML_ANY /* wildcard */ };

struct type_xml {
    struct str name; /* local name; empty: the member's name */
    struct str ns;   /* namespace; empty: none */
    struct str prefix;
    uint8_t node; /* enum xml_node */
    bool wrapped; /* an array stands in an element of its own */
};

struct type;

struct field {
    struct str name;
    const struct type *type;
    bool required;       /* in every valid object */
    struct type_xml xml; /* name and namespace filled in for this member */
};

/* A subtype chosen by the value of the discriminator member. */
struct variant {
    struct str value; /* of the discriminator member */
    const struct type *type;
    struct type_xml xml; /* xsi:type's QName; empty when there is none */
};

struct rule;  /* one assertion; private to type_*.c */
struct names; /* a hash of member names; private to type_*.c */

struct type {
    struct str name;        /* component name, or "" for an inline schema */
    struct str description; /* or "" */
    unsigned index;         /* dense within its set: codecs keep tables by it */
    uint8_t kinds;          /* enum type_kinds; exact for codecs: allOf intersected, oneOf united */
    uint8_t format;         /* enum type_format */
    bool read_only, write_only, deprecated;
    bool branched;       /* a oneOf or anyOf says some of the fields */
    bool ordered_choice; /* at most one of the fields may be there (XSD choice, oneOf of members) */
    struct type_xml xml;

    struct field *fields; /* allOf bases first, then document order; oneOf/anyOf branches last */
    uint32_t field_count;
    const struct names *by_name;   /* of the fields: type_field */
    const struct type *items;      /* of an array; NULL: anything */
    const struct type *additional; /* members not in fields; NULL: anything */
    bool closed;                   /* no member outside `fields` is allowed */
    const struct type *bare;       /* of anyOf or oneOf it and null: what it is else; or NULL */
    struct str discriminator;      /* member name, or "" */
    struct variant *variants;
    uint32_t variant_count;
    const struct value *choices;  /* enum/const as an array value; NULL: none */
    const struct value *fallback; /* `default`; NULL: none */

    const struct rule *rules;
    uint32_t rule_count;
    const cJSON *schema; /* what it was compiled from, for publishing */
};

/* Resolves a $ref met at `from` to the schema it names, with the document that holds it (for the
 * places in messages). NULL after telling the report. */
struct type_resolver {
    const cJSON *(*resolve)(void *context, const struct document *home, const cJSON *from,
                            const char *reference, const struct document **where);
    void *context;
};

struct type_set;

/* Everything lives in the arena. The report gets each mistake and each unsupported keyword as an
 * error with its place. */
struct type_set *type_set_new(struct arena *a, struct type_resolver resolver, struct report *r);
/* Compiles a schema node, or returns the type that the same node gave before; recursive schemas
 * are fine. name: component name or "". NULL after telling the report. */
const struct type *type_compile(struct type_set *s, const struct document *home,
                                const cJSON *schema, struct str name);
/* Number of types so far: one more than the largest index. */
unsigned type_set_count(const struct type_set *s);
/* Once everything is compiled: flattens fields, kinds and variants. Types are usable after. */
void type_set_finish(struct type_set *s);

/* Who looks at the value: readOnly members are refused in a request (and let through in a lenient
 * one), writeOnly ones in an answer; there they are not required either. */
enum type_direction { TYPE_REQUEST, TYPE_ANSWER, TYPE_REQUEST_LENIENT };

/* Checks v; on failure fills the fault (INVALID_VALUE) with the JSON Pointer of the first value at
 * fault and a detail that names the rule and what was expected, never the value. Depth and
 * pattern matching are bounded. Thread-safe. */
enum fault_code type_validate(const struct type *t, const struct value *v,
                              enum type_direction direction, struct fault *f)
    __attribute__((warn_unused_result));
/* The variant that the value's discriminator member names, or t itself. */
const struct type *type_variant(const struct type *t, const struct value *v);
/* A list and nothing else, but for null. NULL is none. */
static inline bool
type_is_list(const struct type *t)
{
    return t && (t->kinds & (uint8_t)~TYPE_NULL) == TYPE_ARRAY;
}

/* By name; *hint is tried first and set to the next field on success. NULL when unknown. */
const struct field *type_field(const struct type *t, struct str name, uint32_t *hint);

#endif
