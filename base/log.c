/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of JSON, each written whole. Text that is no UTF-8 is repaired, not dropped. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"

enum { LONGEST_MESSAGE = 2048, LONGEST_LINE = 16384 };

static atomic_int to_fd = STDERR_FILENO;
static atomic_int least_level = LOG_INFO;

void
log_to(int fd, enum log_level least)
{
    atomic_store(&to_fd, fd);
    atomic_store(&least_level, (int)least);
}

bool
log_wants(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&least_level, memory_order_relaxed);
}

static struct str
level_name(enum log_level level)
{
    static const struct str names[] = {STR("debug"), STR("info"), STR("warning"), STR("error")};

    return names[level];
}

/* JSON asks for no escape of DEL and of the C1 controls; but a terminal would obey them. */
static unsigned
control_of(const char *p, size_t step)
{
    unsigned char c = (unsigned char)*p;

    if (step == 2 && c == 0xc2 && (unsigned char)p[1] < 0xa0)
        return (unsigned char)p[1];
    return step == 1 && (c < 0x20 || c == 0x7f) ? c : 0;
}

static void
put_char(struct buf *line, const char *p, size_t step)
{
    if (!step)
        buf_str(line, STR("\xef\xbf\xbd")); /* U+FFFD */
    else if (control_of(p, step) || !*p)
        buf_printf(line, "\\u%04x", control_of(p, step));
    else if (*p == '"' || *p == '\\')
        buf_printf(line, "\\%c", *p);
    else
        buf_put(line, p, step);
}

/* True for what json_write_string makes harmless. */
static bool
is_clean(struct str text)
{
    const char *p = text.p, *end = p + text.n;

    for (;;) {
        size_t step;

        while (p < end && (unsigned char)*p < 0x7f) /* most text: json_write_string sees to it */
            p++;
        if (p == end)
            return true;
        step = str_utf8_step(p, end);
        if (!step || control_of(p, step) >= 0x7f)
            return false;
        p += step;
    }
}

static void
put_text(struct buf *line, struct str text)
{
    const char *p = text.p, *end = p + text.n;

    if (!text.n || is_clean(text)) {
        json_write_string(line, text);
        return;
    }
    buf_put_char(line, '"');
    while (p < end && !line->failed) {
        size_t step = str_utf8_step(p, end);

        put_char(line, p, step);
        p += step ? step : 1;
    }
    buf_put_char(line, '"');
}

void
log_open(struct buf *line, enum log_level level, const char *event)
{
    char time[28];

    clock_format(clock_utc_us(), time);
    buf_str(line, STR("{\"time\":\""));
    buf_put(line, time, 27);
    buf_str(line, STR("\",\"level\":\""));
    buf_str(line, level_name(level));
    buf_str(line, STR("\",\"event\":"));
    put_text(line, str_of(event));
}

static void
put_name(struct buf *line, const char *name)
{
    buf_put_char(line, ',');
    put_text(line, str_of(name));
    buf_put_char(line, ':');
}

void
log_field(struct buf *line, const char *name, struct str text)
{
    put_name(line, name);
    put_text(line, text);
}

void
log_field_int(struct buf *line, const char *name, int64_t n)
{
    put_name(line, name);
    buf_printf(line, "%lld", (long long)n);
}

void
log_close(struct buf *line)
{
    buf_put(line, "}\n", 2);
}

/* What the descriptor does not take is lost: a log never holds up a worker. */
void
log_write(struct str whole_lines)
{
    ssize_t n;

    if (!whole_lines.n)
        return;
    do
        n = write(atomic_load(&to_fd), whole_lines.p, whole_lines.n);
    while (n < 0 && errno == EINTR);
}

void
log_event(enum log_level level, const char *event, const char *format, ...)
{
    char message[LONGEST_MESSAGE];
    struct buf line;
    va_list args;

    if (!log_wants(level))
        return;
    int kept_errno = errno;

    va_start(args, format);
    int n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (n < 0)
        n = 0;
    if (n >= LONGEST_MESSAGE)
        n = LONGEST_MESSAGE - 1;
    buf_init(&line, LONGEST_LINE);
    log_open(&line, level, event);
    log_field(&line, "message", (struct str){message, (size_t)n});
    log_close(&line);
    if (!line.failed)
        log_write(buf_view(&line));
    buf_fini(&line);
    errno = kept_errno;
}
