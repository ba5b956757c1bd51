/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite behind a handful of calls. */
#include "sandbox/store.h"

#include <sqlite3.h>
#include <stdarg.h>

#include "base/log.h"

static void
failed(struct store *s, const char *what)
{
    s->failed = true;
    log_event(LOG_ERROR, "store", "%s: %s", what, sqlite3_errmsg(s->db));
}

enum fault_code
store_open(struct store *s, const char *path, struct fault *f)
{
    *s = (struct store){0};
    if (sqlite3_open(path, &s->db) != SQLITE_OK) {
        fault_set(f, FAULT_INTERNAL, "cannot open %s: %s", path, sqlite3_errmsg(s->db));
        store_close(s);
        return FAULT_INTERNAL;
    }
    store_script(s, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    if (store_failed(s)) {
        store_close(s);
        return fault_set(f, FAULT_INTERNAL, "%s is no database", path);
    }
    return FAULT_NONE;
}

void
store_close(struct store *s)
{
    sqlite3_close(s->db);
    s->db = NULL;
}

bool
store_failed(struct store *s)
{
    bool was = s->failed;
    s->failed = false;
    return was;
}

void
store_script(struct store *s, const char *sql)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        failed(s, sql);
}

static void
bind(sqlite3_stmt *q, const char *types, va_list values)
{
    for (int i = 0; types[i]; i++) {
        if (types[i] == 'i') {
            sqlite3_bind_int64(q, i + 1, va_arg(values, int64_t));
            continue;
        }
        struct str text = va_arg(values, struct str);
        sqlite3_bind_text(q, i + 1, text.p, (int)text.n, SQLITE_STATIC);
    }
}

static sqlite3_stmt *
prepare(struct store *s, const char *sql, const char *types, va_list values)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) != SQLITE_OK) {
        failed(s, sql);
        return NULL;
    }
    bind(q, types, values);
    return q;
}

struct sqlite3_stmt *
store_query(struct store *s, const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    sqlite3_stmt *q = prepare(s, sql, types, values);
    va_end(values);
    return q;
}

bool
store_next(struct store *s, struct sqlite3_stmt *q)
{
    int state = q ? sqlite3_step(q) : SQLITE_DONE;
    if (state == SQLITE_ROW)
        return true;
    if (state != SQLITE_DONE)
        failed(s, sqlite3_sql(q));
    store_done(q);
    return false;
}

void
store_done(struct sqlite3_stmt *q)
{
    sqlite3_finalize(q);
}

int
store_do(struct store *s, const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    sqlite3_stmt *q = prepare(s, sql, types, values);
    va_end(values);
    while (store_next(s, q))
        ;
    return sqlite3_changes(s->db);
}

struct str
store_text(struct sqlite3_stmt *q, int column, struct arena *a)
{
    const void *text = sqlite3_column_text(q, column);
    if (!text)
        return STR_NONE;
    return arena_dup(a, (struct str){text, (size_t)sqlite3_column_bytes(q, column)});
}

void
store_copy(struct sqlite3_stmt *q, int column, struct buf *b)
{
    const void *text = sqlite3_column_text(q, column);
    buf_put(b, text, (size_t)sqlite3_column_bytes(q, column));
}

int64_t
store_int(struct sqlite3_stmt *q, int column)
{
    return sqlite3_column_int64(q, column);
}

int64_t
store_number(struct store *s, const char *sql, const char *types, ...)
{
    va_list values;
    va_start(values, types);
    sqlite3_stmt *q = prepare(s, sql, types, values);
    va_end(values);
    if (!store_next(s, q))
        return 0;
    int64_t n = store_int(q, 0);
    store_done(q);
    return n;
}

int64_t
store_last_id(const struct store *s)
{
    return sqlite3_last_insert_rowid(s->db);
}
