/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of money as text, reckoned in whole hundredths: no rounding on the way. */
#ifndef SANDBOX_AMOUNT_H
#define SANDBOX_AMOUNT_H

#include "base/str.h"

/* "12", "12.3", "-0.05" in hundredths; false on anything else, on a third decimal, and beyond 16
 * digits before the point. */
bool amount_read(struct str text, int64_t *hundredths);
/* With two decimals and a NUL. */
void amount_write(int64_t hundredths, char out[24]);

#endif
