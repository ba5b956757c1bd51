/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time: monotonic for deadlines, UTC for records. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

/* CLOCK_MONOTONIC in microseconds. */
int64_t clock_us(void);
/* UTC in microseconds since 1970. */
int64_t clock_utc_us(void);
/* RFC 3339 with six fraction digits and Z: "2026-11-23T15:04:05.123456Z" (27 bytes and a NUL). */
void clock_format(int64_t utc_us, char out[28]);
/* RFC 3339, with Z or an offset, any number of fraction digits (of which six count); false on
 * anything else, and outside the years 1970 to 9999. */
bool clock_parse(struct str text, int64_t *utc_us);
/* "250ms", "2s", "1m", "1h" in microseconds; false on anything else, or past 24 h. */
bool clock_parse_duration(struct str text, int64_t *us);

#endif
