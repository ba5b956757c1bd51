/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of events and members stand in two tables. */
#include "auth/audit_event.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

enum { TEXT_MOST = 1024, TEXT_TERSE = 40 };

static const char *const kinds[AUDIT_KINDS] = {
    [AUDIT_NONE] = "",
    [AUDIT_ISSUE] = "issue",
    [AUDIT_VALIDATE] = "validate",
    [AUDIT_DENY] = "deny",
    [AUDIT_INTROSPECT] = "introspect",
    [AUDIT_REVOKE] = "revoke",
    [AUDIT_KEY_ROTATE] = "key-rotate",
    [AUDIT_CONFIG] = "config",
    [AUDIT_ADMIN] = "admin",
    [AUDIT_READ] = "audit-read",
};

static const char *const names[AUDIT_FIELDS] = {
    [FIELD_SEQ] = "seq",
    [FIELD_TIME] = "time",
    [FIELD_NODE] = "node",
    [FIELD_EVENT] = "event",
    [FIELD_OUTCOME] = "outcome",
    [FIELD_REASON] = "reason",
    [FIELD_REQUEST] = "request",
    [FIELD_TRACE] = "trace",
    [FIELD_PARTNER] = "partner",
    [FIELD_CLIENT] = "client",
    [FIELD_SUBJECT] = "sub",
    [FIELD_ISSUER] = "iss",
    [FIELD_JTI] = "jti",
    [FIELD_TOKEN] = "token",
    [FIELD_HASH_KEY] = "hash_key",
    [FIELD_KEY_ID] = "kid",
    [FIELD_ALGORITHM] = "alg",
    [FIELD_SCOPES] = "scope",
    [FIELD_USED] = "used",
    [FIELD_AUDIENCE] = "aud",
    [FIELD_THUMBPRINT] = "cnf",
    [FIELD_PEER] = "ip",
    [FIELD_CERTIFICATE] = "cert",
    [FIELD_ROUTE] = "route",
    [FIELD_METHOD] = "method",
    [FIELD_STATUS] = "status",
    [FIELD_POLICY] = "policy",
    [FIELD_CACHED] = "cached",
    [FIELD_REVOCATIONS] = "revocations",
    [FIELD_DETAIL] = "detail",
    [FIELD_CUT] = "cut",
};

const char *
audit_kind_name(enum audit_kind kind)
{
    return kinds[kind];
}

enum audit_kind
audit_kind_of(struct str name)
{
    for (unsigned i = 1; i < AUDIT_KINDS; i++)
        if (str_eq(name, str_of(kinds[i])))
            return (enum audit_kind)i;
    return AUDIT_NONE;
}

const char *
audit_field_name(enum audit_field field)
{
    return names[field];
}

/* --- writing --- */

static void
put(struct buf *out, enum audit_field field, struct str text, size_t most)
{
    if (text.n)
        log_field(out, names[field], str_head(text, most));
}

static void
put_number(struct buf *out, enum audit_field field, uint64_t n)
{
    if (n)
        log_field_int(out, names[field], (int64_t)n);
}

static void
put_flag(struct buf *out, enum audit_field field, bool on)
{
    if (on)
        buf_printf(out, ",\"%s\":true", names[field]);
}

static void
put_name(struct buf *out, const struct audit_origin *o, enum audit_field field, struct str secret)
{
    char name[AUDIT_NAME + 1];

    if (!secret.n)
        return;
    audit_name(&o->key, secret, name);
    put(out, field, (struct str){name, AUDIT_NAME}, AUDIT_NAME);
}

static void
put_head(struct buf *out, const struct audit_origin *o, const struct audit_event *e, size_t most)
{
    char time[28];

    clock_format(e->time_us ? e->time_us : clock_utc_us(), time);
    put(out, FIELD_TIME, (struct str){time, 27}, 27);
    put(out, FIELD_NODE, o->node, most);
    put(out, FIELD_EVENT, str_of(kinds[e->kind]), most);
    put(out, FIELD_OUTCOME, e->denied ? STR("deny") : STR("allow"), most);
    put(out, FIELD_REASON, str_of(e->reason), most);
    put(out, FIELD_REQUEST, e->request, most);
    put(out, FIELD_TRACE, e->trace, most);
}

