/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/upstream_link.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

#define ROOM_FIRST 16384

static enum fault_code
failed(struct fault *f, const char *what, const char *why)
{
    fault_set(f, FAULT_BACKEND_FAILED, "The backend cannot be reached.");
    fault_log(f, "%s: %s", what, why);
    return FAULT_BACKEND_FAILED;
}

static enum fault_code
failed_errno(struct fault *f, const char *what, int number)
{
    char text[96];

    return failed(f, what, strerror_r(number, text, sizeof(text)));
}

static enum fault_code
wait_for(struct link *k, uint32_t events, int64_t deadline_us, struct fault *f)
{
    enum fault_code code = loop_wait_fd(&k->watch, events, deadline_us);

    if (code == FAULT_BACKEND_TIMEOUT)
        return fault_set(f, code, "The backend did not answer in time.");
    if (code == FAULT_CANCELLED)
        return fault_set(f, code, "The caller has left.");
    return code ? fault_set(f, code, "No memory to wait for the backend.") : FAULT_NONE;
}

/* ---- open and close ---- */

static void
link_free(struct grave *g)
{
    free((char *)g - offsetof(struct link, grave));
}

void
link_rest(struct link *k)
{
    free(k->in);
    k->in = NULL;
    k->cap = 0;
}

void
link_close(struct link *k)
{
    int fd = k->watch.fd;

    if (k->tls) {
        tls_shutdown(k->tls);
        tls_free(k->tls);
    }
    loop_forget(&k->watch);
    if (fd >= 0)
        close(fd);
    link_rest(k);
    k->tls = NULL;
    loop_bury(k->loop, &k->grave, link_free);
}

static enum fault_code
start_connect(struct link *k, const union address *to, struct fault *f)
{
    int one = 1;
    int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return failed_errno(f, "socket", errno);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(fd, &to->any, (socklen_t)address_bytes(to)) < 0 && errno != EINPROGRESS) {
        int number = errno;

        close(fd);
        return failed_errno(f, "connect", number);
    }
    if (loop_watch(k->loop, &k->watch, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, NULL) == 0)
        return FAULT_NONE;
    close(fd);
    return failed(f, "connect", "epoll refuses it");
}

static enum fault_code
finish_connect(struct link *k, int64_t deadline_us, struct fault *f)
{
    enum fault_code code = wait_for(k, EPOLLOUT, deadline_us, f);
    int number = 0;
    socklen_t n = sizeof(number);

    if (code)
        return code;
    if (getsockopt(k->watch.fd, SOL_SOCKET, SO_ERROR, &number, &n) < 0)
        number = errno;
    return number ? failed_errno(f, "connect", number) : FAULT_NONE;
}

static enum fault_code
handshake(struct link *k, struct tls_context *tls, const char *host, int64_t deadline_us,
          struct fault *f)
{
    enum fault_code code = FAULT_NONE;

    k->tls = tls_new(tls, k->watch.fd, host);
    if (k->tls == NULL)
        return fault_set(f, FAULT_MEMORY, "No memory for TLS.");
    while (code == FAULT_NONE) {
        switch (tls_handshake(k->tls)) {
        case TLS_DONE: return FAULT_NONE;
        case TLS_WANT_READ:
            k->watch.ready &= ~(uint32_t)EPOLLIN;
            code = wait_for(k, EPOLLIN, deadline_us, f);
            break;
        case TLS_WANT_WRITE:
            k->watch.ready &= ~(uint32_t)EPOLLOUT;
            code = wait_for(k, EPOLLOUT, deadline_us, f);
            break;
        default: return failed(f, "TLS handshake", tls_error(k->tls));
        }
    }
    return code;
}

