/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GraphiQL for a browser that comes to /graphql (option graphql.graphiql: the folder that `make
 * graphiql` fills). Its files are read once, at load; nothing is fetched from elsewhere. Where the
 * folder is not there, a plain page says so.
 */
#ifndef GATEWAY_GRAPHIQL_H
#define GATEWAY_GRAPHIQL_H

#include "gateway/exchange.h"

/* Sets s->graphiql and adds the routes, where the option says so. False after telling. */
bool graphiql_add(struct snapshot *s, struct router *front, struct report *r);
/* A browser, and no question. */
bool graphiql_is_wanted(const struct exchange *x);
enum fault_code graphiql_answer(struct exchange *x) __attribute__((warn_unused_result));

#endif
