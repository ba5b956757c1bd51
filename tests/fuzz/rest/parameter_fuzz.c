/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One parameter of any place, style and type, read from any text; what was read is written and
 * read again, and must be the same. Bytes: place and style, explode and JSON, type; then the text.
 */
#include <stdlib.h>

#include "tests/unit/rest/parameter_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum fault_code
read_text(const struct parameter *p, struct arena *a, struct str raw, struct value *out)
{
    struct operation o = {.parameters = (struct parameter *)(uintptr_t)p, .parameter_count = 1};
    struct header header = {p->place == IN_COOKIE ? STR("cookie") : p->name, raw};
    struct face_request q = {.operation = &o,
                             .query = p->place == IN_QUERY ? raw : STR_NONE,
                             .headers = {&header, 1},
                             .path_arguments = &raw};
    struct fault f = {0};
    enum fault_code code = parameter_read_all(&q, a, out, &f);

    if (code && (f.code != code || !str_is_utf8(str_of(f.detail))))
        abort();
    return code;
}

/* A style can not carry everything it can be read from: a header has no way to say a comma inside
 * an item, a label none to say its dot, and an exploded empty list is no parameter at all. */
static bool
is_round(const struct parameter *p, const struct value *v)
{
    bool dots = p->style == STYLE_LABEL && p->explode;

    return v->kind != VALUE_ABSENT && p->place == IN_QUERY ? v->kind != VALUE_ARRAY || v->n
                                                           : p->place == IN_PATH && !dots;
}

static void
write_and_read(const struct parameter *p, struct arena *a, const struct value *v)
{
    struct value again;
    struct buf b;
    bool first = true;

    buf_init(&b, 1 << 20);
    if (p->place == IN_QUERY)
        parameter_write_query(&b, p, v, &first);
    else
        parameter_write_text(&b, p, v);
    if (!b.failed && is_round(p, v)) {
        struct str text = str_from(buf_view(&b), p->place == IN_QUERY);

        if (read_text(p, a, text, &again) || !value_equal(v, &again))
            abort();
    }
    buf_fini(&b);
}

/* Only those that OpenAPI has for the place. */
static uint8_t
style_of(uint8_t place, unsigned choice)
{
    static const uint8_t path[] = {STYLE_SIMPLE, STYLE_LABEL, STYLE_MATRIX};
    static const uint8_t query[] = {STYLE_FORM, STYLE_SPACE, STYLE_PIPE, STYLE_DEEP_OBJECT};

    return place == IN_PATH     ? path[choice % 3]
           : place == IN_QUERY  ? query[choice % 4]
           : place == IN_HEADER ? STYLE_SIMPLE
                                : STYLE_FORM;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char letters[] = "sinbdexuSIOM-";
    static struct schemas s;
    struct arena *a;
    struct parameter p;
    struct value v;

    if (size < 3 || size > 65536)
        return 0;
    if (!s.arena)
        frame_open(&s);
    a = arena_new(64 << 20);
    p = (struct parameter){.name = STR("p"),
                           .place = data[0] & 3,
                           .style = style_of(data[0] & 3, data[0] >> 2),
                           .explode = data[1] & 1,
                           .is_json = data[1] & 2};
    p.type = frame_type(&s, letters[data[2] % (sizeof(letters) - 1)]);
    if (!p.type)
        p.is_json = true; /* only these may go without a schema */
    if (!read_text(&p, a, (struct str){(const char *)data + 3, size - 3}, &v) &&
        v.kind != VALUE_ABSENT)
        write_and_read(&p, a, &v);
    arena_free(a);
    return 0;
}
