/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/breakers.h"

#include <stdlib.h>

#include "base/log.h"
#include "gateway/edition.h"

bool
breakers_init(struct breakers *b, const struct snapshot *s)
{
    unsigned n = 0, row = 0;

    for (unsigned i = 0; i < s->contract_count; i++)
        n += s->contracts[i]->backend_count * s->contracts[i]->breaker_count;
    b->list = calloc(n + 1, sizeof(*b->list));
    b->rows = calloc(s->backend_count + 1, sizeof(*b->rows));
    if (!b->list || !b->rows)
        return false;
    n = 0;
    for (unsigned i = 0; i < s->contract_count; i++)
        for (unsigned k = 0; k < s->contracts[i]->backend_count; k++) {
            b->rows[row++].first = n;
            for (unsigned r = 0; r < s->contracts[i]->breaker_count; r++)
                breaker_init(&b->list[n++], &s->contracts[i]->breakers[r]);
        }
    return true;
}

void
breakers_fini(struct breakers *b)
{
    free(b->list);
    free(b->rows);
}

void
breakers_begin(struct breakers_call *c, struct edition *e, const struct operation *o,
               const struct backend *b)
{
    *c = (struct breakers_call){.edition = e, .operation = o, .backend = b};
    if (o->binding->breaker)
        c->breaker = &e->breakers.list[e->breakers.rows[snapshot_backend(e->snapshot, b)].first +
                                       o->binding->breaker->index];
}

static int64_t
now(const struct breakers_call *c)
{
    return loop_now(c->edition->desk->loop);
}

bool
breakers_ask(struct breakers_call *c)
{
    if (!c->breaker)
        return true;
    c->pass = breaker_ask(c->breaker, now(c));
    return c->pass != 0;
}

enum fault_code
breakers_refuse(struct breakers_call *c, struct fault *f)
{
    atomic_fetch_add_explicit(&c->edition->desk->counters.breaker_refused, 1, memory_order_relaxed);
    fault_set(f, FAULT_UNAVAILABLE, "the backend is failing; try again later");
    f->retry_after_s = breaker_retry_after(c->breaker, now(c));
    fault_log(f, "the breaker of backend %.*s is open", STR_ARG(c->backend->name));
    return FAULT_UNAVAILABLE;
}

/* --- what others hear of it --- */

static void
tell_log(const struct breakers_call *c)
{
    const struct breaker_rule *r = c->breaker->rule;
    struct str contract = c->operation->contract->name, backend = c->backend->name;

    if (c->breaker->state == BREAKER_CLOSED)
        log_event(LOG_INFO, "breaker", "%.*s: backend %.*s works again", STR_ARG(contract),
                  STR_ARG(backend));
    else
        log_event(LOG_WARNING, "breaker",
                  "%.*s: backend %.*s is failing: no calls of it for %lld ms", STR_ARG(contract),
                  STR_ARG(backend), (long long)r->open_us / 1000);
}

/* The gauge counts workers, whatever number of a backend's rules has opened there. before: the
 * state. */
static void
note_change(const struct breakers_call *c, enum breaker_state before)
{
    const struct edition *e = c->edition;
    unsigned at = snapshot_backend(e->snapshot, c->backend);
    struct breakers_row *row = &e->breakers.rows[at];
    unsigned was = row->broken;

    row->broken += (c->breaker->state != BREAKER_CLOSED) - (before != BREAKER_CLOSED);
    if (!was != !row->broken)
        atomic_fetch_add_explicit(&e->snapshot->broken[at], was ? -1 : 1, memory_order_relaxed);
    tell_log(c);
}

/* --- how a try ended --- */

static enum breaker_result
result_without_answer(enum fault_code code)
{
    switch (code) {
    case FAULT_BACKEND_FAILED:
    case FAULT_BACKEND_TIMEOUT:
    case FAULT_UNAVAILABLE: return BREAKER_FAILURE; /* the last: its pool is full */
    default: return BREAKER_NOTHING;
    }
}

/* An error that the contract, or SOAP's own code, makes the caller's comes from a backend that
 * works, although SOAP 1.1 sends each as a 500. */
static enum breaker_result
result_of(enum fault_code code, unsigned status, unsigned told)
{
    if (!status)
        return result_without_answer(code);
    if (code == FAULT_MEMORY)
        return BREAKER_NOTHING;
    if (status >= 500)
        return told >= 500 ? BREAKER_FAILURE : BREAKER_SUCCESS;
    if (code == FAULT_INTERNAL)
        return BREAKER_NOTHING;
    return code == FAULT_BACKEND_INVALID ? BREAKER_FAILURE : BREAKER_SUCCESS;
}

void
breakers_tell(struct breakers_call *c, enum fault_code code, unsigned status, unsigned told)
{
    enum breaker_state before;

    if (!c->breaker)
        return;
    before = c->breaker->state;
    if (breaker_tell(c->breaker, c->pass, result_of(code, status, told), now(c)))
        note_change(c, before);
}

void
breakers_take_back(struct breakers_call *c)
{
    if (c->breaker && breaker_take_back(c->breaker, now(c)))
        note_change(c, BREAKER_CLOSED);
}
