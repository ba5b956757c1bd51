/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain text (a parameter, a CSV cell) <-> value, by type. */
#ifndef CONTRACT_SCALAR_H
#define CONTRACT_SCALAR_H

#include "contract/type.h"

/* The value that the text stands for under t (NULL: text): a number or a boolean where t allows
 * one and the text is its JSON lexeme, else a string. Borrows the text. Whether t accepts the
 * value is type_validate's to say. */
struct value scalar_read(const struct type *t, struct str text);
/* The text of a string, number or boolean; empty for anything else. Borrowed. */
struct str scalar_text(const struct value *v);

#endif
