/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of money as text. */
#include "sandbox/amount.h"

#include <inttypes.h>
#include <stdio.h>

bool
amount_read(struct str text, int64_t *hundredths)
{
    uint64_t whole = 0, part = 0;
    bool minus = str_starts(text, STR("-"));
    struct str digits = str_from(text, minus);
    size_t point = str_find(digits, '.');
    struct str decimals = str_from(digits, point + 1);
    if (point > 16 || decimals.n > 2 || !str_to_u64(str_head(digits, point), &whole))
        return false;
    if (point < digits.n && !str_to_u64(decimals, &part))
        return false;
    int64_t sum = (int64_t)whole * 100 + (int64_t)(decimals.n == 1 ? part * 10 : part);
    *hundredths = minus ? -sum : sum;
    return true;
}

void
amount_write(int64_t hundredths, char out[24])
{
    uint64_t n = hundredths < 0 ? -(uint64_t)hundredths : (uint64_t)hundredths;
    snprintf(out, 24, "%s%" PRIu64 ".%02" PRIu64, hundredths < 0 ? "-" : "", n / 100, n % 100);
}
