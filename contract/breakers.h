/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x-telgate's `breaker` of each operation. After the bindings are built. */
#ifndef CONTRACT_BREAKERS_H
#define CONTRACT_BREAKERS_H

#include "contract/loader.h"

/* Gives the operations of drafts that say `breaker` their rule, equal ones the same, and marks the
 * backends that they call; every mistake is told, once where it is inherited. */
void breakers_build(struct loader *l);

#endif
