/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plain YAML scalar means by the core schema of YAML 1.2 (section 10.3.2). */
#ifndef BASE_SCALAR_H
#define BASE_SCALAR_H

#include <cjson/cJSON.h>

#include "base/str.h"

/* text ends in NUL. A node of its own for the caller to cJSON_Delete: null, boolean, number or
 * text; a number keeps a JSON lexeme in valuestring (0x1F becomes 31, +.5 becomes 0.5). NULL: no
 * memory, or *why (static) says that this number cannot be written in JSON. */
cJSON *scalar_node(struct str text, const char **why);

#endif
