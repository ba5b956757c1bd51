/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose answers are remembered, for how long, and what besides the inputs they depend on: found by
 * a walk over the compiled mappings, so that no caller gets what was made for another. */
#ifndef CONTRACT_CACHING_H
#define CONTRACT_CACHING_H

#include "contract/loader.h"

/* From x-telgate's `cache`, once the operation's binding is built. */
void caching_read(struct loader *l, struct draft *d);

#endif
