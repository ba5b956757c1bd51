/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store's rarer work: recovery at the start, retention, and the spool. Private to it. */
#ifndef AUTH_AUDIT_RECOVER_H
#define AUTH_AUDIT_RECOVER_H

#include "auth/audit_store.h"

/* Continues the newest segment, or begins one, and records the start. A torn tail is cut off and
 * kept beside; where a signed head stands behind the damage, nothing is cut and a new segment
 * begins. INTERNAL, MEMORY. */
enum fault_code audit_recover(struct audit_store *s, struct fault *f)
    __attribute__((warn_unused_result));
/* Removes the oldest closed segments that are too many or too old, and records it before. */
void audit_retain(struct audit_store *s, int64_t now_us);
/* Adds the spool's records and empties it. */
void audit_spool_take(struct audit_store *s);

#endif
