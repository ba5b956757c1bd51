/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members that OpenAPI 3.1 does not know: most often slips, such as `paramaters`. */
#ifndef CONTRACT_KEYS_H
#define CONTRACT_KEYS_H

#include "contract/sources.h"

/* Warns of each in the lowered tree; schemas have their own check. */
void keys_check(struct sources *s, cJSON *root);

#endif