static enum fault_code
open_one(struct link *k, const union address *to, struct tls_context *tls, const char *host,
         int64_t deadline_us, struct fault *f)
{
    enum fault_code code = start_connect(k, to, f);

    if (code == FAULT_NONE)
        code = finish_connect(k, deadline_us, f);
    if (code == FAULT_NONE && tls)
        code = handshake(k, tls, host, deadline_us, f);
    return code;
}

static struct link *
link_new(struct loop *l)
{
    struct link *k = calloc(1, sizeof(*k));

    if (k == NULL)
        return NULL;
    k->loop = l;
    k->watch.fd = -1;
    return k;
}

enum fault_code
link_open(struct loop *l, const struct addresses *to, struct tls_context *tls, const char *host,
          int64_t connect_us, int64_t deadline_us, struct link **out, struct fault *f)
{
    enum fault_code code = FAULT_BACKEND_FAILED;

    for (unsigned i = 0; i < to->n; i++) {
        int64_t until = clock_us() + connect_us;
        struct link *k = link_new(l);
        bool connected;

        if (k == NULL)
            return fault_set(f, FAULT_MEMORY, "No memory for a connection.");
        code = open_one(k, &to->items[i], tls, host, until < deadline_us ? until : deadline_us, f);
        if (code == FAULT_NONE) {
            *out = k;
            return FAULT_NONE;
        }
        connected = k->tls != NULL; /* it was the handshake that failed: final */
        link_close(k);
        if (connected || code == FAULT_CANCELLED || code == FAULT_MEMORY)
            return code;
    }
    return code;
}

/* ---- bytes ---- */

static ssize_t
send_plain(struct link *k, struct iovec *iov, int count)
{
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = (size_t)count};
    ssize_t n;

    do /* a head alone is the common case, and send() costs the kernel less */
        n = count == 1 ? send(k->watch.fd, iov->iov_base, iov->iov_len, MSG_NOSIGNAL)
                       : sendmsg(k->watch.fd, &m, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n;
}

/* *want: the events to wait for before the next try; 0 when bytes moved. */
static enum fault_code
send_some(struct link *k, struct iovec *iov, int count, size_t *n, uint32_t *want, struct fault *f)
{
    ssize_t sent;

    *want = 0;
    *n = 0;
    if (k->tls) {
        switch (tls_write(k->tls, iov->iov_base, iov->iov_len, n)) {
        case TLS_DONE: return FAULT_NONE;
        case TLS_WANT_READ: *want = EPOLLIN; return FAULT_NONE;
        case TLS_WANT_WRITE: *want = EPOLLOUT; return FAULT_NONE;
        default: return failed(f, "send", tls_error(k->tls));
        }
    }
    sent = send_plain(k, iov, count);
    if (sent < 0 && errno != EAGAIN)
        return failed_errno(f, "send", errno);
    if (sent < 0)
        *want = EPOLLOUT;
    else
        *n = (size_t)sent;
    return FAULT_NONE;
}

static void
advance(struct iovec **iov, int *count, size_t n)
{
    while (*count > 0 && n >= (*iov)->iov_len) {
        n -= (*iov)->iov_len;
        (*iov)++;
        (*count)--;
    }
    if (*count > 0) {
        (*iov)->iov_base = (char *)(*iov)->iov_base + n;
        (*iov)->iov_len -= n;
    }
}

/* An answer has come in while there is still something to send. Under TLS the bytes
 * may be no more than a session ticket, so there it is not asked. */
static bool
answer_waits(struct link *k)
{
    char byte;
    ssize_t n;

    if (k->tls)
        return false;
    n = recv(k->watch.fd, &byte, 1, MSG_PEEK);
    if (n < 0 && errno == EAGAIN)
        k->watch.ready &= ~(uint32_t)EPOLLIN;
    return n > 0;
}

bool
link_has_spoken(struct link *k)
{
    char byte;

    if (k->tls || !(k->watch.ready & (uint32_t)(EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)))
        return false;
    if (recv(k->watch.fd, &byte, 1, MSG_PEEK) >= 0 || errno != EAGAIN)
        return true;
    k->watch.ready &= ~(uint32_t)EPOLLIN;
    return false;
}

