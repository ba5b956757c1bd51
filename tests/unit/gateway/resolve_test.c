/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names: those that are never asked for, and those that are, of a name server on loopback. */
#include "gateway/resolve.h"

#include <stdatomic.h>

#include "wire.h"

static struct fiber_pool *fibers;
static struct loop *loop;
static struct resolver *resolver;
static int server_fd;
static pthread_t thread;
static atomic_uint questions; /* for A records */
static atomic_bool silent;

/* Answers A with 192.0.2.7 for an hour, AAAA with nothing, names in "none" with NXDOMAIN. */
static size_t
answer(unsigned char *m, size_t n)
{
    static const unsigned char a[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 192, 0, 2, 7};
    size_t end = 12;

    while (end < n && m[end])
        end += m[end] + 1u;
    end += 5;
    if (end > n)
        return 0;
    m[2] = 0x81;
    m[3] = memcmp(m + 13, "none", 4) == 0 ? 0x83 : 0x80;
    m[7] = m[8] = m[9] = m[10] = m[11] = 0; /* no additional section */
    if (m[end - 3] != 1)
        return end;
    atomic_fetch_add(&questions, 1);
    if (m[3] != 0x80)
        return end;
    m[7] = 1;
    memcpy(m + end, a, sizeof(a));
    return end + sizeof(a);
}

static void *
serve(void *arg)
{
    unsigned char m[1024];
    struct sockaddr_in from;
    socklen_t n;
    ssize_t got;

    (void)arg;
    for (;;) {
        n = sizeof(from);
        got = recvfrom(server_fd, m, 512, 0, (struct sockaddr *)&from, &n);
        if (got < 12)
            return NULL; /* the test's end */
        if (!atomic_load(&silent))
            sendto(server_fd, m, answer(m, (size_t)got), 0, (struct sockaddr *)&from, n);
    }
}

static int
set_up(void **state)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof(a);
    char text[32];

    (void)state;
    server_fd = socket(AF_INET, SOCK_DGRAM, 0);
    bind(server_fd, (struct sockaddr *)&a, n);
    getsockname(server_fd, (struct sockaddr *)&a, &n);
    atomic_store(&questions, 0);
    atomic_store(&silent, false);
    pthread_create(&thread, NULL, serve, NULL);
    fibers = fiber_pool_new(64);
    loop = loop_new(fibers);
    resolver = resolver_new(loop);
    snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(a.sin_port));
    return !resolver_use(resolver, text);
}

static int
tear_down(void **state)
{
    struct sockaddr_in a;
    socklen_t n = sizeof(a);

    (void)state;
    getsockname(server_fd, (struct sockaddr *)&a, &n);
    sendto(server_fd, "", 0, 0, (struct sockaddr *)&a, n);
    pthread_join(thread, NULL);
    close(server_fd);
    resolver_free(resolver);
    loop_turn(loop, 0);
    loop_free(loop);
    fiber_pool_free(fibers);
    return 0;
}

struct question {
    const char *host;
    int64_t wait_us;
    struct addresses addresses;
    enum fault_code code;
};

static void
asks(void *arg)
{
    struct question *q = arg;

    q->code = resolve(resolver, q->host, 80, clock_us() + q->wait_us, &q->addresses, NULL);
}

static void
test_not_asked(void **state)
{
    static const struct {
        const char *host;
        int family;
        unsigned n;
    } rows[] = {
        {"192.0.2.1", AF_INET, 1}, {"::1", AF_INET6, 1},         {"localhost", AF_INET, 2},
        {"LOCALHOST", AF_INET, 2}, {"2001:db8::1", AF_INET6, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct question q = {.host = rows[i].host};

        wire_run(loop, asks, &q);
        assert_int_equal(q.code, FAULT_NONE);
        assert_int_equal(q.addresses.n, rows[i].n);
        assert_int_equal(q.addresses.items[0].any.sa_family, rows[i].family);
        assert_int_equal(ntohs(q.addresses.items[0].v4.sin_port), 80); /* the same place in v6 */
    }
    assert_int_equal(atomic_load(&questions), 0);
}

/* Many fibers, one name: one question, and none again while its answer lives. */
static void
test_asked_once(void **state)
{
    struct question q[20];

    (void)state;
    for (int i = 0; i < 20; i++) {
        q[i] = (struct question){.host = "backend.test", .wait_us = 5000000};
        fiber_start(fibers, NULL, asks, &q[i]);
    }
    fiber_run_ready(fibers);
    while (fiber_live(fibers) > 0)
        loop_turn(loop, 1000000);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(q[i].code, FAULT_NONE);
        assert_int_equal(ntohl(q[i].addresses.items[0].v4.sin_addr.s_addr), 0xc0000207);
    }
    wire_run(loop, asks, &q[0]);
    assert_int_equal(atomic_load(&questions), 1);
}

static void
test_no_such_name(void **state)
{
    struct question q = {.host = "none.test", .wait_us = 5000000};

    (void)state;
    wire_run(loop, asks, &q);
    assert_int_equal(q.code, FAULT_BACKEND_FAILED);
    wire_run(loop, asks, &q); /* remembered for a moment */
    assert_int_equal(q.code, FAULT_BACKEND_FAILED);
    assert_int_equal(atomic_load(&questions), 1);
}

static void
test_silence(void **state)
{
    struct question q = {.host = "slow.test", .wait_us = 50000}, left = q;
    struct fiber *f;

    (void)state;
    atomic_store(&silent, true);
    left.wait_us = 5000000;
    f = fiber_start(fibers, NULL, asks, &left);
    fiber_start(fibers, NULL, asks, &q);
    fiber_run_ready(fibers);
    while (fiber_live(fibers) > 1)
        loop_turn(loop, 1000000);
    assert_int_equal(q.code, FAULT_BACKEND_TIMEOUT);
    fiber_cancel(f);
    loop_turn(loop, 0);
    assert_int_equal(left.code, FAULT_CANCELLED);
    assert_int_equal(fiber_live(fibers), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_not_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_asked_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_such_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_silence, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
