/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x-telgate's call, calls or proxy of each operation, compiled. After the types are finished. */
#ifndef CONTRACT_BINDINGS_H
#define CONTRACT_BINDINGS_H

#include "contract/loader.h"

/* Gives every draft's operation its binding and what else x-telgate says of it. */
void bindings_build(struct loader *l);

#endif
