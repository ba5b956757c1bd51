/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The questions, a row each: what is set up, what is gathered from each segment `s` in their order
 * (in one pass or two), and the answer. Parameters: :value, :partner, :since, :until, :now, :days.
 */
#include <arpa/inet.h>
#include <stdio.h>

#include "auth/audit_index_private.h"
#include "base/clock.h"

#define WINDOW  " (:since = 0 OR at >= :since) AND (:until = 0 OR at < :until) "
#define PARTNER " (:partner IS NULL OR partner = :partner OR client = :partner) "
/* Whether a caller was let in with a token. */
#define USE          " event = 'validate' AND outcome = 'allow' "
#define TIME(column) " time_text(" column ") "
/* Names a token: its jti, else the name of its bytes. */
#define TOKEN         " coalesce(jti, token) "
#define WORDS(column) "json_each('[\"' || replace(" column ", ' ', '\",\"') || '\"]')"

/* A use, once, with the earliest of what had revoked it: min() chooses the row of the rest. */
#define LATE_USE                                                                                   \
    "INSERT INTO found SELECT u.seq, u.at, u.jti, u.client, u.ip, u.route, min(r.at), r.seq"       \
    " FROM revoked r CROSS JOIN s.records u"
#define LATE                                                                                       \
    " u.event = 'validate' AND u.outcome = 'allow' AND u.at > r.at"                                \
    " AND (r.iss IS NULL OR u.iss IS NULL OR r.iss = u.iss) "
#define EARLIEST                                                                                   \
    " ON CONFLICT(seq) DO UPDATE SET revoked_at = excluded.revoked_at,"                            \
    " revoked_seq = excluded.revoked_seq WHERE excluded.revoked_at < revoked_at"

