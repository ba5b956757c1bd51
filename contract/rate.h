/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `rate` of x-telgate: how many calls are let in, of whom; "N/UNIT [per WHOM]", or a list of such
 * texts, which all must have room. It is counted where it is declared: operations that inherit a
 * rate share it.
 */
#ifndef CONTRACT_RATE_H
#define CONTRACT_RATE_H

#include "contract/loader.h"

/* Fills the operation's rates; every mistake is told, once for all who inherit it. */
void rate_read(struct loader *l, struct draft *d);

#endif
