/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client towards a backend, against backends that answer well, badly, late or not at all. */
#include "gateway/upstream.h"

#include <stdatomic.h>

#include "wire.h"

/* ---- a backend: a thread that serves each connection by a function ---- */

struct backend {
    int listen_fd;
    uint16_t port;
    pthread_t thread;
    void (*serve)(int fd, unsigned nth);
    atomic_uint connections;
};

static void *
accept_all(void *arg)
{
    struct backend *b = arg;
    int fd;

    while ((fd = accept(b->listen_fd, NULL, NULL)) >= 0) {
        wire_patience(fd);
        b->serve(fd, atomic_fetch_add(&b->connections, 1));
        close(fd);
    }
    return NULL;
}

static struct backend backend;
static struct fiber_pool *fibers;
static struct loop *loop;
static struct resolver *resolver;
static struct upstream *upstream;
static struct arena *arena;

static void
begin(void (*serve)(int, unsigned), const struct upstream_options *o)
{
    char url[64];
    struct str urls[1];

    backend.serve = serve;
    atomic_store(&backend.connections, 0);
    backend.listen_fd = wire_listen(&backend.port);
    pthread_create(&backend.thread, NULL, accept_all, &backend);
    fibers = fiber_pool_new(64);
    loop = loop_new(fibers);
    resolver = resolver_new(loop);
    arena = arena_new(64 << 20);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/base", backend.port);
    urls[0] = str_of(url);
    assert_int_equal(upstream_new(loop, resolver, urls, 1, o, &upstream, NULL), FAULT_NONE);
}

static void
finish(void)
{
    upstream_free(upstream);
    loop_turn(loop, 0);
    resolver_free(resolver);
    loop_free(loop);
    fiber_pool_free(fibers);
    arena_free(arena);
    shutdown(backend.listen_fd, SHUT_RDWR);
    pthread_join(backend.thread, NULL);
    close(backend.listen_fd);
}

static struct upstream_options
options(void)
{
    struct upstream_options o = UPSTREAM_OPTIONS_DEFAULT;

    o.hop_us = 2000000;
    o.head_bytes = 20000;
    o.body_bytes = 100000;
    return o;
}

/* ---- one call ---- */

struct call {
    struct upstream_request request;
    struct upstream_response response;
    enum fault_code code;
    struct fault fault;
};

static void
run_call(void *arg)
{
    struct call *c = arg;

    c->code = upstream_call(upstream, &c->request, arena, &c->response, &c->fault);
}

static struct call
call(const char *method, const char *target)
{
    struct call c = {.request = {.method = str_of(method),
                                 .target = str_of(target),
                                 .deadline_us = clock_us() + 5000000}};

    wire_run(loop, run_call, &c);
    return c;
}

static bool
read_head(int fd, char *into, size_t size)
{
    return wire_read(fd, into, size, "\r\n\r\n") > 0;
}

