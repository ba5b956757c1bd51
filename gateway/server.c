/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libmicrohttpd in the loop: its daemon in external epoll mode, and its callbacks, which move an
 * incoming from phase to phase and hand it to its fiber and back.
 */
#include "gateway/server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/server_private.h"

#define RUNS_A_TURN 8

/* ---- an exchange's life ---- */

static struct incoming *
incoming_new(struct server *s, struct peer *p, const char *target)
{
    struct arena *a = arena_new(s->options.arena_bytes);
    struct incoming *in = a ? ARENA_NEW(a, struct incoming) : NULL;

    if (in)
        in->request.target = arena_dup(a, str_of(target));
    if (in == NULL || in->request.target.p == NULL) {
        arena_free(a);
        return NULL;
    }
    in->server = s;
    in->peer = p;
    in->connection = p->connection;
    in->arena = a;
    in->target_at = target;
    buf_init(&in->body, s->options.prefetch_bytes);
    in->next = s->live;
    if (s->live)
        s->live->prev = in;
    s->live = in;
    s->live_count++;
    s->heads++;
    s->requests++;
    peer_begins(p, in);
    return in;
}

/* Two hold it: MHD, and the fiber once there is one. */
static void
incoming_release(struct incoming *in)
{
    struct server *s = in->server;

    if (in->connection || (in->started && !in->ended))
        return;
    *(in->prev ? &in->prev->next : &s->live) = in->next;
    if (in->next)
        in->next->prev = in->prev;
    s->live_count--;
    answer_unstick(in);
    buf_fini(&in->body);
    arena_free(in->arena);
}

static void
run(void *arg)
{
    struct incoming *in = arg;
    struct server *s = in->server;

    s->options.handle(in, s->options.context);
    in->fiber = NULL;
    in->ended = true;
    if (!in->answered)
        answer_canned(in, 500);
    if (in->stream && !in->out_end)
        server_finish(in, false);
    incoming_release(in);
}

/* The fiber is only queued: all that have come in one run are started after it, one after the
 * other, so that the kernel's receiving and its sending each stay in the processor's cache. */
static void
incoming_start(struct incoming *in)
{
    in->started = true;
    in->fiber = fiber_start(loop_fibers(in->server->loop), NULL, run, in);
    if (in->fiber == NULL) {
        in->ended = true;
        answer_canned(in, 503);
    } else if (in->gone || in->peer->gone) {
        incoming_leave(in);
    }
}

/* On the loop's stack: this fiber, and whoever else is ready, until each waits or ends. */
void
incoming_run(struct incoming *in)
{
    if (!in->started)
        incoming_start(in);
    fiber_run_ready(loop_fibers(in->server->loop));
}

void
incoming_leave(struct incoming *in)
{
    in->gone = true;
    if (in->fiber && (!in->answered || (in->stream && !in->out_end)))
        fiber_cancel(in->fiber);
    park_wake(in);
}

const struct request *
incoming_request(const struct incoming *in)
{
    return &in->request;
}

struct arena *
incoming_arena(struct incoming *in)
{
    return in->arena;
}

enum fault_code
incoming_fault(const struct incoming *in, struct fault *f)
{
    if (in->code && f)
        *f = in->fault;
    return in->code;
}

/* ---- MHD's callbacks ---- */

/* MHD 0.9.75 goes on to make an entry of each query argument in the connection's small pool, and
 * when that runs out it hangs in its "block" state until the time-out, spinning. So it is shown
 * an empty query: the byte behind the '?', in its own buffer, ends it. Ours is copied before. */
static void
hide_query(const char *target)
{
    union {
        const char *in;
        char *out;
    } p = {.in = strchr(target, '?')};

    if (p.in)
        p.out[1] = '\0';
}

/* The first of a request: the target as it came, before MHD takes it apart. */
static void *
on_target(void *context, const char *target, struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *i =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct peer *p = i->socket_context;
    struct incoming *in;

    if (p == NULL || target == NULL)
        return NULL;
    in = incoming_new(context, p, target);
    hide_query(target);
    return in;
}

/* The head is there, and a body is to follow (or the head is no good). MHD takes an answer now; it
 * will not once the body has begun. */
static enum MHD_Result
on_head(struct incoming *in)
{
    incoming_run(in);
    if (in->answered && !body_is_drainable(in)) {
        park_leave(in);
        in->discarded = in->request.has_body || in->code != FAULT_NONE;
        return answer_queue(in);
    }
    if (in->answered || body_is_wanted(in)) {
        park_leave(in);
        in->phase = PHASE_BODY;
        return MHD_YES;
    }
    park_suspend(in);
    return MHD_YES;
}

