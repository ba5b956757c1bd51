/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who hears of what changed beside any request (a file, another process), for the audit trail. */
#ifndef AUTH_AUDIT_LISTENER_H
#define AUTH_AUDIT_LISTENER_H

#include "auth/audit.h"

struct audit_listener {
    /* May wait; any thread. NULL: nobody listens. */
    void (*tell)(void *context, const struct audit_event *e);
    void *context;
};

static inline void
audit_tell(const struct audit_listener *l, const struct audit_event *e)
{
    if (l->tell)
        l->tell(l->context, e);
}

#endif
