/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes CSV: a first pass finds the columns, as members that the type does not name may come up
 * in any record; a second one writes the lines.
 */
#include "rest/csv.h"

#include <stdlib.h>

enum { SLOTS = 2 * CSV_COLUMNS };

struct columns { /* 28 KB: on the heap */
    struct str names[CSV_COLUMNS];
    const struct value *cells[CSV_COLUMNS]; /* of the record at hand */
    uint16_t slots[SLOTS];                  /* a hash of the names: index + 1; 0: free */
    uint32_t n;
};

struct writer {
    struct buf *out;
    struct fault *fault;
    const struct type *record; /* NULL: free */
    struct columns *columns;
};

static enum fault_code
refuse(struct writer *w, uint32_t record, struct str member, const char *why)
{
    enum fault_code code = fault_set(w->fault, FAULT_INVALID_VALUE, "%s", why);

    csv_point(w->fault, record, member);
    return code;
}

/* --- columns --- */

/* The slot of the name, or the free one where it would stand. */
static uint16_t *
find_slot(struct columns *c, struct str name)
{
    size_t at = str_hash(name) % SLOTS;

    while (c->slots[at] && !str_eq(c->names[c->slots[at] - 1], name))
        at = (at + 1) % SLOTS;
    return &c->slots[at];
}

/* Its index; c->n when it has none. */
static uint32_t
find_column(struct columns *c, struct str name, uint32_t hint)
{
    uint16_t slot;

    if (hint < c->n && str_eq(c->names[hint], name))
        return hint;
    slot = *find_slot(c, name);
    return slot ? slot - 1u : c->n;
}

static bool
add_column(struct columns *c, struct str name)
{
    if (c->n == CSV_COLUMNS)
        return false;
    c->names[c->n++] = name;
    *find_slot(c, name) = (uint16_t)c->n;
    return true;
}

static enum fault_code
find_beside(struct writer *w, const struct value *v, uint32_t record)
{
    uint32_t next = 0;

    for (uint32_t i = 0; i < v->n; i++) {
        struct str name = v->members[i].name;
        uint32_t at = find_column(w->columns, name, next);

        next = at + 1;
        if (at < w->columns->n)
            continue;
        if (w->record && w->record->closed)
            return refuse(w, record, STR_NONE, "a member that the type of the columns has not");
        if (!add_column(w->columns, name))
            return refuse(w, record, STR_NONE, "more columns than CSV is written with");
    }
    return FAULT_NONE;
}

static enum fault_code
find_columns(struct writer *w, const struct value *list)
{
    enum fault_code code = FAULT_NONE;

    for (uint32_t i = 0; w->record && i < w->record->field_count; i++)
        add_column(w->columns, w->record->fields[i].name);
    for (uint32_t i = 0; !code && i < list->n; i++) {
        if (list->items[i].kind != VALUE_OBJECT)
            return fault_set(w->fault, FAULT_INVALID_VALUE, "record %u is no object", i);
        code = find_beside(w, &list->items[i], i);
    }
    if (!code && list->n && !w->columns->n)
        return fault_set(w->fault, FAULT_INVALID_VALUE, "records without members have no columns");
    return code;
}

/* --- cells --- */

/* Of a name also what would make the header line be read in another way. */
static bool
needs_quotes(struct str s, bool is_name)
{
    if (!s.n || s.p[0] == ' ' || s.p[0] == '\t' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t')
        return true;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == ',' || c == '"' || c == '\n' || c == '\r')
            return true;
        if (is_name && (c == ';' || c == '\t' || (c == '\xEF' && !i)))
            return true;
    }
    return false;
}

static bool
has_controls(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t' && s.p[i] != '\n' && s.p[i] != '\r')
            return true;
    return false;
}

static void
put_quoted(struct buf *out, struct str s)
{
    buf_put_char(out, '"');
    while (s.n) {
        size_t plain = str_find(s, '"');

        buf_str(out, str_head(s, plain));
        if (plain < s.n)
            buf_put(out, "\"\"", 2);
        s = str_from(s, plain + 1);
    }
    buf_put_char(out, '"');
}

static enum fault_code
put_text(struct writer *w, struct str s, bool is_name)
{
    if (has_controls(s))
        return fault_set(w->fault, FAULT_INVALID_VALUE,
                         "a text with control characters has no form in CSV");
    if (needs_quotes(s, is_name))
        put_quoted(w->out, s);
    else
        buf_str(w->out, s);
    return FAULT_NONE;
}

static enum fault_code
put_cell(struct writer *w, const struct value *v)
{
    switch (v ? v->kind : VALUE_ABSENT) {
    case VALUE_BOOLEAN: buf_str(w->out, v->is_true ? STR("true") : STR("false")); break;
    case VALUE_NUMBER: buf_str(w->out, value_text(v)); break;
    case VALUE_STRING: return put_text(w, value_text(v), false);
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        return fault_set(w->fault, FAULT_INVALID_VALUE, "a list or an object in a cell of CSV");
    default: break;
    }
    return FAULT_NONE;
}

static void
end_line(struct writer *w)
{
    buf_put(w->out, "\r\n", 2);
}

/* --- lines --- */

static enum fault_code
put_header(struct writer *w)
{
    enum fault_code code = FAULT_NONE;

    for (uint32_t i = 0; !code && i < w->columns->n; i++) {
        if (i)
            buf_put_char(w->out, ',');
        code = put_text(w, w->columns->names[i], true);
    }
    end_line(w);
    return code;
}

static enum fault_code
put_record(struct writer *w, const struct value *v, uint32_t record)
{
    struct columns *c = w->columns;
    uint32_t next = 0;

    memset(c->cells, 0, c->n * sizeof(*c->cells));
    for (uint32_t i = 0; i < v->n; i++) {
        next = find_column(c, v->members[i].name, next);
        c->cells[next++] = &v->members[i].value;
    }
    for (uint32_t i = 0; i < c->n; i++) {
        enum fault_code code;

        if (i)
            buf_put_char(w->out, ',');
        code = put_cell(w, c->cells[i]);
        if (code) {
            csv_point(w->fault, record, c->names[i]);
            return code;
        }
    }
    end_line(w);
    return FAULT_NONE;
}

/* One empty line at the end is read as none: where the last record is an empty line, one more
 * keeps it. */
static void
keep_last(struct writer *w, size_t before)
{
    if (w->out->n - before == 2)
        end_line(w);
}

static enum fault_code
put_table(struct writer *w, const struct value *list)
{
    enum fault_code code = find_columns(w, list);
    size_t before = 0;

    if (!code)
        code = put_header(w);
    for (uint32_t i = 0; !code && i < list->n && !w->out->failed; i++) {
        before = w->out->n;
        code = put_record(w, &list->items[i], i);
    }
    if (!code && list->n)
        keep_last(w, before);
    return code;
}

enum fault_code
csv_write(const struct codec *c, struct buf *out, const struct value *v, const struct type *t,
          struct fault *f)
{
    const char *why;
    const struct type *where;
    struct writer w = {.out = out, .fault = f};
    enum fault_code code;

    (void)c;
    why = csv_suits(t, &where);
    if (why || v->kind != VALUE_ARRAY)
        return fault_set(f, FAULT_INVALID_VALUE, "%s", why ? why : "CSV is a list of records");
    w.record = csv_record(t);
    w.columns = calloc(1, sizeof(*w.columns));
    if (!w.columns)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    code = put_table(&w, v);
    free(w.columns);
    return !code && out->failed ? fault_set(f, FAULT_MEMORY, "out of memory") : code;
}
