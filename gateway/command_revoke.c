/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate revoke`: a token, or all tokens of a client, a subject or a key, of any issuer. */
#include <stdio.h>
#include <stdlib.h>

#include "auth/audit_hash.h"
#include "auth/jwt.h"
#include "base/clock.h"
#include "base/log.h"
#include "gateway/command_audit.h"
#include "gateway/session.h"

struct request { /* as it was given; NULL: not */
    const char *of[REVOKE_KINDS];
    const char *token, *issuer, *before, *expires;
};

static bool
fail(const char *text)
{
    fprintf(stderr, "telgate revoke: %s\n", text);
    return false;
}

/* A token from standard input names itself: by issuer and jti, or by its hash. */
static bool
read_token(struct arena *a, struct revocation *out)
{
    char *text = arena_alloc(a, JWT_MAX + 2), *hex = arena_alloc(a, 2 * AUDIT_HASH + 1);
    size_t n = text ? fread(text, 1, JWT_MAX + 2, stdin) : 0;
    uint8_t hash[AUDIT_HASH];
    const struct value *jti, *issuer, *expires;
    struct jwt jwt;

    while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
        n--;
    if (!hex || jwt_parse(a, (struct str){text, n}, &jwt) != REASON_NONE)
        return fail("what came on standard input is no signed JWT");
    jti = value_get(&jwt.claims, STR("jti"));
    issuer = value_get(&jwt.claims, STR("iss"));
    expires = value_get(&jwt.claims, STR("exp"));
    if (expires && expires->kind == VALUE_NUMBER)
        number_to_i64(value_text(expires), &out->until);
    if (jti && issuer && jti->kind == VALUE_STRING && issuer->kind == VALUE_STRING) {
        out->kind = REVOKE_JTI;
        out->id = value_text(jti);
        out->issuer = value_text(issuer);
        return true;
    }
    audit_sha256(jwt.signing_input, hash);
    audit_hex(hash, hex);
    out->kind = REVOKE_TOKEN;
    out->id = str_of(hex);
    return true;
}

static bool
read_times(const struct request *q, int64_t now, struct revocation *out)
{
    bool epoch = out->kind == REVOKE_CLIENT || out->kind == REVOKE_SUBJECT;

    if (epoch)
        out->before = now / 1000000;
    if (q->before &&
        (out->kind <= REVOKE_TOKEN || !revocations_read_time(str_of(q->before), &out->before)))
        return fail("--before takes seconds or such as 2026-11-25T15:00:00Z, and is for clients, "
                    "subjects and keys");
    if (q->expires && !revocations_read_time(str_of(q->expires), &out->until))
        return fail("--expires takes seconds or such as 2026-11-25T15:00:00Z");
    return true;
}

static bool
read_request(const struct request *q, struct arena *a, int64_t now, struct revocation *out)
{
    unsigned n = q->token != NULL;

    *out = (struct revocation){.issuer = str_of(q->issuer)};
    for (enum revocation_kind k = 0; k < REVOKE_KINDS; k++)
        if (q->of[k]) {
            out->kind = k;
            out->id = str_of(q->of[k]);
            n++;
        }
    if (n != 1)
        return fail("give one of --jti, --token-hash, --client, --subject, --kid and --token");
    if (q->token && (strcmp(q->token, "-") != 0 || !read_token(a, out)))
        return strcmp(q->token, "-") == 0 || fail("--token takes - only: a token on the command "
                                                  "line is for everybody to see");
    if (out->kind == REVOKE_JTI && out->issuer.n == 0)
        return fail("a jti is one of its issuer: give --issuer");
    if (out->id.n == 0 || !jwt_is_plain(out->id, 1024) || !jwt_is_plain(out->issuer, 1024))
        return fail("the name is empty, too long, or has control characters");
    return read_times(q, now, out);
}

static void
tell(const struct revocation *r, const char *log)
{
    char time[28];

    printf("revoked: %s ", revocation_kind_name(r->kind));
    printf(r->kind == REVOKE_SUBJECT ? "(as a keyed hash)" : "%.*s", STR_ARG(r->id));
    if (r->issuer.n)
        printf(" of %.*s", STR_ARG(r->issuer));
    if (r->before) {
        clock_format(r->before * 1000000, time);
        printf(", what was issued until %.19sZ", time);
    }
    printf("\nwritten to %s, which a running gateway reads at once\n", log);
}

static void
record(const struct config *c, const struct revocation *r)
{
    struct audit_event e = {.kind = AUDIT_REVOKE, .issuer = r->issuer};
    struct str *const of[REVOKE_KINDS] = {[REVOKE_JTI] = &e.jti,
                                          [REVOKE_TOKEN] = &e.detail,
                                          [REVOKE_CLIENT] = &e.client_id,
                                          [REVOKE_SUBJECT] = &e.subject,
                                          [REVOKE_KEY] = &e.key_id};

    *of[r->kind] = r->id;
    command_record(c, &e);
}

static int
revoke_it(const struct snapshot *s, struct arena *a, const struct request *q)
{
    int64_t now = clock_utc_us();
    struct revocation one;
    struct fault f = {0};

    if (!s->config->revocation_log.n) {
        fail("the configuration has no `revocations: {log: FILE}`, and a running gateway would "
             "hear nothing");
        return 1;
    }
    if (!read_request(q, a, now, &one))
        return 2;
    if (revocations_add(auth_revocations(s->auth), &one, now, &f)) {
        fprintf(stderr, "telgate revoke: %s %s\n", f.detail, f.log);
        return 1;
    }
    record(s->config, &one);
    tell(&one, s->config->revocation_log.p);
    return 0;
}

int
command_revoke(const struct command *c, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT;
    struct request q = {0};
    const struct flag flags[] = {{"--config", "-c", &config},
                                 {"--jti", NULL, &q.of[REVOKE_JTI]},
                                 {"--token-hash", NULL, &q.of[REVOKE_TOKEN]},
                                 {"--client", NULL, &q.of[REVOKE_CLIENT]},
                                 {"--subject", NULL, &q.of[REVOKE_SUBJECT]},
                                 {"--kid", NULL, &q.of[REVOKE_KEY]},
                                 {"--token", NULL, &q.token},
                                 {"--issuer", NULL, &q.issuer},
                                 {"--before", NULL, &q.before},
                                 {"--expires", NULL, &q.expires},
                                 {NULL, NULL, NULL}};
    struct session session;
    int status = 1;

    if (!command_flags(c, flags, &argc, argv) || argc > 1)
        return command_usage(c);
    if (session_open_auth(&session, config, false))
        status = revoke_it(session.snapshot, session.arena, &q);
    session_close(&session);
    return status;
}
