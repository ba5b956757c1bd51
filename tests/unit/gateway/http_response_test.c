/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Backend answers: what is taken, what is refused, whole and a byte at a time. */
#include "gateway/http_response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

enum end { END_NONE, END_CLOSED }; /* what follows the bytes: nothing, or the connection's end */

struct row {
    const char *text;
    bool is_head;
    enum end end;
    int status; /* 0: refused; -1: not whole */
    const char *body;
    bool keep_alive;
};

#define OK "HTTP/1.1 200 OK\r\n"

static const struct row rows[] = {
    {OK "Content-Length: 2\r\n\r\nhi", false, END_NONE, 200, "hi", true},
    {OK "content-length:2\r\n\r\nhi", false, END_NONE, 200, "hi", true},
    {OK "Content-Length: 0\r\n\r\n", false, END_NONE, 200, "", true},
    {OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi", false, END_NONE, 200, "hi", true},
    {OK "Content-Length: 2\r\nConnection: close\r\n\r\nhi", false, END_NONE, 200, "hi", false},
    {OK "Content-Length: 2\r\nConnection: x, Close\r\n\r\nhi", false, END_NONE, 200, "hi", false},
    {"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", false, END_NONE, 200, "hi", false},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", false, END_NONE,
     200, "hi", true},
    {OK "\r\nuntil the end", false, END_CLOSED, 200, "until the end", false},
    {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", false, END_NONE, 200, "", true}, /* no reason */
    {"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n", false, END_NONE, 404, "", true},
    {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", false, END_NONE, 200, "hi", true},
    {OK "Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n00a\r\n0123456789\r\n000\r\nX: y\r\n\r\n",
     false, END_NONE, 200, "h0123456789", true}, /* leading zeros, a trailer */
    {OK "Transfer-Encoding: chunked\r\n\r\n2;a=\"b\"\r\nhi\r\n0;c\r\n\r\n", false, END_NONE, 200,
     "hi", true},
    {OK "Content-Length: 99\r\n\r\n", true, END_NONE, 200, "", true}, /* HEAD */
    {"HTTP/1.1 204 No Content\r\n\r\n", false, END_NONE, 204, "", true},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", false, END_NONE, 304, "", true},
    {"HTTP/1.1 100 Continue\r\n\r\n", false, END_NONE, 100, "", true},
    /* not whole */
    {OK "Content-Length: 2\r\n", false, END_NONE, -1, NULL, false},
    {OK "Content-Length: 2\r\n\r\nh", false, END_NONE, -1, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", false, END_NONE, -1, NULL, false},
    {OK "\r\nuntil", false, END_NONE, -1, NULL, false},
    /* refused */
    {OK "Content-Length: 3\r\n\r\nhi", false, END_CLOSED, 0, NULL, false}, /* cut off */
    {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", false, END_CLOSED, 0, NULL, false},
    {"HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", false, END_NONE, 0, NULL, false}, /* bare LF */
    {OK "X: y\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "X: y\r\n z\r\n\r\n", false, END_NONE, 0, NULL, false}, /* folding */
    {OK "X : y\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "X\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK ": y\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "X: a\rb\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "X: a\x01\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi", false, END_NONE, 0, NULL, false},
    {OK "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false, END_NONE, 0,
     NULL, false},
    {OK "Content-Length: 2, 2\r\n\r\nhi", false, END_NONE, 0, NULL, false},
    {OK "Content-Length: -2\r\n\r\nhi", false, END_NONE, 0, NULL, false},
    {OK "Content-Length: 9223372036854775808\r\n\r\nhi", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: gzip\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked, chunked\r\n\r\n", false, END_NONE, 0, NULL, false},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", false, END_NONE, 0, NULL,
     false},
    {"HTTP/2.0 200 OK\r\n\r\n", false, END_NONE, 0, NULL, false},
    {"http/1.1 200 OK\r\n\r\n", false, END_NONE, 0, NULL, false},
    {"HTTP/1.1 20 OK\r\n\r\n", false, END_NONE, 0, NULL, false},
    {"HTTP/1.1 2000 OK\r\n\r\n", false, END_NONE, 0, NULL, false},
    {"HTTP/1.1 099 OK\r\n\r\n", false, END_NONE, 0, NULL, false},
    {"HTTP/1.1 600 OK\r\n\r\n", false, END_NONE, 0, NULL, false},
    {"SSH-2.0-OpenSSH\r\n\r\n", false, END_NONE, 0, NULL, false},
    {"\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n2\nhi\r\n0\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhiX\r\n0\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\n0\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n2\rXhi\r\n0\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n0000000000000001\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n2;a\nb\r\nhi\r\n0\r\n\r\n", false, END_NONE, 0, NULL,
     false},
    {OK "Transfer-Encoding: chunked\r\n\r\n0\r\n X: y\r\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n", false, END_NONE, 0, NULL, false},
    {OK "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n\r\n", false, END_NONE, 0, NULL,
     false}, /* of four */
};

struct outcome {
    int status;
    bool keep_alive;
    size_t body_n;
    char body[256];
};

/* Feeds the body `step` bytes at a time, as a socket would bring it. */
static int
feed_body(struct http_body *b, struct str in, size_t step, enum end end, struct outcome *o)
{
    size_t have = 0, used;
    struct str data;

    while (!b->done) {
        size_t before = have;

        if (http_body_next(b, str_head(in, have), &used, &data, NULL))
            return 0;
        memcpy(o->body + o->body_n, data.n ? data.p : "", data.n);
        o->body_n += data.n;
        in = str_from(in, used);
        have -= used;
        if (used > 0)
            continue;
        have = have + step < in.n ? have + step : in.n;
        if (have == before)
            break; /* no more */
    }
    if (b->done)
        return 1;
    if (end == END_NONE)
        return -1;
    return http_body_end(b, NULL) ? 0 : 1;
}

static struct outcome
parse(const struct row *row, size_t step)
{
    struct outcome o = {0};
    struct header fields[4];
    struct http_response r = {.headers = fields, .header_room = 4};
    struct str in = str_of(row->text);
    struct http_body b;
    size_t n = 0, have = 0, seen = 0;
    int body;

    do {
        seen = have;
        have = have + step < in.n ? have + step : in.n;
        if (http_response_find(str_head(in, have), seen, &n, NULL))
            return o;
    } while (n == 0 && have < in.n);
    o.status = -1;
    if (n == 0)
        return o;
    o.status = 0;
    if (http_response_read(str_head(in, n), row->is_head, &r, NULL))
        return o;
    http_body_init(&b, &r);
    body = feed_body(&b, str_from(in, n), step, row->end, &o);
    o.status = body > 0 ? (int)r.status : body;
    o.keep_alive = r.keep_alive;
    return o;
}

static void
test_answers(void **state)
{
    static const size_t steps[] = {1, 2, 3, 7, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t s = 0; s < sizeof(steps) / sizeof(steps[0]); s++) {
            struct outcome o = parse(&rows[i], steps[s]);

            if (o.status != rows[i].status)
                print_error("row %zu by %zu: %s\n", i, steps[s], rows[i].text);
            assert_int_equal(o.status, rows[i].status);
            if (o.status <= 0)
                continue;
            assert_int_equal(o.keep_alive, rows[i].keep_alive);
            assert_int_equal(o.body_n, strlen(rows[i].body));
            assert_memory_equal(o.body, rows[i].body, o.body_n);
        }
    }
}

static void
test_fields(void **state)
{
    struct header fields[4];
    struct http_response r = {.headers = fields, .header_room = 4};
    struct str head = STR(OK "A:  b c \t\r\nSet-Cookie: 1\r\nSet-Cookie:\r\n\r\n");

    (void)state;
    assert_int_equal(http_response_read(head, false, &r, NULL), FAULT_NONE);
    assert_int_equal(r.header_count, 3);
    assert_true(str_eq(fields[0].value, STR("b c")));
    assert_true(str_eq(fields[1].name, STR("Set-Cookie")));
    assert_int_equal(fields[2].value.n, 0);
    assert_true(str_eq(r.reason, STR("OK")));
}

static void
test_nul_is_refused(void **state)
{
    struct header fields[4];
    struct http_response r = {.headers = fields, .header_room = 4};
    struct fault f = {0};
    struct str head = STR(OK "A: b\0c\r\n\r\n");

    (void)state;
    assert_int_equal(http_response_read(head, false, &r, &f), FAULT_BACKEND_FAILED);
    assert_string_equal(f.detail, "The backend's answer is not valid HTTP.");
}

/* Extensions and trailers without end are no way around the body's limit. */
static void
test_skipped_is_bounded(void **state)
{
    struct http_response r = {.kind = HTTP_BODY_CHUNKED};
    struct http_body b;
    char *text = malloc(20000);
    size_t used;
    struct str data;

    (void)state;
    memset(text, 'a', 20000);
    memcpy(text, "1;", 2);
    http_body_init(&b, &r);
    assert_int_equal(http_body_next(&b, (struct str){text, 20000}, &used, &data, NULL),
                     FAULT_BACKEND_FAILED);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_nul_is_refused),
        cmocka_unit_test(test_skipped_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
