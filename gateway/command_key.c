/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate key`: the keys that the authorization server signs with. */
#include <stdio.h>

#include "base/clock.h"
#include "gateway/command_audit.h"
#include "gateway/session.h"

enum { LEEWAY = 360 /* seconds: of clocks, 5 minutes at most, and of whoever reads late */ };

static const struct authorization_server_settings *
settings_of(const struct snapshot *s)
{
    struct authorization_server *as = auth_server(s->auth);
    const struct authorization_server_settings *settings =
        as ? authorization_server_settings(as) : NULL;

    if (settings && settings->key_path)
        return settings;
    fprintf(stderr, "the configuration has no authorization_server with a key_file\n");
    return NULL;
}

static void
tell(const struct keyring_rotation *r, const char *kid)
{
    char from[28], until[28];

    clock_format(r->from * 1000000, from);
    clock_format(r->until * 1000000, until);
    printf("new key %s signs from %.19sZ on\n", kid, from);
    printf("the keys before stay published until %.19sZ\n", until);
}

static int
rotate(struct session *session, int64_t delay_us)
{
    const struct authorization_server_settings *s = settings_of(session->snapshot);
    int64_t now = clock_utc_us() / 1000000;
    struct audit_event e = {.kind = AUDIT_KEY_ROTATE, .reason = "signing-key"};
    struct keyring_rotation r;
    char kid[44];

    if (!s)
        return 1;
    r = (struct keyring_rotation){.path = s->key_path,
                                  .algorithm = s->algorithm,
                                  .now = now,
                                  .from = now + delay_us / 1000000,
                                  .at = s->key_at};
    r.until = r.from + authorization_server_longest(auth_server(session->snapshot->auth)) + LEEWAY;
    report_init(&session->report, session->arena);
    if (!keyring_rotate(&r, kid, &session->report)) {
        command_report(&session->report);
        return 1;
    }
    e.key_id = str_of(kid);
    command_record(session->snapshot->config, &e);
    tell(&r, kid);
    return 0;
}

static int
list(struct session *session)
{
    const struct authorization_server_settings *s = settings_of(session->snapshot);
    struct keyring *keys;
    struct buf text;

    if (!s)
        return 1;
    report_init(&session->report, session->arena);
    keys = keyring_new(s->key_path, s->algorithm, s->key_at, &session->report);
    command_report(&session->report);
    if (!keys)
        return 1;
    buf_init(&text, 1 << 16);
    keyring_put_list(keys, clock_utc_us() / 1000000, &text);
    printf("%.*s", STR_ARG(buf_view(&text)));
    buf_fini(&text);
    keyring_unref(keys);
    return 0;
}

int
command_key(const struct command *c, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT, *delay = "5s";
    const struct flag flags[] = {
        {"--config", "-c", &config}, {"--in", NULL, &delay}, {NULL, NULL, NULL}};
    struct session session;
    int64_t delay_us;
    int status = 1;

    if (!command_flags(c, flags, &argc, argv) || argc != 2 ||
        !clock_parse_duration(str_of(delay), &delay_us) || delay_us < 0)
        return command_usage(c);
    if (strcmp(argv[1], "rotate") != 0 && strcmp(argv[1], "list") != 0)
        return command_usage(c);
    if (session_open_auth(&session, config, false))
        status = strcmp(argv[1], "list") == 0 ? list(&session) : rotate(&session, delay_us);
    session_close(&session);
    return status;
}
