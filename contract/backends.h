/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `backends` of x-telgate: where the systems behind the gateway are, and how they are spoken to. */
#ifndef CONTRACT_BACKENDS_H
#define CONTRACT_BACKENDS_H

#include "contract/loader.h"

/* Fills the contract's backends; every mistake is told. */
void backends_read(struct loader *l);
/* By name; NULL after telling, at `from` or where the backend itself is at fault. */
const struct backend *backends_find(struct loader *l, const cJSON *from, struct str name);
/* A duration member of an object, checked (> 0); `otherwise` when it is absent or wrong. */
int64_t backends_duration(struct loader *l, const cJSON *text, int64_t otherwise);

#endif
