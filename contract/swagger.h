/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shape of a Swagger 2.0 document made into that of OpenAPI 3; for lower.c. */
#ifndef CONTRACT_SWAGGER_H
#define CONTRACT_SWAGGER_H

#include "contract/sources.h"
#include "contract/walk.h"

/* Everything but the schemas' keywords and the $refs' texts. */
void swagger_lower(struct sources *s, cJSON *root);
/* A parameter, header or response of a file of its own. */
void swagger_lower_part(struct sources *s, enum walk_part part, cJSON *node);

#endif
