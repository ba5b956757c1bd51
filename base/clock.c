/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks, and how times and durations are written. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

#define SECOND  ((int64_t)1000000)
#define LONGEST (24 * 3600 * SECOND)

static int64_t
now(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return t.tv_sec * SECOND + t.tv_nsec / 1000;
}

int64_t
clock_us(void)
{
    return now(CLOCK_MONOTONIC);
}

int64_t
clock_utc_us(void)
{
    return now(CLOCK_REALTIME);
}

void
clock_format(int64_t utc_us, char out[28])
{
    int64_t part = utc_us % SECOND;
    time_t seconds = (time_t)(utc_us / SECOND);
    struct tm tm;

    if (part < 0) { /* before 1970 the division has rounded up */
        part += SECOND;
        seconds--;
    }
    if (!gmtime_r(&seconds, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
        memcpy(out, "0000-00-00T00:00:00.000000Z", 28);
        return;
    }
    size_t n = strftime(out, 28, "%Y-%m-%dT%H:%M:%S", &tm);

    snprintf(out + n, 28 - n, ".%06uZ", (unsigned)part % 1000000u);
}

bool
clock_parse_duration(struct str text, int64_t *us)
{
    static const struct {
        struct str name;
        int64_t us;
    } units[] = {
        {STR("ms"), 1000}, {STR("s"), SECOND}, {STR("m"), 60 * SECOND}, {STR("h"), 3600 * SECOND}};
    size_t digits = 0;
    uint64_t n;

    while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
        digits++;
    if (!str_to_u64(str_head(text, digits), &n))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (!str_eq(str_from(text, digits), units[i].name))
            continue;
        if (n > (uint64_t)(LONGEST / units[i].us))
            return false;
        *us = (int64_t)n * units[i].us;
        return true;
    }
    return false;
}
