/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A template against a fixed scope, then evaluated. The first byte chooses the target type and
 * whether members are filled by name; a line with only "---" ends the template, and what follows
 * is the backend's answer in JSON. What a sound template gives must be a value that can be
 * written and read again.
 */
#include "contract/mapping.h"

#include <stdlib.h>

#include "tests/unit/contract/mapping_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const targets[] = {NULL, "Bill", "Bills", "Request", "Tags", "Baum", "Flag"};

static struct str
cut_response(struct str *text)
{
    for (size_t i = 0; i + 5 <= text->n; i++)
        if (memcmp(text->p + i, "\n---\n", 5) == 0) {
            struct str rest = str_from(*text, i + 5);

            *text = str_head(*text, i + 1);
            return rest;
        }
    return STR_NONE;
}

static void
evaluate(struct frame *f, const struct mapping *m)
{
    struct value v, again;
    struct fault fault = {0};
    struct buf b;

    if (mapping_eval(m, &f->env, f->schemas.arena, &v, &fault)) {
        if (!fault.code || !str_is_utf8(str_of(fault.detail)))
            abort();
        return;
    }
    buf_init(&b, 8 << 20);
    json_write(&b, &v);
    if (v.kind != VALUE_ABSENT && !b.failed &&
        json_read(f->schemas.arena, buf_view(&b), (struct json_limits){VALUE_DEPTH, 1000000},
                  &again, &fault) &&
        fault.code != FAULT_MEMORY)
        abort();
    buf_fini(&b);
}

static void
try_input(struct frame *f, unsigned choice, struct str text)
{
    struct str response = cut_response(&text);
    struct fault fault;
    struct document *d;
    const struct mapping *m;
    uint32_t needs = 0;

    f->scope.target = frame_type(f, targets[choice % (sizeof(targets) / sizeof(*targets))]);
    f->scope.by_name = choice & 64;
    f->scope.has_response = !(choice & 128);
    if (json_read(f->schemas.arena, response, JSON_LIMITS_DEFAULT, &f->response.body, &fault))
        f->response.body = VALUE_OF(VALUE_ABSENT);
    report_init(&f->schemas.report, f->schemas.arena);
    d = document_parse(f->schemas.arena, STR("t"), text, &f->schemas.report);
    if (!d)
        return;
    m = mapping_compile(f->schemas.arena, d, d->root, &f->scope, &needs, &f->schemas.report);
    if (!m != (f->schemas.report.errors > 0) || needs >> FRAME_CALLS)
        abort();
    if (m)
        evaluate(f, m);
}

/* The frame is made once; each input has an arena of its own. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct frame f;
    static struct arena *whole;

    if (size < 1 || size > 65536)
        return 0;
    if (!whole) {
        frame_open(&f);
        whole = f.schemas.arena;
    }
    f.schemas.arena = arena_new(64 << 20);
    try_input(&f, data[0], (struct str){(const char *)data + 1, size - 1});
    arena_free(f.schemas.arena);
    f.schemas.arena = whole;
    return 0;
}
