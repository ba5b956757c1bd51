/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A document is read, and becomes a value that is JSON; or there are mistakes. Never both. */
#include <stdint.h>
#include <stdlib.h>

#include "base/document.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool good)
{
    if (!good)
        abort();
}

static void
check_places(const struct document *d, const cJSON *node)
{
    for (; node; node = node->next) {
        check(document_place(d, node).line > 0 && document_key_place(d, node).column > 0);
        check(!cJSON_IsNumber(node) || number_is_lexeme(node_lexeme(node)));
        check_places(d, node->child);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)1 << 30);
    struct report r;
    struct value v, again;
    struct fault f;
    struct buf text;

    check(a != NULL);
    report_init(&r, a);
    buf_init(&text, (size_t)1 << 30);
    struct document *d = document_parse(a, STR_NONE, (struct str){(const char *)data, size}, &r);

    check((d != NULL) == (r.errors == 0));
    if (d) {
        check_places(d, d->root);
        check(node_to_value(a, d->root, &v) == FAULT_NONE);
        json_write(&text, &v);
        check(json_read(a, buf_view(&text), (struct json_limits){VALUE_DEPTH, UINT32_MAX}, &again,
                        &f) == FAULT_NONE);
        check(value_equal(&v, &again));
    }
    for (const struct report_line *line = r.first; line; line = line->next)
        check(str_is_utf8(line->text));
    buf_fini(&text);
    arena_free(a);
    return 0;
}