/* Answers each request of the connection with what its target names. */
static const struct {
    const char *target, *answer;
} answers[] = {
    {"/length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhello"},
    {"/chunked",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\nllo\r\n0\r\n"
     "T: u\r\n\r\n"},
    {"/news", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
              "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
    {"/head", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"},
    {"/none", "HTTP/1.1 204 No Content\r\n\r\n"},
    {"/more", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n"},
};

static void
serves_answers(int fd, unsigned nth)
{
    char head[4096];

    (void)nth;
    while (read_head(fd, head, sizeof(head))) {
        for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
            if (strstr(head, answers[i].target))
                wire_send(fd, str_of(answers[i].answer));
        if (strstr(head, "/close")) {
            wire_send(fd, STR("HTTP/1.1 200 OK\r\n\r\nhello"));
            return;
        }
    }
}

static void
test_answers(void **state)
{
    static const char *const targets[] = {"/length", "/chunked", "/news", "/close", "/length"};
    struct upstream_options o = options();
    struct call c;

    (void)state;
    begin(serves_answers, &o);
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        c = call("GET", targets[i]);
        assert_int_equal(c.code, FAULT_NONE);
        assert_int_equal(c.response.status, 200);
        assert_true(str_eq(c.response.body, STR("hello")));
    }
    assert_true(str_eq(header_value(c.response.headers, STR("x")), STR("y")));
    assert_int_equal(c.response.content_length, 5);
    assert_int_equal(upstream_stats(upstream).connects, 2); /* one more after /close */
    c = call("HEAD", "/head");
    assert_int_equal(c.response.content_length, 99);
    assert_int_equal(c.response.body.n, 0);
    c = call("GET", "/none");
    assert_int_equal(c.response.status, 204);
    assert_int_equal(upstream_stats(upstream).connects, 2);
    finish();
}

/* Bytes behind an answer are nobody's: the connection is not used again. */
static void
test_bytes_behind_an_answer(void **state)
{
    struct upstream_options o = options();

    (void)state;
    begin(serves_answers, &o);
    assert_int_equal(call("GET", "/more").code, FAULT_NONE);
    assert_int_equal(upstream_stats(upstream).idle, 0);
    assert_int_equal(call("GET", "/length").code, FAULT_NONE);
    finish();
}

/* ---- what is sent ---- */

static char seen[8192];

static void
serves_and_notes(int fd, unsigned nth)
{
    (void)nth;
    wire_read(fd, seen, sizeof(seen), "END");
    wire_send(fd, STR("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
}

static void
test_request(void **state)
{
    static const struct header fields[] = {
        {{"X-A", 3}, {"b", 1}},
        {{"Host", 4}, {"evil", 4}},
        {{"content-length", 14}, {"9", 1}},
        {{"Transfer-Encoding", 17}, {"x", 1}},
        {{"Connection", 10}, {"close", 5}},
        {{"Authorization", 13}, {"c", 1}},
    };
    struct upstream_options o = options();
    struct call c = {.request = {.method = STR("POST"),
                                 .target = STR("/p?q=r"),
                                 .headers = {fields, 6},
                                 .has_body = true,
                                 .body = STR("body END"),
                                 .deadline_us = clock_us() + 5000000}};
    char wanted[512];

    (void)state;
    begin(serves_and_notes, &o);
    wire_run(loop, run_call, &c);
    assert_int_equal(c.code, FAULT_NONE);
    snprintf(wanted, sizeof(wanted),
             "POST /base/p?q=r HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nX-A: b\r\nAuthorization: c\r\n"
             "Content-Length: 8\r\n\r\nbody END",
             backend.port);
    finish();
    assert_string_equal(seen, wanted);
}

static void
test_injection(void **state)
{
    static const struct header bad[] = {
        {{"X", 1}, {"a\r\nY: b", 7}}, {{"X", 1}, {"a\nb", 3}}, {{"X", 1}, {"a\0b", 3}},
        {{"X: y", 4}, {"z", 1}},      {{"", 0}, {"z", 1}},
    };
    static const struct str targets[] = {{"/a b", 4}, {"/a\r\nX: y", 9}, {"/\0", 2}, {"a", 1}};
    struct upstream_options o = options();

    (void)state;
    begin(serves_answers, &o);
    for (size_t i = 0; i < 9; i++) {
        struct call c = {
            .request = {.method = STR("GET"), .target = STR("/length"), .deadline_us = LOOP_NEVER}};

        if (i < 5)
            c.request.headers = (struct headers){&bad[i], 1};
        else
            c.request.target = targets[i - 5];
        wire_run(loop, run_call, &c);
        assert_int_equal(c.code, FAULT_INTERNAL);
    }
    finish();
}

/* ---- backends that fail ---- */

static _Atomic(const char *) garbage;

static void
serves_garbage(int fd, unsigned nth)
{
    char head[4096];

    (void)nth;
    read_head(fd, head, sizeof(head));
    wire_send(fd, str_of(atomic_load(&garbage)));
}

static void
test_bad_answers(void **state)
{
    static const char *const rows[] = {
        "",                                                  /* closed without a word */
        "HTTP/1.1 200",                                      /* in the middle of the head */
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", /* in the middle of the body */
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "\x16\x03\x01 this is not HTTP\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n", /* over the limit */
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    };
    struct upstream_options o = options();

    (void)state;
    begin(serves_garbage, &o);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct call c;

        atomic_store(&garbage, rows[i]);
        c = call("GET", "/");
        assert_int_equal(c.code, FAULT_BACKEND_FAILED);
        assert_int_equal(c.fault.status, 502);
        assert_int_equal(upstream_stats(upstream).open, 0);
    }
    finish();
}

static void
serves_reset(int fd, unsigned nth)
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    char head[4096];

    (void)nth;
    read_head(fd, head, sizeof(head));
    wire_send(fd, STR("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"));
    usleep(20000);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)); /* close sends RST */
}

