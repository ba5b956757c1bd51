/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts as application/x-www-form-urlencoded has them (WHATWG URL section 5.2). */
#ifndef AUTH_FORM_H
#define AUTH_FORM_H

#include "base/str.h"

/* Appends the text, encoded. */
void form_put(struct buf *b, struct str text);

#endif
