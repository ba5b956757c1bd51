/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads CSV in one pass: the columns from the header line, then a record from each line. A cell
 * is a slice of the bytes, unless it holds doubled quotes.
 *
 * A mistake is told by line and column (the number of the cell in its line), and by the member
 * where the contract has named it; what the cells and the header line say is never repeated.
 */
#include "rest/csv.h"

#include "base/json.h"

struct column {
    struct str name;
    const struct field *field; /* NULL: no member that the type names */
    uint8_t kinds;             /* enum type_kinds, of its cells */
    bool required;             /* an empty cell can not mean that the member is absent */
};

struct cell {
    struct str text;
    bool quoted;
};

struct reader {
    const char *p, *end;
    struct arena *arena;
    struct fault *fault;
    const struct type *record; /* NULL: free */
    struct column *columns;
    struct member *row; /* the members of the record at hand; room for all columns */
    uint32_t column_count, values_left;
    uint32_t line;             /* of p, from 1 */
    uint32_t at_line, at_cell; /* where the cell at hand begins, both from 1 */
    char separator;
};

static __attribute__((noinline, cold)) enum fault_code
refuse(struct reader *r, const char *why)
{
    return fault_set(r->fault, FAULT_INVALID_BODY, "line %u, column %u: %s", r->at_line, r->at_cell,
                     why);
}

static __attribute__((noinline, cold)) enum fault_code
no_memory(struct reader *r)
{
    return fault_set(r->fault, FAULT_MEMORY, "out of memory");
}

/* --- cells --- */

/* What is not taken as it is: the possible separators, quotes, controls, bytes beyond ASCII. */
static inline bool
is_special(char c)
{
    return (signed char)c < ' ' || c == ',' || c == '"' || c == ';';
}

static bool
is_line_end(const struct reader *r)
{
    return r->p == r->end || *r->p == '\n' || *r->p == '\r';
}

/* Over one character that is_special and ends nothing. */
static enum fault_code
skip_special(struct reader *r)
{
    size_t step = 1;

    if ((signed char)*r->p < 0)
        step = str_utf8_step(r->p, r->end);
    else if (*r->p < ' ' && *r->p != '\t')
        return refuse(r, "a control character");
    if (!step)
        return refuse(r, "not UTF-8");
    r->p += step;
    return FAULT_NONE;
}

static enum fault_code
read_plain(struct reader *r, struct cell *out)
{
    const char *from = r->p;
    enum fault_code code;

    for (;;) {
        while (r->p < r->end && !is_special(*r->p))
            r->p++;
        if (is_line_end(r) || *r->p == r->separator)
            break;
        if (*r->p == '"')
            return refuse(r, "a quote inside a cell: put the cell in quotes, and double those "
                             "inside");
        code = skip_special(r);
        if (code)
            return code;
    }
    *out = (struct cell){{from, (size_t)(r->p - from)}, false};
    return FAULT_NONE;
}

/* Makes each two quotes one, in the arena. */
static enum fault_code
halve_quotes(struct reader *r, struct str *text)
{
    char *start = arena_alloc(r->arena, text->n), *to = start;

    if (!start)
        return no_memory(r);
    for (size_t i = 0; i < text->n; i++) {
        *to++ = text->p[i];
        i += text->p[i] == '"';
    }
    *text = (struct str){start, (size_t)(to - start)};
    return FAULT_NONE;
}

/* To the closing quote; *doubled tells whether there are quotes inside. */
static enum fault_code
skip_quoted(struct reader *r, bool *doubled)
{
    enum fault_code code = FAULT_NONE;

    while (!code) {
        while (r->p < r->end && !is_special(*r->p))
            r->p++;
        if (r->p == r->end)
            return refuse(r, "the text ends inside a quoted cell");
        if (*r->p == '"' && (r->end - r->p < 2 || r->p[1] != '"'))
            return FAULT_NONE;
        if (*r->p == '"') {
            *doubled = true;
            r->p += 2;
        } else if (*r->p == '\n' || *r->p == '\r') {
            r->line += *r->p++ == '\n';
        } else {
            code = skip_special(r);
        }
    }
    return code;
}