static enum MHD_Result
on_body(struct incoming *in, const char *p, size_t *n)
{
    in->server->dirty = true; /* there may be more of it */
    if (!in->answered) {
        size_t fed = body_feed(in, p, *n);

        *n -= fed;
        fiber_run_ready(loop_fibers(in->server->loop));
    }
    if (in->answered && !body_is_drainable(in)) {
        if (!in->queued)
            answer_raw(in);
        return MHD_NO;
    }
    if (in->answered) {
        in->drained += *n;
        *n = 0;
    }
    if (*n > 0)
        park_suspend(in);
    return MHD_YES;
}

/* The request is whole: this is called again and again until there is an answer. */
static enum MHD_Result
on_whole(struct incoming *in)
{
    if (in->phase != PHASE_WHOLE)
        body_end(in);
    if (!in->started)
        incoming_start(in);
    if (!in->answered) {
        park_wait(in);
        return MHD_YES;
    }
    park_leave(in);
    return answer_queue(in);
}

static enum MHD_Result
on_call(void *context, struct MHD_Connection *c, const char *url, const char *method,
        const char *version, const char *body, size_t *body_n, void **request)
{
    struct incoming *in = *request;

    (void)context, (void)c, (void)url;
    if (in == NULL)
        return MHD_NO; /* no memory: closed without an answer */
    if (in->phase == PHASE_NEW) {
        in->server->heads--;
        head_take(in, method, version);
        in->phase = in->request.has_body || in->code ? PHASE_HEAD : PHASE_BODY;
        return in->phase == PHASE_HEAD ? on_head(in) : MHD_YES;
    }
    if (in->phase == PHASE_HEAD)
        return on_head(in);
    if (*body_n > 0)
        return on_body(in, body, body_n);
    return on_whole(in);
}

void
incoming_close(struct incoming *in, bool sent)
{
    park_leave(in);
    if (in->phase == PHASE_NEW)
        in->server->heads--;
    in->connection = NULL;
    peer_ends(in->peer, in->discarded);
    in->peer = NULL;
    if (!sent || !in->queued)
        incoming_leave(in);
    incoming_release(in);
}

static void
on_completed(void *context, struct MHD_Connection *c, void **request,
             enum MHD_RequestTerminationCode why)
{
    struct incoming *in = *request;

    (void)context, (void)c;
    *request = NULL;
    if (in)
        incoming_close(in, why == MHD_REQUEST_TERMINATED_COMPLETED_OK);
}

static void
on_connection(void *context, struct MHD_Connection *c, void **peer,
              enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        peer_opened(context, c, peer);
    else
        peer_closed(context, peer);
}

/* Our own path is percent-encoded: nobody reads MHD's. */
static size_t
on_unescape(void *context, struct MHD_Connection *c, char *text)
{
    (void)context, (void)c;
    return strlen(text);
}

/* ---- in the loop ---- */

static int64_t
server_patience(struct loop_hook *h)
{
    struct server *s = (struct server *)h; /* its first member */
    MHD_UNSIGNED_LONG_LONG ms;

    if (s->dirty)
        return 0;
    if (s->parked > 0) /* MHD's own time-out is 0 now */
        return park_patience(s);
    if (MHD_get_timeout(s->daemon, &ms) != MHD_YES)
        return -1;
    return ms > 3600000 ? INT64_C(3600000000) : (int64_t)ms * 1000;
}

static void
server_run(struct loop_hook *h, bool dry)
{
    struct server *s = (struct server *)h;

    if (!(s->events.ready & EPOLLIN) && server_patience(h) != 0 && !(dry && s->parked > 0))
        return;
    park_turn(s, dry);
    for (unsigned i = 0; i < RUNS_A_TURN; i++) {
        s->dirty = false;
        s->events.ready = 0;
        MHD_run(s->daemon);
        fiber_run_ready(loop_fibers(s->loop));
        answer_stuck(s);
        if (!s->dirty)
            break;
    }
}

/* ---- start and stop ---- */

static enum fault_code
refuse(struct fault *f, const char *what, const char *which)
{
    fault_set(f, FAULT_INTERNAL, "The server does not start.");
    fault_log(f, "%s %s: %s", what, which, strerror(errno));
    return FAULT_INTERNAL;
}