static void
test_reset_mid_body(void **state)
{
    struct upstream_options o = options();

    (void)state;
    begin(serves_reset, &o);
    assert_int_equal(call("GET", "/").code, FAULT_BACKEND_FAILED);
    assert_int_equal(upstream_stats(upstream).open, 0);
    finish();
}

static void
serves_endless(int fd, unsigned nth)
{
    static char block[4096];
    char head[4096];

    (void)nth;
    read_head(fd, head, sizeof(head));
    memset(block, 'a', sizeof(block));
    if (strstr(head, "/head"))
        wire_send(fd, STR("HTTP/1.1 200 OK\r\nX: "));
    else
        wire_send(fd, STR("HTTP/1.1 200 OK\r\n\r\n"));
    while (wire_send(fd, (struct str){block, sizeof(block)}))
        ;
}

static void
test_endless_answers(void **state)
{
    struct upstream_options o = options();

    (void)state;
    begin(serves_endless, &o);
    assert_int_equal(call("GET", "/head").code, FAULT_BACKEND_FAILED);
    assert_int_equal(call("GET", "/body").code, FAULT_BACKEND_FAILED);
    finish();
}

static void
serves_silence(int fd, unsigned nth)
{
    char c[64];

    (void)nth;
    while (recv(fd, c, sizeof(c), 0) > 0)
        ;
}

static void
test_timeouts(void **state)
{
    struct upstream_options o = options();
    struct call c = {.request = {.method = STR("GET"), .deadline_us = clock_us() + 50000}};
    int64_t before = clock_us();

    (void)state;
    o.hop_us = 100000;
    begin(serves_silence, &o);
    wire_run(loop, run_call, &c);
    assert_int_equal(c.code, FAULT_BACKEND_TIMEOUT); /* the call's deadline */
    c.request.deadline_us = LOOP_NEVER;
    wire_run(loop, run_call, &c);
    assert_int_equal(c.code, FAULT_BACKEND_TIMEOUT); /* the hop's */
    assert_true(clock_us() - before >= 150000);
    assert_int_equal(upstream_stats(upstream).open, 0);
    finish();
}

static void
test_cancel(void **state)
{
    struct upstream_options o = options();
    struct call c = {.request = {.method = STR("GET"), .deadline_us = LOOP_NEVER}};
    struct fiber *f;

    (void)state;
    begin(serves_silence, &o);
    f = fiber_start(fibers, NULL, run_call, &c);
    for (int i = 0; i < 5; i++)
        loop_turn(loop, 20000);
    assert_int_equal(upstream_stats(upstream).open, 1);
    fiber_cancel(f);
    loop_turn(loop, 0);
    assert_int_equal(c.code, FAULT_CANCELLED);
    assert_int_equal(fiber_live(fibers), 0);
    assert_int_equal(upstream_stats(upstream).open, 0);
    finish();
}