static enum fault_code
read_quoted(struct reader *r, struct cell *out)
{
    const char *from = ++r->p;
    bool doubled = false;
    enum fault_code code = skip_quoted(r, &doubled);

    if (code)
        return code;
    *out = (struct cell){{from, (size_t)(r->p++ - from)}, true};
    if (!is_line_end(r) && *r->p != r->separator)
        return refuse(r, "text behind a closing quote");
    return doubled ? halve_quotes(r, &out->text) : FAULT_NONE;
}

/* Leaves p at the separator, the line's end or the text's. */
static enum fault_code
read_cell(struct reader *r, struct cell *out)
{
    r->at_line = r->line;
    return r->p < r->end && *r->p == '"' ? read_quoted(r, out) : read_plain(r, out);
}

static enum fault_code
end_line(struct reader *r)
{
    if (r->p < r->end && *r->p == '\r' && (r->end - r->p < 2 || r->p[1] != '\n'))
        return refuse(r, "a carriage return without a line feed");
    r->p += r->p < r->end && *r->p == '\r';
    r->line += r->p < r->end;
    r->p += r->p < r->end;
    return FAULT_NONE;
}

/* --- columns --- */

/* The member that a column's name means: the exact one, else the only one that it is but for
 * case, '_' and '-'. */
static const struct field *
find_field(const struct type *record, struct str name, bool *ambiguous)
{
    uint32_t hint = 0;
    const struct field *found = record ? type_field(record, name, &hint) : NULL;

    *ambiguous = false;
    if (found || !record || !name.n)
        return found;
    for (uint32_t i = 0; i < record->field_count; i++) {
        if (!str_eq_loose(record->fields[i].name, name))
            continue;
        *ambiguous |= found != NULL;
        found = &record->fields[i];
    }
    return found;
}

/* How often each byte stands outside of quotes in the first line. */
struct separators {
    uint32_t commas, semicolons, tabs;
};

static struct separators
count_separators(const struct reader *r)
{
    struct separators n = {0};
    bool quoted = false;

    for (const char *p = r->p; p < r->end && (quoted || *p != '\n'); p++) {
        quoted ^= *p == '"';
        n.commas += !quoted && *p == ',';
        n.semicolons += !quoted && *p == ';';
        n.tabs += !quoted && *p == '\t';
    }
    return n;
}

/* Whether the first line, cut at the separator, names a member of the type. */
static bool
names_a_member(const struct reader *r, char separator)
{
    struct reader trial = *r;
    struct cell cell;
    bool ambiguous;

    trial.fault = NULL;
    trial.separator = separator;
    while (!read_cell(&trial, &cell)) {
        if (find_field(r->record, cell.quoted ? cell.text : str_trim(cell.text), &ambiguous))
            return true;
        if (is_line_end(&trial))
            return false;
        trial.p++;
    }
    return false;
}

/* A comma; or where the header line has none, a semicolon, or else a tab, if members of the type
 * are found by that and not without. *n is set to the number of columns. */
static void
choose_separator(struct reader *r, uint32_t *n)
{
    struct separators found = count_separators(r);

    r->separator = ',';
    *n = found.commas + 1;
    if (found.commas || !r->record || names_a_member(r, '\n'))
        return;
    if (found.semicolons && names_a_member(r, ';')) {
        r->separator = ';';
        *n = found.semicolons + 1;
    } else if (found.tabs && names_a_member(r, '\t')) {
        r->separator = '\t';
        *n = found.tabs + 1;
    }
}

static enum fault_code
make_columns(struct reader *r, uint32_t n)
{
    if (n > CSV_COLUMNS)
        return fault_set(r->fault, FAULT_INVALID_BODY, "line 1: more than %d columns", CSV_COLUMNS);
    r->columns = ARENA_ARRAY(r->arena, n, struct column);
    r->row = arena_alloc(r->arena, n * sizeof(*r->row));
    return r->columns && r->row ? FAULT_NONE : no_memory(r);
}

/* A member that only one direction has is not required in the other: type_validate knows which. */
static bool
is_required(const struct field *field)
{
    return field->required && !field->type->read_only && !field->type->write_only;
}

static struct column
column_of(const struct field *field)
{
    return (struct column){field->name, field, field->type->kinds, is_required(field)};
}

static struct column
column_beside(const struct type *record, struct str name)
{
    const struct type *t = record ? record->additional : NULL;

    return csv_is_free(t) ? (struct column){name, NULL, TYPE_STRING, true}
                          : (struct column){name, NULL, t->kinds, false};
}

