/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop, the life of a request, and the ways to fail that the switches ask for.
 */
#include "sandbox/server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sandbox/control.h"

enum { BODY_MOST = 1 << 20, ARENA_MOST = 64 << 20, FIELDS_MOST = 100, GRACE_US = 2000000 };

struct exchange {
    struct exchange *next, *previous; /* in the server's list while it is delayed */
    struct MHD_Connection *connection;
    struct str path; /* whole */
    struct buf body;
    int64_t due;
    int system; /* index, or -1 */
    bool delayed;
    struct request request;
};

struct server {
    struct MHD_Daemon *daemon;
    int listener;
    struct store *store;
    struct toggle *toggles;
    uint64_t seed;
    struct exchange *first, *last; /* delayed requests, the next due first */
    unsigned in_flight;
};

/* Delayed requests. A system's delay is mostly constant, so the search starts at the end. */

static void
delay(struct server *s, struct exchange *e)
{
    struct exchange *before = s->last;
    while (before && before->due > e->due)
        before = before->previous;
    e->previous = before;
    e->next = before ? before->next : s->first;
    *(before ? &before->next : &s->first) = e;
    *(e->next ? &e->next->previous : &s->last) = e;
    MHD_suspend_connection(e->connection);
}

static void
resume_due(struct server *s, int64_t now)
{
    while (s->first && s->first->due <= now) {
        struct exchange *e = s->first;
        s->first = e->next;
        *(e->next ? &e->next->previous : &s->last) = NULL;
        MHD_resume_connection(e->connection);
    }
}

/* Answers. */

static enum MHD_Result
send_answer(struct exchange *e, struct answer *a)
{
    if (a->body.failed) {
        answer_fini(a);
        return MHD_NO;
    }
    struct str body = buf_take(&a->body);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free((void *)(uintptr_t)body.p);
        return MHD_NO;
    }
    if (a->type)
        MHD_add_response_header(response, "Content-Type", a->type);
    for (unsigned i = 0; i < a->header_count; i++)
        MHD_add_response_header(response, a->headers[i].name.p, a->headers[i].value.p);
    enum MHD_Result result = MHD_queue_response(e->connection, a->status, response);
    MHD_destroy_response(response);
    return result;
}

/* Past libmicrohttpd, which would only send what is right; it closes the connection after. */
static enum MHD_Result
send_raw(struct exchange *e, struct str head, struct str body)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(e->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info && send(info->connect_fd, head.p, head.n, MSG_NOSIGNAL) == (ssize_t)head.n)
        (void)!send(info->connect_fd, body.p, body.n, MSG_NOSIGNAL);
    return MHD_NO;
}

