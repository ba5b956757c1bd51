/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `paths` to operations: what each takes, answers and demands. Bindings come later, once the
 * types are finished.
 */
#ifndef CONTRACT_OPERATIONS_H
#define CONTRACT_OPERATIONS_H

#include "contract/loader.h"

/* Fills l->drafts and the contract's operations; every mistake is told. */
void operations_read(struct loader *l);
/* What only finished types show: parameters whose style their type forbids. */
void operations_check(struct loader *l);
/* Compiles a schema of the tree as it stands; name: of a component, or "". NULL after telling. */
const struct type *operations_compile(struct loader *l, cJSON *schema, struct str name);
/* The type of a schema; a plain $ref gives the component's own type. NULL: no schema, or told. */
const struct type *operations_type(struct loader *l, cJSON *schema);

#endif
