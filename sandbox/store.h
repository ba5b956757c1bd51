/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandbox's state in SQLite, used by one thread.
 *
 * Any call that goes wrong marks the store as failed; later calls still do what they can, and
 * the caller asks once, at the end (store_failed).
 */
#ifndef SANDBOX_STORE_H
#define SANDBOX_STORE_H

#include "base/arena.h"

struct sqlite3;
struct sqlite3_stmt;

struct store {
    struct sqlite3 *db;
    bool failed;
};

/* A file, made when it is missing, or ":memory:". Fault: INTERNAL; nothing to close then. */
enum fault_code store_open(struct store *s, const char *path, struct fault *f)
    __attribute__((warn_unused_result));
void store_close(struct store *s);
/* Whether something went wrong since the last time it was asked. */
bool store_failed(struct store *s);
/* Statements without values, one after the other. */
void store_script(struct store *s, const char *sql);

/* A statement whose ?1, ?2 are bound from the arguments by `types`: 's' a struct str (NULL when
 * its p is), 'i' an int64_t. Texts must live until the statement is done. Step it with
 * store_next. */
struct sqlite3_stmt *store_query(struct store *s, const char *sql, const char *types, ...);
/* The next row; false when there is none, and the statement is gone then. */
bool store_next(struct store *s, struct sqlite3_stmt *q);
/* For a statement that was not stepped to its end. */
void store_done(struct sqlite3_stmt *q);
/* store_query for a statement that gives no rows; returns how many rows it changed. */
int store_do(struct store *s, const char *sql, const char *types, ...);
/* Of the current row: a copy with a NUL behind it, p == NULL for NULL (or no memory). */
struct str store_text(struct sqlite3_stmt *q, int column, struct arena *a);
/* The same into a buffer. */
void store_copy(struct sqlite3_stmt *q, int column, struct buf *b);
int64_t store_int(struct sqlite3_stmt *q, int column);
/* The first column of the only row, 0 when there is none. */
int64_t store_number(struct store *s, const char *sql, const char *types, ...);
int64_t store_last_id(const struct store *s);

#endif
