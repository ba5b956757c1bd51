/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /graphql: the GraphQL face over the pipeline. It hands execution what the room may not have
 * itself: the calls, made as any exchange makes them, a level's in parallel child fibers, and the
 * question whether the token may. Also /graphql?sdl.
 */
#ifndef GATEWAY_GRAPHQL_PAGE_H
#define GATEWAY_GRAPHQL_PAGE_H

#include "gateway/exchange.h"
#include "graphql/validate.h"

/* The routes, where any operation is served by GraphQL. False after telling the report. */
bool graphql_page_add(struct snapshot *s, struct router *front, struct report *r);

/* Those of the configuration. */
struct graphql_limits graphql_page_limits(const struct config *c);

#endif
