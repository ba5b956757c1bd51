/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/resolve.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>

#define NAMES_MAX   256
#define SOCKETS_MAX 16 /* c-ares opens one a server, and one more for TCP */
#define TTL_MIN_US  (1 * INT64_C(1000000))
#define TTL_MAX_US  (3600 * INT64_C(1000000))
#define FAILURE_US  (2 * INT64_C(1000000)) /* how long a failure is remembered */

struct asker { /* on the waiting fiber's stack */
    struct asker *next;
    struct fiber *fiber;
};

struct name {
    struct name *next;
    struct resolver *resolver;
    bool pending;
    int64_t expires_us;
    struct addresses addresses; /* n == 0: it failed */
    struct asker *askers;
    char host[];
};

struct socket { /* one that c-ares has open */
    struct watch watch;
    struct resolver *resolver;
};

struct resolver {
    struct loop *loop;
    ares_channel channel;
    bool started;
    struct timer timer;
    struct socket sockets[SOCKETS_MAX];
    struct name *names;
    unsigned count;
};

size_t
address_bytes(const union address *a)
{
    return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

/* ---- c-ares in the loop ---- */

static void timer_rings(struct timer *t);

static struct resolver *
resolver_of(struct timer *t)
{
    return (struct resolver *)((char *)t - offsetof(struct resolver, timer));
}

static void
arm_timer(struct resolver *r)
{
    struct timeval tv, *wait = ares_timeout(r->channel, NULL, &tv);

    r->timer.call = timer_rings;
    loop_timer_clear(r->loop, &r->timer);
    if (wait == NULL)
        return;
    /* Without a timer a lost packet is only noticed by the asker's own deadline. */
    if (loop_timer_set(r->loop, &r->timer,
                       loop_now(r->loop) + wait->tv_sec * INT64_C(1000000) + wait->tv_usec))
        return;
}

static void
timer_rings(struct timer *t)
{
    struct resolver *r = resolver_of(t);

    ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    arm_timer(r);
}

static void
socket_ready(struct watch *w, uint32_t events)
{
    struct resolver *r = ((struct socket *)w)->resolver; /* watch is its first member */
    bool in = events & (EPOLLIN | EPOLLERR | EPOLLHUP), out = events & EPOLLOUT;

    w->ready = 0;
    ares_process_fd(r->channel, in ? w->fd : ARES_SOCKET_BAD, out ? w->fd : ARES_SOCKET_BAD);
    arm_timer(r);
}

/* c-ares tells what it wants of a socket; 0, 0 before it closes it. Level-triggered, as it reads
 * only once a call. */
static void
socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
    struct resolver *r = arg;
    struct socket *unused = NULL;
    uint32_t events = (readable ? EPOLLIN : 0) | (writable ? EPOLLOUT : 0);

    for (struct socket *s = r->sockets; s < r->sockets + SOCKETS_MAX; s++) {
        if (s->resolver && s->watch.fd == fd) {
            loop_unwatch(&s->watch);
            unused = s;
        } else if (unused == NULL && (s->resolver == NULL || s->watch.fd < 0)) {
            unused = s;
        }
    }
    if (events == 0 || unused == NULL)
        return;
    unused->resolver = r;
    if (loop_watch(r->loop, &unused->watch, fd, events, socket_ready))
        unused->watch.fd = -1; /* its query runs into its time-out */
}

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void
library_init(void)
{
    ares_library_init(ARES_LIB_INIT_ALL);
}

static bool
start(struct resolver *r)
{
    struct ares_options o = {
        .timeout = 2000, .tries = 2, .sock_state_cb = socket_state, .sock_state_cb_data = r};

    if (r->started)
        return true;
    pthread_once(&library_once, library_init);
    r->started = ares_init_options(&r->channel, &o,
                                   ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB) ==
                 ARES_SUCCESS;
    return r->started;
}

struct resolver *
resolver_new(struct loop *l)
{
    struct resolver *r = calloc(1, sizeof(*r));

    if (r)
        r->loop = l;
    return r;
}

void
resolver_free(struct resolver *r)
{
    if (r == NULL)
        return;
    if (r->started)
        ares_destroy(r->channel); /* answers what is pending, and closes its sockets */
    loop_timer_clear(r->loop, &r->timer);
    while (r->names) {
        struct name *n = r->names;

        r->names = n->next;
        free(n);
    }
    free(r);
}

bool
resolver_use(struct resolver *r, const char *servers)
{
    return start(r) && ares_set_servers_ports_csv(r->channel, servers) == ARES_SUCCESS;
}

/* ---- the cache ---- */

static struct name *
find(struct resolver *r, const char *host)
{
    struct name *n = r->names;

    while (n && strcasecmp(n->host, host) != 0)
        n = n->next;
    return n;
}

