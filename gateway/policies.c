/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/policies.h"

#include "base/clock.h"
#include "gateway/desk.h"

/* A worker that stops takes no new work; what it has already is finished. */
static enum fault_code
refuse_while_stopping(struct exchange *x)
{
    if (!worker_is_stopping(x->desk->worker) || !x->operation)
        return FAULT_NONE;
    return fault_set(&x->fault, FAULT_UNAVAILABLE, "the gateway is stopping");
}

/* Each exchange holds a fiber and an arena: their number is bounded before memory is. */
static enum fault_code
bound_in_flight(struct exchange *x)
{
    unsigned limit = (unsigned)x->snapshot->config->limit_in_flight;

    if (atomic_load_explicit(&x->desk->counters.in_flight, memory_order_relaxed) <= limit)
        return FAULT_NONE;
    return fault_set(&x->fault, FAULT_UNAVAILABLE, "too many requests are in flight");
}

static struct rate_caller
caller_of(const struct exchange *x)
{
    const struct principal *p = x->principal;

    if (!p)
        return (struct rate_caller){.address = x->peer};
    return (struct rate_caller){p->issuer, p->client_id, p->subject, x->peer};
}

enum fault_code
policies_bound_rate(struct exchange *x, const struct operation *o, struct fault *f)
{
    struct rate_caller caller;
    const struct rate *full;
    int64_t wait_us;
    unsigned seconds;

    if (!o->rates)
        return FAULT_NONE;
    caller = caller_of(x);
    full = rates_take(x->desk->rates, o->rates, o->rate_count, &caller, clock_us(), &wait_us);
    if (!full)
        return FAULT_NONE;
    atomic_fetch_add_explicit(&x->desk->counters.rate_refused, 1, memory_order_relaxed);
    seconds = (unsigned)((wait_us + 999999) / 1000000);
    fault_set(f, FAULT_TOO_MANY_REQUESTS, "no more than %.*s are let in: try again in %u s",
              STR_ARG(full->text), seconds);
    f->retry_after_s = seconds;
    return FAULT_TOO_MANY_REQUESTS;
}

/* The last row: what another policy refuses uses up nothing. */
static enum fault_code
bound_rate(struct exchange *x)
{
    return x->operation ? policies_bound_rate(x, x->operation, &x->fault) : FAULT_NONE;
}

static enum fault_code (*const policies[])(struct exchange *x) = {
    refuse_while_stopping,
    bound_in_flight,
    bound_rate,
};

enum fault_code
policies_admit(struct exchange *x)
{
    enum fault_code code = FAULT_NONE;

    for (size_t i = 0; !code && i < sizeof(policies) / sizeof(*policies); i++)
        code = policies[i](x);
    return code;
}

bool
policies_allow(const struct operation *o, const struct principal *p, const struct security **by)
{
    *by = NULL;
    for (unsigned i = 0; p && i < o->security_count; i++)
        if (o->security[i].api_key == p->api_key &&
            scopes_cover(p,
                         (struct scope_set){o->security[i].scopes, o->security[i].scope_count})) {
            *by = &o->security[i];
            return true;
        }
    return o->security_count == 0;
}

enum reason
policies_check_login(const struct operation *o, const struct principal *p)
{
    const struct step_up *s = o->step_up;

    if (!s)
        return REASON_NONE;
    return scopes_check_login(p, s->acr, s->acr_count, s->max_age_us / 1000000, clock_utc_us());
}
