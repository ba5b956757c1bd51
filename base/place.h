/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the nodes of a document stood: a table by address, made while the document is read. */
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

#include "base/document.h"

struct place_row {
    const cJSON *node; /* NULL: a free row */
    unsigned line, column, key_line, key_column;
};

struct document_places {
    struct place_row *rows; /* cap of them, a power of two */
    size_t n, cap;
};

/* NULL: no memory. */
struct document_places *places_new(void);
/* For arena_defer; takes a struct document_places *. */
void places_free(void *places);
/* False: no memory. The row's node is not in the table yet. */
bool places_put(struct document_places *t, struct place_row row);
/* NULL when it is not there; valid until the next put. */
const struct place_row *places_get(const struct document_places *t, const cJSON *node);

#endif
