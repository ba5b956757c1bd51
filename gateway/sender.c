/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/sender.h"

#include "base/clock.h"
#include "gateway/desk.h"

static enum fault_code
denied(struct exchange *x, enum reason reason)
{
    x->denial = reason_name(reason);
    x->enveloped = true;
    reason_fault(reason, &x->fault);
    if (x->fault.status < 500) { /* else the sender is not to blame */
        x->request.denial = senders_fault(reason);
        fault_log(&x->fault, "%s", x->request.denial);
    }
    return x->fault.code;
}

/* A JWT in the message is the token that it would be in HTTP. */
static struct verdict
verify(struct exchange *x, const struct credential *c)
{
    struct senders *s = x->snapshot->senders;
    const struct request *r = incoming_request(x->incoming);
    const struct sender_message m = {.over_tls = r->over_tls,
                                     .peer = x->peer,
                                     .io = &x->desk->auth_io,
                                     .scratch = x->arena,
                                     .now = clock_utc_us()};
    struct credentials sent = {.certificate = r->certificate};
    struct verdict v = {0};

    x->audit.time_us = m.now; /* of the decision, not of the answer */
    if (c->kind != CREDENTIAL_JWT)
        return senders_verify(s, c, &m);
    v.reason = senders_token(s, c, &m, &sent.token);
    if (v.reason)
        return v;
    v = auth_check(x->snapshot->auth, x->arena, &sent, m.io, m.now, &x->nonce);
    x->audit.token = v.reason ? sent.token : STR_NONE;
    x->audit.cached = v.cached;
    x->audit.revocations = auth_revocation_generation(x->snapshot->auth);
    return v;
}

/* The record says what could be read of a refused token. */
static enum fault_code
refused(struct exchange *x, const struct verdict *v)
{
    if (v->denied && arena_defer(x->arena, principal_release, v->denied) == FAULT_NONE)
        x->denied = v->denied;
    else
        principal_unref(v->denied);
    return denied(x, v->reason);
}

static enum fault_code
keep(struct exchange *x, struct principal *p)
{
    x->principal = p;
    x->enveloped = p != NULL;
    if (!p || !arena_defer(x->arena, principal_release, p))
        return FAULT_NONE;
    x->principal = NULL;
    principal_unref(p);
    return fault_set(&x->fault, FAULT_MEMORY, "out of memory");
}

enum fault_code
sender_authenticate(struct exchange *x)
{
    const struct credential *c = NULL;
    enum fault_code code = x->face->identify(&x->request, x->arena, &c, &x->fault);
    struct verdict v;

    if (code == FAULT_INVALID_TOKEN) {
        x->denial = reason_name(REASON_SECURITY_HEADER);
        x->request.denial = senders_fault(REASON_SECURITY_HEADER);
        x->enveloped = true;
    }
    if (code || !c)
        return code;
    if (c->kind && header_find(x->request.headers, STR("authorization")))
        return denied(x, REASON_TWO_TOKENS);
    v = verify(x, c);
    return v.reason ? refused(x, &v) : keep(x, v.principal);
}
