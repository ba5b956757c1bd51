/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/upstream.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "gateway/http_check.h"
#include "gateway/http_response.h"
#include "gateway/upstream_pool.h"

struct upstream_exchange {
    struct upstream *upstream;
    struct arena *arena;
    struct link *link; /* NULL: it failed */
    struct str head;   /* the request's, kept for a second try */
    struct str body;   /* the request's, when it is sent with the head */
    int64_t deadline_us;
    int64_t body_left; /* of the request; -1: chunked */
    bool idempotent, is_head, retried;
    bool streams;  /* the request's body comes by upstream_send */
    bool answered; /* before the request was whole */
    bool clean;    /* the connection can be used again when the answer is read */
    struct http_body answer;
    size_t taken; /* bytes of the link that the last piece was in */
};

/* ---- an upstream ---- */

static bool
split_authority(struct str authority, struct str *host, struct str *port)
{
    size_t colon;

    if (authority.n > 0 && authority.p[0] == '[') {
        size_t end = str_find(authority, ']');

        *host = str_head(str_from(authority, 1), end - 1);
        *port = str_from(authority, end + 1);
        return end < authority.n && host->n > 0 && (port->n == 0 || port->p[0] == ':');
    }
    colon = str_find(authority, ':');
    *host = str_head(authority, colon);
    *port = str_from(authority, colon);
    return host->n > 0;
}

static bool
is_plain(struct str s) /* fit for a request line or a Host field */
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7f)
            return false;
    return true;
}

static bool
read_url(struct str url, struct endpoint *e)
{
    struct str rest, authority, host, port, base;
    uint64_t number;

    e->tls = str_starts(url, STR("https://"));
    if (!is_plain(url) || (!e->tls && !str_starts(url, STR("http://"))))
        return false;
    rest = str_from(url, e->tls ? 8 : 7);
    authority = str_head(rest, str_find(rest, '/'));
    base = str_from(rest, authority.n);
    while (base.n > 0 && base.p[base.n - 1] == '/')
        base.n--;
    if (authority.n == 0 || memchr(rest.p, '?', rest.n) || memchr(rest.p, '#', rest.n) ||
        memchr(authority.p, '@', authority.n) || !split_authority(authority, &host, &port))
        return false;
    number = e->tls ? 443 : 80;
    if (port.n > 0 && (!str_to_u64(str_from(port, 1), &number) || number == 0 || number > 65535))
        return false;
    e->port = (uint16_t)number;
    e->host = strndup(host.p, host.n);
    e->authority = strndup(authority.p, authority.n);
    e->base = strndup(base.n ? base.p : "", base.n);
    return true;
}

static enum fault_code
read_urls(struct upstream *u, const struct str *urls, struct fault *f)
{
    bool tls = false;

    for (unsigned i = 0; i < u->endpoint_count; i++) {
        struct endpoint *e = &u->endpoints[i];

        e->upstream = u;
        if (urls[i].n == 0 || !read_url(urls[i], e))
            return fault_set(f, FAULT_BAD_REQUEST, "A backend's URL is malformed: %.*s",
                             STR_ARG(str_head(urls[i], 100)));
        if (!e->host || !e->authority || !e->base)
            return fault_set(f, FAULT_MEMORY, "No memory for a backend.");
        tls = tls || e->tls;
    }
    return tls ? tls_context_new(&u->options.tls, &u->tls, f) : FAULT_NONE;
}

enum fault_code
upstream_new(struct loop *l, struct resolver *r, const struct str *urls, unsigned url_count,
             const struct upstream_options *o, struct upstream **out, struct fault *f)
{
    struct upstream *u = calloc(1, sizeof(*u));
    enum fault_code code;

    if (u == NULL || url_count == 0 ||
        (u->endpoints = calloc(url_count, sizeof(*u->endpoints))) == NULL) {
        free(u);
        return fault_set(f, url_count ? FAULT_MEMORY : FAULT_BAD_REQUEST, "No backend URL.");
    }
    u->loop = l;
    u->resolver = r;
    u->options = *o;
    u->endpoint_count = url_count;
    u->last = &u->first;
    code = read_urls(u, urls, f);
    if (code)
        upstream_free(u);
    else
        *out = u;
    return code;
}