enum fault_code
link_send(struct link *k, struct iovec *iov, int count, int64_t deadline_us, bool *early,
          struct fault *f)
{
    enum fault_code code = FAULT_NONE;
    uint32_t want;
    size_t n;

    advance(&iov, &count, 0);
    while (count > 0) {
        if (early && (k->watch.ready & EPOLLIN) && answer_waits(k)) {
            *early = true;
            return FAULT_NONE;
        }
        code = send_some(k, iov, count, &n, &want, f);
        if (code && early && answer_waits(k)) /* refused, and closed: the reason is there */
            code = FAULT_NONE, *early = true;
        if (code || (early && *early))
            return code;
        k->sent += n;
        advance(&iov, &count, n);
        if (want == 0)
            continue;
        k->watch.ready &= ~want;
        code = wait_for(k, want | (early ? (uint32_t)EPOLLIN : 0), deadline_us, f);
        if (code)
            return code;
    }
    return FAULT_NONE;
}

static bool
make_room(struct link *k, size_t most)
{
    size_t cap = k->cap;
    char *in;

    if (k->end < k->cap)
        return true;
    if (k->start > 0) {
        memmove(k->in, k->in + k->start, k->end - k->start);
        k->end -= k->start;
        k->start = 0;
        return true;
    }
    if (cap == 0)
        cap = ROOM_FIRST;
    else
        cap = cap * 2 < most ? cap * 2 : most;
    in = cap > k->cap ? realloc(k->in, cap) : NULL;
    if (in == NULL)
        return false;
    k->in = in;
    k->cap = cap;
    return true;
}

/* *want: the event to wait for; 0 when bytes came, or the end (*n == 0). */
static enum fault_code
receive_some(struct link *k, size_t *n, uint32_t *want, struct fault *f)
{
    size_t room = k->cap - k->end;
    ssize_t got;

    *want = 0;
    *n = 0;
    if (k->tls) {
        switch (tls_read(k->tls, k->in + k->end, room, n)) {
        case TLS_DONE: return FAULT_NONE;
        case TLS_CLOSED: return FAULT_NONE;
        case TLS_WANT_READ: *want = EPOLLIN; return FAULT_NONE;
        case TLS_WANT_WRITE: *want = EPOLLOUT; return FAULT_NONE;
        default: return failed(f, "receive", tls_error(k->tls));
        }
    }
    do
        got = recv(k->watch.fd, k->in + k->end, room, 0);
    while (got < 0 && errno == EINTR);
    if (got < 0 && errno != EAGAIN)
        return failed_errno(f, "receive", errno);
    if (got < 0)
        *want = EPOLLIN;
    else
        *n = (size_t)got;
    /* A short read has emptied the socket: the next bytes are a new edge. */
    if (got > 0 && (size_t)got < room)
        k->watch.ready &= ~(uint32_t)EPOLLIN;
    return FAULT_NONE;
}

enum fault_code
link_receive(struct link *k, size_t most, int64_t deadline_us, bool *closed, struct fault *f)
{
    enum fault_code code = FAULT_NONE;
    uint32_t want = k->tls ? 0 : EPOLLIN; /* TLS may hold bytes that the socket no longer shows */
    size_t n = 0;

    *closed = false;
    do {
        if (want)
            code = wait_for(k, want, deadline_us, f);
        if (code == FAULT_NONE && !make_room(k, most)) /* only now: a wait may be long */
            code = fault_set(f, FAULT_MEMORY, "No memory for the backend's answer.");
        if (code == FAULT_NONE)
            code = receive_some(k, &n, &want, f);
        if (code)
            return code;
        k->watch.ready &= ~want;
    } while (want);
    k->end += n;
    k->received += n;
    *closed = n == 0;
    return FAULT_NONE;
}