static enum fault_code
add_column(struct reader *r, struct str name)
{
    struct column *c = &r->columns[r->column_count];
    bool ambiguous;
    const struct field *field = find_field(r->record, name, &ambiguous);

    if (ambiguous)
        return refuse(r, "the name fits several members: write one of them exactly");
    if (!field && r->record && r->record->closed)
        return refuse(r, "no member has this name");
    *c = field ? column_of(field) : column_beside(r->record, name);
    for (uint32_t i = 0; i < r->column_count; i++)
        if (str_eq(r->columns[i].name, c->name))
            return refuse(r, "a column that was there before");
    r->column_count++;
    return FAULT_NONE;
}

/* Each member that must be there has a column: said here, too, for a table without records. */
static enum fault_code
check_columns(struct reader *r)
{
    const struct type *t = r->record;

    for (uint32_t i = 0; t && i < t->field_count; i++) {
        bool found = !is_required(&t->fields[i]);

        for (uint32_t k = 0; !found && k < r->column_count; k++)
            found = r->columns[k].field == &t->fields[i];
        if (!found)
            return fault_set(r->fault, FAULT_INVALID_BODY, "line 1: the column \"%.*s\" is missing",
                             STR_ARG(t->fields[i].name));
    }
    return FAULT_NONE;
}

static enum fault_code
read_header(struct reader *r)
{
    struct cell cell;
    uint32_t n;
    enum fault_code code;

    if (r->p == r->end)
        return fault_set(r->fault, FAULT_INVALID_BODY, "line 1: the header line is missing");
    choose_separator(r, &n);
    code = make_columns(r, n);
    for (r->at_cell = 1; !code; r->at_cell++) {
        code = read_cell(r, &cell);
        if (!code)
            code = add_column(r, cell.quoted ? cell.text : str_trim(cell.text));
        if (code || is_line_end(r))
            break;
        r->p++;
    }
    if (!code)
        code = end_line(r);
    return code ? code : check_columns(r);
}

static enum fault_code
take_members(struct reader *r)
{
    uint32_t n = r->record ? r->record->field_count : 0;
    enum fault_code code;

    if (!n)
        return fault_set(r->fault, FAULT_INVALID_BODY,
                         "without a header line there are no names for the columns");
    code = make_columns(r, n);
    for (; !code && r->column_count < n; r->column_count++)
        r->columns[r->column_count] = column_of(&r->record->fields[r->column_count]);
    return code;
}

/* --- records --- */

static const char *
expected(uint8_t kinds)
{
    if (!(kinds & TYPE_NUMBER))
        return "true or false is expected";
    if (kinds & TYPE_BOOLEAN)
        return "a number, true or false is expected";
    return "a number is expected, such as -12.50: no +, no 0 in front, a dot for decimals";
}

/* Where text or numbers are possible, too, only the words. */
static bool
read_boolean(struct str text, bool only, struct value *out)
{
    static const struct str yes[] = {{"true", 4}, {"1", 1}}, no[] = {{"false", 5}, {"0", 1}};
    bool is_true = false, is_false = false;

    for (unsigned i = 0; i < (only ? 2 : 1); i++) {
        is_true |= only ? str_eq_nocase(text, yes[i]) : str_eq(text, yes[i]);
        is_false |= only ? str_eq_nocase(text, no[i]) : str_eq(text, no[i]);
    }
    *out = value_boolean(is_true);
    return is_true || is_false;
}

/* What a cell without text says; NULL, or why that can not be. */
static const char *
read_empty(const struct column *c, struct value *out)
{
    if (c->kinds & TYPE_NULL)
        *out = VALUE_OF(VALUE_NULL);
    else if (!c->required)
        *out = VALUE_OF(VALUE_ABSENT);
    else if (c->kinds & TYPE_STRING)
        *out = value_string(STR(""));
    else
        return "a value is missing";
    return NULL;
}

