/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "graphql/errors.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/json.h"

enum { MESSAGE_MAX = 400, PATH_MAX_STEPS = 512 };

static struct error *
append(struct errors *e, struct location at, const char *code, struct str message)
{
    struct error *error;

    if (e->count >= ERRORS_MAX)
        return NULL;
    error = ARENA_NEW(e->arena, struct error);
    if (!error || !message.p) {
        e->memory = true;
        e->count++;
        return NULL;
    }
    *error = (struct error){.message = message, .at = at, .code = str_of(code)};
    if (e->last)
        e->last->next = error;
    else
        e->first = error;
    e->last = error;
    e->count++;
    return error;
}

struct error *
errors_add(struct errors *e, struct location at, const char *code, const char *format, ...)
{
    char text[MESSAGE_MAX];
    struct fault cut;
    va_list args;

    if (e->count >= ERRORS_MAX)
        return NULL;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (str_is_utf8(str_of(text)))
        return append(e, at, code, arena_dup(e->arena, str_of(text)));
    fault_set(&cut, FAULT_INTERNAL, "%s", text); /* cuts at a character */
    return append(e, at, code, arena_dup(e->arena, str_of(cut.detail)));
}

void
errors_add_fault(struct errors *e, struct location at, const struct error_path *path,
                 const struct fault *f)
{
    const struct fault_row *row = fault_row(f->code);
    struct str text = str_of(f->detail[0] ? f->detail : row->title);
    struct str message = f->pointer[0]
                             ? arena_printf(e->arena, "%s: %.*s", f->pointer, STR_ARG(text))
                             : arena_dup(e->arena, text);
    struct error *error = append(e, at, row->graphql, message);

    if (!error)
        return;
    error->path = path;
    error->status = f->status;
    error->title = str_of(row->title);
}

static void
write_path(struct buf *out, const struct error_path *path)
{
    const struct error_path *steps[PATH_MAX_STEPS];
    unsigned n = 0;

    for (; path && n < PATH_MAX_STEPS; path = path->above)
        steps[n++] = path;
    buf_str(out, STR(",\"path\":["));
    for (unsigned i = n; i-- > 0;) {
        if (steps[i]->name.p)
            json_write_string(out, steps[i]->name);
        else
            buf_printf(out, "%u", steps[i]->index);
        if (i)
            buf_put_char(out, ',');
    }
    buf_put_char(out, ']');
}

static void
write_extensions(struct buf *out, const struct error *error)
{
    buf_str(out, STR(",\"extensions\":{\"code\":"));
    json_write_string(out, error->code);
    if (error->status) {
        buf_printf(out, ",\"status\":%u,\"problem\":{\"title\":", error->status);
        json_write_string(out, error->title);
        buf_printf(out, ",\"status\":%u,\"detail\":", error->status);
        json_write_string(out, error->message);
        buf_put_char(out, '}');
    }
    buf_put_char(out, '}');
}

void
errors_write(struct buf *out, const struct errors *e)
{
    buf_put_char(out, '[');
    for (const struct error *error = e->first; error; error = error->next) {
        buf_str(out, STR("{\"message\":"));
        json_write_string(out, error->message);
        if (error->at.line)
            buf_printf(out, ",\"locations\":[{\"line\":%u,\"column\":%u}]", error->at.line,
                       error->at.column);
        if (error->path)
            write_path(out, error->path);
        write_extensions(out, error);
        buf_put_char(out, '}');
        if (error->next)
            buf_put_char(out, ',');
    }
    if (!e->first)
        buf_str(out, STR("{\"message\":\"out of memory\"}"));
    buf_put_char(out, ']');
}
