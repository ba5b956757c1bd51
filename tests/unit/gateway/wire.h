/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocking sockets for tests: the other end of what is under test. Every wait is bounded. */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "gateway/loop.h"

#define WIRE_PATIENCE_S 10

static inline void
wire_patience(int fd)
{
    struct timeval tv = {.tv_sec = WIRE_PATIENCE_S};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

static inline int
wire_listen(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) < 0 || listen(fd, 1024) < 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) < 0)
        abort();
    *port = ntohs(a.sin_port);
    return fd;
}

static inline int
wire_connect(uint16_t port)
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
        abort();
    wire_patience(fd);
    return fd;
}

static inline bool
wire_send(int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        s = str_from(s, (size_t)n);
    }
    return true;
}

/* Reads until `end` is in the text, the stream ends, or the room is used up; NUL behind it. */
static inline size_t
wire_read(int fd, char *into, size_t size, const char *end)
{
    size_t n = 0;

    into[0] = '\0';
    while (n + 1 < size && (end == NULL || strstr(into, end) == NULL)) {
        ssize_t got = recv(fd, into + n, size - 1 - n, 0);

        if (got <= 0)
            break;
        n += (size_t)got;
        into[n] = '\0';
    }
    return n;
}

/* Runs one function on a fiber, and the loop until it has ended. */
static inline void
wire_run(struct loop *l, void (*run)(void *), void *arg)
{
    int64_t until = clock_us() + WIRE_PATIENCE_S * INT64_C(1000000);

    assert_non_null(fiber_start(loop_fibers(l), NULL, run, arg));
    fiber_run_ready(loop_fibers(l));
    while (fiber_live(loop_fibers(l)) > 0 && clock_us() < until)
        loop_turn(l, 100000);
    assert_int_equal(fiber_live(loop_fibers(l)), 0);
}

#endif