/* NULL, or what is wrong. */
static const char *
read_value(const struct column *c, struct cell cell, struct value *out)
{
    bool text = c->kinds & TYPE_STRING;
    struct str token = text && c->kinds == TYPE_STRING ? cell.text : str_trim(cell.text);

    if (!(text ? cell.text : token).n && !(text && cell.quoted))
        return read_empty(c, out);
    if ((c->kinds & TYPE_BOOLEAN) &&
        read_boolean(token, !(c->kinds & (TYPE_NUMBER | TYPE_STRING)), out))
        return NULL;
    if ((c->kinds & TYPE_NUMBER) && number_is_lexeme(token)) {
        *out = value_number(token);
        return NULL;
    }
    *out = value_string(cell.text);
    return text ? NULL : expected(c->kinds);
}

static __attribute__((noinline, cold)) enum fault_code
refuse_cell(struct reader *r, const struct column *c, uint32_t record, const char *why)
{
    enum fault_code code;

    if (!c->field)
        return refuse(r, why);
    code = fault_set(r->fault, FAULT_INVALID_BODY, "line %u, column %u (\"%.*s\"): %s", r->at_line,
                     r->at_cell, STR_ARG(c->name), why);
    csv_point(r->fault, record, c->name);
    return code;
}

/* Over the cells of one line, whose members fill the row. */
static enum fault_code
read_row(struct reader *r, uint32_t record, uint32_t *filled)
{
    struct cell cell;
    uint32_t i = 0;

    for (;; r->p++) {
        const struct column *c = &r->columns[i];
        struct value v;
        const char *why;
        enum fault_code code;

        r->at_cell = ++i;
        code = read_cell(r, &cell);
        if (code)
            return code;
        why = read_value(c, cell, &v);
        if (why)
            return refuse_cell(r, c, record, why);
        if (v.kind != VALUE_ABSENT)
            r->row[(*filled)++] = (struct member){c->name, v};
        if (is_line_end(r) || i == r->column_count)
            break;
    }
    if (i < r->column_count || !is_line_end(r))
        return fault_set(r->fault, FAULT_INVALID_BODY, "line %u has %s than %u columns", r->at_line,
                         i < r->column_count ? "fewer" : "more", r->column_count);
    return end_line(r);
}

/* Storage as value_append keeps it: a power of two, from 4. */
static struct member *
copy_row(struct reader *r, uint32_t n)
{
    size_t room = 4;
    struct member *members;

    while (room < n)
        room *= 2;
    members = arena_alloc(r->arena, room * sizeof(*members));
    if (members)
        memcpy(members, r->row, n * sizeof(*members));
    return members;
}

static enum fault_code
read_record(struct reader *r, struct value *list)
{
    struct value object = VALUE_OF(VALUE_OBJECT);
    uint32_t filled = 0;
    enum fault_code code = read_row(r, list->n, &filled);

    if (code)
        return code;
    if (filled >= r->values_left)
        return fault_set(r->fault, FAULT_INVALID_BODY, "line %u: too many values", r->at_line);
    r->values_left -= filled + 1;
    object.n = filled;
    object.members = filled ? copy_row(r, filled) : NULL;
    if ((filled && !object.members) || value_append(r->arena, list, object))
        return no_memory(r);
    return FAULT_NONE;
}

/* The one empty line that may stand at the end. */
static bool
is_last_line(const struct reader *r)
{
    return r->p == r->end || str_eq((struct str){r->p, (size_t)(r->end - r->p)}, STR("\r\n")) ||
           (r->end - r->p == 1 && *r->p == '\n');
}

enum fault_code
csv_read(const struct codec *c, struct arena *a, struct str bytes, const struct type *t,
         struct value *out, struct fault *f)
{
    struct reader r = {.p = bytes.p,
                       .end = bytes.n ? bytes.p + bytes.n : bytes.p,
                       .arena = a,
                       .fault = f,
                       .line = 1,
                       .separator = ',',
                       .values_left = JSON_LIMITS_DEFAULT.values};
    const struct type *where;
    const char *why = csv_suits(t, &where);
    enum fault_code code;

    if (why || bytes.n > UINT32_MAX)
        return fault_set(f, FAULT_INVALID_BODY, "%s", why ? why : "line 1: too long");
    if (str_starts(bytes, STR("\xEF\xBB\xBF")))
        r.p += 3;
    r.record = csv_record(t);
    code = c == &codec_csv_bare ? take_members(&r) : read_header(&r);
    *out = VALUE_OF(VALUE_ARRAY);
    while (!code && !is_last_line(&r))
        code = read_record(&r, out);
    return code;
}
