/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The front door over real sockets: what it lets in, bodies both ways, and who leaves when. */
#include "gateway/server.h"

#include "front.h"

static struct server_options options = SERVER_OPTIONS_DEFAULT;

static int
set_up(void **state)
{
    (void)state;
    front_begin(&options, 5000000);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    front_end();
    return 0;
}

/* ---- heads ---- */

#define HEAD "Host: a\r\nConnection: close\r\n"
#define GET  "GET /x?y=%20&z HTTP/1.1\r\n" HEAD

static const struct {
    const char *text;
    size_t n; /* 0: strlen */
    int status;
    const char *part; /* of the answer */
} heads[] = {
    {GET "\r\n", 0, 200, "GET /x ?y=%20&z 2"},
    {GET "X:\r\nY:  \r\nZ:\t z \t\r\n\r\n", 0, 200, " 5"},
    {"\r\n\r\n" GET "\r\n", 0, 200, "GET /x"}, /* RFC 9112 2.2: blank lines before are skipped */
    {"GET / HTTP/1.0\r\n\r\n", 0, 200, "GET / ? 0"},
    {"OPTIONS * HTTP/1.1\r\n" HEAD "\r\n", 0, 200, "OPTIONS *"},
    {"GET /? HTTP/1.1\r\n" HEAD "\r\n", 0, 200, "GET / ? 2"},
    /* what MHD takes, and we do not */
    {GET "X: y\n\r\n", 0, 400, "BAD_REQUEST"}, /* bare LF */
    {"GET / HTTP/1.1\n" HEAD "\r\n", 0, 400, "BAD_REQUEST"},
    {GET "\n", 0, 400, "BAD_REQUEST"},
    {GET "X: y\r\n z\r\n\r\n", 0, 400, "BAD_REQUEST"}, /* folding */
    {GET "X: y\r\n\tz\r\n\r\n", 0, 400, "BAD_REQUEST"},
    {GET "X: y\r\n Content-Length: 5\r\nZ: z\r\n\r\n", 0, 400, "BAD_REQUEST"},
    {GET "X : y\r\n\r\n", 0, 400, "BAD_REQUEST"},
    {GET ": y\r\n\r\n", 0, 400, "BAD_REQUEST"},
    {GET "X: a\rb\r\n\r\n", 0, 400, "BAD_REQUEST"},
    {GET "X: a\x01\r\n\r\n", 0, 400, "BAD_REQUEST"},
    {GET "X: a\0b\r\n\r\n", sizeof(GET "X: a\0b\r\n\r\n") - 1, 400, "BAD_REQUEST"},
    {"GET /\0x HTTP/1.1\r\n" HEAD "\r\n", sizeof("GET /\0x HTTP/1.1\r\n" HEAD "\r\n") - 1, 400,
     "BAD_REQUEST"},
    {"G\0T / HTTP/1.1\r\n" HEAD "\r\n", sizeof("G\0T / HTTP/1.1\r\n" HEAD "\r\n") - 1, 400,
     "BAD_REQUEST"},
    {"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 0, 400, "Host is missing"},
    {GET "Host: b\r\n\r\n", 0, 400, "more than one Host"},
    {"GET http://a/ HTTP/1.1\r\n" HEAD "\r\n", 0, 400, "BAD_REQUEST"},
    {"GET  / HTTP/1.1\r\n" HEAD "\r\n", 0, 400, "BAD_REQUEST"}, /* two blanks */
    {"GET /a b HTTP/1.1\r\n" HEAD "\r\n", 0, 400, "BAD_REQUEST"},
    {"G(T / HTTP/1.1\r\n" HEAD "\r\n", 0, 400, "BAD_REQUEST"},
    {"GET /%00 HTTP/1.1\r\n" HEAD "\r\n", 0, 400, "BAD_REQUEST"},
    {"POST / HTTP/1.1\r\n" HEAD "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     0, 400, "exclude each other"},
    {"POST / HTTP/1.1\r\n" HEAD "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 0, 400,
     "BAD_REQUEST"},
    {"POST / HTTP/1.1\r\n" HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0, 501,
     "NOT_IMPLEMENTED"},
    {"POST / HTTP/1.0\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400,
     "BAD_REQUEST"},
    {"POST / HTTP/1.1\r\n" HEAD "Content-Length: 9223372036854775808\r\n\r\n", 0, 400, "no number"},
    /* what MHD refuses itself, with a page of its own */
    {GET "XY\r\n\r\n", 0, 400, "<html>"},
    {"GET / HTTP/1.1 \r\n" HEAD "\r\n", 0, 400, "<html>"},
    {"GET / HTTP/2.0\r\n" HEAD "\r\n", 0, 505, "<html>"},
    {"POST / HTTP/1.1\r\n" HEAD "Content-Length: +3\r\n\r\nabc", 0, 400, "<html>"},
    {"POST /echo HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 0, 400,
     "<html>"},
};

static void
test_heads(void **state)
{
    char answer[8192];

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        struct str text = {heads[i].text, heads[i].n ? heads[i].n : strlen(heads[i].text)};
        size_t n = front_ask(text, answer, sizeof(answer), NULL);

        if (n < 12 || atoi(answer + 9) != heads[i].status || !strstr(answer, heads[i].part))
            print_error("row %zu: %s -> %s\n", i, heads[i].text, answer);
        assert_true(n > 12);
        assert_int_equal(atoi(answer + 9), heads[i].status);
        assert_non_null(strstr(answer, heads[i].part));
        if (heads[i].status != 200)
            assert_non_null(strstr(answer, "Connection: close"));
    }
}

static void
test_limits(void **state)
{
    static const struct {
        const char *before;
        size_t fill;
        const char *after;
        int status;
    } rows[] = {
        {"GET /", 4000, " HTTP/1.1\r\n" HEAD "\r\n", 200},
        {"GET /", 4200, " HTTP/1.1\r\n" HEAD "\r\n", 414},
        {"GET /", 30000, " HTTP/1.1\r\n" HEAD "\r\n", 414}, /* by MHD */
        {GET "X: ", 5000, "\r\n\r\n", 200},
        {GET "X: ", 6200, "\r\n\r\n", 431},
        {GET "X: ", 30000, "\r\n\r\n", 431}, /* by MHD */
        {"GET /?", 3000, "&a&a&a&a&a&a&a&a&a HTTP/1.1\r\n" HEAD "\r\n", 200},
    };
    static char text[40000], answer[8192];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t n = strlen(rows[i].before);

        memcpy(text, rows[i].before, n);
        memset(text + n, 'a', rows[i].fill);
        memcpy(text + n + rows[i].fill, rows[i].after, strlen(rows[i].after) + 1);
        n = front_ask(str_of(text), answer, sizeof(answer), NULL);
        assert_true(n > 12);
        assert_int_equal(atoi(answer + 9), rows[i].status);
    }
}

