/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One request and its response, from the first byte to the record: all that the steps of the
 * pipeline know and hand on. Lives in its arena, on one fiber of one worker.
 */
#ifndef GATEWAY_EXCHANGE_H
#define GATEWAY_EXCHANGE_H

#include "auth/audit.h"
#include "auth/auth.h"
#include "contract/face.h"
#include "gateway/router.h"
#include "gateway/server.h"
#include "gateway/snapshot.h"

struct desk;    /* what one worker needs to serve exchanges: desk.h */
struct edition; /* the snapshot as that worker serves it: edition.h */

struct exchange {
    struct incoming *incoming;
    struct arena *arena;
    struct desk *desk;
    struct edition *edition; /* held by the arena */
    const struct snapshot *snapshot;
    const struct router *router;     /* of the door it came by */
    int64_t started_us, deadline_us; /* clock_us */

    struct route_match match;
    const struct face *face;     /* shapes the answer, and the fault; never NULL after receive */
    struct face_request request; /* what the face sees */
    const struct operation *operation; /* NULL for a page */
    struct principal *principal;       /* NULL: an open operation */
    enum scheme scheme;                /* how the credentials came */
    struct str nonce;                  /* for DPoP-Nonce; empty: none */
    enum reason reason;                /* why the credentials were refused; NONE: not */
    const char *denial;                /* reason of a refused token, for the records; NULL: none */
    struct principal *denied;          /* what could be read of it; NULL: nothing */
    struct audit_event audit;          /* of its record; the steps fill in what only they know */
    bool audit_due;                    /* a place for the record is kept */
    bool enveloped;                    /* the token stood in the message, not in HTTP */
    struct str peer;                   /* address of the caller */
    struct str allow;                  /* methods of the path, for 405 and OPTIONS */

    struct inputs inputs;
    struct outcome outcome;
    struct fault fault;
    struct face_answer answer;
    bool streamed; /* a proxy binding has answered already */
    uint64_t answer_bytes;
    unsigned calls;     /* to backends */
    int64_t backend_us; /* spent waiting for them */
};

#endif
