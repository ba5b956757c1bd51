/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read is written as text that reads as the same value, and that writes as itself. */
#include <stdint.h>
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool good)
{
    if (!good)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_limits limits = {64, 10000};
    struct arena *a = arena_new(64 << 20);
    struct value v, again, copy;
    struct fault f;
    struct buf text, same;

    check(a != NULL);
    buf_init(&text, 64 << 20);
    buf_init(&same, 64 << 20);
    enum fault_code code = json_read(a, (struct str){(const char *)data, size}, limits, &v, &f);

    if (code == FAULT_NONE) {
        json_write(&text, &v);
        check(!text.failed && str_is_utf8(buf_view(&text)));
        check(json_read(a, buf_view(&text), limits, &again, &f) == FAULT_NONE);
        check(value_equal(&v, &again) && value_equal(&again, &v));
        json_write(&same, &again);
        check(str_eq(buf_view(&text), buf_view(&same)));
        check(value_dup(a, &v, &copy) == FAULT_NONE && value_equal(&v, &copy));
    } else {
        check(code == FAULT_INVALID_BODY && str_starts(str_of(f.detail), STR("line ")));
    }
    buf_fini(&text);
    buf_fini(&same);
    arena_free(a);
    return 0;
}
