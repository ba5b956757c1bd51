/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The collected mistakes of what is read at load (declared in document.h). */
#include "base/document.h"

#include <stdarg.h>
#include <stdio.h>

enum { LONGEST_LINE = 2048 };

void
report_init(struct report *r, struct arena *a)
{
    *r = (struct report){.arena = a};
}

/* Where there is no memory, the count still tells that something was wrong. */
static void
add(struct report *r, struct place at, bool warning, const char *format, va_list args)
{
    char text[LONGEST_LINE];
    struct report_line *line = ARENA_NEW(r->arena, struct report_line);

    if (warning)
        r->warnings++;
    else
        r->errors++;
    if (!line || vsnprintf(text, sizeof text, format, args) < 0)
        return;
    line->warning = warning;
    if (at.line)
        line->text =
            arena_printf(r->arena, "%.*s:%u:%u: %s", STR_ARG(at.path), at.line, at.column, text);
    else
        line->text = arena_printf(r->arena, "%.*s: %s", STR_ARG(at.path), text);
    if (!line->text.p)
        line->text = STR("out of memory");
    if (r->last)
        r->last->next = line;
    else
        r->first = line;
    r->last = line;
}

void
report_error(struct report *r, struct place at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(r, at, false, format, args);
    va_end(args);
}

void
report_warning(struct report *r, struct place at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(r, at, true, format, args);
    va_end(args);
}
