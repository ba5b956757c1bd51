/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate run`: workers up, signals awaited, workers down. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "gateway/audit_ship.h"
#include "gateway/command.h"
#include "gateway/pipeline.h"
#include "gateway/reload.h"
#include "gateway/session.h"

#define LOG_FLAGS (O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC)

struct seat { /* one worker and what belongs to it */
    struct worker *worker;
    struct desk desk;
    struct door front, admin;
};

struct gateway {
    const char *path; /* of the configuration */
    struct report *report;
    struct snapshot *snapshot;
    struct side *side;
    struct rates *rates;
    struct seat *seats;
    struct desk **desks;
    struct reloads reloads;
    struct audit *audit; /* NULL: none is kept */
    struct shipping *shipping;
    unsigned count;
    const char *access_log; /* its path; NULL: no file */
    int log_fd;
};

static bool
fail(struct gateway *g, const char *what, const char *why)
{
    report_error(g->report, (struct place){str_of(what), 0, 0}, "%s", why);
    return false;
}

/* "127.0.0.1:8080" or "[::1]:8080". */
static bool
split_address(struct gateway *g, struct str text, const char **address, uint16_t *port)
{
    struct str host = text;
    uint64_t n;

    while (host.n && host.p[host.n - 1] != ':')
        host.n--;
    if (!host.n || !str_to_u64(str_from(text, host.n), &n) || n > UINT16_MAX)
        return fail(g, text.p, "is no address and port, such as 127.0.0.1:8080");
    host.n--;
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = (struct str){host.p + 1, host.n - 2};
    *address = arena_dup(g->snapshot->arena, host).p;
    *port = (uint16_t)n;
    return *address;
}

static struct server_options
server_options_of(const struct config *c, unsigned workers)
{
    struct server_options o = SERVER_OPTIONS_DEFAULT;

    o.connections = (unsigned)(c->limit_connections / workers) + 1;
    o.headers = (unsigned)c->limit_headers;
    o.target_bytes = c->limit_uri;
    o.header_bytes = c->limit_header;
    o.pool_bytes = c->limit_header + 2048;
    o.idle_us = c->timeout_idle;
    o.handle = pipeline_run;
    return o;
}

static void
add_tls(struct server_options *o, const struct snapshot *s)
{
    const struct config *c = s->config;

    o->tls = s->tls;
    if (str_eq(c->tls_client_certificates, STR("optional")))
        o->client_certificates = CLIENT_CERTIFICATES_OPTIONAL;
    else if (str_eq(c->tls_client_certificates, STR("required")))
        o->client_certificates = CLIENT_CERTIFICATES_REQUIRED;
}

static bool
serve(struct gateway *g, struct seat *seat, struct str listen, struct door *door, bool tls)
{
    const struct config *c = g->snapshot->config;
    struct server_options o = server_options_of(c, g->count);
    struct fault f = {0};

    if (!split_address(g, listen, &o.address, &o.port))
        return false;
    o.context = door;
    if (tls)
        add_tls(&o, g->snapshot);
    if (worker_serve(seat->worker, &o, NULL, &f) == FAULT_NONE)
        return true;
    return fail(g, listen.p, f.log[0] ? f.log : f.detail);
}

static bool
open_doors(struct gateway *g, struct seat *seat, bool first)
{
    const struct config *c = g->snapshot->config;

    seat->front = (struct door){&seat->desk, false};
    seat->admin = (struct door){&seat->desk, true};
    if (!serve(g, seat, c->listen, &seat->front, false))
        return false;
    if (c->tls_listen.n && !serve(g, seat, c->tls_listen, &seat->front, true))
        return false;
    return !first || str_eq(c->admin, STR("off")) || serve(g, seat, c->admin, &seat->admin, false);
}

static bool
set_up(struct gateway *g, unsigned index)
{
    const struct config *c = g->snapshot->config;
    struct worker_options o = WORKER_OPTIONS_DEFAULT;
    struct seat *seat = &g->seats[index];
    struct fault f = {0};

    o.grace_us = c->timeout_stop;
    o.fibers = (unsigned)c->limit_in_flight + 64;
    if (worker_new(index, &o, &seat->worker, &f))
        return fail(g, "worker", f.log[0] ? f.log : f.detail);
    seat->desk.side = g->side;
    seat->desk.rates = g->rates;
    seat->desk.audit.shipping = g->shipping;
    seat->desk.refreshes = index == 0;
    seat->desk.all = g->desks;
    seat->desk.all_count = g->count;
    seat->desk.reloads = &g->reloads;
    g->desks[index] = &seat->desk;
    return desk_init(&seat->desk, seat->worker, g->snapshot, g->log_fd, g->audit, g->report) &&
           open_doors(g, seat, index == 0);
}

static bool
start(struct gateway *g)
{
    struct fault f = {0};

    for (unsigned i = 0; i < g->count; i++)
        if (!set_up(g, i))
            return false;
    for (unsigned i = 0; i < g->count; i++)
        if (worker_start(g->seats[i].worker, &f))
            return fail(g, "worker", f.log[0] ? f.log : f.detail);
    return true;
}

/* Ends the workers; false when one did not end in time, and nothing of it may be freed. */
static bool
stop(struct gateway *g, bool started)
{
    bool ended = true;

    for (unsigned i = 0; started && i < g->count; i++)
        worker_stop(g->seats[i].worker);
    for (unsigned i = 0; started && i < g->count; i++)
        ended &= worker_join(g->seats[i].worker);
    if (ended) {
        side_free(g->side);
        audit_free(g->audit);
    }
    shipping_stop(g->shipping);
    for (unsigned i = 0; ended && i < g->count; i++) {
        desk_fini(&g->seats[i].desk);
        worker_free(g->seats[i].worker);
    }
    if (ended)
        rates_free(g->rates);
    return ended;
}

static bool
has_terminal(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* After the access log was moved away, it is written under its name again. */
static void
reopen_access_log(const struct gateway *g)
{
    int fd = g->access_log ? open(g->access_log, LOG_FLAGS, 0640) : -1;

    if (g->access_log && (fd < 0 || dup3(fd, g->log_fd, O_CLOEXEC) < 0))
        log_event(LOG_ERROR, "access_log", "%s: %s", g->access_log, strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* SIGHUP reloads, unless it says that the terminal has gone. */
static void
await_end(struct gateway *g, const sigset_t *signals)
{
    const struct reloading reloading = {g->path,  g->snapshot, g->desks,
                                        g->count, g->side,     &g->reloads};
    bool terminal = has_terminal();
    int number = 0;

    while (sigwait(signals, &number) == 0 && number == SIGHUP && terminal == has_terminal()) {
        reopen_access_log(g);
        reload(&reloading);
    }
    log_event(LOG_INFO, "stopping", "signal %d; what is in flight is finished", number);
}

static bool
open_access_log(struct gateway *g)
{
    const struct config *c = g->snapshot->config;

    g->log_fd = str_eq(c->access_log, STR("-")) ? STDOUT_FILENO : -1;
    if (g->log_fd >= 0 || str_eq(c->access_log, STR("off")))
        return true;
    g->access_log = config_path(g->snapshot->arena, c, c->access_log).p;
    g->log_fd = g->access_log ? open(g->access_log, LOG_FLAGS, 0640) : -1;
    return g->log_fd >= 0 || fail(g, c->access_log.p, strerror(errno));
}

static bool
prepare(struct gateway *g)
{
    const struct config *c = g->snapshot->config;
    struct fault f = {0};
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* memory holds tokens and keys */
    signal(SIGPIPE, SIG_IGN);
    g->count = c->workers ? (unsigned)c->workers : (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    if (!open_access_log(g))
        return false;
    if (audit_open(c, g->snapshot->version, &g->audit, &f))
        return fail(g, "audit", f.log[0] ? f.log : f.detail);
    if (shipping_start(c, &g->shipping, &f))
        return fail(g, "audit", f.detail);
    g->seats = calloc(g->count, sizeof(*g->seats));
    g->desks = calloc(g->count, sizeof(*g->desks));
    g->rates = rates_new(c->limit_rates);
    if (g->seats && g->desks && g->rates)
        g->side = side_new(g->snapshot->auth, g->audit);
    return g->side ? true : fail(g, "worker", "out of memory");
}

static int
serve_until_signal(struct gateway *g)
{
    const struct config *c = g->snapshot->config;
    sigset_t signals;
    bool started;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (!prepare(g))
        return 1;
    started = start(g);
    if (started) {
        log_event(LOG_INFO, "ready", "%.*s, %u workers, %u contracts", STR_ARG(c->listen), g->count,
                  g->snapshot->contract_count);
        await_end(g, &signals);
    }
    if (!stop(g, started)) {
        log_event(LOG_ERROR, "stopped", "a worker did not end in time");
        _exit(1);
    }
    free(g->seats);
    free(g->desks);
    return started ? 0 : 1;
}

static enum log_level
level_of(struct str name)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};

    for (int i = 0; i < 4; i++)
        if (str_eq(name, str_of(names[i])))
            return (enum log_level)i;
    return LOG_INFO;
}

int
command_run(const struct command *c, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT;
    const struct flag flags[] = {{"--config", "-c", &config}, {NULL, NULL, NULL}};
    struct session session;
    int status = 1;

    if (!command_flags(c, flags, &argc, argv) || argc > 1)
        return command_usage(c);
    if (session_open(&session, config, false)) {
        struct gateway g = {
            .path = config, .report = &session.report, .snapshot = session.snapshot};

        report_init(&session.report, session.arena); /* what the start adds is told at the end */
        log_to(STDERR_FILENO, level_of(g.snapshot->config->log_level));
        status = serve_until_signal(&g);
        command_report(&session.report);
    }
    session_close(&session);
    return status;
}
