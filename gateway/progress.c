/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { WIDTH = 40, FIRST_US = 300000, BAR_US = 100000, LINE_US = 2000000 };

void
progress_begin(struct progress *p, const char *what)
{
    *p = (struct progress){.what = what, .began_us = clock_us(), .told_us = clock_us()};
}

static void
draw(const struct progress *p, double part)
{
    int full = (int)(part * WIDTH);

    fprintf(stderr, "\r%s [%.*s%*s] %3.0f%%", p->what, full,
            "########################################", WIDTH - full, "", part * 100);
}

void
progress_tell(void *context, uint64_t done, uint64_t all)
{
    struct progress *p = context;
    bool terminal = isatty(STDERR_FILENO);
    int64_t now = clock_us();
    double part = all ? (double)done / (double)all : 1;

    if (now - p->began_us < (terminal ? FIRST_US : LINE_US) ||
        now - p->told_us < (terminal ? BAR_US : LINE_US))
        return;
    p->told_us = now;
    p->shown = true;
    if (terminal)
        draw(p, part > 1 ? 1 : part);
    else
        fprintf(stderr, "%s: %.0f%%\n", p->what, part * 100);
}

void
progress_end(struct progress *p)
{
    if (p->shown && isatty(STDERR_FILENO))
        fprintf(stderr, "\r%*s\r", WIDTH + 40, "");
}
