/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A backend for the benchmark: one thread, keep-alive, an answer that never changes, after a delay
 * that is the same for every request. So the queue of waiting answers is in order of their time.
 *
 *     backend PORT [DELAY_MS [ANSWER_FILE]]
 *
 * The file holds the body of the answer to a POST (text/xml); a GET gets 1 KB of JSON. A request
 * is read to its end by Content-Length; there is no pipelining.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FDS = 65536, IN_SIZE = 16384, EVENTS = 512 };

struct client {
    char *in;      /* IN_SIZE bytes; NULL when the fd is not open */
    size_t n;      /* bytes in it */
    uint32_t life; /* tells a reused fd from the one that waits in the queue */
};

struct due {
    int64_t at; /* ms */
    int fd;
    uint32_t life;
    bool post;
};

struct text {
    char *p;
    size_t n;
};

static struct client clients[MAX_FDS];
static struct due queue[MAX_FDS]; /* ring: at most one waiting answer for each fd */
static unsigned head, tail;
static struct text get_answer, post_answer;
static int epoll_fd;

static int64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
drop(int fd)
{
    free(clients[fd].in);
    clients[fd].in = NULL;
    clients[fd].n = 0;
    clients[fd].life++;
    close(fd);
}

static void
answer(int fd, bool post)
{
    const struct text *t = post ? &post_answer : &get_answer;

    if (send(fd, t->p, t->n, MSG_NOSIGNAL) != (ssize_t)t->n)
        drop(fd);
}

/* Bytes of the whole request at the start of the buffer, 0 while it is not complete. */
static size_t
request_size(const char *in, size_t n)
{
    const char *end = memmem(in, n, "\r\n\r\n", 4);
    size_t body = 0;

    if (end == NULL)
        return 0;
    for (const char *line = in; line < end; line = strchr(line, '\n') + 1)
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            body = strtoul(line + 15, NULL, 10);
    size_t size = (size_t)(end - in) + 4 + body;
    return size <= n ? size : 0;
}

static void
on_readable(int fd, int64_t delay)
{
    struct client *c = &clients[fd];
    ssize_t got = recv(fd, c->in + c->n, IN_SIZE - 1 - c->n, 0);

    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            drop(fd);
        return;
    }
    c->n += (size_t)got;
    c->in[c->n] = 0;
    if (request_size(c->in, c->n) == 0) {
        if (c->n == IN_SIZE - 1)
            drop(fd);
        return;
    }
    bool post = c->in[0] == 'P';
    c->n = 0;
    if (delay == 0)
        answer(fd, post);
    else
        queue[tail++ % MAX_FDS] = (struct due){now_ms() + delay, fd, c->life, post};
}

static void
accept_all(int listener)
{
    int fd, one = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

        if (fd >= MAX_FDS || (clients[fd].in = malloc(IN_SIZE)) == NULL) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    }
}

/* Sends what is due; returns the ms until the next is, or -1. */
static int
run_queue(void)
{
    int64_t now = now_ms();

    while (head != tail) {
        struct due *d = &queue[head % MAX_FDS];

        if (d->at > now)
            return (int)(d->at - now);
        if (clients[d->fd].in != NULL && clients[d->fd].life == d->life)
            answer(d->fd, d->post);
        head++;
    }
    return -1;
}

static struct text
make_answer(const char *media, const char *body)
{
    struct text t = {NULL, 0};
    int n = asprintf(&t.p, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
                     media, strlen(body), body);

    if (n < 0)
        exit(1);
    t.n = (size_t)n;
    return t;
}

static void
make_answers(const char *file)
{
    static char body[65536];
    FILE *f = file ? fopen(file, "r") : NULL;

    if (file && !f) {
        perror(file);
        exit(1);
    }
    if (f) {
        body[fread(body, 1, sizeof(body) - 1, f)] = 0;
        fclose(f);
    }
    post_answer = make_answer("text/xml; charset=utf-8", body);
    memset(body, 'x', 1024);
    memcpy(body, "{\"text\":\"", 9);
    memcpy(body + 1022, "\"}", 3);
    get_answer = make_answer("application/json", body);
}

static int
open_listener(uint16_t port)
{
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(fd, 8192) != 0) {
        perror("backend: bind");
        exit(1);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
    return fd;
}

static void
allow_many_files(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int
main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    int64_t delay = argc > 2 ? strtol(argv[2], NULL, 10) : 0;

    if (argc < 2) {
        fprintf(stderr, "usage: backend PORT [DELAY_MS [ANSWER_FILE]]\n");
        return 2;
    }
    allow_many_files();
    make_answers(argc > 3 ? argv[3] : NULL);
    epoll_fd = epoll_create1(0);
    int listener = open_listener((uint16_t)strtoul(argv[1], NULL, 10));
    for (;;) {
        int n = epoll_wait(epoll_fd, events, EVENTS, run_queue());

        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;

            if (fd == listener)
                accept_all(listener);
            else if (clients[fd].in != NULL)
                on_readable(fd, delay);
        }
    }
}
