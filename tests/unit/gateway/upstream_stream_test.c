/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bodies that stream to and from a backend, in bounded memory, and what breaks them. */
#include "gateway/upstream.h"

#include "wire.h"

enum { BIG = 10 << 20 };

static struct fiber_pool *fibers;
static struct loop *loop;
static struct resolver *resolver;
static struct upstream *upstream;
static int listen_fd;
static uint16_t port;
static pthread_t thread;

static void
begin(void *(*serve)(void *))
{
    struct upstream_options o = UPSTREAM_OPTIONS_DEFAULT;
    struct str url;
    char text[64];

    listen_fd = wire_listen(&port);
    pthread_create(&thread, NULL, serve, &listen_fd);
    fibers = fiber_pool_new(64);
    loop = loop_new(fibers);
    resolver = resolver_new(loop);
    snprintf(text, sizeof(text), "http://127.0.0.1:%u", port);
    url = str_of(text);
    assert_int_equal(upstream_new(loop, resolver, &url, 1, &o, &upstream, NULL), FAULT_NONE);
}

static void
finish(void)
{
    upstream_free(upstream);
    loop_turn(loop, 0);
    resolver_free(resolver);
    loop_free(loop);
    fiber_pool_free(fibers);
    pthread_join(thread, NULL);
    close(listen_fd);
}

static int
accept_one(void *arg)
{
    int fd = accept(*(int *)arg, NULL, NULL);

    wire_patience(fd);
    return fd;
}

/* ---- both ways at once ---- */

struct sum {
    uint64_t bytes, value;
};

static void
add(struct sum *s, struct str piece)
{
    s->bytes += piece.n;
    for (size_t i = 0; i < piece.n; i++)
        s->value = s->value * 31 + (unsigned char)piece.p[i];
}

