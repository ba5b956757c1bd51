/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the server's files share: the server, a client's connection (peer) and an exchange
 * (incoming). Private to server*.c, and the only header that includes libmicrohttpd.
 */
#ifndef GATEWAY_SERVER_PRIVATE_H
#define GATEWAY_SERVER_PRIVATE_H

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>

#include "gateway/server.h"
#include "gateway/server_tls.h"

struct peer {
    struct watch watch; /* first; EPOLLRDHUP only: tells that the client has left */
    struct grave grave;
    struct server *server;
    struct MHD_Connection *connection;
    struct incoming *current; /* NULL: between requests */
    struct peer *prev, *next; /* in the server's list of those between requests */
    int64_t since_us;         /* ... since when */
    int fd;                   /* MHD's */
    bool gone;                /* has shut down its side, or is dead */
    char address[INET6_ADDRSTRLEN];
    bool certificate_read;
    struct peer_certificate *certificate; /* NULL: none, or not read yet */
};

struct lingering;        /* server_peer.c */
struct peer_certificate; /* server_certificate.c */

struct server {
    struct loop_hook hook; /* first */
    struct loop *loop;
    struct server_options options;
    struct MHD_Daemon *daemon;
    struct watch events; /* the daemon's epoll descriptor */
    struct timer sweep;  /* over peers that take too long */
    int listen_fd;
    uint16_t port;
    bool dirty; /* the daemon has work that no event tells of */
    bool quiesced;
    unsigned turn;  /* counts the loop's */
    unsigned quiet; /* turns in which nothing came, one after the other */
    unsigned heads; /* of which a part has come */
    unsigned parked, connections, lingering;
    struct lingering *lingers;
    uint64_t requests, suspends;
    struct peer *first_idle, *last_idle; /* oldest first */
    struct incoming *live;
    struct incoming *stuck; /* answered while MHD waits for more of the body */
    unsigned live_count;
    const struct server_tls *tls; /* for the connections that come now; NULL: plain */
};

struct server_tls {
    char *certificate, *key, *client_ca; /* texts */
    gnutls_certificate_credentials_t credentials;
};

enum phase { PHASE_NEW, PHASE_HEAD, PHASE_BODY, PHASE_WHOLE };
enum reading { READ_NOTHING, READ_WHOLE, READ_STREAM };

struct incoming {
    struct server *server;
    struct peer *peer;                 /* NULL when MHD is done with the request */
    struct MHD_Connection *connection; /* the same */
    struct arena *arena;
    struct incoming *prev, *next;
    struct incoming *next_stuck;
    struct request request;
    enum fault_code code; /* of the head */
    struct fault fault;
    const char *target_at; /* where MHD had the target */

    struct fiber *fiber; /* NULL: not started, or ended */
    bool started, ended;
    bool gone; /* the client has left before the answer was done */

    enum phase phase;
    bool parked, suspended;
    unsigned parked_turn;
    unsigned head_room; /* bytes left in MHD's pool for the answer's head */

    enum reading reading;
    struct buf body;  /* the body, or its window */
    size_t taken;     /* of the window, handed out */
    uint64_t drained; /* bytes of the body that nobody wanted */
    size_t limit;
    bool body_waiting, overflow;

    struct response answer;
    bool answered, queued, stream, no_body, stuck;
    bool discarded; /* part of the body was never read: linger */
    int64_t length;
    struct str out; /* what server_write waits to get rid of */
    bool out_end, out_cut, out_waiting;
};

/* server_head.c: the head as MHD has parsed it, copied, compared with the bytes, and checked. */
void head_take(struct incoming *in, const char *method, const char *version);

/* server_park.c */
int64_t park_patience(const struct server *s); /* microseconds, while something is parked */
void park_turn(struct server *s, bool dry);    /* a turn of the loop begins */
void park_wait(struct incoming *in);           /* in an MHD callback with nothing to do yet */
void park_suspend(struct incoming *in);        /* the same, at once */
void park_wake(struct incoming *in);           /* there is something to do now */
void park_leave(struct incoming *in);          /* MHD calls again, or is done with the request */

/* server_body.c */
bool body_is_drainable(const struct incoming *in);
bool body_is_wanted(const struct incoming *in);
size_t body_feed(struct incoming *in, const char *p, size_t n); /* bytes taken */
void body_end(struct incoming *in);

/* server_answer.c */
enum MHD_Result answer_queue(struct incoming *in);
void answer_raw(struct incoming *in);
void answer_stuck(struct server *s);                      /* between MHD's runs */
void answer_unstick(struct incoming *in);                 /* it goes */
void answer_canned(struct incoming *in, unsigned status); /* when the handler could not */

/* server_peer.c */
void peer_opened(struct server *s, struct MHD_Connection *c, void **context);
void peer_closed(struct server *s, void **context);
void peer_begins(struct peer *p, struct incoming *in);
void peer_ends(struct peer *p, bool discarded);
void peers_end_idle(struct server *s);
void peers_end_lingering(struct server *s);

/* server_certificate.c */
void certificate_present(struct peer *p);   /* over TLS, before the handshake */
void certificate_take(struct incoming *in); /* for the request */
void certificate_release(void *certificate);

/* server.c */
void incoming_run(struct incoming *in);
void incoming_leave(struct incoming *in);            /* the client is gone */
void incoming_close(struct incoming *in, bool sent); /* MHD is done with it */

#endif
