/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record in the words of others: a syslog message, an OCSF event. Pure. */
#ifndef AUTH_AUDIT_EXPORT_H
#define AUTH_AUDIT_EXPORT_H

#include "auth/audit_event.h"

/* Appends a message of RFC 5424 with its length before it (RFC 6587 section 3.4.1, as RFC 5425 has
 * it). Facility 13 (log audit); a denial is a warning, all else informational. text: the record's
 * own, which is the message. */
void audit_export_syslog(struct buf *out, struct str text, const struct audit_record *r);
/* Appends an event of OCSF 1.3 and a newline: class 6003 (API Activity) where a token was used,
 * 3002 (Authentication) where one was given, asked about or taken back. */
void audit_export_ocsf(struct buf *out, const struct audit_record *r);

#endif
