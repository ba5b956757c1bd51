/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bodies of plain XML: the first byte chooses the type, the rest is read by it, and as it comes.
 * What the type allows is written, and must be read as the same again. fuzz: 4096 bytes
 */
#include <stdio.h>
#include <stdlib.h>

#include "soap/xml_media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct operation *operation;
static struct codec codecs[XML_MEDIA_CODECS];

static void
load(void)
{
    struct contract_source source = {.document = "tests/unit/soap/xml_media.yaml"};
    struct contract_environment environment = {0};
    struct arena *a = arena_new((size_t)64 << 20);
    const struct contract *c;
    const struct xml_media *m;
    struct report report;

    if (!a)
        abort();
    report_init(&report, a);
    c = contract_load(a, &source, &environment, &report);
    m = c ? xml_media_new(a, &c, 1) : NULL;
    if (!m)
        abort();
    xml_media_codecs(m, codecs);
    operation = &c->operations[0];
}

static void
round_trip(struct arena *a, const struct type *t, const struct value *first)
{
    struct value second;
    struct fault f = {0};
    struct buf out;
    enum fault_code code;

    if (type_validate(t, first, TYPE_REQUEST, &f))
        return;
    buf_init(&out, (size_t)1 << 20);
    code = codecs[0].write(&codecs[0], &out, first, t, &f);
    if (code == FAULT_INVALID_VALUE && out.n) /* never half a document */
        __builtin_trap();
    if (code == FAULT_NONE) {
        code = codecs[1].read(&codecs[1], a, buf_view(&out), t, &second, &f);
        if (code == FAULT_NONE ? !value_equal(first, &second) : code != FAULT_MEMORY)
            __builtin_trap();
    }
    buf_fini(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)16 << 20);
    struct str bytes = {(const char *)data + 1, size ? size - 1 : 0};
    struct value v;
    struct fault f = {0};

    if (!operation)
        load();
    if (a && size) {
        const struct type *t = operation->bodies[data[0] % operation->body_count].type;

        if (codecs[0].read(&codecs[0], a, bytes, t, &v, &f) == FAULT_NONE)
            round_trip(a, t, &v);
        if (codecs[0].read(&codecs[0], a, bytes, NULL, &v, &f) == FAULT_NONE && v.kind == 0)
            __builtin_trap();
    }
    arena_free(a);
    return 0;
}
