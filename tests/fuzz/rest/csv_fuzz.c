/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of any type, read from any bytes; what was read and fits its type is written and read
 * again, and must be the same but for null and absent. Bytes: the type; whether there is a header
 * line; then the table.
 */
#include <stdlib.h>

#include "tests/unit/rest/tables.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum fault_code
read_table(const struct codec *c, struct arena *a, struct str bytes, const struct type *t,
           struct value *out)
{
    struct fault f = {0};
    enum fault_code code = c->read(c, a, bytes, t, out, &f);

    if (code &&
        (f.code != code || !str_is_utf8(str_of(f.detail)) ||
         !str_starts(str_of(f.detail), STR("line "))) &&
        !str_starts(str_of(f.detail), STR("without a header line")))
        abort();
    return code;
}

/* An empty cell says both null and absent. */
static bool
covers(const struct value *a, const struct value *b)
{
    for (uint32_t i = 0; i < a->n; i++) {
        const struct value *mine = &a->members[i].value;
        const struct value *other = value_get(b, a->members[i].name);

        if (other ? !value_equal(mine, other) : mine->kind != VALUE_NULL)
            return false;
    }
    return true;
}

static bool
is_same(const struct value *a, const struct value *b)
{
    bool same = a->n == b->n;

    for (uint32_t i = 0; same && i < a->n; i++)
        same = covers(&a->items[i], &b->items[i]) && covers(&b->items[i], &a->items[i]);
    return same;
}

static void
write_and_read(struct arena *a, const struct type *t, const struct value *v)
{
    struct value again;
    struct fault f;
    struct buf b;

    buf_init(&b, 16 << 20);
    if (codec_csv.write(&codec_csv, &b, v, t, &f) ||
        read_table(&codec_csv, a, buf_view(&b), t, &again) || !is_same(v, &again))
        abort();
    buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char letters[] = "con1lux-";
    static struct schemas s;
    const struct codec *c;
    const struct type *t;
    struct arena *a;
    struct value v;
    struct fault f;

    if (size < 2 || size > 65536)
        return 0;
    if (!s.arena)
        tables_open(&s);
    a = arena_new(64 << 20);
    c = data[1] & 1 ? &codec_csv_bare : &codec_csv;
    t = tables_type(&s, letters[data[0] % (sizeof(letters) - 1)]);
    if (!read_table(c, a, (struct str){(const char *)data + 2, size - 2}, t, &v) &&
        (!t || !type_validate(t, &v, TYPE_REQUEST_LENIENT, &f)))
        write_and_read(a, t, &v);
    arena_free(a);
    return 0;
}