/* Whatever its size, a head gets an answer: where MHD's pool has no room for one, past it. */
static void
test_tight_pool(void **state)
{
    static char text[20000], answer[8192];
    struct buf b;

    (void)state;
    buf_init(&b, sizeof(text));
    for (int fields = 1; fields < 110; fields += 9) {
        for (int size = 1; fields * size < 9000; size += 1 + size / 8) {
            b.n = 0;
            buf_put(&b, GET, sizeof(GET) - 1);
            for (int i = 0; i < fields; i++)
                buf_printf(&b, "%s: %0*d\r\n", i == 3 ? "Cookie" : "X", size, 1);
            buf_printf(&b, "\r\n");
            if (front_ask(buf_view(&b), answer, sizeof(answer), NULL) < 12)
                fail_msg("%d fields of %d bytes: no answer", fields, size);
            assert_true(atoi(answer + 9) == 200 || atoi(answer + 9) == 431);
        }
    }
    buf_fini(&b);
}

/* Hundreds of query arguments and header fields must not hang MHD, nor be lost. */
static void
test_many(void **state)
{
    static char text[20000], answer[20000];
    struct buf b;

    (void)state;
    buf_init(&b, sizeof(text));
    buf_printf(&b, "GET /?");
    for (int i = 0; i < 1900; i++)
        buf_put(&b, "a&", 2);
    buf_printf(&b, " HTTP/1.1\r\n" HEAD "\r\n");
    assert_true(front_ask(buf_view(&b), answer, sizeof(answer), NULL) > 3800);
    assert_int_equal(atoi(answer + 9), 200);
    for (int fields = 60; fields < 100; fields += 30) {
        b.n = 0;
        buf_put(&b, GET, sizeof(GET) - 1);
        for (int i = 0; i < fields; i++)
            buf_printf(&b, "X: a\r\n");
        buf_printf(&b, "\r\n");
        front_ask(buf_view(&b), answer, sizeof(answer), NULL);
        assert_int_equal(atoi(answer + 9), fields == 60 ? 200 : 431);
    }
    buf_fini(&b);
}

