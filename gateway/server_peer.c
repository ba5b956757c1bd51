/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's connection beside what MHD does with it: who it is, whether it is still there,
 * whether it takes too long between requests, and how it ends.
 *
 * MHD does not see a client leave while an exchange is under way, nor one that sends its header a
 * byte at a time. One EPOLLRDHUP watch a connection, added once, and one list ordered by time see
 * both. A client that shuts down its sending side is taken to have left. A connection that is
 * closed with bytes of a body unread would be reset, and the answer lost with it: a duplicate of
 * the descriptor lingers and reads them.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/server_private.h"

#define LINGER_US    2000000
#define LINGER_BYTES 4194304
#define SWEEP_US     1000000

/* ---- the list of those between requests ---- */

static void
idle_remove(struct server *s, struct peer *p)
{
    *(p->prev ? &p->prev->next : &s->first_idle) = p->next;
    *(p->next ? &p->next->prev : &s->last_idle) = p->prev;
    p->prev = p->next = NULL;
}

static void sweep(struct timer *t);

static void
idle_add(struct server *s, struct peer *p)
{
    p->since_us = loop_now(s->loop);
    p->prev = s->last_idle;
    p->next = NULL;
    *(s->last_idle ? &s->last_idle->next : &s->first_idle) = p;
    s->last_idle = p;
    s->sweep.call = sweep;
    if (s->sweep.place == 0 && loop_timer_set(s->loop, &s->sweep, p->since_us + SWEEP_US))
        s->sweep.place = 0; /* no memory: the next one tries again */
}

static void
sweep(struct timer *t)
{
    struct server *s = (struct server *)((char *)t - offsetof(struct server, sweep));
    int64_t now = loop_now(s->loop);
    int64_t limit = now - s->options.idle_us - s->options.head_us;

    for (struct peer *p = s->first_idle; p && p->since_us <= limit; p = p->next)
        shutdown(p->fd, SHUT_RDWR); /* MHD sees the end, and closes it */
    if (s->first_idle && loop_timer_set(s->loop, t, now + SWEEP_US))
        t->place = 0;
}

void
peers_end_idle(struct server *s)
{
    for (struct peer *p = s->first_idle; p; p = p->next)
        shutdown(p->fd, SHUT_RDWR);
}

/* ---- one connection ---- */

static void
peer_left(struct watch *w, uint32_t events)
{
    struct peer *p = (struct peer *)w; /* its first member */

    (void)events;
    p->gone = true;
    /* MHD takes a short read for the end of what is there, and misses a FIN that came with it:
     * this makes the socket readable anew. What has come before can still be read. */
    shutdown(p->fd, SHUT_RD);
    if (p->current)
        incoming_leave(p->current);
}

static void
print_address(const struct sockaddr *a, char *out, socklen_t size)
{
    const void *bytes = NULL;

    if (a && a->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)a)->sin_addr;
    else if (a && a->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)a)->sin6_addr;
    if (bytes == NULL || inet_ntop(a->sa_family, bytes, out, size) == NULL)
        out[0] = '\0';
}

void
peer_opened(struct server *s, struct MHD_Connection *c, void **context)
{
    struct peer *p = calloc(1, sizeof(*p));
    const union MHD_ConnectionInfo *fd =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    const union MHD_ConnectionInfo *address =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

    *context = p;
    s->connections++;
    if (p == NULL)
        return; /* its requests are refused */
    p->server = s;
    p->connection = c;
    p->fd = fd->connect_fd;
    print_address(address->client_addr, p->address, sizeof(p->address));
    if (s->tls)
        certificate_present(p);
    if (loop_watch(s->loop, &p->watch, p->fd, EPOLLRDHUP | EPOLLET, peer_left))
        p->watch.fd = -1; /* its leaving goes unseen until it is written to */
    idle_add(s, p);
    if (s->quiesced)
        shutdown(p->fd, SHUT_RDWR);
}

static void
peer_free(struct grave *g)
{
    free((char *)g - offsetof(struct peer, grave));
}

void
peer_closed(struct server *s, void **context)
{
    struct peer *p = *context;

    s->connections--;
    if (p == NULL)
        return;
    if (p->current) /* on some errors MHD does not tell of the request's end */
        incoming_close(p->current, false);
    certificate_release(p->certificate);
    idle_remove(s, p);
    loop_forget(&p->watch);
    loop_bury(s->loop, &p->grave, peer_free);
    *context = NULL;
}

void
peer_begins(struct peer *p, struct incoming *in)
{
    idle_remove(p->server, p);
    p->current = in;
}

/* ---- lingering ---- */

struct lingering {
    struct watch watch; /* first */
    struct timer timer;
    struct grave grave;
    struct server *server;
    struct lingering *prev, *next;
    size_t left;
};

static void
linger_free(struct grave *g)
{
    free((char *)g - offsetof(struct lingering, grave));
}

static void
linger_end(struct lingering *g)
{
    int fd = g->watch.fd;

    if (fd < 0)
        return;
    loop_timer_clear(g->server->loop, &g->timer);
    loop_forget(&g->watch);
    close(fd);
    g->server->lingering--;
    *(g->prev ? &g->prev->next : &g->server->lingers) = g->next;
    if (g->next)
        g->next->prev = g->prev;
    loop_bury(g->server->loop, &g->grave, linger_free);
}

static void
linger_ready(struct watch *w, uint32_t events)
{
    struct lingering *g = (struct lingering *)w; /* its first member */
    char waste[16384];
    ssize_t n = recv(w->fd, waste, sizeof(waste), MSG_DONTWAIT);

    if (n > 0 && (size_t)n < g->left && !(events & (EPOLLERR | EPOLLHUP)))
        g->left -= (size_t)n;
    else if (n >= 0)
        linger_end(g);
}

static void
linger_over(struct timer *t)
{
    linger_end((struct lingering *)((char *)t - offsetof(struct lingering, timer)));
}

static void
linger(struct server *s, int mhd_fd)
{
    struct lingering *g;
    int fd;

    if (s->lingering >= s->options.lingering || (g = calloc(1, sizeof(*g))) == NULL)
        return;
    g->server = s;
    g->left = LINGER_BYTES;
    g->timer.call = linger_over;
    fd = fcntl(mhd_fd, F_DUPFD_CLOEXEC, 0);
    if (fd < 0 || loop_watch(s->loop, &g->watch, fd, EPOLLIN, linger_ready)) {
        if (fd >= 0)
            close(fd);
        free(g);
        return;
    }
    s->lingering++;
    g->next = s->lingers;
    if (g->next)
        g->next->prev = g;
    s->lingers = g;
    if (loop_timer_set(s->loop, &g->timer, loop_now(s->loop) + LINGER_US))
        linger_end(g);
}

void
peers_end_lingering(struct server *s)
{
    while (s->lingers)
        linger_end(s->lingers);
}

void
peer_ends(struct peer *p, bool discarded)
{
    p->current = NULL;
    idle_add(p->server, p);
    if (discarded && !p->gone) {
        loop_unwatch(&p->watch); /* or the duplicate would keep it alive in the kernel */
        linger(p->server, p->fd);
    }
}
