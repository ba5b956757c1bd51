/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One SQLite file a segment. `covered` says how far it goes, and repeats the chain value found
 * there: a segment that has become another one is indexed anew.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/audit_event.h"
#include "auth/audit_index_private.h"
#include "auth/audit_segment.h"
#include "auth/audit_store.h"
#include "base/clock.h"

enum { SCRATCH = 1 << 20, ROUND = 4096 /* records between two words of progress */ };

static const char schema[] =
    "CREATE TABLE records(seq INTEGER PRIMARY KEY, at INTEGER, node, event, outcome, reason,"
    " request, trace, partner, client, sub, iss, jti, token, hash_key, kid, alg, scope, used, aud,"
    " cnf, ip, cert, route, method, status INTEGER, policy, cached, revocations, detail);"
    "CREATE TABLE covered(bytes INTEGER, last INTEGER, chain BLOB);"
    "INSERT INTO covered VALUES(0, 0, NULL);";
static const char indexes[] =
    "CREATE INDEX IF NOT EXISTS by_jti ON records(jti) WHERE jti IS NOT NULL;"
    "CREATE INDEX IF NOT EXISTS by_event ON records(event) WHERE event <> 'validate';";

/* The columns behind seq and at: from FIELD_NODE to FIELD_DETAIL. */
enum { COLUMNS = FIELD_DETAIL - FIELD_NODE + 1 };

struct indexing {
    struct audit_index *index;
    sqlite3 *db;
    sqlite3_stmt *insert;
    struct arena *arena;
    struct str bytes;  /* the segment */
    uint64_t at, last; /* offsets: of the next frame, and of the last one that was taken */
    uint8_t chain[AUDIT_HASH];
    unsigned round, rows;
};

void
audit_index_path(const char *folder, uint64_t segment, char *out, size_t size)
{
    audit_segment_path(folder, segment, out, size - sizeof ".index");
    memcpy(out + strlen(out), ".index", sizeof ".index");
}

enum fault_code
audit_index_fail(struct fault *f, sqlite3 *db, const char *what)
{
    fault_set(f, FAULT_INTERNAL, "the index of the audit trail can not be used");
    fault_log(f, "%s: %s", what, db ? sqlite3_errmsg(db) : "no memory");
    return FAULT_INTERNAL;
}

/* --- reading records into it --- */

static bool
insert(struct indexing *g, uint64_t seq, const struct audit_record *r)
{
    int64_t at;

    if (!clock_parse(r->fields[FIELD_TIME], &at))
        at = 0;
    sqlite3_bind_int64(g->insert, 1, (sqlite3_int64)seq);
    sqlite3_bind_int64(g->insert, 2, at);
    for (int i = 0; i < COLUMNS; i++) {
        struct str s = r->fields[FIELD_NODE + i];

        if (s.n)
            sqlite3_bind_text(g->insert, 3 + i, s.p, (int)s.n, SQLITE_STATIC);
        else
            sqlite3_bind_null(g->insert, 3 + i);
    }
    g->rows++;
    return sqlite3_step(g->insert) == SQLITE_DONE && sqlite3_reset(g->insert) == SQLITE_OK;
}

static void
tell_progress(struct indexing *g, uint64_t bytes)
{
    struct audit_index *x = g->index;

    x->done += bytes;
    if (x->options.progress)
        x->options.progress(x->options.context, x->done, x->all);
}

static bool
take_record(struct indexing *g, struct str payload)
{
    struct audit_record record;
    uint64_t seq;

    if (g->round++ % 64 == 0) {
        arena_free(g->arena);
        g->arena = arena_new(SCRATCH);
    }
    if (!g->arena)
        return false;
    return !record_seq(payload, &seq) || !audit_event_read(g->arena, payload, &record) ||
           insert(g, seq, &record); /* what is no record, verify tells */
}

/* Up to the first frame that is not whole. */
static bool
take_frames(struct indexing *g)
{
    uint64_t told = g->at;
    struct frame frame;

    while (frame_read(str_from(g->bytes, g->at), &frame) == FRAME_GOOD) {
        if (frame.type == FRAME_RECORD && !take_record(g, frame.payload))
            return false;
        g->last = g->at;
        memcpy(g->chain, frame.chain, AUDIT_HASH);
        g->at += frame.size;
        if (g->round % ROUND == 0) {
            tell_progress(g, g->at - told);
            told = g->at;
        }
    }
    tell_progress(g, g->bytes.n - told);
    return true;
}

/* --- one segment's file --- */

