/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of faults, and the filling of one. */
#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>

static const struct fault_row rows[FAULT_COUNT] = {
    {500, "NONE", "", "", "", "", "", ""},
#define FAULT(name, status, title, soap11, soap12, graphql, tmf, camara)                           \
    {status, #name, title, soap11, soap12, graphql, tmf, camara},
#include "base/fault.def"
#undef FAULT
};

const struct fault_row *
fault_row(enum fault_code code)
{
    return &rows[code];
}

/* Cuts what the end of the room has torn, and takes out what a face could not write: bytes that
 * are no UTF-8, and control characters, which XML does not have. */
static void
make_writable(char *text, size_t room)
{
    char *p = text, *end = text + strlen(text);
    bool full = (size_t)(end - text) == room - 1;

    while (p < end) {
        size_t step = str_utf8_step(p, end);

        if (!step && full && end - p < 4) {
            *p = '\0';
            return;
        }
        if (!step || (unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
        p += step ? step : 1;
    }
}

static void
print(char *to, size_t room, const char *format, va_list args)
{
    if (vsnprintf(to, room, format, args) < 0)
        to[0] = '\0';
    make_writable(to, room);
}

enum fault_code
fault_set(struct fault *f, enum fault_code code, const char *format, ...)
{
    va_list args;

    if (!f)
        return code;
    f->code = code;
    f->status = rows[code].status;
    f->pointer[0] = f->log[0] = '\0';
    f->retry_after_s = 0;
    va_start(args, format);
    print(f->detail, sizeof f->detail, format, args);
    va_end(args);
    return code;
}

void
fault_log(struct fault *f, const char *format, ...)
{
    va_list args;
    size_t n;

    if (!f)
        return;
    n = strlen(f->log);
    if (n && n + 2 < sizeof f->log) {
        memcpy(f->log + n, "; ", 3);
        n += 2;
    }
    va_start(args, format);
    print(f->log + n, sizeof f->log - n, format, args);
    va_end(args);
}

/* Where several rows share a status, the one that a backend's answer means by it. */
enum fault_code
fault_of_status(unsigned status)
{
    switch (status) {
    case 400: return FAULT_BAD_REQUEST;
    case 401: return FAULT_INVALID_TOKEN;
    case 500: return FAULT_INTERNAL;
    case 502: return FAULT_BACKEND_ERROR;
    case 503: return FAULT_UNAVAILABLE;
    default: break;
    }
    for (unsigned code = 1; code < FAULT_COUNT; code++)
        if (rows[code].status == status)
            return (enum fault_code)code;
    return status >= 400 && status <= 599 ? FAULT_BACKEND_ERROR : FAULT_INTERNAL;
}

bool
fault_point(struct fault *f, struct str token)
{
    size_t at = strlen(f->pointer);

    if (at + 1 >= sizeof f->pointer)
        return false;
    f->pointer[at++] = '/';
    for (size_t i = 0; i < token.n;) {
        size_t width = str_utf8_step(token.p + i, token.p + token.n);
        bool escape = token.p[i] == '~' || token.p[i] == '/';

        width += !width; /* never split what is no UTF-8 into nothing */
        if (at + width + escape >= sizeof f->pointer) {
            f->pointer[at] = '\0';
            return false;
        }
        memcpy(f->pointer + at, token.p + i, width);
        if (escape) {
            f->pointer[at] = '~';
            f->pointer[at + 1] = token.p[i] == '~' ? '0' : '1';
        }
        at += width + escape;
        i += width;
    }
    f->pointer[at] = '\0';
    return true;
}