static const struct question {
    struct audit_question shown;
    const char *set_up, *first, *second, *answer; /* first, second: of each segment */
} questions[] = {
    {{"by-jti", "JTI", "what one token was used for, from where"},
     "CREATE TABLE found AS SELECT 0 seq, 0 at, '' event, '' outcome, '' reason, '' client, '' ip,"
     " '' method, '' route, 0 status, '' request WHERE 0",
     "INSERT INTO found SELECT seq, at, event, outcome, reason, client, ip, method, route, status,"
     " request FROM s.records WHERE jti = :value AND" WINDOW,
     NULL,
     "SELECT seq," TIME("at") "time, event, outcome, reason, client, ip, method, route, status,"
                              " request FROM found ORDER BY seq"},
    {{"denials", NULL, "what was denied, of everybody or with --partner of one"},
     "CREATE TABLE found AS SELECT 0 seq, 0 at, '' partner, '' client, '' reason, '' ip,"
     " '' method, '' route, 0 status, '' jti WHERE 0",
     "INSERT INTO found SELECT seq, at, partner, client, reason, ip, method, route, status, jti"
     " FROM s.records WHERE event <> 'validate' AND outcome = 'deny' AND" PARTNER "AND" WINDOW,
     NULL,
     "SELECT seq," TIME("at") "time, partner, client, reason, ip, method, route, status, jti"
                              " FROM found ORDER BY seq"},
    {{"used-after-revoke", NULL, "revoked tokens that were let in all the same, and how late"},
     "CREATE TABLE revoked(seq, at, jti, iss, client, sub, kid);"
     "CREATE TABLE known(jti, at, PRIMARY KEY(jti));"
     "CREATE TABLE found(seq PRIMARY KEY, at, jti, client, ip, route, revoked_at, revoked_seq)",
     "INSERT INTO revoked SELECT seq, at, jti, iss, client, sub, kid FROM s.records"
     /* at the endpoint, the client is who asked */
     " WHERE event = 'revoke' AND outcome = 'allow' AND (jti IS NOT NULL OR route IS NULL);"
     "INSERT INTO known SELECT jti, min(at) FROM s.records WHERE jti IS NOT NULL"
     " AND event IN ('issue', 'validate') GROUP BY jti"
     " ON CONFLICT DO UPDATE SET at = min(at, excluded.at)",
     LATE_USE " WHERE" LATE "AND u.jti = r.jti GROUP BY u.seq" EARLIEST ";" LATE_USE
              " WHERE r.jti IS NULL AND" LATE "AND (r.client IS NULL OR r.client = u.client)"
              " AND (r.sub IS NULL OR r.sub = u.sub) AND (r.kid IS NULL OR r.kid = u.kid)"
              " AND coalesce(r.client, r.sub, r.kid) IS NOT NULL AND (u.jti IS NULL OR EXISTS"
              "(SELECT 1 FROM known k WHERE k.jti = u.jti AND k.at <= r.at))"
              " GROUP BY u.seq" EARLIEST,
     "SELECT seq," TIME("at") "time, jti, client, ip, route," TIME(
         "revoked_at") "revoked,"
                       " revoked_seq, round((at - revoked_at) / 1000.0, 3) lag_ms FROM found"
                       " WHERE (:since = 0 OR at >= :since) AND (:until = 0 OR at < :until) ORDER "
                       "BY seq"},
    {{"unused-scopes", NULL, "scopes that clients hold and have not used for --days (90)"},
     "CREATE TABLE held(client, scope, PRIMARY KEY(client, scope));"
     "CREATE TABLE spent(client, used, at, PRIMARY KEY(client, used))",
     "INSERT OR IGNORE INTO held SELECT DISTINCT client, scope FROM s.records"
     " WHERE scope IS NOT NULL AND client IS NOT NULL AND event IN ('issue', 'validate')"
     " AND outcome = 'allow' AND at >= :now - :days * 86400000000 AND" PARTNER ";"
     "INSERT INTO spent SELECT client, used, max(at) FROM s.records WHERE used IS NOT NULL"
     " AND client IS NOT NULL GROUP BY client, used"
     " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
     NULL,
     "WITH h AS (SELECT DISTINCT client, w.value scope FROM held, " WORDS(
         "held.scope") " w),"
                       " u AS (SELECT client, w.value scope, max(at) at FROM spent, " WORDS(
                           "spent.used") " w"
                                         " GROUP BY 1, 2)"
                                         " SELECT h.client client, h.scope scope," TIME(
                                             "u.at") "last_used FROM h"
                                                     " LEFT JOIN u ON u.client = h.client AND "
                                                     "u.scope = h.scope"
                                                     " WHERE u.at IS NULL OR u.at < :now - :days * "
                                                     "86400000000 ORDER BY 1, 2"},
    {{"multi-network", NULL, "tokens that were used from more than one network (/24, /48)"},
     "CREATE TABLE seen(token, client, network, uses, first, last)",
     "INSERT INTO seen SELECT" TOKEN ", client, network(ip), count(*), min(at), max(at)"
     " FROM s.records WHERE" USE "AND ip IS NOT NULL AND" TOKEN "IS NOT NULL AND" PARTNER
     "AND" WINDOW " GROUP BY 1, 3",
     NULL,
     "SELECT token jti, max(client) client, count(DISTINCT network) networks, sum(uses) uses," TIME(
         "min(first)") "first," TIME("max(last)") "last, group_concat(DISTINCT network) list"
                                                  " FROM seen GROUP BY token HAVING count(DISTINCT "
                                                  "network) > 1 ORDER BY networks DESC, 1"},
    {{"expired-reuse", NULL, "tokens that are still sent after they have expired"},
     "CREATE TABLE seen(token, client, ip, uses, first, last)",
     "INSERT INTO seen SELECT" TOKEN ", client, ip, count(*), min(at), max(at) FROM s.records"
     " WHERE event = 'deny' AND reason = 'expired' AND" PARTNER "AND" WINDOW "GROUP BY 1, 3",
     NULL,
     "SELECT token jti, max(client) client, sum(uses) times," TIME("min(first)") "first," TIME(
         "max(last)") "last, group_concat(DISTINCT ip) ips FROM seen GROUP BY token"
                      " ORDER BY times DESC, 1"},
    {{"key-usage", NULL, "what each signing key was used for"},
     "CREATE TABLE seen(iss, kid, alg, event, uses, first, last)",
     "INSERT INTO seen SELECT iss, kid, alg, event, count(*), min(at), max(at) FROM s.records"
     " WHERE kid IS NOT NULL AND" WINDOW "GROUP BY 1, 2, 3, 4",
     NULL,
     "SELECT max(iss) issuer, kid, max(alg) alg,"
     " sum(uses) FILTER (WHERE event = 'issue') issued,"
     " sum(uses) FILTER (WHERE event = 'validate') validated,"
     " sum(uses) FILTER (WHERE event = 'deny') denied," TIME("min(first)") "first," TIME(
         "max(last)") "last FROM seen GROUP BY iss, kid ORDER BY 1, 2"},
    {{"who-read-audit", NULL, "who asked what of the audit trail"},
     "CREATE TABLE found(seq, at, client, detail)",
     "INSERT INTO found SELECT seq, at, client, detail FROM s.records"
     " WHERE event = 'audit-read' AND" WINDOW,
     NULL,
     "SELECT seq," TIME("at") "time, client who, detail what FROM found ORDER BY seq"},
};

enum { QUESTIONS = sizeof questions / sizeof *questions };

const struct audit_question *
audit_questions(void)
{
    static struct audit_question list[QUESTIONS + 1];

    for (unsigned i = 0; i < QUESTIONS; i++)
        list[i] = questions[i].shown;
    return list;
}

/* --- functions of our own --- */

