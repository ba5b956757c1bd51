/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A circuit breaker: a backend that fails is left alone for a while, so that neither it nor its
 * callers wait for what will fail again. The state machine alone, without a clock and without I/O:
 *
 *   closed --(so many of enough calls failed)--> open --(its time is over)--> half-open
 *   half-open --(its one call succeeded)--> closed, or --(failed)--> open
 *
 * Belongs to one worker's thread. Times are clock_us, and never go back.
 */
#ifndef GATEWAY_BREAKER_H
#define GATEWAY_BREAKER_H

#include "contract/binding.h"

enum { BREAKER_SLOTS = 10 };

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
enum breaker_result {
    BREAKER_NOTHING, /* the call tells nothing of the backend: the caller left, ... */
    BREAKER_SUCCESS,
    BREAKER_FAILURE
};

struct breaker {
    const struct breaker_rule *rule;
    enum breaker_state state;
    bool probing;        /* half-open, and its one call is under way */
    uint64_t epoch;      /* a new one with each state; never 0 */
    int64_t until_us;    /* open: half-open from then on */
    int64_t newest;      /* number of the slot that is filled now */
    struct breaker_tally /* the window: a tenth of it each, in a ring by number */
    {
        uint32_t calls, failures;
    } slots[BREAKER_SLOTS], all; /* all: their sum */
};

/* Closed. The rule is borrowed. */
void breaker_init(struct breaker *b, const struct breaker_rule *rule);
/* A pass for one call, which breaker_tell must be given when it has ended; 0: it is refused. */
uint64_t breaker_ask(struct breaker *b, int64_t now_us);
/* How that call ended; one that was let through in an earlier state changes nothing. True when it
 * has opened or closed the breaker. */
bool breaker_tell(struct breaker *b, uint64_t pass, enum breaker_result r, int64_t now_us);
/* A call that was told as a success has failed after all. True when that has opened it. */
bool breaker_take_back(struct breaker *b, int64_t now_us);
/* Seconds until it is worth asking again: rounded up, at least 1. */
unsigned breaker_retry_after(const struct breaker *b, int64_t now_us);

#endif
