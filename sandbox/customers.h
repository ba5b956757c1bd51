/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The customer database's parts for each other. */
#ifndef SANDBOX_CUSTOMERS_H
#define SANDBOX_CUSTOMERS_H

#include "sandbox/system.h"

/* Customers 1001 to 1050 into the empty table. */
void customers_seed(struct store *s, uint64_t seed);

#endif
