/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `telgate token`: a token of the demo authorization server, for trying things out. */
#include <stdio.h>

#include "base/clock.h"
#include "gateway/command_audit.h"
#include "gateway/session.h"

static int
mint(const struct snapshot *s, struct arena *a, const char *client, const char *scope)
{
    struct authorization_server *as = auth_server(s->auth);
    struct audit_event e = {.kind = AUDIT_ISSUE,
                            .client_id = str_of(client),
                            .scopes = str_of(scope),
                            .detail = STR("telgate token")};
    struct fault f = {0};
    struct str token;

    if (!as) {
        fprintf(stderr, "the configuration has no authorization_server\n");
        return 1;
    }
    if (authorization_server_mint(as, str_of(client), str_of(scope), a, clock_utc_us(), &token,
                                  &f)) {
        fprintf(stderr, "%s\n", f.detail);
        return 1;
    }
    e.token = token;
    command_record(s->config, &e);
    printf("%.*s\n", STR_ARG(token));
    return 0;
}

int
command_token(const struct command *c, int argc, char **argv)
{
    const char *config = CONFIG_DEFAULT, *client = NULL, *scope = NULL;
    const struct flag flags[] = {{"--config", "-c", &config},
                                 {"--client", NULL, &client},
                                 {"--scope", NULL, &scope},
                                 {NULL, NULL, NULL}};
    struct session session;
    int status = 1;

    if (!command_flags(c, flags, &argc, argv) || argc > 1 || !client)
        return command_usage(c);
    if (session_open(&session, config, false))
        status = mint(session.snapshot, session.arena, client, scope);
    session_close(&session);
    return status;
}