void
upstream_free(struct upstream *u)
{
    if (u == NULL)
        return;
    pool_drain(u);
    for (unsigned i = 0; i < u->endpoint_count; i++) {
        free(u->endpoints[i].host);
        free(u->endpoints[i].authority);
        free(u->endpoints[i].base);
    }
    tls_context_free(u->tls);
    free(u->endpoints);
    free(u);
}

struct upstream_stats
upstream_stats(const struct upstream *u)
{
    return (struct upstream_stats){.open = u->open,
                                   .idle = u->idle,
                                   .waiting = u->waiting,
                                   .connects = u->connects,
                                   .retries = u->retries};
}

/* ---- the request's head ---- */

struct writer { /* into exactly measured memory */
    char *p;
};

static void
put(struct writer *w, struct str s)
{
    if (s.n > 0)
        memcpy(w->p, s.p, s.n);
    w->p += s.n;
}

static enum fault_code
check_request(const struct upstream_request *q, size_t *bytes, struct fault *f)
{
    *bytes = q->method.n + q->target.n;
    if (!http_is_token(q->method) || !is_plain(q->target) ||
        (q->target.n > 0 && q->target.p[0] != '/' && q->target.p[0] != '?'))
        return fault_set(f, FAULT_INTERNAL, "The request to the backend is malformed.");
    for (unsigned i = 0; i < q->headers.n; i++) {
        const struct header *h = &q->headers.items[i];

        if (!http_is_token(h->name) || !http_is_field_value(h->value))
            return fault_set(f, FAULT_INTERNAL, "A header field to the backend is malformed.");
        *bytes += h->name.n + h->value.n + 4;
    }
    return FAULT_NONE;
}

static void
put_framing(struct writer *w, const struct upstream_request *q, uint64_t length)
{
    if (!q->has_body)
        return;
    if (q->body_length < 0 && q->body.n == 0)
        put(w, STR("Transfer-Encoding: chunked\r\n"));
    else
        w->p += snprintf(w->p, 48, "Content-Length: %llu\r\n", (unsigned long long)length);
}

static enum fault_code
write_head(struct upstream_exchange *x, const struct upstream_request *q, const struct endpoint *e,
           uint64_t length, struct fault *f)
{
    size_t bytes;
    struct writer w;
    enum fault_code code = check_request(q, &bytes, f);
    struct str base = str_of(e->base), authority = str_of(e->authority);

    if (code)
        return code;
    w.p = arena_alloc(x->arena, bytes + base.n + authority.n + 96);
    if (w.p == NULL)
        return fault_set(f, FAULT_MEMORY, "No memory for the request to the backend.");
    x->head.p = w.p;
    put(&w, q->method);
    put(&w, STR(" "));
    put(&w, base);
    put(&w,
        base.n + q->target.n == 0 || (base.n == 0 && q->target.p[0] == '?') ? STR("/") : STR_NONE);
    put(&w, q->target);
    put(&w, STR(" HTTP/1.1\r\nHost: "));
    put(&w, authority);
    put(&w, STR("\r\n"));
    for (unsigned i = 0; i < q->headers.n; i++) {
        if (header_role(q->headers.items[i].name) & (HEADER_HOP | HEADER_REQUEST))
            continue; /* written by this client itself */
        put(&w, q->headers.items[i].name);
        put(&w, STR(": "));
        put(&w, q->headers.items[i].value);
        put(&w, STR("\r\n"));
    }
    put_framing(&w, q, length);
    put(&w, STR("\r\n"));
    x->head.n = (size_t)(w.p - x->head.p);
    return FAULT_NONE;
}

/* ---- sending ---- */

static int64_t
hop_deadline(const struct upstream_exchange *x)
{
    int64_t until = loop_now(x->upstream->loop) + x->upstream->options.hop_us;

    return until < x->deadline_us ? until : x->deadline_us;
}

static struct iovec
piece_of(struct str s)
{
    union {
        const char *in;
        void *out;
    } p = {.in = s.p}; /* iovec has no const */

    return (struct iovec){p.out, s.n};
}

