/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the gateway answers itself: the index, published contracts, the authorization server, and
 * the administrator's door. Open by nature; each is a row in pages.c.
 */
#ifndef GATEWAY_PAGES_H
#define GATEWAY_PAGES_H

#include "gateway/exchange.h"

struct page {
    struct str method, path;
    struct str media;
    struct str text; /* when there is no function */
    /* Fills x->answer: status, headers, body. */
    enum fault_code (*answer)(struct exchange *x);
    bool (*guarded)(const struct exchange *x); /* asks for a token; NULL: open to all */
    bool recorded;                             /* leaves an audit record in any case */
};

/* The answer to OPTIONS where an operation declares none. */
extern const struct route options_route;

/* The description of route->service, a struct service. */
extern const struct page wsdl_page;

/* The step `call` of a page. */
enum fault_code page_answer(struct exchange *x) __attribute__((warn_unused_result));
/* Adds the pages' routes; index and published contracts are written once, here. False after
 * telling the report. */
bool pages_add(struct snapshot *s, struct router *front, struct router *admin, struct report *r);

#endif
