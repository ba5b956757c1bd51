/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rest/problem.h"

#include <stdio.h>

#include "base/json.h"

static void
put_text(struct buf *out, const char *key, struct str text)
{
    if (!text.n)
        return;
    buf_printf(out, "%s\"%s\":", out->n > 1 ? "," : "", key);
    json_write_string(out, text);
}

static void
put_number(struct buf *out, const char *key, unsigned n)
{
    buf_printf(out, "%s\"%s\":%u", out->n > 1 ? "," : "", key, n);
}

static void
put_problem(struct buf *out, const struct fault *f, struct str correlator)
{
    const struct fault_row *row = fault_row(f->code);

    put_text(out, "type", STR("about:blank"));
    put_text(out, "title", str_of(row->title));
    put_number(out, "status", f->status);
    put_text(out, "code", str_of(row->name));
    put_text(out, "detail", str_of(f->detail));
    put_text(out, "pointer", str_of(f->pointer));
    put_text(out, "correlator", correlator);
}

/* "/pointer: detail", for the dialects that have no word for a pointer; never empty. */
static void
put_message(struct buf *out, const struct fault *f)
{
    const char *detail = f->detail[0] ? f->detail : fault_row(f->code)->title;
    char text[sizeof(f->detail) + sizeof(f->pointer) + 4];

    snprintf(text, sizeof(text), "%s%s%s", f->pointer, f->pointer[0] ? ": " : "", detail);
    put_text(out, "message", str_of(text));
}

static void
put_tmf(struct buf *out, const struct fault *f, struct str correlator)
{
    const struct fault_row *row = fault_row(f->code);
    char status[8];

    (void)correlator;
    snprintf(status, sizeof(status), "%u", f->status);
    put_text(out, "code", str_of(row->tmf));
    put_text(out, "reason", str_of(row->title));
    put_message(out, f);
    put_text(out, "status", str_of(status));
    put_text(out, "@type", STR("Error"));
}

static void
put_camara(struct buf *out, const struct fault *f, struct str correlator)
{
    (void)correlator;
    put_number(out, "status", f->status);
    put_text(out, "code", str_of(fault_row(f->code)->camara));
    put_message(out, f);
}

static const struct dialect {
    void (*put)(struct buf *out, const struct fault *f, struct str correlator);
    const char *media;
} dialects[] = {
    [ERRORS_PROBLEM] = {put_problem, "application/problem+json"},
    [ERRORS_TMF] = {put_tmf, "application/json"},
    [ERRORS_CAMARA] = {put_camara, "application/json"},
};

void
problem_write(struct buf *out, enum error_dialect dialect, const struct fault *f,
              struct str correlator)
{
    buf_put_char(out, '{');
    dialects[dialect].put(out, f, correlator);
    buf_put_char(out, '}');
}

struct str
problem_media(enum error_dialect dialect)
{
    return str_of(dialects[dialect].media);
}