static bool
to_address(const struct server_options *o, struct sockaddr_storage *out, socklen_t *n)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, o->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(o->port);
        *n = sizeof(*v4);
        return true;
    }
    if (inet_pton(AF_INET6, o->address, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(o->port);
    *n = sizeof(*v6);
    return true;
}

static enum fault_code
listen_at(struct server *s, struct fault *f)
{
    struct sockaddr_storage a;
    socklen_t n = 0;
    int one = 1;

    if (!to_address(&s->options, &a, &n)) {
        errno = EINVAL;
        return refuse(f, "address", s->options.address);
    }
    s->listen_fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->listen_fd < 0)
        return refuse(f, "socket for", s->options.address);
    setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    setsockopt(s->listen_fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    if (bind(s->listen_fd, (struct sockaddr *)&a, n) < 0 ||
        listen(s->listen_fd, (int)s->options.backlog) < 0 ||
        getsockname(s->listen_fd, (struct sockaddr *)&a, &n) < 0)
        return refuse(f, "listen on", s->options.address);
    s->port = ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                            : ((struct sockaddr_in *)&a)->sin_port);
    return FAULT_NONE;
}

static enum fault_code
start_daemon(struct server *s, struct fault *f)
{
    const struct server_options *o = &s->options;
    const union MHD_DaemonInfo *epoll;
    static char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"; /* RFC 8996 */
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, o->tls ? o->tls->certificate : NULL},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, o->tls ? o->tls->key : NULL},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, priorities},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};

    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (o->tls ? MHD_USE_TLS : 0), 0, NULL, NULL,
        on_call, s, MHD_OPTION_LISTEN_SOCKET, s->listen_fd, MHD_OPTION_CONNECTION_LIMIT,
        o->connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->pool_bytes,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)((o->idle_us + 999999) / 1000000),
        MHD_OPTION_URI_LOG_CALLBACK, on_target, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape,
        s, MHD_OPTION_ARRAY, o->tls ? tls : plain, MHD_OPTION_END);
    if (s->daemon == NULL)
        return refuse(f, "libmicrohttpd on", o->address);
    epoll = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (epoll == NULL || loop_watch(s->loop, &s->events, epoll->epoll_fd, EPOLLIN, NULL))
        return refuse(f, "epoll for", o->address);
    s->dirty = true; /* its first run puts the listening socket into its epoll */
    return FAULT_NONE;
}

enum fault_code
server_new(struct loop *l, const struct server_options *o, struct server **out, struct fault *f)
{
    struct server *s = calloc(1, sizeof(*s));
    enum fault_code code;

    if (s == NULL)
        return fault_set(f, FAULT_MEMORY, "No memory for the server.");
    s->loop = l;
    s->options = *o;
    s->listen_fd = s->events.fd = -1;
    s->hook.patience = server_patience;
    s->hook.run = server_run;
    s->tls = o->tls;
    code = listen_at(s, f);
    if (code == FAULT_NONE)
        code = start_daemon(s, f);
    if (code) {
        server_free(s);
        return code;
    }
    loop_hook_add(l, &s->hook);
    *out = s;
    return FAULT_NONE;
}

uint16_t
server_port(const struct server *s)
{
    return s->port;
}

void
server_show(struct server *s, const struct server_tls *tls)
{
    if (s->tls)
        s->tls = tls;
}

void
server_quiesce(struct server *s)
{
    if (s->quiesced)
        return;
    s->quiesced = true;
    MHD_quiesce_daemon(s->daemon);
    close(s->listen_fd);
    s->listen_fd = -1;
    peers_end_idle(s);
    s->dirty = true;
}

unsigned
server_live(const struct server *s)
{
    return s->live_count;
}

void
server_cancel(struct server *s)
{
    struct incoming *next;

    for (struct incoming *in = s->live; in; in = next) {
        next = in->next;
        if (in->fiber)
            fiber_cancel(in->fiber);
        park_wake(in);
    }
}

void
server_cut(struct server *s)
{
    for (struct incoming *in = s->live; in; in = in->next) {
        if (in->peer)
            shutdown(in->peer->fd, SHUT_RDWR); /* MHD sees it, and closes */
        park_wake(in);
    }
}

void
server_free(struct server *s)
{
    if (s == NULL)
        return;
    loop_hook_remove(s->loop, &s->hook);
    loop_unwatch(&s->events);
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    else if (s->listen_fd >= 0)
        close(s->listen_fd);
    peers_end_lingering(s);
    loop_timer_clear(s->loop, &s->sweep);
    free(s);
}

struct server_stats
server_stats(const struct server *s)
{
    return (struct server_stats){.connections = s->connections,
                                 .live = s->live_count,
                                 .parked = s->parked,
                                 .requests = s->requests,
                                 .suspends = s->suspends};
}
