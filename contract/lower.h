/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swagger 2.0 and OpenAPI 3.0 made into OpenAPI 3.1 with JSON Schema 2020-12, in place, before
 * anything else looks at them. What cannot be carried over is told, never dropped in silence.
 */
#ifndef CONTRACT_LOWER_H
#define CONTRACT_LOWER_H

#include "contract/sources.h"
#include "contract/walk.h"

/* A whole document, by its own dialect; 3.1 is left as it is. */
void lower_document(struct sources *s, const struct source *source);
/* A part of a file that has no `openapi` or `swagger` of its own. */
void lower_part(struct sources *s, uint8_t dialect, enum walk_part part, cJSON *node);
/* Where a part of a lowered document stands that stood at the pointer; in the arena. */
struct str lower_pointer(struct arena *a, uint8_t dialect, struct str pointer);

#endif
