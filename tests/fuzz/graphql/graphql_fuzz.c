/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: 4096 bytes. A document, and behind a NUL its variables as JSON: parsed, validated and
 * executed over the tests' graph. The answer must be JSON, and hold `data` or `errors`; it is the
 * same when the document is remembered.
 */
#include <stdlib.h>

#include "tests/unit/graphql/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_answer(struct arena *a, struct str text)
{
    struct value v;
    struct fault f;

    if (json_read(a, text, (struct json_limits){VALUE_DEPTH, 4000000}, &v, &f))
        abort();
    if (!value_get(&v, STR("data")) && !value_get(&v, STR("errors")))
        abort();
}

static struct str
run(const struct fixture *fixture, struct str document, struct str variables)
{
    struct fixture x = *fixture;
    struct value given = VALUE_OF(VALUE_OBJECT);
    struct fault f;
    struct buf b;

    x.arena = arena_new((size_t)64 << 20);
    if (!x.arena)
        return STR_NONE;
    x.backend.context = &x;
    x.graphql.backend = &x.backend;
    buf_init(&b, 16 << 20);
    if (!str_is_utf8(document) ||
        (variables.n && json_read(x.arena, variables, JSON_LIMITS_DEFAULT, &given, &f)))
        given = VALUE_OF(VALUE_OBJECT);
    if (str_is_utf8(document)) {
        graphql_run(&x.graphql, x.arena, document, &given, &b);
        if (!b.failed)
            check_answer(x.arena, buf_view(&b));
    }
    arena_free(x.arena);
    return buf_take(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fixture fixture;
    struct str text = {(const char *)data, size};
    size_t end = str_find(text, '\0');
    struct str first, again;

    if (!fixture.arena)
        fixture_open(&fixture, fixture_contract);
    first = run(&fixture, str_head(text, end), str_from(text, end + 1));
    again = run(&fixture, str_head(text, end), str_from(text, end + 1));
    if (!str_eq(first, again))
        abort();
    free((void *)(uintptr_t)first.p);
    free((void *)(uintptr_t)again.p);
    return 0;
}