static enum fault_code
no_link(struct fault *f) /* an earlier step has failed, and told */
{
    return fault_set(f, FAULT_BACKEND_FAILED, "The backend cannot be reached.");
}

static void
drop_link(struct upstream_exchange *x)
{
    if (x->link)
        pool_close(x->link);
    x->link = NULL;
}

/* A kept connection that the backend has closed meanwhile: the request never got anywhere. */
static bool
may_retry(const struct upstream_exchange *x, enum fault_code code)
{
    return code == FAULT_BACKEND_FAILED && !x->retried && !x->answered && x->link->used_before &&
           x->link->received == 0 &&
           (x->link->sent == 0 || (x->idempotent && (!x->streams || x->link->sent <= x->head.n)));
}

static enum fault_code
send_head(struct upstream_exchange *x, struct fault *f)
{
    struct iovec iov[2] = {piece_of(x->head), piece_of(x->body)};
    bool early = false;
    enum fault_code code =
        link_send(x->link, iov, x->body.n ? 2 : 1, hop_deadline(x), x->body.n ? &early : NULL, f);

    x->answered = early;
    return code;
}

static enum fault_code
second_try(struct upstream_exchange *x, struct fault *f)
{
    enum fault_code code;
    struct endpoint *e = x->link->owner;

    x->retried = true;
    x->upstream->retries++;
    drop_link(x);
    code = pool_get(x->upstream, e, x->deadline_us, &x->link, f);
    return code ? code : send_head(x, f);
}

static enum fault_code
start(struct upstream *u, const struct upstream_request *q, struct arena *a,
      struct upstream_exchange *x, struct fault *f)
{
    uint64_t length = q->has_body && x->streams ? (uint64_t)q->body_length : x->body.n;
    enum fault_code code = pool_get(u, NULL, q->deadline_us, &x->link, f);

    if (code)
        return code;
    x->upstream = u;
    x->arena = a;
    x->deadline_us = q->deadline_us;
    x->idempotent = http_is_idempotent(q->method);
    x->is_head = str_eq(q->method, STR("HEAD"));
    code = write_head(x, q, x->link->owner, length, f);
    if (code == FAULT_NONE) {
        code = send_head(x, f);
        if (code && may_retry(x, code))
            code = second_try(x, f);
    }
    if (code)
        drop_link(x);
    return code;
}

enum fault_code
upstream_open(struct upstream *u, const struct upstream_request *q, struct arena *a,
              struct upstream_exchange **out, struct fault *f)
{
    struct upstream_exchange *x = ARENA_NEW(a, struct upstream_exchange);
    enum fault_code code;

    if (x == NULL)
        return fault_set(f, FAULT_MEMORY, "No memory for the call.");
    x->streams = q->has_body;
    x->body_left = q->has_body ? q->body_length : 0;
    code = start(u, q, a, x, f);
    if (code == FAULT_NONE)
        *out = x;
    return code;
}

enum fault_code
upstream_send(struct upstream_exchange *x, struct str piece, struct fault *f)
{
    char size[20];
    struct iovec iov[3];
    int n = 0;
    enum fault_code code;

    if (x->answered || piece.n == 0)
        return FAULT_NONE;
    if (x->link == NULL)
        return no_link(f);
    if (x->body_left >= 0 && piece.n > (uint64_t)x->body_left)
        return fault_set(f, FAULT_INTERNAL, "The body is longer than it was said to be.");
    if (x->body_left < 0)
        iov[n++] = (struct iovec){size, (size_t)snprintf(size, sizeof(size), "%zx\r\n", piece.n)};
    iov[n++] = piece_of(piece);
    if (x->body_left < 0)
        iov[n++] = piece_of(STR("\r\n"));
    else
        x->body_left -= (int64_t)piece.n;
    code = link_send(x->link, iov, n, hop_deadline(x), &x->answered, f);
    if (code)
        drop_link(x);
    return code;
}

bool
upstream_answered(struct upstream_exchange *x)
{
    x->answered = x->answered || (x->link && link_has_spoken(x->link));
    return x->answered;
}

struct watch *
upstream_watch(struct upstream_exchange *x)
{
    return x->link && x->link->tls == NULL ? &x->link->watch : NULL;
}