/* The network that an address is in: /24 of IPv4, /48 of IPv6. */
static void
network(sqlite3_context *c, int n, sqlite3_value **values)
{
    const char *text = (const char *)sqlite3_value_text(values[0]);
    uint8_t a[16] = {0};
    char out[64];

    (void)n;
    if (text && inet_pton(AF_INET, text, a) == 1)
        snprintf(out, sizeof out, "%u.%u.%u.0/24", a[0], a[1], a[2]);
    else if (text && inet_pton(AF_INET6, text, a) == 1)
        snprintf(out, sizeof out, "%x:%x:%x::/48", a[0] << 8 | a[1], a[2] << 8 | a[3],
                 a[4] << 8 | a[5]);
    else
        snprintf(out, sizeof out, "%.60s", text ? text : "");
    sqlite3_result_text(c, out, -1, SQLITE_TRANSIENT);
}

static void
time_text(sqlite3_context *c, int n, sqlite3_value **values)
{
    char out[28];

    (void)n;
    if (sqlite3_value_type(values[0]) == SQLITE_NULL)
        return;
    clock_format(sqlite3_value_int64(values[0]), out);
    sqlite3_result_text(c, out, 27, SQLITE_TRANSIENT);
}

/* --- asking --- */

struct asking {
    sqlite3 *db;
    const struct audit_arguments *arguments;
    void (*row)(void *context, char **names, char **values, int n);
    void *context;
};

static void
bind_text(sqlite3_stmt *s, const char *name, const char *text)
{
    int at = sqlite3_bind_parameter_index(s, name);

    if (at && text)
        sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static void
bind_number(sqlite3_stmt *s, const char *name, int64_t n)
{
    int at = sqlite3_bind_parameter_index(s, name);

    if (at)
        sqlite3_bind_int64(s, at, n);
}

static void
bind_all(sqlite3_stmt *s, const struct audit_arguments *a)
{
    bind_text(s, ":value", a->value);
    bind_text(s, ":partner", a->partner);
    bind_number(s, ":since", a->since_us);
    bind_number(s, ":until", a->until_us);
    bind_number(s, ":now", a->now_us);
    bind_number(s, ":days", a->days ? a->days : 90);
}

enum { COLUMNS_MOST = 16 };

static void
give_row(const struct asking *g, sqlite3_stmt *s)
{
    char *names[COLUMNS_MOST], *values[COLUMNS_MOST];
    int n = sqlite3_column_count(s);

    for (int i = 0; i < n && i < COLUMNS_MOST; i++) {
        names[i] = (char *)(uintptr_t)sqlite3_column_name(s, i);
        values[i] = (char *)(uintptr_t)sqlite3_column_text(s, i);
    }
    g->row(g->context, names, values, n);
}

/* Runs one or more statements; the rows of the last go to the caller when it wants them. */
static bool
run(const struct asking *g, const char *sql, bool wanted)
{
    sqlite3_stmt *s;
    int state = SQLITE_DONE;

    while (sql && *sql && state == SQLITE_DONE) {
        if (sqlite3_prepare_v2(g->db, sql, -1, &s, &sql) != SQLITE_OK)
            return false;
        if (!s)
            break;
        bind_all(s, g->arguments);
        while ((state = sqlite3_step(s)) == SQLITE_ROW)
            if (wanted)
                give_row(g, s);
        sqlite3_finalize(s);
    }
    return state == SQLITE_DONE;
}

static bool
run_on_segments(const struct asking *g, const struct audit_index *x, const char *sql)
{
    char path[4096];
    bool good = true;

    for (unsigned i = 0; good && sql && i < x->n; i++) {
        char *attach;

        audit_index_path(x->options.folder, x->segments[i], path, sizeof path);
        attach = sqlite3_mprintf("ATTACH %Q AS s", path);
        good = attach && run(g, attach, false) && run(g, sql, false);
        sqlite3_free(attach);
        good = run(g, "DETACH s", false) && good;
    }
    return good;
}

static const struct question *
find_question(const char *name)
{
    for (unsigned i = 0; i < QUESTIONS; i++)
        if (strcmp(questions[i].shown.name, name) == 0)
            return &questions[i];
    return NULL;
}

enum fault_code
audit_index_ask(struct audit_index *x, const char *name, const struct audit_arguments *arguments,
                void (*row)(void *context, char **names, char **values, int n), void *context,
                struct fault *f)
{
    const struct question *q = find_question(name);
    struct asking g = {.arguments = arguments, .row = row, .context = context};
    enum fault_code code = FAULT_NONE;

    if (!q)
        return fault_set(f, FAULT_NOT_FOUND, "there is no such question");
    if (q->shown.argument && !arguments->value)
        return fault_set(f, FAULT_INVALID_PARAMETER, "%s needs %s", name, q->shown.argument);
    if (sqlite3_open(":memory:", &g.db) != SQLITE_OK ||
        sqlite3_create_function(g.db, "network", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                network, NULL, NULL) != SQLITE_OK ||
        sqlite3_create_function(g.db, "time_text", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                time_text, NULL, NULL) != SQLITE_OK ||
        !run(&g, q->set_up, false) || !run_on_segments(&g, x, q->first) ||
        !run_on_segments(&g, x, q->second) || !run(&g, q->answer, true))
        code = audit_index_fail(f, g.db, name);
    sqlite3_close(g.db);
    return code;
}
