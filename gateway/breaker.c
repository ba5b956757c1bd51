/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/breaker.h"

#include <string.h>

void
breaker_init(struct breaker *b, const struct breaker_rule *rule)
{
    *b = (struct breaker){.rule = rule, .state = BREAKER_CLOSED, .epoch = 1};
}

static void
enter(struct breaker *b, enum breaker_state state)
{
    b->state = state;
    b->probing = false;
    b->epoch++;
    memset(b->slots, 0, sizeof(b->slots));
    b->all = (struct breaker_tally){0};
}

static void
open_for_a_while(struct breaker *b, int64_t now_us)
{
    enter(b, BREAKER_OPEN);
    b->until_us = now_us + b->rule->open_us;
}

/* --- the window --- */

/* What has become older than the window drops out of it. */
static void
slide(struct breaker *b, int64_t now_us)
{
    int64_t number = now_us / (b->rule->window_us / BREAKER_SLOTS);
    int64_t steps = number - b->newest < BREAKER_SLOTS ? number - b->newest : BREAKER_SLOTS;

    for (int64_t i = 0; i < steps; i++) {
        struct breaker_tally *slot = &b->slots[(number - i) % BREAKER_SLOTS];

        b->all.calls -= slot->calls;
        b->all.failures -= slot->failures;
        *slot = (struct breaker_tally){0};
    }
    if (steps > 0)
        b->newest = number;
}

static void
count(struct breaker *b, unsigned calls, unsigned failures, int64_t now_us)
{
    struct breaker_tally *slot;

    slide(b, now_us);
    slot = &b->slots[b->newest % BREAKER_SLOTS];
    slot->calls += calls;
    slot->failures += failures;
    b->all.calls += calls;
    b->all.failures += failures;
}

/* A success may be the call that makes them enough, too. */
static bool
open_if_due(struct breaker *b, int64_t now_us)
{
    if (b->all.calls < b->rule->calls ||
        b->all.failures * UINT64_C(100) < (uint64_t)b->rule->errors * b->all.calls)
        return false;
    open_for_a_while(b, now_us);
    return true;
}

/* --- calls --- */

uint64_t
breaker_ask(struct breaker *b, int64_t now_us)
{
    if (b->state == BREAKER_OPEN && now_us >= b->until_us)
        enter(b, BREAKER_HALF_OPEN);
    if (b->state == BREAKER_OPEN || b->probing)
        return 0;
    b->probing = b->state == BREAKER_HALF_OPEN;
    return b->epoch;
}

static bool
tell_probe(struct breaker *b, enum breaker_result r, int64_t now_us)
{
    b->probing = false; /* where it told nothing, the next call is the probe */
    if (r == BREAKER_FAILURE)
        open_for_a_while(b, now_us);
    if (r == BREAKER_SUCCESS)
        enter(b, BREAKER_CLOSED);
    return r != BREAKER_NOTHING;
}

bool
breaker_tell(struct breaker *b, uint64_t pass, enum breaker_result r, int64_t now_us)
{
    if (pass != b->epoch)
        return false;
    if (b->state == BREAKER_HALF_OPEN)
        return tell_probe(b, r, now_us);
    if (r == BREAKER_NOTHING)
        return false;
    count(b, 1, r == BREAKER_FAILURE, now_us);
    return open_if_due(b, now_us);
}

bool
breaker_take_back(struct breaker *b, int64_t now_us)
{
    if (b->state != BREAKER_CLOSED)
        return false;
    count(b, 0, 1, now_us);
    return open_if_due(b, now_us);
}

unsigned
breaker_retry_after(const struct breaker *b, int64_t now_us)
{
    int64_t left = b->state == BREAKER_OPEN ? b->until_us - now_us : 0;

    return left > 0 ? (unsigned)((left + 999999) / 1000000) : 1;
}