static enum MHD_Result
send_half(struct exchange *e, struct answer *a)
{
    char head[256];
    int n = snprintf(head, sizeof(head),
                     "HTTP/1.1 %u Half\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                     a->status, a->type ? a->type : "text/plain", a->body.n + 2);
    enum MHD_Result result =
        send_raw(e, (struct str){head, (size_t)n}, str_head(buf_view(&a->body), a->body.n / 2));
    answer_fini(a);
    return result;
}

static enum MHD_Result
send_text(struct exchange *e, unsigned status, const char *type, struct str text)
{
    struct answer a;
    answer_init(&a);
    a.status = status;
    a.type = type;
    buf_str(&a.body, text);
    return send_answer(e, &a);
}

/* One system's turn. */

static enum MHD_Result
serve_system(struct server *s, struct exchange *e)
{
    struct answer a;
    const struct system *system = systems[e->system];
    struct toggle *t = &s->toggles[e->system];
    if (t->outage)
        return MHD_NO;
    if (t->garbage)
        return send_raw(e, STR("\x16\x03\x01 this is not HTTP\n\n"), STR_NONE);
    if (t->wrong)
        return send_text(e, 200, "text/html", STR("<html><p>Maintenance<br></html>"));
    answer_init(&a);
    if (noise_chance(&t->noise, t->errors))
        system->fail(&e->request, &a, "The switch says so");
    else
        system->handle(s->store, &e->request, &a);
    if (store_failed(s->store))
        system->fail(&e->request, &a, "The store failed");
    return t->reset ? send_half(e, &a) : send_answer(e, &a);
}

static enum MHD_Result
serve_control(struct server *s, struct exchange *e)
{
    struct answer a;
    answer_init(&a);
    control_handle(s->toggles, s->seed, &e->request, &a);
    return send_answer(e, &a);
}

static enum MHD_Result
serve(struct server *s, struct exchange *e)
{
    if (e->body.failed)
        return send_text(e, 413, "text/plain", STR("The body is too large.\n"));
    if (e->system >= 0)
        return serve_system(s, e);
    if (str_starts(e->path, STR("/_switch")))
        return serve_control(s, e);
    return send_text(e, 404, "text/plain", STR("No such system; /_switch lists them.\n"));
}

/* The life of a request. */

struct fields {
    struct arena *arena;
    struct headers found;
    struct header *items;
};

static enum MHD_Result
add_field(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct fields *f = context;
    (void)kind;
    if (f->found.n == FIELDS_MOST)
        return MHD_NO;
    f->items[f->found.n++] = (struct header){str_of(name), str_of(value ? value : "")};
    return MHD_YES;
}

static struct headers
read_fields(struct exchange *e, enum MHD_ValueKind kind)
{
    struct header *items = ARENA_ARRAY(e->request.arena, FIELDS_MOST, struct header);
    struct fields f = {.items = items, .found = {items, 0}};
    if (items)
        MHD_get_connection_values(e->connection, kind, add_field, &f);
    return f.found;
}

static void
route(struct exchange *e)
{
    struct str below = str_from(e->path, 1);
    size_t n = str_find(below, '/');
    e->system = system_find(str_head(below, n));
    e->request.path = str_from(below, n);
}

static struct exchange *
exchange_new(struct server *s, struct MHD_Connection *connection, const char *url,
             const char *method)
{
    struct arena *arena = arena_new(ARENA_MOST);
    struct exchange *e = arena ? ARENA_NEW(arena, struct exchange) : NULL;
    if (!e) {
        arena_free(arena);
        return NULL;
    }
    e->connection = connection;
    e->path = str_of(url);
    e->request.arena = arena;
    e->request.method = strcmp(method, "HEAD") == 0 ? STR("GET") : str_of(method);
    e->request.headers = read_fields(e, MHD_HEADER_KIND);
    e->request.query = read_fields(e, MHD_GET_ARGUMENT_KIND);
    buf_init(&e->body, BODY_MOST);
    route(e);
    s->in_flight++;
    return e;
}

static enum MHD_Result
on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
           const char *version, const char *bytes, size_t *n, void **own)
{
    struct server *s = context;
    struct exchange *e = *own;
    (void)version;
    if (!e) /* an answer given now would end the connection's keep-alive */
        return (*own = exchange_new(s, connection, url, method)) ? MHD_YES : MHD_NO;
    if (*n) {
        buf_put(&e->body, bytes, *n);
        *n = 0;
        return MHD_YES;
    }
    e->request.body = buf_view(&e->body);
    if (!e->delayed && e->system >= 0 && s->toggles[e->system].delay_us) {
        e->delayed = true;
        e->due = clock_us() + s->toggles[e->system].delay_us;
        delay(s, e);
        return MHD_YES;
    }
    return serve(s, e);
}

static void
on_completed(void *context, struct MHD_Connection *connection, void **own,
             enum MHD_RequestTerminationCode how)
{
    struct server *s = context;
    struct exchange *e = *own;
    (void)connection, (void)how;
    if (!e)
        return;
    s->in_flight--;
    buf_fini(&e->body);
    arena_free(e->request.arena);
    *own = NULL;
}

/* Set-up. */

