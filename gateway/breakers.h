/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The circuit breakers of one edition: one for each backend and rule of its contract, so that
 * workers share nothing and a reload starts closed. Calls of backends ask here, and tell how they
 * ended; the log and the metrics hear of it.
 */
#ifndef GATEWAY_BREAKERS_H
#define GATEWAY_BREAKERS_H

#include "gateway/breaker.h"
#include "gateway/snapshot.h"

struct edition; /* edition.h */

struct breakers {
    struct breaker *list; /* of each backend those of its contract's rules, by the rule's index */
    struct breakers_row {
        unsigned first;  /* in the list */
        unsigned broken; /* those of them that are not closed */
    } * rows;            /* by snapshot_backend */
};

/* False: out of memory; breakers_fini is due in both cases. Zeroed before. */
bool breakers_init(struct breakers *b, const struct snapshot *s);
void breakers_fini(struct breakers *b);

/* One call of a backend, try by try. On the worker's thread, in an exchange of the edition. */
struct breakers_call {
    struct edition *edition;
    const struct operation *operation;
    const struct backend *backend;
    struct breaker *breaker; /* NULL: there is none, and all may pass */
    uint64_t pass;           /* of the try under way */
};

void breakers_begin(struct breakers_call *c, struct edition *e, const struct operation *o,
                    const struct backend *b);
/* Whether a try may be made; breakers_tell must follow then. */
bool breakers_ask(struct breakers_call *c);
/* UNAVAILABLE, with when to come again: the call was not let through at all. */
enum fault_code breakers_refuse(struct breakers_call *c, struct fault *f);
/* How the try ended: in `code`, with the HTTP status of the answer (0: none has come whole), and
 * the one that the caller is told (the fault's). */
void breakers_tell(struct breakers_call *c, enum fault_code code, unsigned status, unsigned told);
/* What was told as a success has failed after all: the answer's body broke off. */
void breakers_take_back(struct breakers_call *c);

#endif
