/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x-telgate's `batch` of each operation. After the bindings are built. */
#ifndef CONTRACT_BATCHES_H
#define CONTRACT_BATCHES_H

#include "contract/loader.h"

/* Gives the operations of drafts that say `batch` theirs; mistakes are told. */
void batches_build(struct loader *l);

#endif
