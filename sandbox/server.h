/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandbox's HTTP server: libmicrohttpd in an external epoll loop, on the only thread.
 *
 * It takes a request to the system that its path names, after what that system's switches say.
 * A delayed request is suspended and costs no thread.
 */
#ifndef SANDBOX_SERVER_H
#define SANDBOX_SERVER_H

#include "sandbox/system.h"
#include "sandbox/toggle.h"

struct server;

/* Listens at "127.0.0.1:9100", "[::1]:0"; *url gets "http://127.0.0.1:9100". store and toggles
 * (one per system) are borrowed until server_free. NULL after filling the fault. */
struct server *server_new(const char *address, struct store *store, struct toggle *toggles,
                          uint64_t seed, char url[96], struct fault *f);
/* Serves until stop_fd is readable, then finishes what is in flight (2 s at most). */
void server_run(struct server *s, int stop_fd);
void server_free(struct server *s);

#endif
