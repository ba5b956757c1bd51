/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth/audit_export.h"

#include "base/clock.h"
#include "base/json.h"

/* --- syslog --- */

enum { FACILITY = 13, WARNING = 4, INFORMATIONAL = 6 };

static bool
is_denied(const struct audit_record *r)
{
    return str_eq(r->fields[FIELD_OUTCOME], STR("deny"));
}

/* A header field: printable ASCII without spaces, or the nil value. */
static void
put_token(struct buf *out, struct str text, size_t most)
{
    text = str_head(text, most);
    if (!text.n)
        buf_put_char(out, '-');
    for (size_t i = 0; i < text.n; i++)
        buf_put_char(out, text.p[i] > 0x20 && text.p[i] < 0x7f ? text.p[i] : '_');
}

void
audit_export_syslog(struct buf *out, struct str text, const struct audit_record *r)
{
    struct buf m;

    buf_init(&m, 2 * AUDIT_RECORD_MAX);
    buf_printf(&m, "<%d>1 ", FACILITY * 8 + (is_denied(r) ? WARNING : INFORMATIONAL));
    put_token(&m, r->fields[FIELD_TIME], 32);
    buf_put_char(&m, ' ');
    put_token(&m, r->fields[FIELD_NODE], 255);
    buf_str(&m, STR(" telgate - "));
    put_token(&m, r->fields[FIELD_EVENT], 32);
    buf_str(&m, STR(" - "));
    buf_str(&m, text);
    buf_printf(out, "%zu ", m.n);
    buf_str(out, buf_view(&m));
    if (m.failed)
        out->failed = true;
    buf_fini(&m);
}

/* --- OCSF --- */

enum { AUTHENTICATION = 3002, API_ACTIVITY = 6003, OTHER = 99 };

static const struct activity {
    const char *event; /* or, of an API activity, the method */
    int class, id;
    const char *name;
} activities[] = {
    {"issue", AUTHENTICATION, 3, "Authentication Ticket"},
    {"revoke", AUTHENTICATION, 2, "Logoff"},
    {"introspect", AUTHENTICATION, OTHER, "Introspection"},
    {"key-rotate", API_ACTIVITY, 3, "Update"},
    {"config", API_ACTIVITY, 3, "Update"},
    {"admin", API_ACTIVITY, 3, "Update"},
    {"audit-read", API_ACTIVITY, 2, "Read"},
    {"POST", API_ACTIVITY, 1, "Create"},
    {"GET", API_ACTIVITY, 2, "Read"},
    {"HEAD", API_ACTIVITY, 2, "Read"},
    {"PUT", API_ACTIVITY, 3, "Update"},
    {"PATCH", API_ACTIVITY, 3, "Update"},
    {"DELETE", API_ACTIVITY, 4, "Delete"},
};

static const struct activity *
activity_of(const struct audit_record *r)
{
    static const struct activity other = {"", API_ACTIVITY, OTHER, "Other"};
    struct str key = r->fields[FIELD_EVENT];

    if (str_eq(key, STR("validate")) || str_eq(key, STR("deny")))
        key = r->fields[FIELD_METHOD];
    for (unsigned i = 0; i < sizeof activities / sizeof *activities; i++)
        if (str_eq(key, str_of(activities[i].event)))
            return &activities[i];
    return &other;
}

/* One member, where there is a value; `open` before the first of its object. */
static void
put_text(struct buf *out, const char **before, const char *name, struct str text)
{
    if (!text.n)
        return;
    buf_printf(out, "%s\"%s\":", *before, name);
    json_write_string(out, text);
    *before = ",";
}

