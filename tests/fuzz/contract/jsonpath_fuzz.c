/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSONPath: the path is the input, the document is fixed. */
#include <stdlib.h>

#include "contract/jsonpath.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
    "{a: {b: 1, c: [1, 2, {d: e, f: null}]}, g: [{k: x, v: 1}, {k: y, v: 2.5}], h: 'i j', l: {}}";

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new((size_t)256 << 20);
    struct jsonpath_matches matches;
    struct report r;
    const char *why;
    size_t at;
    if (!a)
        abort();
    report_init(&r, a);
    struct document *d = document_parse(a, STR("d"), str_of(text), &r);
    if (!d)
        abort();
    bool fine =
        jsonpath_find(a, d->root, (struct str){(const char *)data, size}, &matches, &why, &at);
    if (fine != !why || at > size)
        abort();
    for (unsigned i = 0; i < matches.count; i++)
        if (!matches.items[i].node ||
            !matches.items[i].parent != (matches.items[i].node == d->root))
            abort();
    arena_free(a);
    return 0;
}
