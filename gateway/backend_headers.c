/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway/backend_headers.h"

#include "auth/xml_signer.h"
#include "base/clock.h"
#include "gateway/edition.h"

enum { LIFETIME_US = 300 * 1000000 /* of a Timestamp */ };

static struct str
time_text(struct arena *a, int64_t utc_us)
{
    char text[28];

    clock_format(utc_us, text);
    return arena_dup(a, str_of(text));
}

static bool
fill_user(const struct backend_call *c, struct wss_outgoing *w)
{
    const struct backend_sender *s = &c->call->backend->sender;

    w->user = s->user;
    w->password = c->invocation->edition ? s->password : STR("***");
    return !s->digest || !c->invocation->edition ||
           xml_signer_password(c->invocation->arena, w->created, s->password, &w->nonce,
                               &w->password);
}

static void
fill_signer(const struct backend_call *c, struct wss_outgoing *w)
{
    const struct edition *e = c->invocation->edition;
    const struct snapshot *s = e ? e->snapshot : NULL;
    const struct xml_signer *signer = s ? s->signers[snapshot_backend(s, c->call->backend)] : NULL;

    if (!signer)
        return;
    w->certificate = xml_signer_certificate(signer);
    w->method = str_of(xml_signer_method(signer));
    w->key = signer;
    w->sign = xml_signer_sign;
    w->digest = xml_signer_digest;
}

static bool
fill_security(const struct backend_call *c, struct wss_outgoing *w)
{
    int64_t now = clock_utc_us();

    w->created = time_text(c->invocation->arena, now);
    w->expires = time_text(c->invocation->arena, now + LIFETIME_US);
    if (!w->created.p || !w->expires.p)
        return false;
    fill_signer(c, w);
    return !c->call->backend->sender.user.n || fill_user(c, w);
}

/* A UUID of the correlator's kind of digits (RFC 9562). */
static struct str
new_message_id(const struct backend_call *c)
{
    struct arena *a = c->invocation->arena;
    struct str d = c->invocation->edition ? desk_new_correlator(c->invocation->edition->desk, a)
                                          : STR("00000000000000000000000000000000");

    if (d.n != 32)
        return STR_NONE;
    return arena_printf(a, "urn:uuid:%.8s-%.4s-4%.3s-8%.3s-%.12s", d.p, d.p + 8, d.p + 13, d.p + 17,
                        d.p + 20);
}

enum fault_code
backend_headers(const struct backend_call *c, const struct soap_extra **out, struct fault *f)
{
    const struct backend *b = c->call->backend;
    bool secure = b->sender.user.n || b->sender.certificate.n, good = true;
    struct wss_outgoing *w;
    struct soap_extra *e;

    *out = NULL;
    if (!secure && !b->addressing)
        return FAULT_NONE;
    e = ARENA_NEW(c->invocation->arena, struct soap_extra);
    w = ARENA_NEW(c->invocation->arena, struct wss_outgoing);
    if (!e || !w)
        return fault_set(f, FAULT_MEMORY, "out of memory");
    e->arena = c->invocation->arena;
    if (b->addressing) {
        e->message_id = new_message_id(c);
        e->to = b->urls[0];
        good = e->message_id.p != NULL;
    }
    if (secure) {
        e->security = w;
        good &= fill_security(c, w);
    }
    *out = e;
    return good ? FAULT_NONE
                : fault_set(f, FAULT_INTERNAL, "the message to the backend cannot be secured");
}
