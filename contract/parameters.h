/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parameters of an operation: OpenAPI 3.1, section 4.8.12. */
#ifndef CONTRACT_PARAMETERS_H
#define CONTRACT_PARAMETERS_H

#include "contract/loader.h"

/* Merges those of the path item and of the operation (which win), and orders them: path (as in
 * the template), query, header, cookie. */
void parameters_read(struct loader *l, const cJSON *path_item, struct draft *d);
/* Tells a style that the parameter's type forbids. */
void parameters_check(struct loader *l, const struct draft *d);

#endif
