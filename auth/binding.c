/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both bindings must hold where a token has both. */
#include "auth/binding.h"

static enum reason
check_certificate(const struct principal *p, const struct credentials *c)
{
    if (p->bound_certificate.n == 0)
        return REASON_NONE;
    if (!c->certificate)
        return REASON_CERTIFICATE_MISSING;
    return str_eq_secret(p->bound_certificate, c->certificate->thumbprint)
               ? REASON_NONE
               : REASON_CERTIFICATE_OTHER;
}

enum reason
binding_check(struct dpop *d, struct arena *a, const struct principal *p,
              const struct credentials *c, int64_t now, bool *stale)
{
    enum reason r = check_certificate(p, c);

    if (r != REASON_NONE)
        return r;
    if (p->bound_key.n == 0)
        return c->scheme == SCHEME_DPOP ? REASON_DPOP_UNBOUND : REASON_NONE;
    if (c->scheme != SCHEME_DPOP)
        return REASON_SENDER_BOUND;
    return dpop_check(d, a, c, p->bound_key, now, stale);
}
