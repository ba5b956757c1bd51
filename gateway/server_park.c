/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a connection while its fiber works.
 *
 * libmicrohttpd's own way is to suspend it, which costs two epoll_ctl and a recv a request. So at
 * first it is only parked: the callback returns without an answer, MHD leaves the connection in
 * its "block" state and asks again each time it runs. After some turns, or when nothing comes for a
 * while, it is suspended after all, so that nobody is asked for ever. This leans on how 0.9.75 goes
 * about its work; options.park = false suspends at once, and is all that the API promises.
 */
#include "gateway/server_private.h"

/* To ask 32 times costs about as much as to suspend, unless so many are parked that each has left
 * the cache meanwhile. */
#define TURNS_FEW  32
#define TURNS_MANY 4
#define FEW        256 /* parked at once */
/* Turns in which nothing comes, each twice as long as the one before. libmicrohttpd may have work
 * that it does not tell of while something is parked (its own time-out is 0 then), so they are not
 * one long one; and none is waited for where a long head is read piece by piece. */
#define QUIET_TURNS 4
#define QUIET_US    1000 /* the first */

int64_t
park_patience(const struct server *s)
{
    return s->heads ? 0 : (int64_t)QUIET_US << s->quiet;
}

void
park_turn(struct server *s, bool dry)
{
    s->turn++;
    if (!dry || s->dirty || s->parked == 0)
        s->quiet = 0;
    else if (s->heads)
        s->quiet = QUIET_TURNS;
    else if (s->quiet < QUIET_TURNS)
        s->quiet++;
}

void
park_suspend(struct incoming *in)
{
    park_leave(in);
    in->suspended = true;
    in->server->suspends++;
    MHD_suspend_connection(in->connection);
}

static bool
is_patient(const struct incoming *in)
{
    const struct server *s = in->server;

    return s->options.park && s->quiet < QUIET_TURNS &&
           s->turn - in->parked_turn < (s->parked <= FEW ? TURNS_FEW : TURNS_MANY);
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
    if (!is_patient(in))
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
