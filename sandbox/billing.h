/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Billing's parts for each other. */
#ifndef SANDBOX_BILLING_H
#define SANDBOX_BILLING_H

#include "sandbox/system.h"

/* Accounts 1001 to 1050 and their invoices into the empty tables. */
void billing_seed(struct store *s, uint64_t seed);

#endif
