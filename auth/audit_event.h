/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event as the text of its record, and back. The text is one JSON object: members in the order
 * of the table in audit_event.c, those without a value left out, no white space.
 */
#ifndef AUTH_AUDIT_EVENT_H
#define AUTH_AUDIT_EVENT_H

#include "auth/audit.h"
#include "auth/audit_key.h"

#define AUDIT_RECORD_MAX 8192 /* bytes of a record's text */

/* What every record of a process has. */
struct audit_origin {
    struct str node, policy;
    struct audit_hash_key key;
};

/* Appends `,"time":...}`: the writer puts `{"seq":N` before it. Texts that would make it too long
 * are cut, and the record says so. False: no memory. */
bool audit_event_write(struct buf *out, const struct audit_origin *o, const struct audit_event *e)
    __attribute__((warn_unused_result));

enum audit_field { /* of a record; in its order */
                   FIELD_SEQ,
                   FIELD_TIME,
                   FIELD_NODE,
                   FIELD_EVENT,
                   FIELD_OUTCOME,
                   FIELD_REASON,
                   FIELD_REQUEST,
                   FIELD_TRACE,
                   FIELD_PARTNER,
                   FIELD_CLIENT,
                   FIELD_SUBJECT,
                   FIELD_ISSUER,
                   FIELD_JTI,
                   FIELD_TOKEN,
                   FIELD_HASH_KEY,
                   FIELD_KEY_ID,
                   FIELD_ALGORITHM,
                   FIELD_SCOPES,
                   FIELD_USED,
                   FIELD_AUDIENCE,
                   FIELD_THUMBPRINT,
                   FIELD_PEER,
                   FIELD_CERTIFICATE,
                   FIELD_ROUTE,
                   FIELD_METHOD,
                   FIELD_STATUS,
                   FIELD_POLICY,
                   FIELD_CACHED,
                   FIELD_REVOCATIONS,
                   FIELD_DETAIL,
                   FIELD_CUT,
                   AUDIT_FIELDS
};

struct audit_record {
    struct str fields[AUDIT_FIELDS]; /* texts without quotes and escapes; numbers as digits */
};

/* The member's name. */
const char *audit_field_name(enum audit_field field);
/* Takes a record's text apart; everything lives in the text or the arena. False: it is none. */
bool audit_event_read(struct arena *a, struct str text, struct audit_record *out)
    __attribute__((warn_unused_result));

#endif
