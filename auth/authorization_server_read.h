/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part `authorization_server` of the configuration:
 *
 *   authorization_server: {issuer: http://127.0.0.1:8080, audience: telgate, clients: clients.yaml}
 */
#ifndef AUTH_AUTHORIZATION_SERVER_READ_H
#define AUTH_AUTHORIZATION_SERVER_READ_H

#include "auth/authorization_server.h"
#include "auth/settings.h"

struct authorization_server_reading {
    struct settings settings; /* whose object is the part */
    struct str folder;        /* relative file names start here */
    bool demo, check;         /* see struct auth_configuration */
};

/* Fills *out, with its keys and clients; `own` and `certificates` are the caller's. False after
 * telling the report; then nothing is to be freed. */
bool authorization_server_read(const struct authorization_server_reading *r,
                               struct authorization_server_settings *out)
    __attribute__((warn_unused_result));

#endif
