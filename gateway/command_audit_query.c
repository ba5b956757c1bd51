/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate audit query`: a question by its name, answered as a table or as JSON. */
#include <stdio.h>

#include "auth/audit_index.h"
#include "base/clock.h"
#include "base/json.h"
#include "gateway/command_audit.h"
#include "gateway/progress.h"

enum { COLUMNS_MOST = 16, SAMPLE = 500 /* rows that the widths are taken from */ };

struct table {
    struct arena *arena;
    bool json;
    int columns, widths[COLUMNS_MOST];
    struct str (*rows)[COLUMNS_MOST]; /* the first is the heading */
    unsigned held, printed;
};

static int
letters(struct str s) /* of UTF-8 */
{
    int n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += (s.p[i] & 0xc0) != 0x80;
    return n;
}

static void
print_row(const struct table *t, const struct str *row)
{
    for (int i = 0; i < t->columns; i++) {
        int pad = i + 1 < t->columns ? t->widths[i] - letters(row[i]) + 2 : 0;

        printf("%.*s%*s", STR_ARG(row[i]), pad > 0 ? pad : 0, "");
    }
    printf("\n");
}

static void
print_held(struct table *t)
{
    for (unsigned i = 0; i < t->held; i++)
        print_row(t, t->rows[i]);
    t->held = 0;
}

static struct str *
new_row(struct table *t)
{
    if (!t->rows)
        t->rows = arena_zalloc(t->arena, SAMPLE, sizeof *t->rows);
    return t->rows ? t->rows[t->held++] : NULL;
}

static void
hold(struct table *t, char **texts, int n)
{
    struct str *row = new_row(t);

    for (int i = 0; row && i < n; i++) {
        row[i] = texts[i] ? arena_dup(t->arena, str_of(texts[i])) : STR("-");
        if (letters(row[i]) > t->widths[i])
            t->widths[i] = letters(row[i]);
    }
}

static void
print_json(struct table *t, char **names, char **values, int n)
{
    struct buf line;
    bool first = true;

    buf_init(&line, 1 << 20);
    buf_printf(&line, "%s{", t->printed ? ",\n" : "");
    for (int i = 0; i < n; i++) {
        if (!values[i])
            continue;
        buf_printf(&line, "%s\"%s\":", first ? "" : ",", names[i]);
        if (number_is_lexeme(str_of(values[i])))
            buf_str(&line, str_of(values[i]));
        else
            json_write_string(&line, str_of(values[i]));
        first = false;
    }
    buf_put_char(&line, '}');
    printf("%.*s", STR_ARG(buf_view(&line)));
    buf_fini(&line);
}

static void
take_row(void *context, char **names, char **values, int n)
{
    struct table *t = context;
    struct str row[COLUMNS_MOST];

    t->columns = n < COLUMNS_MOST ? n : COLUMNS_MOST;
    if (t->json) {
        print_json(t, names, values, t->columns);
    } else if (t->printed + 2 < SAMPLE) {
        if (!t->printed)
            hold(t, names, t->columns);
        hold(t, values, t->columns);
    } else {
        print_held(t);
        for (int i = 0; i < t->columns; i++)
            row[i] = values[i] ? str_of(values[i]) : STR("-");
        print_row(t, row);
    }
    t->printed++;
}

static int
list_questions(void)
{
    for (const struct audit_question *q = audit_questions(); q->name; q++)
        printf("  %-20s %-4s %s\n", q->name, q->argument ? q->argument : "", q->help);
    return AUDIT_USAGE;
}

static int
answer(const struct audit_place *p, const char *question, const struct audit_arguments *arguments,
       bool json, bool rebuild)
{
    struct table table = {.arena = p->arena, .json = json};
    struct progress progress;
    struct audit_index_options o = {
        .folder = p->folder, .rebuild = rebuild, .progress = progress_tell, .context = &progress};
    struct audit_index *index = NULL;
    struct fault f = {0};
    enum fault_code code;

    progress_begin(&progress, "indexing");
    code = audit_index_open(&o, &index, &f);
    progress_end(&progress);
    if (!code && json)
        printf("[");
    if (!code)
        code = audit_index_ask(index, question, arguments, take_row, &table, &f);
    if (!code && json)
        printf("]\n");
    else if (!code)
        print_held(&table);
    audit_index_close(index);
    if (!code && !table.printed && !json)
        printf("nothing\n");
    if (code == FAULT_NOT_FOUND || code == FAULT_INVALID_PARAMETER) {
        audit_complain(&f);
        return list_questions();
    }
    return code ? audit_complain(&f) : AUDIT_OK;
}

/* "2026-11-23" or "2026-11-23T15:04:05Z"; false when it is neither. */
static bool
parse_day(struct arena *a, const char *text, int64_t *us)
{
    struct str time = str_of(text);

    if (time.n == sizeof "2026-11-23" - 1)
        time = arena_printf(a, "%sT00:00:00Z", text);
    return !text || clock_parse(time, us);
}

int
audit_query_part(const struct command *c, struct arena *a, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT, *since = NULL, *until = NULL, *days = NULL, *folder = NULL;
    struct audit_arguments arguments = {.now_us = clock_utc_us()};
    const struct flag flags[] = {
        {"--config", "-c", &config}, {"--since", NULL, &since},
        {"--until", NULL, &until},   {"--days", NULL, &days},
        {"--dir", NULL, &folder},    {"--partner", NULL, &arguments.partner},
        {NULL, NULL, NULL}};
    bool json = audit_switch("--json", &argc, argv);
    bool rebuild = audit_switch("--rebuild", &argc, argv);
    struct audit_place p;
    uint64_t n = 90;

    if (!command_flags(c, flags, &argc, argv) || argc > 3 ||
        !parse_day(a, since, &arguments.since_us) || !parse_day(a, until, &arguments.until_us) ||
        (days && (!str_to_u64(str_of(days), &n) || n > 36500)))
        return command_usage(c);
    if (argc < 2)
        return list_questions();
    arguments.days = (unsigned)n;
    arguments.value = argc > 2 ? argv[2] : NULL;
    if (!audit_place_find(&p, a, folder, config) ||
        !audit_note_reading(&p,
                            arena_printf(a, "query %s%s%s%s%s", argv[1], arguments.value ? " " : "",
                                         arguments.value ? arguments.value : "",
                                         arguments.partner ? " --partner " : "",
                                         arguments.partner ? arguments.partner : "")))
        return AUDIT_UNREADABLE;
    return answer(&p, argv[1], &arguments, json, rebuild);
}