static bool
exec(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* How far the file goes; false when it is none, or of another segment. */
static bool
read_covered(struct indexing *g)
{
    sqlite3_stmt *s = NULL;
    struct frame frame;
    bool good = false;

    if (sqlite3_prepare_v2(g->db, "SELECT bytes, last, chain FROM covered", -1, &s, NULL) ==
            SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW) {
        g->at = (uint64_t)sqlite3_column_int64(s, 0);
        g->last = (uint64_t)sqlite3_column_int64(s, 1);
        good = g->at <= g->bytes.n && g->last < g->at && sqlite3_column_bytes(s, 2) == AUDIT_HASH &&
               frame_read(str_from(g->bytes, g->last), &frame) == FRAME_GOOD &&
               memcmp(frame.chain, sqlite3_column_blob(s, 2), AUDIT_HASH) == 0;
    }
    sqlite3_finalize(s);
    return good;
}

static bool
write_covered(struct indexing *g)
{
    sqlite3_stmt *s = NULL;
    bool good = sqlite3_prepare_v2(g->db, "UPDATE covered SET bytes = ?, last = ?, chain = ?", -1,
                                   &s, NULL) == SQLITE_OK;

    if (good) {
        sqlite3_bind_int64(s, 1, (sqlite3_int64)g->at);
        sqlite3_bind_int64(s, 2, (sqlite3_int64)g->last);
        sqlite3_bind_blob(s, 3, g->chain, AUDIT_HASH, SQLITE_STATIC);
        good = sqlite3_step(s) == SQLITE_DONE;
    }
    sqlite3_finalize(s);
    return good;
}

static bool
prepare_insert(struct indexing *g)
{
    char sql[512] = "INSERT OR REPLACE INTO records VALUES(?,?";
    size_t n = strlen(sql);

    for (int i = 0; i < COLUMNS; i++, n += 2)
        memcpy(sql + n, ",?", 3);
    memcpy(sql + n, ")", 2);
    return sqlite3_prepare_v2(g->db, sql, -1, &g->insert, NULL) == SQLITE_OK;
}

static bool
fill(struct indexing *g)
{
    return exec(g->db, "BEGIN IMMEDIATE") && prepare_insert(g) && take_frames(g) &&
           write_covered(g) && exec(g->db, indexes) && exec(g->db, "COMMIT");
}

/* Opens what is there; a new file in its place when that is of no use. */
static bool
open_file(struct indexing *g, const char *path)
{
    const char *pace = "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
                       "PRAGMA cache_size = -65536;";

    for (int attempt = 0; attempt < 2; attempt++) {
        if (g->index->options.rebuild || attempt)
            unlink(path);
        if (sqlite3_open(path, &g->db) == SQLITE_OK) {
            sqlite3_busy_timeout(g->db, 10000);
            if (exec(g->db, pace) && read_covered(g))
                return true;
            g->at = g->last = 0;
            if (attempt && exec(g->db, schema))
                return true;
        }
        sqlite3_close(g->db);
        g->db = NULL;
    }
    return false;
}

static enum fault_code
index_segment(struct audit_index *x, uint64_t segment, struct fault *f)
{
    struct indexing g = {.index = x};
    enum fault_code code = FAULT_NONE;
    char path[4096];
    struct buf bytes;

    audit_segment_path(x->options.folder, segment, path, sizeof path);
    if (!audit_file_load(path, &bytes)) {
        buf_fini(&bytes);
        fault_set(f, FAULT_INTERNAL, "the audit trail can not be read");
        fault_log(f, "%s: %s", path, strerror(errno));
        return FAULT_INTERNAL;
    }
    g.bytes = buf_view(&bytes);
    audit_index_path(x->options.folder, segment, path, sizeof path);
    if (!open_file(&g, path))
        code = audit_index_fail(f, g.db, path);
    else if (g.at < g.bytes.n && !fill(&g))
        code = audit_index_fail(f, g.db, path);
    sqlite3_finalize(g.insert);
    sqlite3_close(g.db);
    arena_free(g.arena);
    buf_fini(&bytes);
    return code;
}

/* A closed segment that is covered to its last byte need not be read again. */
static bool
is_current(const struct audit_index *x, uint64_t segment, uint64_t size)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    char path[4096];
    bool current;

    audit_index_path(x->options.folder, segment, path, sizeof path);
    current = !x->options.rebuild && access(path, F_OK) == 0 &&
              sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
              sqlite3_prepare_v2(db, "SELECT bytes FROM covered", -1, &s, NULL) == SQLITE_OK &&
              sqlite3_step(s) == SQLITE_ROW && (uint64_t)sqlite3_column_int64(s, 0) == size;
    sqlite3_finalize(s);
    sqlite3_close(db);
    return current;
}

static uint64_t
size_of(const struct audit_index *x, uint64_t segment)
{
    char path[4096];
    struct stat st;

    audit_segment_path(x->options.folder, segment, path, sizeof path);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static enum fault_code
index_all(struct audit_index *x, struct fault *f)
{
    enum fault_code code = FAULT_NONE;
    bool *stale = calloc(x->n + 1, sizeof *stale);

    if (!stale)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    for (unsigned i = 0; i < x->n; i++) {
        uint64_t size = size_of(x, x->segments[i]);

        stale[i] = !is_current(x, x->segments[i], size);
        x->all += stale[i] ? size : 0;
    }
    for (unsigned i = 0; !code && i < x->n; i++)
        if (stale[i])
            code = index_segment(x, x->segments[i], f);
    free(stale);
    return code;
}

enum fault_code
audit_index_open(const struct audit_index_options *o, struct audit_index **out, struct fault *f)
{
    struct audit_index *x = calloc(1, sizeof *x);
    enum fault_code code;

    if (!x)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    x->options = *o;
    if (audit_segments(o->folder, &x->segments, &x->n)) {
        code = index_all(x, f);
    } else {
        code = fault_set(f, FAULT_INTERNAL, "the audit trail can not be read");
        fault_log(f, "%s: %s", o->folder, strerror(errno));
    }
    if (code)
        audit_index_close(x);
    else
        *out = x;
    return code;
}

void
audit_index_close(struct audit_index *x)
{
    if (x)
        free(x->segments);
    free(x);
}
