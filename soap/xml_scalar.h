/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lexical forms of XML Schema's numbers, booleans and blanks, and JSON's. */
#ifndef SOAP_XML_SCALAR_H
#define SOAP_XML_SCALAR_H

#include "base/value.h"

/* Without XML's blanks at both ends. */
struct str xml_scalar_trim(struct str text);
/* An xs:decimal or xs:double as a JSON lexeme: a slice of `text` where it is one already, else
 * written anew in the arena ("+1", ".5", "1.", "007"). False: no number, INF and NaN included, or
 * no memory. */
bool xml_scalar_number(struct arena *a, struct str text, struct str *lexeme);
/* true, false, 1, 0. False: none of them. */
bool xml_scalar_boolean(struct str text, bool *is_true);
/* Blanks at the ends cut, runs of them made one space; `strip` leaves none at all (base64).
 * p == NULL: no memory. */
struct str xml_scalar_collapse(struct arena *a, struct str text, bool strip);
/* A JSON lexeme as an xs:decimal (no exponent), without a fraction of zeros where `integer`.
 * False: its exponent is past 1000. */
bool xml_scalar_plain(struct buf *out, struct str lexeme, bool integer);

static inline bool
xml_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

#endif
