/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The watched file:
 *
 *   revocations:
 *     - {issuer: https://as.example, jti: r3Vo}
 *     - {client: partner, before: 2026-11-25T15:00:00Z}
 */
#include "auth/revocations.h"

#include "auth/jwt.h"
#include "auth/settings.h"

#include <time.h>

#define LIST_MOST 100000

bool
revocations_read_time(struct str text, int64_t *out)
{
    static const char shape[] = "0000-00-00T00:00:00Z";
    int part[6] = {0};
    unsigned n = 0;
    struct tm tm;
    uint64_t seconds;

    if (str_to_u64(text, &seconds)) {
        *out = (int64_t)seconds;
        return seconds <= INT64_MAX / 2;
    }
    if (text.n != sizeof shape - 1)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        bool digit = text.p[i] >= '0' && text.p[i] <= '9';

        if (shape[i] == '0' ? !digit : text.p[i] != shape[i])
            return false;
        if (shape[i] == '0')
            part[n] = part[n] * 10 + text.p[i] - '0';
        else if (n < 5)
            n++;
    }
    tm = (struct tm){.tm_year = part[0] - 1900,
                     .tm_mon = part[1] - 1,
                     .tm_mday = part[2],
                     .tm_hour = part[3],
                     .tm_min = part[4],
                     .tm_sec = part[5]};
    *out = timegm(&tm);
    return part[1] >= 1 && part[1] <= 12 && part[2] >= 1 && part[2] <= 31 && part[3] < 24 &&
           part[4] < 60 && part[5] < 60 && *out >= 0;
}

static bool
complain(const struct settings *s, const char *name, const char *text)
{
    report_error(s->report, settings_place(s, name), "%s: `%s` %s", s->what, name, text);
    return false;
}

static bool
read_time(const struct settings *s, const char *name, int64_t *out)
{
    const cJSON *node = node_get(s->object, name);
    struct str text = STR_NONE;

    if (!node)
        return true;
    if (cJSON_IsNumber(node))
        text = node_lexeme(node);
    else if (cJSON_IsString(node))
        text = str_of(node->valuestring);
    return revocations_read_time(text, out) ||
           complain(s, name, "must be seconds, or such as 2026-11-25T15:00:00Z");
}

static bool
read_id(const struct settings *s, struct revocation *out)
{
    static const char *const names[REVOKE_KINDS] = {"jti", "token_hash", "client", "subject",
                                                    "kid"};
    unsigned n = 0;

    for (enum revocation_kind k = 0; k < REVOKE_KINDS; k++) {
        if (!node_get(s->object, names[k]))
            continue;
        if (!settings_text(s, names[k], &out->id))
            return false;
        if (!jwt_is_plain(out->id, 1024))
            return complain(s, names[k], "is too long, or has control characters");
        out->kind = k;
        n++;
    }
    if (n == 1)
        return true;
    report_error(s->report, document_place(s->document, s->object),
                 "%s: give one of `jti`, `token_hash`, `client`, `subject` and `kid`", s->what);
    return false;
}

static bool
read_entry(const struct settings *s, int64_t since, struct revocation *out)
{
    static const char *const names[] = {"jti",    "token_hash", "client",  "subject", "kid",
                                        "issuer", "before",     "expires", NULL};
    bool good = settings_check(s, names);

    *out = (struct revocation){0};
    good = good && read_id(s, out) && settings_text(s, "issuer", &out->issuer);
    if (good && (out->kind == REVOKE_CLIENT || out->kind == REVOKE_SUBJECT))
        out->before = since;
    good = good && read_time(s, "before", &out->before) && read_time(s, "expires", &out->until);
    if (good && out->kind == REVOKE_JTI && out->issuer.n == 0)
        return settings_missing(s, "issuer");
    if (good && out->kind <= REVOKE_TOKEN && node_get(s->object, "before"))
        return complain(s, "before", "is for clients, subjects and keys");
    return good;
}

bool
revocations_read_list(struct arena *a, struct str name, struct str text, int64_t since,
                      void (*take)(void *context, const struct revocation *one), void *context,
                      struct report *r)
{
    static const char *const names[] = {"revocations", NULL};
    struct document *d = document_parse(a, name, text, r);
    struct settings s = {d, d ? d->root : NULL, "revocations", a, r};
    const cJSON *list;
    bool good = d && settings_check(&s, names);

    list = good ? node_get(d->root, "revocations") : NULL;
    if (!good)
        return false;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) > LIST_MOST) {
        report_error(r, document_place(d, d->root), "`revocations` must be a list of at most %d",
                     LIST_MOST);
        return false;
    }
    for (const cJSON *one = list->child; one; one = one->next) {
        struct revocation revocation;

        s.object = one;
        if (read_entry(&s, since, &revocation))
            take(context, &revocation);
        else
            good = false;
    }
    return good;
}