static void
test_byte_by_byte(void **state)
{
    static const char text[] = "POST /echo HTTP/1.1\r\n" HEAD "Content-Length: 3\r\n\r\nabc";
    char answer[4096];
    int fd = wire_connect(front_port);

    (void)state;
    for (size_t i = 0; i < sizeof(text) - 1; i++) {
        wire_send(fd, (struct str){text + i, 1});
        usleep(500);
    }
    wire_read(fd, answer, sizeof(answer), NULL);
    close(fd);
    assert_int_equal(atoi(answer + 9), 200);
    assert_string_equal(strstr(answer, "\r\n\r\n") + 4, "abc");
}

/* ---- one connection, many requests ---- */

static void
test_keep_alive_and_pipelining(void **state)
{
    static char answer[65536];
    int fd = wire_connect(front_port), found = 0;

    (void)state;
    for (int i = 0; i < 50; i++) {
        wire_send(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"));
        wire_read(fd, answer, sizeof(answer), "hello");
        assert_int_equal(atoi(answer + 9), 200);
    }
    for (int i = 0; i < 20; i++)
        wire_send(fd, STR("GET /sleep?1 HTTP/1.1\r\nHost: a\r\n\r\n"));
    wire_send(fd, STR("GET /last HTTP/1.1\r\n" HEAD "\r\n"));
    wire_read(fd, answer, sizeof(answer), NULL);
    close(fd);
    for (const char *p = answer; (p = strstr(p, "slept")) != NULL; p++)
        found++;
    assert_int_equal(found, 20);
    assert_non_null(strstr(answer, "/last"));
}

/* ---- bodies ---- */

static const struct {
    const char *text;
    int status;
    const char *body;
} bodies[] = {
    {"POST /echo HTTP/1.1\r\n" HEAD "Content-Length: 0\r\n\r\n", 200, ""},
    {"POST /echo HTTP/1.1\r\n" HEAD "Content-Length: 5\r\n\r\nhello", 200, "hello"},
    {"POST /echo HTTP/1.1\r\n" HEAD
     "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
     200, "hello"},
    {"POST /echo HTTP/1.1\r\n" HEAD
     "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: u\r\n\r\n",
     200, "hello"},
    {"POST /cut HTTP/1.1\r\n" HEAD "Content-Length: 5\r\n\r\nhello", 200, "zzz"}, /* unread */
    {"POST /count HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     200, "5"},
    /* answered before the body is read */
    {"POST /echo HTTP/1.1\r\n" HEAD "Content-Length: 100001\r\n\r\nabc", 413, "BODY_TOO_LARGE"},
    {"POST /refuse HTTP/1.1\r\n" HEAD "Content-Length: 100001\r\n\r\nabc", 403, "no"},
    {"POST /refuse HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 403,
     "no"},
    {"POST /nothing HTTP/1.1\r\n" HEAD "Content-Length: 5\r\n\r\nhello", 500, "Internal error"},
    {"GET /nothing HTTP/1.1\r\n" HEAD "\r\n", 500, "Internal error"},
    {"HEAD /x HTTP/1.1\r\n" HEAD "\r\n", 200, ""},
    {"HEAD /big HTTP/1.1\r\n" HEAD "\r\n", 200, ""},
};

static void
test_bodies(void **state)
{
    char answer[8192];

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        size_t n = front_ask(str_of(bodies[i].text), answer, sizeof(answer), NULL);
        const char *body = strstr(answer, "\r\n\r\n");

        if (n < 12 || atoi(answer + 9) != bodies[i].status)
            print_error("row %zu: %s -> %s\n", i, bodies[i].text, answer);
        if (body && !strstr(body + 4, bodies[i].body))
            print_error("row %zu: %s -> %s\n", i, bodies[i].text, answer);
        assert_int_equal(atoi(answer + 9), bodies[i].status);
        assert_non_null(strstr(body + 4, bodies[i].body));
        assert_true(bodies[i].body[0] || body[4] == '\0');
    }
}

/* A small body that nobody wanted is drained: the connection is kept. */
static void
test_drained(void **state)
{
    char answer[4096];
    int fd = wire_connect(front_port);

    (void)state;
    for (int i = 0; i < 3; i++) {
        wire_send(fd, STR("POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"));
        wire_read(fd, answer, sizeof(answer), "no");
        assert_int_equal(atoi(answer + 9), 403);
        assert_null(strstr(answer, "Connection: close"));
    }
    close(fd);
}

static void
test_expect(void **state)
{
    char answer[4096];
    int fd = wire_connect(front_port);

    (void)state;
    wire_send(fd, STR("POST /echo HTTP/1.1\r\n" HEAD
                      "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
    wire_read(fd, answer, sizeof(answer), "\r\n\r\n");
    assert_int_equal(atoi(answer + 9), 100);
    wire_send(fd, STR("hello"));
    wire_read(fd, answer, sizeof(answer), NULL);
    assert_int_equal(atoi(answer + 9), 200);
    close(fd);
    front_ask(
        STR("POST /refuse HTTP/1.1\r\n" HEAD "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"),
        answer, sizeof(answer), NULL);
    assert_int_equal(atoi(answer + 9), 403); /* and no 100 before it */
}

struct upload {
    const char *head;
    size_t piece, pieces;
    bool chunked;
    int fd;
};

static void *
sends_body(void *arg)
{
    struct upload *u = arg;
    struct str piece;
    char *p = malloc(u->piece + 64);
    int n = u->chunked ? snprintf(p, 32, "%zx\r\n", u->piece) : 0;

    memset(p + n, 'b', u->piece);
    piece = (struct str){p, (size_t)n + u->piece};
    if (u->chunked) {
        memcpy(p + piece.n, "\r\n", 2);
        piece.n += 2;
    }
    for (size_t i = 0; i < u->pieces && wire_send(u->fd, piece); i++)
        ;
    if (u->chunked)
        wire_send(u->fd, STR("0\r\n\r\n"));
    free(p);
    return NULL;
}

/* The body is sent by a thread, while the answer is read here. */
static size_t
upload(struct upload *u, char *into, size_t size)
{
    pthread_t t;
    size_t n;

    u->fd = wire_connect(front_port);
    wire_send(u->fd, str_of(u->head));
    pthread_create(&t, NULL, sends_body, u);
    n = wire_read(u->fd, into, size, NULL);
    shutdown(u->fd, SHUT_RDWR);
    pthread_join(t, NULL);
    close(u->fd);
    return n;
}

enum { MUCH = 10 << 20 };
static char much[MUCH + 65536];

static void
test_too_large(void **state)
{
    struct upload rows[] = {
        {"POST /echo HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n", 50000, 60, true, 0},
        {"POST /echo HTTP/1.1\r\n" HEAD "Content-Length: 3000000\r\n\r\n", 50000, 60, false, 0},
        {"POST /refuse HTTP/1.1\r\n" HEAD "Content-Length: 3000000\r\n\r\n", 50000, 60, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        upload(&rows[i], much, 8192);
        assert_int_equal(atoi(much + 9), i == 2 ? 403 : 413); /* not lost in a reset */
    }
}

static void
test_ten_megabytes(void **state)
{
    struct upload count = {"POST /count HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n",
                           40960, 256, true, 0};
    struct upload unread = {"POST /big HTTP/1.1\r\n" HEAD "Content-Length: 10485760\r\n\r\n", 40960,
                            256, false, 0};
    size_t n;

    (void)state;
    upload(&count, much, 8192);
    assert_string_equal(strstr(much, "\r\n\r\n") + 4, "10485760");
    n = front_ask(STR("GET /big HTTP/1.1\r\n" HEAD "\r\n"), much, sizeof(much), NULL);
    assert_true(n > MUCH && n < MUCH + 1000);
    n = upload(&unread, much, sizeof(much)); /* dropped, then answered */
    assert_true(n > MUCH && n < MUCH + 1000);
    n = front_ask(STR("GET /bigc HTTP/1.1\r\n" HEAD "\r\n"), much, sizeof(much), NULL);
    assert_true(n > MUCH);
    assert_memory_equal(much + n - 5, "0\r\n\r\n", 5);
}

/* An answer that is not whole must not look as if it were. */
static void
test_cut(void **state)
{
    size_t n = front_ask(STR("GET /cut HTTP/1.1\r\n" HEAD "\r\n"), much, sizeof(much), NULL);

    (void)state;
    assert_int_equal(atoi(much + 9), 200);
    assert_true(n > 30000);
    assert_memory_not_equal(much + n - 5, "0\r\n\r\n", 5);
}

/* A client that reads nothing holds the handler back: memory stays bounded. */
static void
test_backpressure(void **state)
{
    int fd = wire_connect(front_port);
    unsigned before;

    (void)state;
    wire_send(fd, STR("GET /big HTTP/1.1\r\n" HEAD "\r\n"));
    usleep(300000);
    before = atomic_load(&written);
    assert_true(before < MUCH);
    usleep(100000);
    assert_int_equal(atomic_load(&written), before);
    while (recv(fd, much, sizeof(much), 0) > 0)
        ;
    assert_int_equal(atomic_load(&written), MUCH);
    close(fd);
}

/* ---- clients that leave ---- */

static bool
comes_to(atomic_uint *what, unsigned n)
{
    for (int i = 0; i < 500 && atomic_load(what) != n; i++)
        usleep(10000);
    return atomic_load(what) == n;
}

static void
test_client_leaves(void **state)
{
    static const char *const texts[] = {
        "GET /sleep?60000 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST /sleep?60000 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "POST /sleep?60000 HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\nhello",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "GET /big HTTP/1.1\r\nHost: a\r\n\r\n",
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (unsigned wait = 0; wait < 2; wait++) {
            int fd = wire_connect(front_port);

            wire_send(fd, str_of(texts[i]));
            usleep(wait * 50000);
            close(fd);
            if (!comes_to(&finished, i * 2 + wait + 1))
                fail_msg("row %u, %u", i, wait);
        }
    }
    assert_true(atomic_load(&cancelled) >= 10); /* what was in /big's way may have been sent */
}

static void
test_body_timeout(void **state)
{
    char answer[4096];

    (void)state;
    front_ask(STR("POST /echo HTTP/1.1\r\n" HEAD "Content-Length: 50000\r\n\r\nhello"), answer,
              sizeof(answer), NULL);
    assert_int_equal(atoi(answer + 9), 408);
}

/* ---- many at once ---- */

static void
test_many_slow(void **state)
{
    enum { CLIENTS = 2000 };
    static int fds[CLIENTS];
    char answer[1024];
    int64_t before = clock_us();

    (void)state;
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = wire_connect(front_port);
        wire_send(fds[i], STR("GET /sleep?300 HTTP/1.1\r\n" HEAD "\r\n"));
    }
    for (int i = 0; i < CLIENTS; i++) {
        assert_true(wire_read(fds[i], answer, sizeof(answer), NULL) > 0);
        assert_int_equal(atoi(answer + 9), 200);
        close(fds[i]);
    }
    assert_true(clock_us() - before < 9000000);
    assert_int_equal(atomic_load(&cancelled), 0);
}

static int
no_parking(void **state)
{
    (void)state;
    options.park = false;
    return 0;
}

static int
parking(void **state)
{
    (void)state;
    options.park = true;
    return 0;
}

#define SERVED(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(test_heads),
        SERVED(test_limits),
        SERVED(test_tight_pool),
        SERVED(test_many),
        SERVED(test_byte_by_byte),
        SERVED(test_bodies),
        SERVED(test_keep_alive_and_pipelining),
        SERVED(test_drained),
        SERVED(test_expect),
        SERVED(test_too_large),
        SERVED(test_ten_megabytes),
        SERVED(test_cut),
        SERVED(test_backpressure),
        SERVED(test_client_leaves),
        SERVED(test_body_timeout),
        SERVED(test_many_slow),
    };

    return cmocka_run_group_tests_name("parked", tests, parking, NULL) +
           cmocka_run_group_tests_name("suspended", tests, no_parking, NULL);
}