static void
test_refused(void **state)
{
    struct upstream_options o = options();
    struct str url;
    char text[64];
    uint16_t port;
    struct upstream *nobody;
    struct call c;

    (void)state;
    begin(serves_answers, &o);
    close(wire_listen(&port)); /* nobody listens there now */
    snprintf(text, sizeof(text), "http://127.0.0.1:%u", port);
    url = str_of(text);
    assert_int_equal(upstream_new(loop, resolver, &url, 1, &o, &nobody, NULL), FAULT_NONE);
    upstream_free(upstream);
    upstream = nobody;
    c = call("GET", "/");
    assert_int_equal(c.code, FAULT_BACKEND_FAILED);
    assert_non_null(strstr(c.fault.log, "refused"));
    assert_null(strstr(c.fault.detail, "127.0.0.1"));
    finish();
}

/* One URL of two is dead: calls go to the other, and it is passed over meanwhile. */
static void
test_second_url(void **state)
{
    struct upstream_options o = options();
    char text[2][64];
    struct str urls[2];
    uint16_t port;

    (void)state;
    begin(serves_answers, &o);
    close(wire_listen(&port));
    snprintf(text[0], sizeof(text[0]), "http://127.0.0.1:%u", port);
    snprintf(text[1], sizeof(text[1]), "http://127.0.0.1:%u/", backend.port);
    urls[0] = str_of(text[0]);
    urls[1] = str_of(text[1]);
    upstream_free(upstream);
    assert_int_equal(upstream_new(loop, resolver, urls, 2, &o, &upstream, NULL), FAULT_NONE);
    for (int i = 0; i < 6; i++)
        assert_int_equal(call("GET", "/length").code, FAULT_NONE);
    assert_int_equal(upstream_stats(upstream).connects, 2); /* one failed, one kept */
    finish();
}

/* ---- a kept connection that is dead ---- */

static atomic_uint requests;

