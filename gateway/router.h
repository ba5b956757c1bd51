/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Path and method to route: a trie of path segments, literals before parameters. Built once per
 * snapshot, read by all workers. What is not in it does not exist: deny by default.
 */
#ifndef GATEWAY_ROUTER_H
#define GATEWAY_ROUTER_H

#include "contract/face.h"

enum { ROUTE_ARGUMENTS_MAX = 16, ROUTE_SEGMENTS_MAX = 32 };

struct page; /* pages.h */

struct route {
    struct str method;
    struct str path; /* the whole template: what logs and metrics name */
    const struct face *face;
    const struct operation *operation;  /* NULL: a page */
    const struct page *page;            /* NULL: an operation */
    const void *service;                /* for a face that finds the operation in the body */
    uint8_t slots[ROUTE_ARGUMENTS_MAX]; /* nth argument of the template -> nth path parameter */
    const struct route *next;           /* other methods of the same path */
};

struct router;

struct route_match {
    const struct route *routes;                /* all methods of the path; NULL: no such path */
    const struct route *route;                 /* the one of the method; NULL: not allowed */
    struct str arguments[ROUTE_ARGUMENTS_MAX]; /* raw; by path parameter of its operation */
};

/* NULL: out of memory. */
struct router *router_new(struct arena *a);
/* Copies *route. Its path must be unique with its method; "{name}" takes a whole segment. False
 * with a text for the operator in *why. */
bool router_add(struct router *r, const struct route *route, const char **why);
/* HEAD finds GET. Paths with empty or dot segments, or broken escapes, match nothing. */
void router_find(const struct router *r, struct arena *a, struct str method, struct str path,
                 struct route_match *out);
/* "GET, HEAD, OPTIONS, POST" of the path's methods. */
struct str router_allow(const struct route *routes, struct arena *a);

#endif
