/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CSV (RFC 4180) <-> value, by type: a list of objects whose members are scalars. A line is a
 * record, a column a member, by the names in the header line.
 *
 * Text is never changed, so a cell may begin with what a spreadsheet takes for a formula.
 */
#ifndef REST_CSV_H
#define REST_CSV_H

#include "contract/codec.h"

enum { CSV_COLUMNS = 1024 }; /* in one table, at most */

/* text/csv; and with the parameter header=absent (RFC 7111 section 5.1), where the columns are the
 * type's members in their order. Only reading differs: what is written has its header line. */
extern const struct codec codec_csv, codec_csv_bare;

/* The codecs' functions. Without a type (NULL, or one that allows anything) a record has a text
 * for each column. */
const char *csv_suits(const struct type *t, const struct type **where);
enum fault_code csv_read(const struct codec *c, struct arena *a, struct str bytes,
                         const struct type *t, struct value *out, struct fault *f)
    __attribute__((warn_unused_result));
enum fault_code csv_write(const struct codec *c, struct buf *out, const struct value *v,
                          const struct type *t, struct fault *f)
    __attribute__((warn_unused_result));

/* True for NULL and for a type that says nothing: its columns are text. */
bool csv_is_free(const struct type *t);
/* Of a type that suits, what its records are; NULL: free ones. */
const struct type *csv_record(const struct type *t);
/* Sets the fault's pointer to a member of a record; it stays empty where the name is too long. */
void csv_point(struct fault *f, uint32_t record, struct str member);

#endif
