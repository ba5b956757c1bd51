/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * telgate-sandbox: telecom systems to try the gateway against, in one program.
 *
 * Each has real state in SQLite and the same data for the same seed; switches make it slow,
 * faulty or absent.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sandbox/endpoint.h"
#include "sandbox/server.h"

struct options {
    const char *listen, *database;
    uint64_t seed;
    const char *switches[16]; /* "SYSTEM:delay=50ms,..." */
    unsigned switch_count;
    bool help;
};

static bool
set_listen(struct options *o, const char *text)
{
    o->listen = text;
    return true;
}

static bool
set_database(struct options *o, const char *text)
{
    o->database = text;
    return true;
}

static bool
set_seed(struct options *o, const char *text)
{
    return str_to_u64(str_of(text), &o->seed);
}

static bool
set_switch(struct options *o, const char *text)
{
    if (o->switch_count == sizeof(o->switches) / sizeof(o->switches[0]))
        return false;
    o->switches[o->switch_count++] = text;
    return true;
}

static bool
set_help(struct options *o, const char *text)
{
    (void)text;
    return o->help = true;
}

static const struct option {
    const char *name, *argument; /* argument NULL: takes none */
    bool (*set)(struct options *o, const char *text);
    const char *help;
} options[] = {
    {"--listen", "ADDRESS:PORT", set_listen,
     "where to listen (127.0.0.1:9100); port 0: a free one"},
    {"--database", "FILE", set_database, "where the data is kept (:memory:)"},
    {"--seed", "N", set_seed, "seed of the made-up data and of the errors (1)"},
    {"--switch", "SYSTEM:SWITCHES", set_switch,
     "delay=50ms,errors=0.2,outage,garbage,wrong,reset; later by PUT /_switch/SYSTEM"},
    {"--help", NULL, set_help, "this text"},
};
static const unsigned option_count = sizeof(options) / sizeof(options[0]);

static void
print_help(void)
{
    printf("usage: telgate-sandbox [OPTION]...\nTelecom systems to try the gateway against:");
    for (int i = 0; i < SYSTEM_COUNT; i++)
        printf(" /%s", systems[i]->name.p);
    printf("\n\n");
    for (unsigned i = 0; i < option_count; i++) {
        char left[48];
        snprintf(left, sizeof(left), "%s %s", options[i].name,
                 options[i].argument ? options[i].argument : "");
        printf("  %-27s %s\n", left, options[i].help);
    }
}

static const struct option *
find_option(const char *name, size_t n)
{
    for (unsigned i = 0; i < option_count; i++)
        if (str_eq(str_of(options[i].name), (struct str){name, n}))
            return &options[i];
    return NULL;
}

/* "--name value" and "--name=value"; false after telling. */
static bool
read_options(struct options *o, int count, char **words)
{
    for (int i = 1; i < count; i++) {
        size_t n = strcspn(words[i], "=");
        const struct option *option = find_option(words[i], n);
        const char *text = words[i][n] ? words[i] + n + 1 : NULL;
        if (option && option->argument && !text && i + 1 < count)
            text = words[++i];
        if (!option || !option->argument != !text || !option->set(o, text)) {
            fprintf(stderr, "telgate-sandbox: not understood: %s (see --help)\n", words[i]);
            return false;
        }
    }
    return true;
}

static enum fault_code
set_toggles(const struct options *o, struct toggle *toggles, struct fault *f)
{
    for (int i = 0; i < SYSTEM_COUNT; i++)
        toggle_init(&toggles[i], o->seed);
    for (unsigned i = 0; i < o->switch_count; i++) {
        struct str text = str_of(o->switches[i]);
        size_t colon = str_find(text, ':');
        int system = system_find(str_head(text, colon));
        if (system < 0)
            return fault_set(f, FAULT_INVALID_VALUE, "no such system: %s", o->switches[i]);
        if (toggle_parse(&toggles[system], o->seed, str_from(text, colon + 1), f))
            return f->code;
    }
    return FAULT_NONE;
}

static int
stop_signals(void)
{
    sigset_t set;
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* As many connections as the system lets us have. */
static void
raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static enum fault_code
serve(const struct options *o, struct store *store, struct fault *f)
{
    char url[96];
    struct toggle toggles[SYSTEM_COUNT];
    if (set_toggles(o, toggles, f))
        return f->code;
    for (int i = 0; i < SYSTEM_COUNT; i++)
        systems[i]->open(store, o->seed);
    if (store_failed(store))
        return fault_set(f, FAULT_INTERNAL, "cannot fill %s", o->database);
    int stop = stop_signals();
    struct server *server = server_new(o->listen, store, toggles, o->seed, url, f);
    if (!server)
        return f->code;
    printf("telgate-sandbox: %s\n", url);
    fflush(stdout);
    server_run(server, stop);
    server_free(server);
    close(stop);
    return FAULT_NONE;
}

int
main(int count, char **words)
{
    struct fault f;
    struct store store;
    struct options o = {.listen = "127.0.0.1:9100", .database = ":memory:", .seed = 1};
    if (!read_options(&o, count, words))
        return 2;
    if (o.help) {
        print_help();
        return 0;
    }
    raise_limit();
    enum fault_code code = store_open(&store, o.database, &f);
    if (!code) {
        code = serve(&o, &store, &f);
        endpoint_fini();
        store_close(&store);
    }
    if (code)
        fprintf(stderr, "telgate-sandbox: %s\n", f.detail);
    return code ? 1 : 0;
}
