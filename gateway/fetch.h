/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to a few fixed URLs of issuers (keys, descriptions, introspection), by the upstream
 * client; one worker's. */
#ifndef GATEWAY_FETCH_H
#define GATEWAY_FETCH_H

#include "auth/issuer.h"
#include "gateway/upstream.h"

struct fetcher {
    struct loop *loop;
    struct resolver *resolver;
    struct fetch_origin *origins; /* a client for each origin met */
};

void fetcher_init(struct fetcher *f, struct loop *l, struct resolver *r);
void fetcher_fini(struct fetcher *f);
/* For struct auth_io: context is the fetcher. Only status 200 is a success. */
enum fault_code fetch(void *context, const struct auth_fetch *q, struct arena *a, struct str *body,
                      struct fault *f);

#endif