static void
put_token(struct buf *out, const struct audit_origin *o, const struct audit_event *e, size_t most)
{
    put(out, FIELD_PARTNER, e->partner, most);
    put(out, FIELD_CLIENT, e->client_id, most);
    put_name(out, o, FIELD_SUBJECT, e->subject);
    put(out, FIELD_ISSUER, e->issuer, most);
    put(out, FIELD_JTI, e->jti, most);
    put_name(out, o, FIELD_TOKEN, audit_signing_input(e->token));
    if (e->subject.n || e->token.n)
        put(out, FIELD_HASH_KEY, str_of(o->key.id), most);
    put(out, FIELD_KEY_ID, e->key_id, most);
    put(out, FIELD_ALGORITHM, str_of(e->algorithm), most);
    put(out, FIELD_SCOPES, e->scopes, most);
    put(out, FIELD_USED, e->used, most);
    put(out, FIELD_AUDIENCE, e->audience, most);
    put(out, FIELD_THUMBPRINT, e->thumbprint, most);
}

static void
put_rest(struct buf *out, const struct audit_origin *o, const struct audit_event *e, size_t most)
{
    put(out, FIELD_PEER, e->peer, most);
    put(out, FIELD_CERTIFICATE, e->certificate, most);
    put(out, FIELD_ROUTE, e->route, most);
    put(out, FIELD_METHOD, e->method, most);
    put_number(out, FIELD_STATUS, e->status);
    put(out, FIELD_POLICY, e->policy.n ? e->policy : o->policy, most);
    put_flag(out, FIELD_CACHED, e->cached);
    put_number(out, FIELD_REVOCATIONS, e->revocations);
    put(out, FIELD_DETAIL, e->detail, most);
}

static bool
put_all(struct buf *out, const struct audit_origin *o, const struct audit_event *e, size_t most)
{
    size_t before = out->n;

    put_head(out, o, e, most);
    put_token(out, o, e, most);
    put_rest(out, o, e, most);
    put_flag(out, FIELD_CUT, most == TEXT_TERSE);
    buf_put_char(out, '}');
    return !out->failed && out->n - before <= AUDIT_RECORD_MAX - 32; /* room for `{"seq":N` */
}

bool
audit_event_write(struct buf *out, const struct audit_origin *o, const struct audit_event *e)
{
    size_t before = out->n;

    if (put_all(out, o, e, TEXT_MOST))
        return true;
    if (out->failed)
        return false;
    out->n = before;
    return put_all(out, o, e, TEXT_TERSE);
}

/* --- reading --- */

static void
take_member(const struct member *m, struct audit_record *out, unsigned *at)
{
    unsigned i = *at; /* members come in the order of the table */

    while (i < AUDIT_FIELDS && !str_eq(m->name, str_of(names[i])))
        i++;
    if (i == AUDIT_FIELDS)
        return; /* of a later version */
    *at = i + 1;
    if (m->value.kind == VALUE_STRING || m->value.kind == VALUE_NUMBER)
        out->fields[i] = value_text(&m->value);
    else if (m->value.kind == VALUE_BOOLEAN && m->value.is_true)
        out->fields[i] = STR("true");
}

bool
audit_event_read(struct arena *a, struct str text, struct audit_record *out)
{
    struct json_limits limits = {2, 256};
    struct value v;
    unsigned at = 0;

    *out = (struct audit_record){0};
    if (text.n > AUDIT_RECORD_MAX || json_read(a, text, limits, &v, NULL) || v.kind != VALUE_OBJECT)
        return false;
    for (unsigned i = 0; i < v.n; i++)
        take_member(&v.members[i], out, &at);
    return audit_kind_of(out->fields[FIELD_EVENT]) != AUDIT_NONE;
}