static void
put_head(struct buf *out, const struct audit_record *r, const struct activity *a)
{
    bool denied = is_denied(r);
    int64_t us = 0;

    (void)!clock_parse(r->fields[FIELD_TIME], &us);
    buf_printf(
        out,
        "{\"class_uid\":%d,\"category_uid\":%d,\"activity_id\":%d,\"activity_name\":\"%s\","
        "\"type_uid\":%d,\"time\":%lld,\"severity_id\":%d,\"status_id\":%d,\"status\":\"%s\"",
        a->class, a->class / 1000, a->id, a->name, a->class * 100 + a->id, (long long)(us / 1000),
        denied ? 2 : 1, denied ? 2 : 1, denied ? "Failure" : "Success");
    if (r->fields[FIELD_REASON].n) {
        buf_str(out, STR(",\"status_detail\":"));
        json_write_string(out, r->fields[FIELD_REASON]);
    }
    buf_str(out, STR(",\"metadata\":{\"version\":\"1.3.0\",\"product\":{\"name\":\"telgate\","
                     "\"vendor_name\":\"telgate\"},\"sequence\":"));
    buf_str(out, r->fields[FIELD_SEQ]);
    buf_str(out, STR(",\"log_name\":\"audit\",\"original_time\":"));
    json_write_string(out, r->fields[FIELD_TIME]);
    if (r->fields[FIELD_REQUEST].n) {
        buf_str(out, STR(",\"correlation_uid\":"));
        json_write_string(out, r->fields[FIELD_REQUEST]);
    }
    buf_put_char(out, '}');
}

/* {"user": {...}}; the class says under which name. */
static void
put_user(struct buf *out, const struct audit_record *r, const char *name)
{
    const char *before = "{";

    buf_printf(out, ",\"%s\":", name);
    put_text(out, &before, "name", r->fields[FIELD_CLIENT]);
    put_text(out, &before, "uid", r->fields[FIELD_SUBJECT]);
    put_text(out, &before, "domain", r->fields[FIELD_PARTNER]);
    buf_str(out, *before == '{' ? STR("{\"name\":\"unknown\"}") : STR("}"));
}

static void
put_api(struct buf *out, const struct audit_record *r)
{
    const char *before = "{";

    buf_str(out, STR(",\"api\":"));
    put_text(out, &before, "operation",
             r->fields[FIELD_ROUTE].n ? r->fields[FIELD_ROUTE] : r->fields[FIELD_EVENT]);
    if (r->fields[FIELD_STATUS].n) {
        buf_str(out, STR(",\"response\":{\"code\":"));
        buf_str(out, r->fields[FIELD_STATUS]);
        buf_put_char(out, '}');
    }
    buf_put_char(out, '}');
}

static void
put_endpoint(struct buf *out, const struct audit_record *r)
{
    const char *before = ",\"src_endpoint\":{";

    put_text(out, &before, "ip", r->fields[FIELD_PEER]);
    if (*before == ',' && before[1] == '\0')
        buf_put_char(out, '}');
    before = ",\"http_request\":{";
    put_text(out, &before, "http_method", r->fields[FIELD_METHOD]);
    if (before[1] == '\0')
        buf_put_char(out, '}');
}

/* What OCSF has no place for. */
static void
put_rest(struct buf *out, const struct audit_record *r)
{
    static const enum audit_field fields[] = {
        FIELD_EVENT,       FIELD_TRACE,      FIELD_ISSUER,      FIELD_JTI,    FIELD_TOKEN,
        FIELD_HASH_KEY,    FIELD_KEY_ID,     FIELD_ALGORITHM,   FIELD_SCOPES, FIELD_USED,
        FIELD_AUDIENCE,    FIELD_THUMBPRINT, FIELD_CERTIFICATE, FIELD_POLICY, FIELD_CACHED,
        FIELD_REVOCATIONS, FIELD_DETAIL};
    const char *before = ",\"unmapped\":{";

    for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++)
        put_text(out, &before, audit_field_name(fields[i]), r->fields[fields[i]]);
    buf_str(out, STR("}}\n")); /* there is always an event */
}

void
audit_export_ocsf(struct buf *out, const struct audit_record *r)
{
    const struct activity *a = activity_of(r);

    put_head(out, r, a);
    if (a->class == AUTHENTICATION) {
        put_user(out, r, "user");
        buf_str(out, STR(",\"auth_protocol_id\":6,\"auth_protocol\":\"OAUTH 2.0\""));
    } else {
        buf_str(out, STR(",\"actor\":{\"app_name\":\"telgate\""));
        put_user(out, r, "user");
        buf_put_char(out, '}');
        put_api(out, r);
    }
    put_endpoint(out, r);
    put_rest(out, r);
}