static int
listen_at(const struct addrinfo *at, char url[96])
{
    struct sockaddr_storage name;
    socklen_t n = sizeof(name);
    char host[64], port[16];
    int on = 1, fd = socket(at->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        bind(fd, at->ai_addr, at->ai_addrlen) || listen(fd, 1024) ||
        getsockname(fd, (struct sockaddr *)&name, &n) ||
        getnameinfo((struct sockaddr *)&name, n, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV)) {
        close(fd);
        return -1;
    }
    snprintf(url, 96, strchr(host, ':') ? "http://[%s]:%s" : "http://%s:%s", host, port);
    return fd;
}

/* -1 after filling the fault. */
static int
open_listener(const char *address, char url[96], struct fault *f)
{
    char host[64] = "";
    uint64_t port;
    const char *colon = strrchr(address, ':');
    size_t n = colon ? (size_t)(colon - address) : 0;
    struct addrinfo *at, hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                  .ai_socktype = SOCK_STREAM};
    bool bracketed = n > 2 && address[0] == '[' && address[n - 1] == ']';
    if (n > 0 && n < sizeof(host))
        memcpy(host, address + bracketed, n - 2 * bracketed);
    if (!*host || !str_to_u64(str_of(colon + 1), &port) || port > 65535 ||
        getaddrinfo(host, colon + 1, &hints, &at)) {
        fault_set(f, FAULT_INVALID_VALUE, "not an address and port: %s", address);
        return -1;
    }
    int fd = listen_at(at, url);
    if (fd < 0)
        fault_set(f, FAULT_INTERNAL, "cannot listen at %s: %s", address, strerror(errno));
    freeaddrinfo(at);
    return fd;
}

static struct MHD_Daemon *
start(struct server *s)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
                            MHD_OPTION_LISTEN_SOCKET, s->listener, MHD_OPTION_NOTIFY_COMPLETED,
                            on_completed, s, MHD_OPTION_CONNECTION_LIMIT, 20000u,
                            MHD_OPTION_CONNECTION_TIMEOUT, 120u, MHD_OPTION_END);
}

struct server *
server_new(const char *address, struct store *store, struct toggle *toggles, uint64_t seed,
           char url[96], struct fault *f)
{
    struct server *s = calloc(1, sizeof(*s));
    if (!s) {
        fault_set(f, FAULT_MEMORY, "out of memory");
        return NULL;
    }
    *s = (struct server){.store = store, .toggles = toggles, .seed = seed};
    s->listener = open_listener(address, url, f);
    if (s->listener < 0) {
        free(s);
        return NULL;
    }
    s->daemon = start(s);
    if (!s->daemon) {
        fault_set(f, FAULT_INTERNAL, "libmicrohttpd does not start");
        server_free(s);
        return NULL;
    }
    return s;
}

/* The loop. */

/* Milliseconds until something is to be done without being asked. */
static int
patience(struct server *s)
{
    unsigned long long ms = 1000;
    MHD_get_timeout(s->daemon, &ms);
    if (ms > 1000)
        ms = 1000;
    if (s->first) {
        int64_t left = (s->first->due - clock_us() + 999) / 1000;
        if (left < (int64_t)ms)
            return left > 0 ? (int)left : 0;
    }
    return (int)ms;
}

/* One turn; true when stop_fd asks for the end. */
static bool
turn(struct server *s, int stop_fd)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct pollfd fds[] = {{info->epoll_fd, POLLIN, 0}, {stop_fd, POLLIN, 0}};
    (void)poll(fds, 2, patience(s));
    resume_due(s, clock_us());
    MHD_run(s->daemon);
    return fds[1].revents != 0;
}

void
server_run(struct server *s, int stop_fd)
{
    while (!turn(s, stop_fd))
        ;
    int64_t end = clock_us() + GRACE_US;
    MHD_quiesce_daemon(s->daemon);
    while (s->in_flight && clock_us() < end)
        turn(s, -1);
}

void
server_free(struct server *s)
{
    resume_due(s, INT64_MAX); /* libmicrohttpd must not stop with suspended connections */
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    close(s->listener);
    free(s);
}