/* Answers one request, reads the next and closes without a word, on the first connection. */
static void
serves_once(int fd, unsigned nth)
{
    char head[4096];

    while (read_head(fd, head, sizeof(head))) {
        if (atomic_fetch_add(&requests, 1) == 1 && nth == 0)
            return;
        wire_send(fd, STR("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    }
}

static void
test_retry(void **state)
{
    struct upstream_options o = options();

    (void)state;
    atomic_store(&requests, 0);
    begin(serves_once, &o);
    assert_int_equal(call("GET", "/").code, FAULT_NONE);
    assert_int_equal(call("GET", "/").code, FAULT_NONE);
    assert_int_equal(upstream_stats(upstream).retries, 1);
    finish();
    atomic_store(&requests, 0);
    begin(serves_once, &o);
    assert_int_equal(call("GET", "/").code, FAULT_NONE);
    assert_int_equal(call("POST", "/").code, FAULT_BACKEND_FAILED); /* it may have been done */
    assert_int_equal(upstream_stats(upstream).retries, 0);
    finish();
}

/* A backend that closes what rests is noticed at once, not by the next call. */
static void
serves_one_request(int fd, unsigned nth)
{
    char head[4096];

    (void)nth;
    if (read_head(fd, head, sizeof(head)))
        wire_send(fd, STR("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
}

static void
test_resting_is_watched(void **state)
{
    struct upstream_options o = options();

    (void)state;
    begin(serves_one_request, &o);
    assert_int_equal(call("POST", "/").code, FAULT_NONE);
    for (int i = 0; i < 100 && upstream_stats(upstream).open > 0; i++)
        loop_turn(loop, 20000);
    assert_int_equal(upstream_stats(upstream).open, 0);
    assert_int_equal(call("POST", "/").code, FAULT_NONE);
    finish();
}

static void
test_idle_life(void **state)
{
    struct upstream_options o = options();

    (void)state;
    o.idle_us = 50000;
    begin(serves_answers, &o);
    assert_int_equal(call("GET", "/length").code, FAULT_NONE);
    assert_int_equal(upstream_stats(upstream).idle, 1);
    for (int i = 0; i < 100 && upstream_stats(upstream).open > 0; i++)
        loop_turn(loop, 20000);
    assert_int_equal(upstream_stats(upstream).open, 0);
    finish();
}

/* ---- the bound ---- */

static void
test_queue(void **state)
{
    struct upstream_options o = options();
    struct call c[8];

    (void)state;
    o.max_connections = 1;
    o.max_waiting = 6;
    begin(serves_answers, &o);
    for (int i = 0; i < 8; i++) {
        c[i] = (struct call){.request = {.method = STR("GET"),
                                         .target = STR("/length"),
                                         .deadline_us = clock_us() + 5000000}};
        fiber_start(fibers, NULL, run_call, &c[i]);
    }
    fiber_run_ready(fibers);
    assert_int_equal(upstream_stats(upstream).waiting, 6);
    assert_int_equal(c[7].code, FAULT_UNAVAILABLE);
    while (fiber_live(fibers) > 0)
        loop_turn(loop, 1000000);
    for (int i = 0; i < 7; i++)
        assert_int_equal(c[i].code, FAULT_NONE);
    assert_int_equal(upstream_stats(upstream).connects, 1);
    finish();
}

static void
test_queue_deadline_and_cancel(void **state)
{
    struct upstream_options o = options();
    struct call c[3];
    struct fiber *f[3];

    (void)state;
    o.max_connections = 1;
    o.queue_us = 50000;
    begin(serves_silence, &o);
    for (int i = 0; i < 3; i++) {
        c[i] = (struct call){.request = {.method = STR("GET"), .deadline_us = clock_us() + 400000}};
        f[i] = fiber_start(fibers, NULL, run_call, &c[i]);
    }
    fiber_run_ready(fibers);
    fiber_cancel(f[1]);
    while (fiber_live(fibers) > 0)
        loop_turn(loop, 1000000);
    assert_int_equal(c[0].code, FAULT_BACKEND_TIMEOUT);
    assert_int_equal(c[1].code, FAULT_CANCELLED);
    assert_int_equal(c[2].code, FAULT_UNAVAILABLE);
    assert_int_equal(upstream_stats(upstream).waiting, 0);
    finish();
}

static void
test_urls(void **state)
{
    static const struct {
        const char *url;
        enum fault_code code;
    } rows[] = {
        {"http://a", FAULT_NONE},
        {"http://a:80/b/c/", FAULT_NONE},
        {"http://[::1]:8080", FAULT_NONE},
        {"", FAULT_BAD_REQUEST},
        {"ftp://a", FAULT_BAD_REQUEST},
        {"http://", FAULT_BAD_REQUEST},
        {"http://:80", FAULT_BAD_REQUEST},
        {"http://a:0", FAULT_BAD_REQUEST},
        {"http://a:65536", FAULT_BAD_REQUEST},
        {"http://a:x", FAULT_BAD_REQUEST},
        {"http://u:p@a/", FAULT_BAD_REQUEST},
        {"http://a/?q", FAULT_BAD_REQUEST},
        {"http://[::1", FAULT_BAD_REQUEST},
        {"http://a b", FAULT_BAD_REQUEST},
        {"http://a/b\r\nX: y", FAULT_BAD_REQUEST},
    };
    struct upstream_options o = options();

    (void)state;
    begin(serves_answers, &o);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct str url = str_of(rows[i].url);
        struct upstream *u = NULL;

        assert_int_equal(upstream_new(loop, resolver, &url, 1, &o, &u, NULL), rows[i].code);
        upstream_free(u);
    }
    finish();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_bytes_behind_an_answer),
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_injection),
        cmocka_unit_test(test_bad_answers),
        cmocka_unit_test(test_reset_mid_body),
        cmocka_unit_test(test_endless_answers),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_second_url),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_resting_is_watched),
        cmocka_unit_test(test_idle_life),
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_queue_deadline_and_cancel),
        cmocka_unit_test(test_urls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
