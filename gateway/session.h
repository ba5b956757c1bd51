/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What most commands work on: a loaded configuration, memory, and the report of the loading. */
#ifndef GATEWAY_SESSION_H
#define GATEWAY_SESSION_H

#include "gateway/snapshot.h"

struct session {
    struct arena *arena; /* the command's own */
    struct report report;
    struct snapshot *snapshot;
};

/* Loads the configuration and prints the report on standard error. check: leaves no trace. False
 * when there are mistakes; session_close is due all the same. */
bool session_open(struct session *s, const char *config, bool check);
/* The same without the contracts: what is about tokens and clients must work when they do not. */
bool session_open_auth(struct session *s, const char *config, bool check);
void session_close(struct session *s);

#endif
