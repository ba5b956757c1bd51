/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a connection while its fiber works.
 *
 * libmicrohttpd's own way is to suspend it, which costs two epoll_ctl and a recv a request. So at
 * first it is only parked: the callback returns without an answer, MHD leaves the connection in
 * its "block" state and asks again each time it runs. After a few turns, or when the loop finds
 * nothing else to do, it is suspended after all, so that nobody spins. This leans on how 0.9.75
 * goes about its work; options.park = false suspends at once, and is all that the API promises.
 */
#include "gateway/server_private.h"

#define PARKED_TURNS 4

void
park_suspend(struct incoming *in)
{
    park_leave(in);
    in->suspended = true;
    in->server->suspends++;
    MHD_suspend_connection(in->connection);
}

void
park_wait(struct incoming *in)
{
    struct server *s = in->server;

    if (!in->parked) {
        in->parked = true;
        in->parked_turn = s->turn;
        s->parked++;
    }
    if (!s->options.park || s->draining || s->turn - in->parked_turn >= PARKED_TURNS)
        park_suspend(in);
}

void
park_leave(struct incoming *in)
{
    if (in->parked)
        in->server->parked--;
    in->parked = false;
}

void
park_wake(struct incoming *in)
{
    if (in->connection == NULL)
        return;
    in->server->dirty = true;
    if (in->suspended) {
        in->suspended = false;
        MHD_resume_connection(in->connection);
    }
}
