/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See csv.h. Which types CSV can carry; csv_read.c and csv_write.c do the rest. */
#include "rest/csv.h"

#include <stdio.h>

enum { SCALARS = TYPE_BOOLEAN | TYPE_NUMBER | TYPE_STRING };

const struct codec codec_csv = {
    .media = {"text/csv", 8},
    .read = csv_read,
    .write = csv_write,
    .suits = csv_suits,
};

const struct codec codec_csv_bare = {
    .media = {"text/csv", 8},
    .parameter = {"header=absent", 13},
    .read = csv_read,
    .write = csv_write,
    .suits = csv_suits,
};

bool
csv_is_free(const struct type *t)
{
    return !t || (t->kinds == TYPE_ANY && !t->field_count && !t->items && !t->closed &&
                  !t->additional && !t->choices);
}

const struct type *
csv_record(const struct type *t)
{
    return t && !csv_is_free(t->items) ? t->items : NULL;
}

static bool
is_cell(const struct type *t)
{
    return t && (t->kinds & SCALARS) && !(t->kinds & (TYPE_ARRAY | TYPE_OBJECT));
}

static const char *
cells_suit(const struct type *record, const struct type **where)
{
    static const char *const why =
        "a cell of CSV holds one string, number or boolean: give the member such a type";

    for (uint32_t i = 0; i < record->field_count; i++) {
        *where = record->fields[i].type;
        if (!is_cell(*where))
            return why;
    }
    *where = record->closed ? NULL : record->additional;
    return csv_is_free(*where) || is_cell(*where) ? NULL : why;
}

const char *
csv_suits(const struct type *t, const struct type **where)
{
    *where = t;
    if (csv_is_free(t))
        return NULL;
    if (t->kinds != TYPE_ARRAY)
        return "CSV is a list of records: make it `type: array`, its items objects";
    *where = t = t->items;
    if (csv_is_free(t))
        return NULL;
    if (t->kinds != TYPE_OBJECT)
        return "a record of CSV is an object: make the items `type: object`";
    if (t->branched || t->variant_count || t->discriminator.n)
        return "all records of CSV have the same columns: no oneOf, anyOf or discriminator";
    if (t->closed && !t->field_count)
        return "a record of CSV has columns: give it properties";
    if (t->field_count > CSV_COLUMNS)
        return "a record of CSV has at most 1024 columns: take properties away";
    return cells_suit(t, where);
}

void
csv_point(struct fault *f, uint32_t record, struct str member)
{
    char item[12];
    int n = snprintf(item, sizeof(item), "%u", record);

    if (f && !(fault_point(f, (struct str){item, (size_t)n}) && fault_point(f, member)))
        f->pointer[0] = '\0';
}