/* Sends back what comes, as it comes, in one chunked body. */
static void *
echoes(void *arg)
{
    int fd = accept_one(arg);
    static char bytes[BIG + 65536 * 8];
    char size[32];
    size_t n = wire_read(fd, bytes, sizeof(bytes), "\r\n0\r\n\r\n");
    char *body = strstr(bytes, "\r\n\r\n");
    size_t left = n - (size_t)(body + 4 - bytes);

    wire_send(fd, STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
    snprintf(size, sizeof(size), "%zx\r\n", left);
    wire_send(fd, str_of(size));
    wire_send(fd, (struct str){body + 4, left});
    wire_send(fd, STR("\r\n0\r\n\r\n"));
    close(fd);
    return NULL;
}

struct stream {
    struct sum sent, got;
    size_t used; /* of the arena */
    enum fault_code code;
    int64_t length;
};

static enum fault_code
send_big(struct upstream_exchange *x, struct stream *s, struct fault *f)
{
    char piece[10007];
    enum fault_code code = FAULT_NONE;

    for (uint64_t n = 0; n < BIG && code == FAULT_NONE; n += sizeof(piece)) {
        for (size_t i = 0; i < sizeof(piece); i++)
            piece[i] = (char)('a' + (n + i) % 26);
        add(&s->sent, (struct str){piece, sizeof(piece)});
        code = upstream_send(x, (struct str){piece, sizeof(piece)}, f);
    }
    return code ? code : upstream_send_end(x, f);
}

static void
streams(void *arg)
{
    struct stream *s = arg;
    struct arena *a = arena_new(1 << 20);
    struct fault f;
    struct upstream_request q = {.method = STR("POST"),
                                 .target = STR("/"),
                                 .has_body = true,
                                 .body_length = s->length,
                                 .deadline_us = clock_us() + 20000000};
    struct upstream_response r;
    struct upstream_exchange *x;
    struct str piece;

    s->code = upstream_open(upstream, &q, a, &x, &f);
    if (s->code == FAULT_NONE) {
        s->code = send_big(x, s, &f);
        if (s->code == FAULT_NONE)
            s->code = upstream_read_head(x, &r, &f);
        while (s->code == FAULT_NONE &&
               (s->code = upstream_read_body(x, &piece, &f)) == FAULT_NONE && piece.n > 0)
            add(&s->got, piece);
        upstream_close(x);
    }
    s->used = arena_used(a);
    arena_free(a);
}

static void
test_ten_megabytes(void **state)
{
    struct stream s = {.length = -1};

    (void)state;
    begin(echoes);
    wire_run(loop, streams, &s);
    assert_int_equal(s.code, FAULT_NONE);
    assert_true(s.got.bytes > s.sent.bytes); /* the chunk marks of what was sent come back, too */
    assert_true(s.used < 65536);
    finish();
}

/* ---- a length that is not kept ---- */

static void *
reads_all(void *arg)
{
    int fd = accept_one(arg);
    char waste[16384];

    while (recv(fd, waste, sizeof(waste), 0) > 0)
        ;
    close(fd);
    return NULL;
}

static void
test_longer_than_said(void **state)
{
    struct stream s = {.length = 5000};

    (void)state;
    begin(reads_all);
    wire_run(loop, streams, &s);
    assert_int_equal(s.code, FAULT_INTERNAL);
    assert_int_equal(upstream_stats(upstream).open, 0);
    finish();
}

static void
test_shorter_than_said(void **state)
{
    struct stream s = {.length = BIG * 2};

    (void)state;
    begin(reads_all);
    wire_run(loop, streams, &s);
    assert_int_equal(s.code, FAULT_INTERNAL);
    finish();
}

/* ---- a backend that refuses before it has read ---- */

static void *
refuses(void *arg)
{
    int fd = accept_one(arg);
    char head[4096];

    wire_read(fd, head, sizeof(head), "\r\n\r\n");
    wire_send(fd, STR("HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nlong"));
    usleep(300000); /* reads nothing more */
    close(fd);
    return NULL;
}

static void
test_early_answer(void **state)
{
    struct stream s = {.length = -1};

    (void)state;
    begin(refuses);
    wire_run(loop, streams, &s);
    assert_int_equal(s.code, FAULT_NONE);
    assert_int_equal(s.got.bytes, 4);
    assert_int_equal(upstream_stats(upstream).open, 0); /* its other half is unsent: of no use */
    finish();
}

/* ---- a caller that stops in the middle ---- */

static void *
sends_much(void *arg)
{
    int fd = accept_one(arg);
    static char block[65536];

    wire_read(fd, block, sizeof(block), "\r\n\r\n");
    wire_send(fd, STR("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"));
    memset(block, 'a', sizeof(block));
    while (wire_send(fd, (struct str){block, sizeof(block)}))
        ;
    close(fd);
    return NULL;
}

static void
reads_a_little(void *arg)
{
    struct stream *s = arg;
    struct arena *a = arena_new(1 << 20);
    struct fault f;
    struct upstream_request q = {.method = STR("GET"), .deadline_us = clock_us() + 20000000};
    struct upstream_response r;
    struct upstream_exchange *x;
    struct str piece;

    s->code = upstream_open(upstream, &q, a, &x, &f);
    if (s->code == FAULT_NONE)
        s->code = upstream_read_head(x, &r, &f);
    if (s->code == FAULT_NONE)
        s->code = upstream_read_body(x, &piece, &f);
    upstream_close(x);
    arena_free(a);
}

static void
test_stops_early(void **state)
{
    struct stream s = {0};

    (void)state;
    begin(sends_much);
    wire_run(loop, reads_a_little, &s);
    assert_int_equal(s.code, FAULT_NONE);
    assert_int_equal(upstream_stats(upstream).open, 0);
    finish();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_megabytes),     cmocka_unit_test(test_longer_than_said),
        cmocka_unit_test(test_shorter_than_said), cmocka_unit_test(test_early_answer),
        cmocka_unit_test(test_stops_early),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