enum fault_code
upstream_send_end(struct upstream_exchange *x, struct fault *f)
{
    struct iovec iov = piece_of(STR("0\r\n\r\n"));
    enum fault_code code;

    if (x->answered || !x->streams || x->body_left == 0)
        return FAULT_NONE;
    if (x->link == NULL)
        return no_link(f);
    if (x->body_left > 0)
        return fault_set(f, FAULT_INTERNAL, "The body is shorter than it was said to be.");
    code = link_send(x->link, &iov, 1, hop_deadline(x), &x->answered, f);
    x->body_left = 0;
    if (code)
        drop_link(x);
    return code;
}

/* ---- the answer ---- */

static enum fault_code
cut_off(struct upstream_exchange *x, struct fault *f)
{
    fault_set(f, FAULT_BACKEND_FAILED, "The backend broke the connection off.");
    fault_log(f, "closed after %llu bytes of the answer", (unsigned long long)x->link->received);
    return FAULT_BACKEND_FAILED;
}

/* Waits until the head is whole in the link; *n: its bytes. */
static enum fault_code
receive_head(struct upstream_exchange *x, size_t *n, struct fault *f)
{
    struct link *k = x->link;
    size_t limit = x->upstream->options.head_bytes, seen = 0;
    enum fault_code code = FAULT_NONE;
    bool closed;

    for (;;) {
        struct str bytes = link_bytes(k);

        code = bytes.n ? http_response_find(bytes, seen, n, f) : FAULT_NONE;
        if (code || (bytes.n && *n > 0 && *n <= limit))
            return code;
        if (bytes.n >= limit) {
            fault_log(f, "head over %zu bytes", limit);
            return fault_set(f, FAULT_BACKEND_FAILED, "The backend's answer is too large.");
        }
        seen = bytes.n;
        code = link_receive(k, limit, hop_deadline(x), &closed, f);
        if (code)
            return code;
        if (closed)
            return cut_off(x, f);
    }
}

static unsigned
count_lines(struct str s)
{
    unsigned n = 0;

    for (const char *p = s.p; (p = memchr(p, '\n', (size_t)(s.p + s.n - p))) != NULL; p++)
        n++;
    return n;
}

/* The head, copied into the arena, so that its slices outlive the link's buffer. */
static enum fault_code
parse_head(struct upstream_exchange *x, size_t n, struct http_response *r, struct fault *f)
{
    struct str head = arena_dup(x->arena, str_head(link_bytes(x->link), n));

    link_take(x->link, n);
    r->header_room = head.p ? count_lines(head) : 0; /* more than it has fields */
    if (r->header_room > x->upstream->options.headers)
        r->header_room = x->upstream->options.headers;
    r->headers = arena_alloc(x->arena, (r->header_room + 1) * sizeof(*r->headers));
    if (head.p == NULL || r->headers == NULL)
        return fault_set(f, FAULT_MEMORY, "No memory for the backend's answer.");
    return http_response_read(head, x->is_head, r, f);
}

static enum fault_code
next_head(struct upstream_exchange *x, struct http_response *r, struct fault *f)
{
    size_t n = 0;
    enum fault_code code;

    do { /* 1xx are only news; 101 was not asked for */
        code = receive_head(x, &n, f);
        if (code == FAULT_NONE)
            code = parse_head(x, n, r, f);
        if (code == FAULT_NONE && r->status == 101)
            code = fault_set(f, FAULT_BACKEND_FAILED, "The backend switched protocols.");
    } while (code == FAULT_NONE && r->status < 200);
    return code;
}

enum fault_code
upstream_read_head(struct upstream_exchange *x, struct upstream_response *out, struct fault *f)
{
    struct http_response r = {0};
    enum fault_code code = x->link ? next_head(x, &r, f) : no_link(f);

    if (code && x->link && may_retry(x, code)) {
        code = second_try(x, f);
        if (code == FAULT_NONE)
            code = next_head(x, &r, f);
    }
    if (code) {
        drop_link(x);
        return code;
    }
    http_body_init(&x->answer, &r);
    x->clean = r.keep_alive && !x->answered && x->body_left == 0;
    *out = (struct upstream_response){.status = r.status,
                                      .headers = {r.headers, r.header_count},
                                      .content_length = r.has_length ? (int64_t)r.length : -1};
    return FAULT_NONE;
}