/* Makes room by dropping the name that expires first; one that is asked for stays. */
static void
evict(struct resolver *r)
{
    struct name **oldest = NULL, *gone;

    for (struct name **at = &r->names; *at; at = &(*at)->next)
        if (!(*at)->pending && (*at)->askers == NULL &&
            (oldest == NULL || (*at)->expires_us < (*oldest)->expires_us))
            oldest = at;
    if (oldest == NULL)
        return;
    gone = *oldest;
    *oldest = gone->next;
    free(gone);
    r->count--;
}

static struct name *
add(struct resolver *r, const char *host)
{
    size_t n = strlen(host) + 1;
    struct name *name;

    if (r->count >= NAMES_MAX)
        evict(r);
    if (r->count >= NAMES_MAX || (name = calloc(1, sizeof(*name) + n)) == NULL)
        return NULL;
    memcpy(name->host, host, n);
    name->resolver = r;
    name->next = r->names;
    r->names = name;
    r->count++;
    return name;
}

static int64_t
take_addresses(const struct ares_addrinfo *info, struct addresses *out)
{
    int64_t ttl_us = TTL_MAX_US;

    out->n = 0;
    for (struct ares_addrinfo_node *a = info->nodes; a; a = a->ai_next) {
        if (out->n == RESOLVE_ADDRESSES || a->ai_addrlen > sizeof(out->items[0]))
            continue;
        memcpy(&out->items[out->n++], a->ai_addr, a->ai_addrlen);
        if (a->ai_ttl * INT64_C(1000000) < ttl_us)
            ttl_us = a->ai_ttl * INT64_C(1000000);
    }
    return ttl_us < TTL_MIN_US ? TTL_MIN_US : ttl_us;
}

static void
answered(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    struct name *n = arg;
    int64_t ttl_us = FAILURE_US;

    (void)timeouts;
    n->pending = false;
    n->addresses.n = 0;
    if (status == ARES_SUCCESS && info)
        ttl_us = take_addresses(info, &n->addresses);
    if (n->addresses.n == 0)
        ttl_us = FAILURE_US;
    if (info)
        ares_freeaddrinfo(info);
    n->expires_us = loop_now(n->resolver->loop) + ttl_us;
    for (struct asker *a = n->askers; a; a = a->next)
        fiber_wake(a->fiber);
}

static enum fault_code
wait_for(struct resolver *r, struct name *n, int64_t deadline_us)
{
    struct asker self = {.next = n->askers, .fiber = fiber_self()}, **at;
    enum fault_code code = FAULT_NONE;

    n->askers = &self;
    while (n->pending && code == FAULT_NONE)
        code = loop_wait(r->loop, deadline_us);
    for (at = &n->askers; *at != &self; at = &(*at)->next)
        ;
    *at = self.next;
    return n->pending ? code : FAULT_NONE;
}

static void
ask(struct resolver *r, struct name *n)
{
    struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

    n->pending = true;
    ares_getaddrinfo(r->channel, n->host, NULL, &hints, answered, n); /* may answer at once */
    arm_timer(r);
}

static void
set_port(struct addresses *a, uint16_t port)
{
    for (unsigned i = 0; i < a->n; i++) {
        if (a->items[i].any.sa_family == AF_INET6)
            a->items[i].v6.sin6_port = htons(port);
        else
            a->items[i].v4.sin_port = htons(port);
    }
}

static bool
without_asking(const char *host, struct addresses *out)
{
    *out = (struct addresses){.n = 1};
    if (inet_pton(AF_INET, host, &out->items[0].v4.sin_addr) == 1) {
        out->items[0].v4.sin_family = AF_INET;
        return true;
    }
    if (inet_pton(AF_INET6, host, &out->items[0].v6.sin6_addr) == 1) {
        out->items[0].v6.sin6_family = AF_INET6;
        return true;
    }
    if (strcasecmp(host, "localhost") != 0)
        return false;
    out->n = 2;
    out->items[0].v4 =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    out->items[1].v6 =
        (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    return true;
}

enum fault_code
resolve(struct resolver *r, const char *host, uint16_t port, int64_t deadline_us,
        struct addresses *out, struct fault *f)
{
    struct name *n;
    enum fault_code code;

    if (without_asking(host, out)) {
        set_port(out, port);
        return FAULT_NONE;
    }
    n = find(r, host);
    if (!start(r) || (n == NULL && (n = add(r, host)) == NULL))
        return fault_set(f, FAULT_MEMORY, "No memory to look up a backend.");
    if (!n->pending && n->expires_us <= loop_now(r->loop))
        ask(r, n);
    code = wait_for(r, n, deadline_us);
    if (code) {
        fault_set(f, code, "The backend's name was not looked up in time.");
    } else if (n->addresses.n == 0) {
        code = fault_set(f, FAULT_BACKEND_FAILED, "The backend cannot be reached.");
        fault_log(f, "no address for %.100s", host);
    }
    if (code)
        return code;
    *out = n->addresses;
    set_port(out, port);
    return FAULT_NONE;
}
