/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Schemas and values: the last line is a JSON value, what stands before it a schema document
 * (YAML or JSON). Any schema must compile or be refused, and any value be checked within bounds
 * against each of its types; a fault's pointer must lead to something.
 */
#include "tests/unit/contract/schemas.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_fault(const struct value *v, const struct fault *f)
{
    struct str pointer = str_of(f->pointer);

    if (!f->detail[0] || !str_is_utf8(pointer) || !str_is_utf8(str_of(f->detail)))
        abort();
    if (pointer.n < sizeof(f->pointer) - 8 && !value_pointer(v, pointer))
        abort();
}

static void
check_type_shape(const struct type *t, const struct value *v)
{
    uint32_t hint = 0;

    for (uint32_t i = 0; i < t->field_count; i++)
        if (type_field(t, t->fields[i].name, &hint) != &t->fields[i])
            abort();
    if (!type_variant(t, v))
        abort();
    if (t->read_only && t->kinds > TYPE_ANY)
        abort();
}

static void
check_value(const struct type *t, const struct value *v)
{
    for (int direction = TYPE_REQUEST; direction <= TYPE_REQUEST_LENIENT; direction++) {
        struct fault f = {0};
        if (type_validate(t, v, (enum type_direction)direction, &f) != FAULT_NONE)
            check_fault(v, &f);
    }
    check_type_shape(t, v);
}

/* The root, and each component or definition by its name. */
static void
compile_all(struct schemas *s, const struct type **types, unsigned *n, unsigned room)
{
    static const char *const tables[] = {"/components/schemas", "/$defs"};
    const cJSON *root = s->document->root;

    types[(*n)++] = type_compile(s->set, s->document, root, STR_NONE);
    for (unsigned i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        const cJSON *table = node_pointer(s->document->root, str_of(tables[i]));
        if (!cJSON_IsObject(table))
            continue;
        for (const cJSON *node = table->child; node && *n < room; node = node->next)
            types[(*n)++] = type_compile(s->set, s->document, node, str_of(node->string));
    }
    type_set_finish(s->set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const struct type *types[64];
    struct schemas s;
    struct value v;
    size_t line = size;
    unsigned n = 0;

    while (line > 0 && text[line - 1] != '\n')
        line--;
    schemas_open(&s, (struct str){text, line});
    if (s.document && s.report.errors == 0)
        compile_all(&s, types, &n, 64);
    if (s.report.errors == 0 && json_read(s.arena, (struct str){text + line, size - line},
                                          (struct json_limits){80, 10000}, &v, NULL) == FAULT_NONE)
        for (unsigned i = 0; i < n; i++)
            if (types[i])
                check_value(types[i], &v);
    schemas_close(&s);
    return 0;
}