enum fault_code
upstream_read_body(struct upstream_exchange *x, struct str *piece, struct fault *f)
{
    enum fault_code code = FAULT_NONE;
    bool closed = false;
    size_t used;

    *piece = STR_NONE;
    if (x->link == NULL)
        return no_link(f);
    link_take(x->link, x->taken);
    x->taken = 0;
    while (code == FAULT_NONE && !x->answer.done && piece->n == 0) {
        struct str bytes = link_bytes(x->link);

        if (bytes.n == 0) {
            code = link_receive(x->link, x->link->cap, hop_deadline(x), &closed, f);
            if (code == FAULT_NONE && closed)
                code = http_body_end(&x->answer, f);
            continue;
        }
        code = http_body_next(&x->answer, bytes, &used, piece, f);
        if (piece->n > 0)
            x->taken = used; /* the piece is in the buffer: taken at the next call */
        else
            link_take(x->link, used);
    }
    if (code)
        drop_link(x);
    return code;
}

void
upstream_close(struct upstream_exchange *x)
{
    struct link *k = x->link;

    x->link = NULL;
    if (k == NULL)
        return;
    link_take(k, x->taken);
    if (x->clean && x->answer.done)
        pool_put(k);
    else
        pool_close(k);
}

/* ---- one request, one whole answer ---- */

static enum fault_code
too_large(struct upstream_exchange *x, struct fault *f)
{
    fault_set(f, FAULT_BACKEND_FAILED, "The backend's answer is too large.");
    fault_log(f, "body over %zu bytes", x->upstream->options.body_bytes);
    return FAULT_BACKEND_FAILED;
}

static enum fault_code
read_known(struct upstream_exchange *x, size_t length, struct str *out, struct fault *f)
{
    char *p = arena_alloc(x->arena, length);
    struct str piece;
    size_t n = 0;
    enum fault_code code;

    if (p == NULL)
        return fault_set(f, FAULT_MEMORY, "No memory for the backend's answer.");
    while ((code = upstream_read_body(x, &piece, f)) == FAULT_NONE && piece.n > 0) {
        memcpy(p + n, piece.p, piece.n); /* never more than length: http_body counts */
        n += piece.n;
    }
    *out = (struct str){p, n};
    return code;
}

static enum fault_code
read_unknown(struct upstream_exchange *x, struct str *out, struct fault *f)
{
    struct buf b;
    struct str piece;
    enum fault_code code;

    buf_init(&b, x->upstream->options.body_bytes);
    while ((code = upstream_read_body(x, &piece, f)) == FAULT_NONE && piece.n > 0) {
        buf_str(&b, piece);
        if (b.failed)
            code = too_large(x, f);
        if (code)
            break;
    }
    *out = STR_NONE;
    if (code == FAULT_NONE && b.n > 0) {
        *out = arena_dup(x->arena, buf_view(&b));
        if (out->p == NULL)
            code = fault_set(f, FAULT_MEMORY, "No memory for the backend's answer.");
    }
    buf_fini(&b);
    return code;
}

static enum fault_code
read_whole(struct upstream_exchange *x, struct str *out, struct fault *f)
{
    if (x->answer.done)
        return FAULT_NONE;
    if (x->answer.kind != HTTP_BODY_LENGTH)
        return read_unknown(x, out, f);
    if (x->answer.left > x->upstream->options.body_bytes)
        return too_large(x, f);
    return read_known(x, (size_t)x->answer.left, out, f);
}

enum fault_code
upstream_call(struct upstream *u, const struct upstream_request *q, struct arena *a,
              struct upstream_response *out, struct fault *f)
{
    struct upstream_exchange x = {.body = q->has_body ? q->body : STR_NONE};
    enum fault_code code = start(u, q, a, &x, f);

    if (code)
        return code;
    code = upstream_read_head(&x, out, f);
    if (code == FAULT_NONE)
        code = read_whole(&x, &out->body, f);
    upstream_close(&x);
    return code;
}
