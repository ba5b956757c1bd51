/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks, and how times and durations are written. */
#include "base/clock.h"

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

/* n digits, and what stands behind them. */
static char *
put_number(char *to, int n, unsigned number, char behind)
{
    for (int i = n; i-- > 0; number /= 10)
        to[i] = (char)('0' + number % 10);
    to[n] = behind;
    return to + n + 1;
}

void
clock_format(int64_t utc_us, char out[28])
{
    int64_t part = utc_us % SECOND;
    time_t seconds = (time_t)(utc_us / SECOND);
    struct tm tm;
    char *to;

    if (part < 0) { /* before 1970 the division has rounded up */
        part += SECOND;
        seconds--;
    }
    if (!gmtime_r(&seconds, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
        memcpy(out, "0000-00-00T00:00:00.000000Z", 28);
        return;
    }
    /* by hand: each record and each line of a log has a time, and strftime is slow */
    to = put_number(out, 4, (unsigned)tm.tm_year + 1900, '-');
    to = put_number(to, 2, (unsigned)tm.tm_mon + 1, '-');
    to = put_number(to, 2, (unsigned)tm.tm_mday, 'T');
    to = put_number(to, 2, (unsigned)tm.tm_hour, ':');
    to = put_number(to, 2, (unsigned)tm.tm_min, ':');
    to = put_number(to, 2, (unsigned)tm.tm_sec, '.');
    to = put_number(to, 6, (unsigned)part, 'Z');
    *to = '\0';
}

/* The next n digits as a number, and what stands behind them; false on anything else. */
static bool
take_number(struct str *rest, size_t n, char behind, int64_t *out)
{
    uint64_t number;

    if (rest->n < n || !str_to_u64(str_head(*rest, n), &number))
        return false;
    *out = (int64_t)number;
    *rest = str_from(*rest, n);
    if (!behind)
        return true;
    if (!rest->n || rest->p[0] != behind)
        return false;
    *rest = str_from(*rest, 1);
    return true;
}

static int64_t
take_fraction(struct str *rest)
{
    int64_t us = 0, unit = SECOND / 10;

    if (!rest->n || rest->p[0] != '.')
        return 0;
    *rest = str_from(*rest, 1);
    for (; rest->n && rest->p[0] >= '0' && rest->p[0] <= '9'; *rest = str_from(*rest, 1)) {
        us += (rest->p[0] - '0') * unit;
        unit /= 10;
    }
    return us;
}

/* "Z" or "+01:00", to the end. */
static bool
take_offset(struct str rest, int64_t *seconds)
{
    int64_t hours, minutes;
    bool west = rest.n && rest.p[0] == '-';

    *seconds = 0;
    if (rest.n == 1 && rest.p[0] == 'Z')
        return true;
    if (rest.n != 6 || (!west && rest.p[0] != '+'))
        return false;
    rest = str_from(rest, 1);
    if (!take_number(&rest, 2, ':', &hours) || !take_number(&rest, 2, 0, &minutes) || hours > 14 ||
        minutes > 59)
        return false;
    *seconds = (west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

bool
clock_parse(struct str text, int64_t *utc_us)
{
    int64_t year, month, day, hour, minute, second, fraction, offset;
    struct tm tm = {0}, back;
    time_t seconds;

    if (!take_number(&text, 4, '-', &year) || !take_number(&text, 2, '-', &month) ||
        !take_number(&text, 2, 'T', &day) || !take_number(&text, 2, ':', &hour) ||
        !take_number(&text, 2, ':', &minute) || !take_number(&text, 2, 0, &second))
        return false;
    fraction = take_fraction(&text);
    if (!take_offset(text, &offset) || year < 1970 || month < 1 || month > 12 || hour > 23 ||
        minute > 59 || second > 60)
        return false;
    tm = (struct tm){.tm_year = (int)year - 1900,
                     .tm_mon = (int)month - 1,
                     .tm_mday = (int)day,
                     .tm_hour = (int)hour,
                     .tm_min = (int)minute,
                     .tm_sec = (int)second};
    seconds = timegm(&tm); /* the 30th of February is another day's name */
    if (!gmtime_r(&seconds, &back) || (second < 60 && back.tm_mday != (int)day))
        return false;
    *utc_us = ((int64_t)seconds - offset) * SECOND + fraction;
    return true;
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
