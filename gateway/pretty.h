/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages with line breaks and indentation, for people to read. */
#ifndef GATEWAY_PRETTY_H
#define GATEWAY_PRETTY_H

#include "base/str.h"

/* Well-formed compact JSON or XML; anything else comes out odd, but whole. */
void pretty_json(struct buf *out, struct str text);
void pretty_xml(struct buf *out, struct str text);

#endif
